using System.Buffers;
using System.Buffers.Binary;
using System.Net;

namespace Soket.Protocols.Dns;

/// <summary>Writes the fields of a message; names are compressed against those before them (RFC 1035 4.1.4).</summary>
internal sealed class DnsWriter(bool compress = true)
{
    // A pointer has fourteen bits.
    private const int LastTarget = 0x3FFF;
    private readonly ArrayBufferWriter<byte> _output = new(512);
    private readonly Dictionary<DnsName, int> _places = [];

    public int Length => _output.WrittenCount;

    public ReadOnlySpan<byte> Written => _output.WrittenSpan;

    public void U8(byte value) => Bytes([value]);

    public void U16(int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_output.GetSpan(2), (ushort)value);
        _output.Advance(2);
    }

    public void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_output.GetSpan(4), value);
        _output.Advance(4);
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    public void String(DnsBytes value)
    {
        U8((byte)value.Length);
        Bytes(value.Span);
    }

    public void Address(IPAddress address) => Bytes(address.GetAddressBytes());

    /// <summary>A name that may be compressed: owners, and in data only the types of RFC 1035 (RFC 3597 4).</summary>
    public void Name(DnsName name)
    {
        for (; name.Wire.Length > 1; name = name.Parent)
        {
            if (compress && _places.TryGetValue(name, out int place))
            {
                U16(0xC000 | place);
                return;
            }

            if (compress && Length <= LastTarget)
                _places[name] = Length;
            Bytes(name.Wire[..(1 + name.Wire[0])]);
        }

        U8(0);
    }

    public void WholeName(DnsName name) => Bytes(name.Wire);

    /// <summary>The data of a record with its length before it.</summary>
    public void Data(DnsData data)
    {
        int at = Length;
        U16(0);
        data.Write(this);
        int length = Length - at - 2;
        if (length > ushort.MaxValue)
            throw new InvalidOperationException($"The data of a {data.Type} record has {length} bytes; a record holds {ushort.MaxValue}.");
        // What was written is the writer's own array; its first bytes are filled in now that the length is known.
        Span<byte> written = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_output.WrittenMemory).Span;
        BinaryPrimitives.WriteUInt16BigEndian(written[at..], (ushort)length);
    }
}
