using System.Buffers;
using System.Buffers.Binary;

namespace Soket.Protocols.WebSocket;

/// <summary>What stands before a frame's payload (RFC 6455 5.2): 2 to 14 bytes.</summary>
public readonly record struct FrameHeader
{
    /// <summary>The most bytes a header has.</summary>
    public const int MaxSize = 14;

    /// <summary>The most bytes a control frame's payload has (RFC 6455 5.5).</summary>
    public const int MaxControl = 125;

    /// <summary>What the frame is.</summary>
    public WebSocketOpcode Opcode { get; init; }

    /// <summary>Whether it is the last of its message.</summary>
    public bool Final { get; init; }

    /// <summary>The first reserved bit: with permessage-deflate, whether the message is compressed (RFC 7692 6).</summary>
    public bool Rsv1 { get; init; }

    /// <summary>The second reserved bit.</summary>
    public bool Rsv2 { get; init; }

    /// <summary>The third reserved bit.</summary>
    public bool Rsv3 { get; init; }

    /// <summary>The key the payload is masked with, its first byte the highest; null when it is not masked.</summary>
    public uint? Mask { get; init; }

    /// <summary>The payload's length, bytes, 0 or more.</summary>
    public long Length { get; init; }

    /// <summary>Whether it is no part of a message, and may stand between two of them.</summary>
    public bool IsControl => ((byte)Opcode & 8) != 0;

    /// <summary>Reads a header, if all of it is there.</summary>
    /// <param name="buffer">Bytes received; the header is taken off its front.</param>
    /// <param name="header">The header.</param>
    /// <param name="error">What is wrong with it by itself; what depends on the frames before it is for <see cref="FrameOrder"/>.</param>
    /// <returns>Whether it was there, right or wrong.</returns>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out FrameHeader header, out FrameError error)
    {
        header = default;
        error = FrameError.None;
        Span<byte> room = stackalloc byte[MaxSize];
        ReadOnlySpan<byte> bytes = room[..(int)Math.Min(MaxSize, buffer.Length)];
        buffer.Slice(0, bytes.Length).CopyTo(room);
        if (bytes.Length < 2)
            return false;
        bool masked = (bytes[1] & 0x80) != 0;
        int small = bytes[1] & 0x7f;
        int extended = small switch { 126 => 2, 127 => 8, _ => 0 };
        int size = 2 + extended + (masked ? 4 : 0);
        header = new FrameHeader
        {
            Opcode = (WebSocketOpcode)(bytes[0] & 0x0f),
            Final = (bytes[0] & 0x80) != 0,
            Rsv1 = (bytes[0] & 0x40) != 0,
            Rsv2 = (bytes[0] & 0x20) != 0,
            Rsv3 = (bytes[0] & 0x10) != 0,
            Length = small,
        };

        // Two bytes are enough to see most of what can be wrong: the rest of a wrong header is not waited for.
        error = header switch
        {
            { Opcode: not (WebSocketOpcode.Continuation or WebSocketOpcode.Text or WebSocketOpcode.Binary or WebSocketOpcode.Close or WebSocketOpcode.Ping or WebSocketOpcode.Pong) } => FrameError.ReservedOpcode,
            { IsControl: true, Final: false } => FrameError.ControlFragmented,
            { IsControl: true, Length: > MaxControl } => FrameError.ControlTooLong,
            _ => FrameError.None,
        };
        if (error != FrameError.None)
            return true;
        if (bytes.Length < size)
            return false;

        ulong length = extended switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            8 => BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]),
            _ => (ulong)small,
        };
        if (length > long.MaxValue)
            error = FrameError.LengthNegative;
        else if (extended > 0 && length <= (extended == 2 ? 125ul : ushort.MaxValue))
            error = FrameError.LengthNotMinimal;
        header = header with { Length = (long)Math.Min(length, long.MaxValue), Mask = masked ? BinaryPrimitives.ReadUInt32BigEndian(bytes[(size - 4)..]) : null };
        buffer = buffer.Slice(size);
        return true;
    }

    /// <summary>Writes the header, the length in as few bytes as it needs.</summary>
    /// <param name="output">At least <see cref="MaxSize"/> bytes.</param>
    /// <returns>How many were written.</returns>
    public int Write(Span<byte> output)
    {
        output[0] = (byte)((Final ? 0x80 : 0) | (Rsv1 ? 0x40 : 0) | (Rsv2 ? 0x20 : 0) | (Rsv3 ? 0x10 : 0) | (byte)Opcode);
        int size = 2;
        byte masked = (byte)(Mask is null ? 0 : 0x80);
        switch (Length)
        {
            case <= 125:
                output[1] = (byte)(masked | (byte)Length);
                break;
            case <= ushort.MaxValue:
                output[1] = (byte)(masked | 126);
                BinaryPrimitives.WriteUInt16BigEndian(output[2..], (ushort)Length);
                size = 4;
                break;
            default:
                output[1] = (byte)(masked | 127);
                BinaryPrimitives.WriteUInt64BigEndian(output[2..], (ulong)Length);
                size = 10;
                break;
        }

        if (Mask is { } key)
        {
            BinaryPrimitives.WriteUInt32BigEndian(output[size..], key);
            size += 4;
        }

        return size;
    }
}
