using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>The header of a TCP segment (RFC 9293 3.1).</summary>
public readonly record struct TcpHeader
{
    /// <summary>Its length without options, bytes.</summary>
    public const int MinLength = 20;

    /// <summary>From which port.</summary>
    public ushort SourcePort { get; init; }

    /// <summary>To which port.</summary>
    public ushort DestinationPort { get; init; }

    /// <summary>The number of the first byte it carries; of the SYN itself where it has one.</summary>
    public uint Sequence { get; init; }

    /// <summary>The number of the next byte the sender awaits; holds with <see cref="TcpFlags.Ack"/>.</summary>
    public uint Acknowledgment { get; init; }

    /// <summary>Its length with the options, bytes: 20 to 60.</summary>
    public int HeaderLength { get; init; }

    /// <summary>The flags.</summary>
    public TcpFlags Flags { get; init; }

    /// <summary>The three bits that have no meaning yet and should be 0.</summary>
    public byte Reserved { get; init; }

    /// <summary>The room the sender has left, before it is scaled (<see cref="TcpOptions.WindowScale"/>).</summary>
    public ushort Window { get; init; }

    /// <summary>The checksum.</summary>
    public ushort Checksum { get; init; }

    /// <summary>Where the urgent data ends; holds with <see cref="TcpFlags.Urg"/>.</summary>
    public ushort UrgentPointer { get; init; }

    /// <summary>The options.</summary>
    public TcpOptions Options { get; init; }

    /// <summary>Reads it.</summary>
    /// <param name="bytes">The segment from its first byte.</param>
    /// <param name="header">The header.</param>
    /// <param name="problem">What is wrong with it. <see cref="PacketProblem.Truncated"/> beside a header: its options were not all captured, and those that were are told.</param>
    /// <returns>Whether the first twenty bytes are there and make sense.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TcpHeader header, out PacketProblem problem)
    {
        header = default;
        int length = bytes.Length < MinLength ? 0 : (bytes[12] >> 4) * 4;
        problem = bytes.Length < MinLength ? PacketProblem.Truncated
            : length < MinLength ? PacketProblem.Length
            : bytes.Length < length ? PacketProblem.Truncated
            : PacketProblem.None;
        if (bytes.Length < MinLength || length < MinLength)
            return false;
        header = new()
        {
            SourcePort = ReadUInt16BigEndian(bytes),
            DestinationPort = ReadUInt16BigEndian(bytes[2..]),
            Sequence = ReadUInt32BigEndian(bytes[4..]),
            Acknowledgment = ReadUInt32BigEndian(bytes[8..]),
            HeaderLength = length,
            Flags = (TcpFlags)(ReadUInt16BigEndian(bytes[12..]) & 0x1ff),
            Reserved = (byte)(bytes[12] >> 1 & 7),
            Window = ReadUInt16BigEndian(bytes[14..]),
            Checksum = ReadUInt16BigEndian(bytes[16..]),
            UrgentPointer = ReadUInt16BigEndian(bytes[18..]),
            Options = TcpOptions.Parse(bytes[MinLength..Math.Min(length, bytes.Length)], cut: bytes.Length < length),
        };
        return true;
    }
}
