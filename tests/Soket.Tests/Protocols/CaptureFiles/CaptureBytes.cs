using System.Buffers.Binary;
using System.Text;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;

namespace Soket.Tests.Protocols.CaptureFiles;

/// <summary>Capture files put together by hand, in either byte order.</summary>
internal sealed class CaptureBytes(bool little)
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public CaptureBytes U16(int value)
    {
        Span<byte> two = stackalloc byte[2];
        if (little)
            BinaryPrimitives.WriteUInt16LittleEndian(two, (ushort)value);
        else
            BinaryPrimitives.WriteUInt16BigEndian(two, (ushort)value);
        _bytes.AddRange(two);
        return this;
    }

    public CaptureBytes U32(uint value)
    {
        Span<byte> four = stackalloc byte[4];
        if (little)
            BinaryPrimitives.WriteUInt32LittleEndian(four, value);
        else
            BinaryPrimitives.WriteUInt32BigEndian(four, value);
        _bytes.AddRange(four);
        return this;
    }

    public CaptureBytes U64(ulong value) => little ? U32((uint)value).U32((uint)(value >> 32)) : U32((uint)(value >> 32)).U32((uint)value);

    public CaptureBytes Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public CaptureBytes Padded(ReadOnlySpan<byte> bytes) => Raw(bytes).Raw(new byte[-bytes.Length & 3]);

    public CaptureBytes Option(int code, ReadOnlySpan<byte> value) => U16(code).U16(value.Length).Padded(value);

    public CaptureBytes Option(int code, string value) => Option(code, Encoding.UTF8.GetBytes(value));

    /// <summary>A pcapng block around what is written in it.</summary>
    public CaptureBytes Block(uint type, Action<CaptureBytes> body)
    {
        var inner = new CaptureBytes(little);
        body(inner);
        byte[] bytes = inner.ToArray();
        uint length = (uint)(12 + bytes.Length);
        return U32(type).U32(length).Raw(bytes).U32(length);
    }

    public CaptureBytes Section(Action<CaptureBytes>? options = null) => Block(0x0A0D0D0A, block =>
    {
        block.U32(0x1A2B3C4D).U16(1).U16(0).U64(ulong.MaxValue);
        options?.Invoke(block);
    });

    public CaptureBytes Interface(int link, Action<CaptureBytes>? options = null, uint snap = 0) => Block(1, block =>
    {
        block.U16(link).U16(0).U32(snap);
        options?.Invoke(block);
    });

    public CaptureBytes Packet(uint from, ulong time, byte[] data, Action<CaptureBytes>? options = null, uint? length = null) => Block(6, block =>
    {
        block.U32(from).U32((uint)(time >> 32)).U32((uint)time).U32((uint)data.Length).U32(length ?? (uint)data.Length).Padded(data);
        options?.Invoke(block);
    });

    /// <summary>The header of a pcap file.</summary>
    public CaptureBytes Pcap(uint magic, uint link = 1, int minor = 4) => U32(magic).U16(2).U16(minor).U32(0).U32(0).U32(65535).U32(link);

    /// <summary>All packets of a file, with bytes of their own.</summary>
    public static List<CapturedPacket> Read(byte[] file) => Read(new MemoryStream(file));

    public static List<CapturedPacket> Read(Stream file)
    {
        using CaptureReader reader = CaptureReader.Open(file);
        return Read(reader);
    }

    public static List<CapturedPacket> Read(CaptureReader reader)
    {
        var packets = new List<CapturedPacket>();
        while (reader.TryRead(out CapturedPacket packet))
            packets.Add(packet with { Bytes = packet.Bytes.ToArray() });
        return packets;
    }
}
