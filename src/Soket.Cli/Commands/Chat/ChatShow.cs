using Soket.Chat;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Events;

namespace Soket.Cli.Commands.Chat;

/// <summary>
/// Shows what a chat tells: lines in the person's language, each name in a colour of its own, or records with <c>--json</c>. Where several rooms are open on a
/// terminal, what is said in the others is counted and shown when one goes there. One thread at a time.
/// </summary>
internal sealed class ChatShow(IChatView? view, JsonLinesObserver? json, CliIo io)
{
    private const int MostUnread = 200;
    private const int MostUnreadText = 64 * 1024; // characters
    private const int MostUnreadRooms = 256;
    private readonly Dictionary<string, Queue<string>> _unread = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly PayloadText _payload = new();

    /// <summary>Shows an event.</summary>
    /// <param name="told">The event.</param>
    /// <param name="self">One's own name.</param>
    /// <param name="current">The room one is in.</param>
    /// <param name="several">Whether one is in several.</param>
    public async Task TellAsync(ChatEvent told, string self, string? current, bool several)
    {
        if (json is not null)
        {
            await json.WriteAsync(writer => WriteEvent(writer, told)).ConfigureAwait(false);
            return;
        }

        if (view is null)
            return;
        bool folds = view.IsTyped && !view.KeepsTyped;
        if (folds)
            ComeTo(current, several);
        bool said = told is ChatEntry { Kind: ChatEntryKind.Message or ChatEntryKind.Action };
        if (said && view.KeepsTyped && told is ChatEntry own && own.From == self)
            return;
        string? room = told is not ChatEntry entry ? null : !several ? entry.Room : folds ? current : null;
        if (ChatWords.Of(told, io.Language, room, self) is not { } words)
            return;
        if (folds && told is ChatEntry { IsSaid: true } elsewhere && elsewhere.Room != current && several)
        {
            Keep(elsewhere.Room, Fit(told, words));
            SetPrompt(current, several);
            return;
        }

        foreach (string line in told is ChatNotice { Code: "help" } ? words.Split('\n') : [words])
        {
            if (said || told is ChatWhisper or ChatRecall or ChatNotice { Code: "help" or "who" or "rooms" or "topic" })
                view.Show(Fit(told, line));
            else
                view.Remark(Fit(told, line));
        }

        if (folds)
            SetPrompt(current, several);
    }

    /// <summary>Shows what a plain peer sent: as it came, made safe.</summary>
    public async Task HearAsync(ReadOnlyMemory<byte> bytes)
    {
        if (json is not null)
        {
            await json.WriteAsync(writer =>
            {
                writer.WriteString("type", "chat");
                writer.WriteNumber("bytes", bytes.Length);
                JsonBytes.Write(writer, bytes.ToArray());
            }).ConfigureAwait(false);
            return;
        }

        // A receive is what the peer's program sent at once, in all likelihood: a line of its own.
        string text = (_payload.Append(bytes.Span) + _payload.Flush()).Replace("\r", "", StringComparison.Ordinal).TrimEnd('\n');
        foreach (string line in text.Split('\n'))
            view!.Show(line.Replace('\t', ' '));
    }

    private static void WriteEvent(System.Text.Json.Utf8JsonWriter writer, ChatEvent told)
    {
        writer.WriteString("type", "chat");
        writer.WritePropertyName("event");
        writer.WriteRawValue(ChatJson.Write(told));
    }

    /// <summary>An entry as a record, from a thread that must not wait.</summary>
    public static void Record(JsonLinesObserver json, ChatEvent told) => json.Offer(writer => WriteEvent(writer, told));

    private string Fit(ChatEvent told, string words)
    {
        string line = TerminalText.Safe(words);
        if (!io.ColourOut)
            return line;
        var ink = new Ink(true);
        string? from = told switch { ChatEntry { Kind: ChatEntryKind.Message } entry => entry.From, ChatWhisper whisper => whisper.From, _ => null };
        if (from is null)
            return line.StartsWith("* ", StringComparison.Ordinal) ? ink.Dim(line) : line;
        string name = TerminalText.Safe(from);
        int at = line.IndexOf(name, StringComparison.Ordinal);
        return at < 0 ? line : line[..at] + InColour(name, ink) + line[(at + name.Length)..];
    }

    // The same name has the same colour for everybody and in every run; red is left to what went wrong.
    private static string InColour(string name, Ink ink)
    {
        uint hash = 2166136261; // FNV-1a: string.GetHashCode differs from run to run
        foreach (char c in name)
            hash = (hash ^ c) * 16777619;
        return (hash % 3) switch { 0 => ink.Green(name), 1 => ink.Yellow(name), _ => ink.Cyan(name) };
    }

    private void Keep(string room, string line)
    {
        if (!_unread.TryGetValue(room, out Queue<string>? lines) && _unread.Count >= MostUnreadRooms)
            return;
        if (lines is null)
            _unread[room] = lines = new Queue<string>();
        lines.Enqueue(line);
        _counts[room] = _counts.GetValueOrDefault(room) + 1;
        while (lines.Count > MostUnread || lines.Sum(kept => kept.Length) > MostUnreadText)
            lines.Dequeue();
    }

    private void ComeTo(string? room, bool several)
    {
        foreach (string known in several ? [room ?? ""] : _unread.Keys.ToArray())
        {
            if (!_unread.Remove(known, out Queue<string>? lines))
                continue;
            _counts.Remove(known);
            foreach (string line in lines)
                view!.Show(line);
        }
    }

    private void SetPrompt(string? current, bool several)
    {
        string others = several && _counts.Count > 0 ? $" ({string.Join(", ", _counts.Select(pair => $"#{pair.Key} {pair.Value}"))})" : "";
        view!.SetPrompt(current is null ? "> " : $"#{TerminalText.Safe(current)}{TerminalText.Safe(others)}> ");
    }
}
