using System.Globalization;
using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Languages;
using Soket.Protocols.Dns;

namespace Soket.Cli.Commands.Dns;

/// <summary>A message as annotated bytes: offset, bytes, the field's name, what it says; compression pointers with the place they lead to.</summary>
internal static class ByteDrawing
{
    private const int BytesALine = 8;
    private const int NameWidth = 20;
    private const int Column = 4 + 2 + (BytesALine * 3) + 2 + NameWidth + 1; // where what a field says begins
    private const int Narrowest = 16;
    private const string Below = "        ";

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

        if (anatomy.Error.Fault == DnsFault.None)
            yield break;
        foreach (string line in io.FitOut(io.Text("dns.bytes.wrong", ("offset", Place(anatomy.Error.Offset)), ("why", io.Text("dns.fault." + DnsFaults.Key(anatomy.Error.Fault)))), "      "))
            yield return line;
    }

    private static IEnumerable<string> Field(DnsField field, ReadOnlyMemory<byte> message, CliIo io)
    {
        string value = TerminalText.Safe(field.Value);
        if (field.Pointer is { } pointer)
            value += " " + io.Text("dns.bytes.pointer", ("offset", Place(pointer)));
        string key = "dns.field." + field.Name;
        string meaning = CliIo.HasText(key) ? "  " + io.Text(key) : "";
        // Beside the bytes where there is room for its longest word, else below them.
        int? room = io.MostOut - Column;
        string text = value + meaning;
        bool below = room < Math.Max(Narrowest, text.Split(' ').Max(TextWidth.Of)) && TextWidth.Of(text) > room;
        var said = new Queue<string>(room is not { } most || TextWidth.Of(text) <= most ? [text] : below ? [] : TextWidth.Wrap(text, most, indent: ""));
        if (field.Length == 0)
            yield return $"      {"",-(BytesALine * 3)}  .{field.Name,-(NameWidth - 1)} {(said.Count > 0 ? said.Dequeue() : "")}".TrimEnd();
        for (int at = 0; at < field.Length; at += BytesALine)
        {
            var bytes = new StringBuilder();
            foreach (byte b in message.Span.Slice(field.Offset + at, Math.Min(BytesALine, field.Length - at)))
                bytes.Append(CultureInfo.InvariantCulture, $"{b:x2} ");
            string left = $"{Place(field.Offset + at)}  {bytes,-(BytesALine * 3)}  {(at == 0 ? field.Name : ""),-NameWidth}";
            yield return (said.Count > 0 ? $"{left} {said.Dequeue()}" : left).TrimEnd();
        }

        while (said.Count > 0)
            yield return new string(' ', Column) + said.Dequeue();
        foreach (string line in below ? io.FitOut(Below + text, Below) : [])
            yield return line;
    }

    private static string Place(int offset) => offset.ToString("x4", CultureInfo.InvariantCulture);
}
