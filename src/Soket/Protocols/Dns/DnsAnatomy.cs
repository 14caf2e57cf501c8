using System.Globalization;

namespace Soket.Protocols.Dns;

/// <summary>A message taken apart: every field with its place, its bytes and what it says, as far as the message can be read.</summary>
/// <param name="Fields">The fields in the order of their bytes.</param>
/// <param name="Error">What is wrong with the message, and where reading ended.</param>
public sealed record DnsAnatomy(IReadOnlyList<DnsField> Fields, DnsError Error)
{
    private static readonly (string Name, int Mask, int Shift)[] Bits =
        [("qr", 0x8000, 15), ("opcode", 0x7800, 11), ("aa", 0x0400, 10), ("tc", 0x0200, 9), ("rd", 0x0100, 8), ("ra", 0x0080, 7), ("z", 0x0040, 6), ("ad", 0x0020, 5), ("cd", 0x0010, 4), ("rcode", 0x000F, 0)];

    /// <summary>Takes a message apart. Data is read by the same code as for <see cref="DnsMessage"/>, so the two never differ.</summary>
    /// <param name="message">The message.</param>
    public static DnsAnatomy Of(ReadOnlySpan<byte> message)
    {
        var fields = new List<DnsField>();
        var cursor = new DnsCursor(message, 0, message.Length, fields);
        ReadHeader(ref cursor, fields, out ushort[] counts);
        cursor.Section = DnsSection.Question;
        for (int i = 0; i < counts[0] && !cursor.Failed; i++)
        {
            cursor.Record = i;
            cursor.Name("qname");
            cursor.Type("qtype");
            cursor.Tell(2, "qclass", new DnsClass(cursor.Take(2) is [var high, var low] ? (ushort)(high << 8 | low) : (ushort)0));
        }

        for (DnsSection section = DnsSection.Answer; section <= DnsSection.Additional; section++)
        {
            cursor.Section = section;
            for (int i = 0; i < counts[(int)section] && !cursor.Failed; i++)
            {
                cursor.Record = i;
                ReadRecord(ref cursor, message.Length);
            }
        }

        if (!cursor.Failed && cursor.At < message.Length)
            cursor.Fail(DnsFault.TrailingBytes);
        return new(fields, message.Length < DnsHeader.Length ? new(DnsFault.ShortHeader, message.Length) : cursor.Error);
    }

    private static void ReadHeader(ref DnsCursor cursor, List<DnsField> fields, out ushort[] counts)
    {
        cursor.Tell(2, "id", cursor.Take(2) is [var a, var b] ? string.Create(CultureInfo.InvariantCulture, $"0x{a:x2}{b:x2}") : "");
        int at = cursor.At;
        ushort word = cursor.Take(2) is [var c, var d] ? (ushort)(c << 8 | d) : (ushort)0;
        if (!cursor.Failed)
        {
            cursor.Tell(2, "flags", string.Create(CultureInfo.InvariantCulture, $"0x{word:x4}"));
            foreach ((string name, int mask, int shift) in Bits)
            {
                int value = (word & mask) >> shift;
                string text = name switch
                {
                    "opcode" => $"{value} {DnsHeader.OpcodeName((byte)value)}",
                    "rcode" => $"{value} {new DnsRcode((ushort)value)}",
                    _ => value.ToString(CultureInfo.InvariantCulture),
                };
                fields.Add(new(at, 0, name, text, DnsSection.Header, 0));
            }
        }

        // 0 questions, 1 to 3 the sections in their order.
        counts = [0, cursor.U16("qdcount"), cursor.U16("ancount"), cursor.U16("nscount"), cursor.U16("arcount")];
        counts = [counts[1], counts[1], counts[2], counts[3], counts[4]];
    }

    private static void ReadRecord(ref DnsCursor cursor, int whole)
    {
        cursor.Name("name");
        DnsType type = cursor.Type("type");
        if (type == DnsType.Opt)
        {
            cursor.U16("opt.size");
            cursor.U8("opt.rcode");
            cursor.U8("opt.version");
            cursor.Tell(2, "opt.flags", cursor.Take(2) is [var high, _] && (high & 0x80) != 0 ? "DO" : "0");
        }
        else
        {
            cursor.Tell(2, "class", new DnsClass(cursor.Take(2) is [var high, var low] ? (ushort)(high << 8 | low) : (ushort)0));
            cursor.U32("ttl");
        }

        int length = cursor.U16("rdlength");
        if (cursor.Failed)
            return;
        if (length > whole - cursor.At)
        {
            cursor.Fail(DnsFault.Truncated);
            return;
        }

        cursor.End = cursor.At + length;
        cursor.InData = true;
        DnsDataTable.ReadData(type, ref cursor);
        cursor.End = whole;
        cursor.InData = false;
    }
}
