using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Soket.Protocols.Dns;

/// <summary>
/// Reads the fields of a message one after the other, within a limit. What goes wrong first is kept and everything after it reads as zero, so that
/// the code of a record is the list of its fields. Where somebody wants to see the fields, each is told as it is read.
/// </summary>
internal ref struct DnsCursor(ReadOnlySpan<byte> message, int at, int end, List<DnsField>? fields = null)
{
    private readonly ReadOnlySpan<byte> _message = message;

    public int At { get; private set; } = at;

    public int End { get; set; } = end;

    public DnsError Error { get; private set; }

    /// <summary>Whether the end is that of a record's data, and not of the message.</summary>
    public bool InData { get; set; }

    public DnsSection Section { get; set; }

    public int Record { get; set; }

    public readonly bool Failed => Error.Fault != DnsFault.None;

    public readonly int Left => Failed ? 0 : End - At;

    public void Fail(DnsFault fault, int? place = null)
    {
        if (!Failed)
            Error = new(fault, place ?? At);
    }

    public byte U8(string name)
    {
        ReadOnlySpan<byte> bytes = Take(1);
        byte value = bytes.IsEmpty ? (byte)0 : bytes[0];
        Tell(1, name, value);
        return value;
    }

    public ushort U16(string name)
    {
        ReadOnlySpan<byte> bytes = Take(2);
        ushort value = bytes.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(bytes);
        Tell(2, name, value);
        return value;
    }

    public uint U32(string name)
    {
        ReadOnlySpan<byte> bytes = Take(4);
        uint value = bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(bytes);
        Tell(4, name, value);
        return value;
    }

    public DnsType Type(string name)
    {
        ReadOnlySpan<byte> bytes = Take(2);
        var value = new DnsType(bytes.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(bytes));
        Tell(2, name, value);
        return value;
    }

    /// <summary>Seconds since 1970 as <c>YYYYMMDDHHMMSS</c> (RFC 4034 3.2).</summary>
    public uint Time(string name)
    {
        ReadOnlySpan<byte> bytes = Take(4);
        uint value = bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (fields is not null)
            Tell(4, name, DnsTime.Write(value));
        return value;
    }

    public DnsName Name(string name)
    {
        if (Failed)
            return DnsName.Root;
        int start = At;
        if (!DnsNameView.TryRead(_message, At, out int end, out DnsNameView view, out DnsError error))
        {
            Error = error;
            return DnsName.Root;
        }

        if (end > End)
        {
            Fail(DnsFault.DataLength, start);
            return DnsName.Root;
        }

        At = end;
        DnsName value = view.ToName();
        if (fields is not null)
            TellName(start, end, name, value);
        return value;
    }

    public DnsBytes Bytes(int count, string name)
    {
        ReadOnlySpan<byte> bytes = Take(count);
        if (fields is not null && count > 0)
            Tell(count, name, Convert.ToHexString(bytes));
        return new(bytes.ToArray());
    }

    public DnsBytes Rest(string name) => Bytes(Left, name);

    /// <summary>A length byte and as many bytes (RFC 1035 3.3).</summary>
    public DnsBytes String(string name)
    {
        ReadOnlySpan<byte> length = Take(1);
        int count = length.IsEmpty ? 0 : length[0];
        Tell(1, name + ".length", count);
        ReadOnlySpan<byte> bytes = Take(count);
        if (fields is not null && count > 0)
            Tell(count, name, DnsText.Quote(bytes));
        return new(bytes.ToArray());
    }

    public IPAddress Address(int length, string name)
    {
        ReadOnlySpan<byte> bytes = Take(length);
        IPAddress value = bytes.Length == length ? new IPAddress(bytes) : length == 4 ? IPAddress.Any : IPAddress.IPv6Any;
        Tell(length, name, value);
        return value;
    }

    /// <summary>Skips a name, checked, without making one of it.</summary>
    public DnsNameView NameView()
    {
        int start = At;
        if (Failed)
            return default;
        if (!DnsNameView.TryRead(_message, At, out int end, out DnsNameView view, out DnsError error))
            Error = error;
        else if (end > End)
            Fail(DnsFault.Truncated, start);
        else
            At = end;
        return view;
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if (Failed)
            return default;
        if (count > End - At)
        {
            Fail(InData ? DnsFault.DataLength : DnsFault.Truncated);
            return default;
        }

        At += count;
        return _message.Slice(At - count, count);
    }

    /// <summary>Tells of a field that was just read.</summary>
    public readonly void Tell<T>(int length, string name, T value)
    {
        if (fields is not null && !Failed)
            fields.Add(new(At - length, length, name, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", Section, Record));
    }

    private readonly void TellName(int start, int end, string name, DnsName value)
    {
        int? pointer = null;
        for (int at = start; at < end; at += 1 + _message[at])
        {
            if (_message[at] >> 6 == 3)
            {
                pointer = (_message[at] & 0x3F) << 8 | _message[at + 1];
                break;
            }
        }

        fields!.Add(new(start, end - start, name, value.ToString(), Section, Record) { Pointer = pointer });
    }
}
