using System.Globalization;
using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Protocols.Dns;

namespace Soket.Cli.Commands.Dns;

/// <summary>A message as annotated bytes: offset, bytes, the field's name, what it says; compression pointers with the place they lead to.</summary>
internal static class ByteDrawing
{
    private const int BytesALine = 8;
    private const int NameWidth = 20;

    public static IEnumerable<string> Lines(ReadOnlyMemory<byte> message, string title, CliIo io)
    {
        DnsAnatomy anatomy = DnsAnatomy.Of(message.Span);
        yield return io.Text("dns.bytes.title", ("title", title), ("count", message.Length));
        (DnsSection, int)? part = null;
        foreach (DnsField field in anatomy.Fields)
        {
            if (part != (field.Section, field.Record))
            {
                part = (field.Section, field.Record);
                string section = io.Text("dns.section." + field.Section.ToString().ToLowerInvariant());
                yield return field.Section == DnsSection.Header ? section : $"{section} {field.Record + 1}";
            }

            foreach (string line in Field(field, message, io))
                yield return line;
        }

        if (anatomy.Error.Fault != DnsFault.None)
            yield return io.Text("dns.bytes.wrong", ("offset", Place(anatomy.Error.Offset)), ("why", io.Text("dns.fault." + DnsFaults.Key(anatomy.Error.Fault))));
    }

    private static IEnumerable<string> Field(DnsField field, ReadOnlyMemory<byte> message, CliIo io)
    {
        string value = TerminalText.Safe(field.Value);
        if (field.Pointer is { } pointer)
            value += " " + io.Text("dns.bytes.pointer", ("offset", Place(pointer)));
        string key = "dns.field." + field.Name;
        string meaning = CliIo.HasText(key) ? "  " + io.Text(key) : "";
        if (field.Length == 0)
        {
            yield return $"      {"",-(BytesALine * 3)}  .{field.Name,-(NameWidth - 1)} {value}{meaning}";
            yield break;
        }

        for (int at = 0; at < field.Length; at += BytesALine)
        {
            var bytes = new StringBuilder();
            foreach (byte b in message.Span.Slice(field.Offset + at, Math.Min(BytesALine, field.Length - at)))
                bytes.Append(CultureInfo.InvariantCulture, $"{b:x2} ");
            string left = $"{Place(field.Offset + at)}  {bytes,-(BytesALine * 3)}";
            yield return at == 0 ? $"{left}  {field.Name,-NameWidth} {value}{meaning}" : left.TrimEnd();
        }
    }

    private static string Place(int offset) => offset.ToString("x4", CultureInfo.InvariantCulture);
}
