using System.Text;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Explain;
using Soket.Languages;
using Soket.SocketTable;

namespace Soket.Cli.Commands;

/// <summary><c>soket explain CODE|ERRNO|MESSAGE</c>: what a failure means, where it comes from, what helps.</summary>
internal sealed class ExplainCommand : Verb
{
    private const int MostPiped = 64 * 1024;
    private static readonly Positional What = new("CODE|ERRNO|MESSAGE", Many: true) { RefusesEmpty = true, Choices = static () => Explainer.Codes };

    public override string Name => "explain";

    public override string Group => "group.understand";

    public override IReadOnlyList<Positional> Positionals { get; } = [What];

    public override IReadOnlyList<Flag> Flags { get; } = [CommonFlags.Json];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        string query = values.All(What).Count > 0 ? string.Join(' ', values.All(What)) : await ReadPipedAsync(io, cancellationToken).ConfigureAwait(false);
        if (query.Length == 0)
        {
            await ListAsync([.. Explainer.Codes.Select(code => Explainer.Entry(code, io.Language))], values.IsOn(CommonFlags.Json), io).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        if (SocketTableStates.TryParse(query, out SocketTableState state))
        {
            await TellAsync(state, values.IsOn(CommonFlags.Json), io).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        // Several codes, or the words of one message.
        LookupResult[] each = values.All(What).Count > 1 ? [.. values.All(What).Select(word => IsCode(word) ? Explainer.Lookup(word, io.Language) : new LookupResult(null, [], []))] : [];
        IReadOnlyList<LookupResult> results = each.Length > 0 && each.All(one => one.Entries.Count > 0) ? each : [Explainer.Lookup(query, io.Language)];
        if (results is [{ Entries.Count: 0, Suggestions: var suggestions }])
        {
            string wanted = TerminalText.Safe(query);
            throw (Nearest.Of(query, SocketTableStates.All.Select(known => known.Name())) ?? (suggestions is [var first, ..] ? first : null)) is { } nearest
                ? io.Wrong("explain.wrong.unknown-nearest", ("query", wanted), ("nearest", nearest))
                : io.Wrong("explain.wrong.unknown", ("query", wanted));
        }

        if (values.IsOn(CommonFlags.Json))
        {
            await ListAsync([.. results.SelectMany(found => found.Entries)], json: true, io).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        var text = new StringBuilder();
        foreach (LookupResult found in results)
        {
            if (text.Length > 0)
                text.Append('\n');
            Tell(text, found, io);
        }

        await io.Out.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken).ConfigureAwait(false);
        return ExitCodes.Done;
    }

    // 98, ECONNREFUSED, address-in-use: what is no word of a message.
    private static bool IsCode(string word) =>
        word.All(c => char.IsAsciiDigit(c) || c == '-') || word.Contains('-', StringComparison.Ordinal) || word.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');

    private static void Tell(StringBuilder text, LookupResult found, CliIo io)
    {
        if (found.Error is { Message.Length: > 0 } error) // Soket's own names say nothing that the entry does not.
            text.Append(io.Text(error.Number is null ? "explain.protocol" : "explain.error", ("error", error))).Append("\n\n");
        // A number may stand for several situations; the first is told whole, the others by name.
        Tell(text, found.Entries[0], io);
        foreach (CatalogueEntry other in found.Entries.Skip(1))
            text.Append(io.Text("explain.also", ("code", other.Code), ("title", other.Title))).Append('\n');
    }

    // A state is no failure: it has no code, no exit code, and no page of its own.
    private static async Task TellAsync(SocketTableState state, bool json, CliIo io)
    {
        string key = state.Name().ToLowerInvariant().Replace('_', '-');
        string means = io.Text($"state.{key}.means"), begins = io.Text($"state.{key}.begins"), ends = io.Text($"state.{key}.ends");
        using var bytes = new MemoryStream();
        if (json)
        {
            using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                writer.WriteStartObject();
                writer.WriteNumber("v", 1);
                writer.WriteString("type", "explanation");
                writer.WriteString("code", state.Name());
                writer.WriteString("meaning", means);
                writer.WriteString("begins", begins);
                writer.WriteString("ends", ends);
                writer.WriteEndObject();
            }

            bytes.Write("\n"u8);
        }
        else
        {
            var text = new StringBuilder();
            Paragraph(text, new Ink(io.ColourOut).Bold(state.Name()) + ": " + means, "", "", io);
            List(text, io.Text("state.begins"), [begins], io);
            List(text, io.Text("state.ends"), [ends], io);
            text.Append('\n');
            Paragraph(text, io.Text("state.look", ("state", key)), "", "", io);
            bytes.Write(Encoding.UTF8.GetBytes(text.ToString()));
        }

        bytes.Position = 0;
        await bytes.CopyToAsync(io.Out).ConfigureAwait(false);
    }

