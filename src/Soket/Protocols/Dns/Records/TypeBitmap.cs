namespace Soket.Protocols.Dns.Records;

/// <summary>The types a name has, as NSEC and NSEC3 tell them: windows of 256 types, a bit each (RFC 4034 4.1.2).</summary>
internal static class TypeBitmap
{
    public static DnsList<DnsType> Read(ref DnsCursor cursor, string name)
    {
        var types = new List<DnsType>();
        int last = -1;
        while (cursor.Left > 0)
        {
            int window = cursor.U8(name + ".window"), length = cursor.U8(name + ".length");
            ReadOnlySpan<byte> bits = cursor.Take(length);
            if (length is 0 or > 32 || window <= last)
                cursor.Fail(DnsFault.DataValue);
            last = window;
            int before = types.Count;
            for (int i = 0; i < bits.Length * 8; i++)
            {
                if ((bits[i / 8] & 0x80 >> i % 8) != 0)
                    types.Add(new((ushort)(window << 8 | i)));
            }

            cursor.Tell(length, name, string.Join(' ', types.Skip(before)));
        }

        return new(types);
    }

    public static DnsList<DnsType> Parse(DnsText text)
    {
        var types = new SortedSet<ushort>();
        while (!text.AtEnd && !text.Failed)
            types.Add(text.Type().Code);
        return new([.. types.Select(code => new DnsType(code))]);
    }

    public static void Write(DnsWriter writer, DnsList<DnsType> types)
    {
        Span<byte> bits = stackalloc byte[32];
        foreach (IGrouping<int, ushort> window in types.Select(type => type.Code).Order().GroupBy(code => code >> 8))
        {
            bits.Clear();
            int length = 0;
            foreach (ushort code in window)
            {
                bits[(code & 0xFF) / 8] |= (byte)(0x80 >> code % 8);
                length = (code & 0xFF) / 8 + 1;
            }

            writer.U8((byte)window.Key);
            writer.U8((byte)length);
            writer.Bytes(bits[..length]);
        }
    }

    public static string Present(DnsList<DnsType> types) => string.Concat(types.Select(type => " " + type));
}
