using System.Buffers.Binary;
using Soket.Protocols.Packets;

namespace Soket.Cli.Tests.Interop.Packets;

/// <summary>Capture files of the old kind, as little of them as comparing needs: what decoding is held against must not come out of the code under test.</summary>
internal static class PcapFile
{
    private const uint Micro = 0xa1b2c3d4, Nano = 0xa1b23c4d;

    public static void Write(string path, LinkType link, IEnumerable<CapturedPacket> packets)
    {
        using FileStream file = File.Create(path);
        Span<byte> header = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Nano);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 262_144);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], (int)link);
        file.Write(header);
        foreach (CapturedPacket packet in packets)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header, (int)(packet.Nanoseconds / 1_000_000_000));
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], (int)(packet.Nanoseconds % 1_000_000_000));
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], packet.Bytes.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[12..], packet.OriginalLength);
            file.Write(header[..16]);
            file.Write(packet.Bytes.Span);
        }
    }

    /// <summary>The packets of a file, up to the first that is not whole; none where it is no such file.</summary>
    public static List<CapturedPacket> Read(byte[] file)
    {
        var packets = new List<CapturedPacket>();
        if (file.Length < 24)
            return packets;
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(file);
        bool swapped = magic is not (Micro or Nano);
        if (swapped)
            magic = BinaryPrimitives.ReverseEndianness(magic);
        if (magic is not (Micro or Nano))
            return packets;
        var link = (LinkType)(Number(20) & 0xffff);
        for (int offset = 24; offset + 16 <= file.Length;)
        {
            uint kept = Number(offset + 8);
            if (kept > file.Length - offset - 16)
                break;
            packets.Add(new()
            {
                Nanoseconds = Number(offset) * 1_000_000_000L + Number(offset + 4) * (magic == Nano ? 1L : 1000),
                Link = link,
                Bytes = file.AsMemory(offset + 16, (int)kept),
                OriginalLength = (int)Number(offset + 12),
            });
            offset += 16 + (int)kept;
        }

        return packets;

        uint Number(int offset)
        {
            uint number = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(offset));
            return swapped ? BinaryPrimitives.ReverseEndianness(number) : number;
        }
    }
}
