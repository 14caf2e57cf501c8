using System.Globalization;
using System.Text;

namespace Soket.Cli.Rendering;

/// <summary>Bytes as people have read them since hexdump -C: offset, sixteen bytes, what of them is ASCII. Pure.</summary>
internal static class HexDump
{
    /// <summary>The lines; none for no bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="offset">The offset of the first one.</param>
    public static IReadOnlyList<string> Lines(ReadOnlySpan<byte> bytes, long offset = 0)
    {
        var lines = new List<string>((bytes.Length + 15) / 16);
        for (int at = 0; at < bytes.Length; at += 16)
        {
            ReadOnlySpan<byte> row = bytes[at..Math.Min(at + 16, bytes.Length)];
            var line = new StringBuilder(80);
            line.Append(CultureInfo.InvariantCulture, $"{offset + at:x8} ");
            for (int i = 0; i < 16; i++)
            {
                if (i % 8 == 0)
                    line.Append(' ');
                if (i < row.Length)
                    line.Append(CultureInfo.InvariantCulture, $"{row[i]:x2} ");
                else
                    line.Append("   ");
            }

            line.Append(" |");
            foreach (byte b in row)
                line.Append(b is >= 0x20 and < 0x7F ? (char)b : '.');
            lines.Add(line.Append('|').ToString());
        }

        return lines;
    }
}