    // What another command said: soket connect ... 2>&1 | soket explain
    private static async Task<string> ReadPipedAsync(CliIo io, CancellationToken cancellationToken)
    {
        if (io.InIsTerminal)
            return "";
        byte[] room = new byte[MostPiped];
        int length = 0;
        while (await io.In.ReadAsync(room.AsMemory(length), cancellationToken).ConfigureAwait(false) is > 0 and int read)
            length += read;
        return Encoding.UTF8.GetString(room, 0, length).Trim();
    }

    private static void Tell(StringBuilder text, CatalogueEntry entry, CliIo io)
    {
        var ink = new Ink(io.ColourOut);
        text.Append(ink.Bold(entry.Code)).Append(": ").Append(entry.Title).Append('\n');
        if (entry.Errors.Count > 0)
            text.Append("  ").Append(string.Join(", ", entry.Errors.Select(error => error.Number is { } number ? $"{error.Name} ({number})" : error.Name))).Append('\n');
        text.Append('\n');
        Paragraph(text, entry.Meaning, "", "", io);
        List(text, io.Text("explain.causes"), entry.Causes, io);
        List(text, io.Text("explain.remedies"), entry.Remedies, io);
        text.Append('\n').Append(io.Text("explain.exit", ("code", entry.ExitCode), ("page", entry.Page))).Append('\n');
    }

    private static void List(StringBuilder text, string title, IReadOnlyList<string> items, CliIo io)
    {
        if (items.Count == 0)
            return;
        text.Append('\n').Append(title).Append('\n');
        foreach (string item in items)
            Paragraph(text, item, "  - ", "    ", io);
    }

    private static void Paragraph(StringBuilder text, string paragraph, string first, string next, CliIo io)
    {
        string prefix = first;
        foreach (string line in TextWidth.Wrap(paragraph, Math.Clamp(io.Width, 40, 100) - next.Length - 1, indent: ""))
        {
            text.Append(prefix).Append(line).Append('\n');
            prefix = next;
        }
    }

    private static async Task ListAsync(IReadOnlyList<CatalogueEntry> entries, bool json, CliIo io)
    {
        using var bytes = new MemoryStream();
        foreach (CatalogueEntry entry in entries)
        {
            if (!json)
            {
                bytes.Write(Encoding.UTF8.GetBytes($"{entry.Code,-28} {entry.Title}\n"));
                continue;
            }

            using (var writer = new Utf8JsonWriter(bytes))
                Write(writer, entry);
            bytes.Write("\n"u8);
        }

        bytes.Position = 0;
        await bytes.CopyToAsync(io.Out).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter writer, CatalogueEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteNumber("v", 1);
        writer.WriteString("type", "explanation");
        writer.WriteString("code", entry.Code);
        writer.WriteString("title", entry.Title);
        writer.WriteStartArray("errors");
        foreach (SystemError error in entry.Errors)
        {
            writer.WriteStartObject();
            writer.WriteString("name", error.Name);
            if (error.Number is { } number)
                writer.WriteNumber("number", number);
            writer.WriteString("message", error.Message);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("meaning", entry.Meaning);
        Strings(writer, "causes", entry.Causes);
        Strings(writer, "remedies", entry.Remedies);
        writer.WriteNumber("exit", entry.ExitCode);
        writer.WriteString("page", entry.Page);
        writer.WriteEndObject();
    }

    private static void Strings(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        writer.WriteStartArray(name);
        foreach (string value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
