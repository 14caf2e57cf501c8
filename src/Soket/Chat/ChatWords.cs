using System.Globalization;
using System.Text.RegularExpressions;
using Soket.Languages;

namespace Soket.Chat;

/// <summary>What a chat says in words: the lines of its plain text protocol, and of every client. Pure.</summary>
public static partial class ChatWords
{
    private static readonly Texts Words = Texts.Load(typeof(ChatWords).Assembly, "chat");

    /// <summary>Whether there are words for a code.</summary>
    /// <param name="code">A notice's code.</param>
    public static bool Knows(string code) => Words.Has("chat." + code);

    /// <summary>An event in words; null for one that a person need not see. Several lines are separated by line feeds.</summary>
    /// <param name="told">The event.</param>
    /// <param name="language">The language.</param>
    /// <param name="room">The room that need not be named, since one is in it.</param>
    /// <param name="self">One's own name.</param>
    public static string? Of(ChatEvent told, Language language, string? room, string self) => told switch
    {
        ChatEntry entry => OfEntry(entry, language, room, self),
        ChatRecall { Entry: var entry } => $"{Clock(entry.Time)} {OfEntry(entry, language, entry.Room, self)}",
        ChatWhisper whisper => Words.Get(language, whisper.From == self ? "chat.private-to" : "chat.private", ("from", whisper.From), ("to", whisper.To), ("text", whisper.Text)),
        ChatNotice { Code: "help" } => Help(language),
        ChatNotice notice => "* " + OfNotice(notice, language),
        ChatJoined joined => "* " + Words.Get(language, joined.Topic.Length > 0 ? "chat.joined-topic" : "chat.joined", ("room", joined.Room), ("topic", joined.Topic), ("count", joined.Count), ("names", Names(joined.Names))),
        ChatParted { Reason: "kick" } => null,
        ChatParted parted => "* " + Words.Get(language, "chat.parted", ("room", parted.Room)),
        ChatGap gap => "* " + Words.Get(language, "chat.gap", ("room", gap.Room)),
        ChatWelcome welcome => "* " + Words.Get(language, "chat.welcome", ("name", welcome.Name)),
        ChatBye bye => "* " + Words.Get(language, Words.Has("chat.bye." + bye.Reason) ? "chat.bye." + bye.Reason : "chat.bye.quit"),
        _ => null,
    };

    /// <summary>A word of the server, without the star.</summary>
    /// <param name="notice">The notice.</param>
    /// <param name="language">The language.</param>
    public static string OfNotice(ChatNotice notice, Language language)
    {
        // A server of a later version knows more.
        if (!Knows(notice.Code))
            return string.Join(" ", notice.Values.Select(pair => pair.Value).Prepend(notice.Code));
        string words = Words.Get(language, "chat." + notice.Code, [.. notice.Values.Select(pair => (pair.Name, (object?)pair.Value))]);
        // Where a value was left out its place would be shown.
        return Places().Replace(words, place => notice.Values.Any(pair => pair.Value.Contains(place.Value, StringComparison.Ordinal)) ? place.Value : "-");
    }

    /// <summary>The commands, a line each.</summary>
    /// <param name="language">The language.</param>
    public static string Help(Language language) => string.Join('\n', ChatHall.CommandNames.Where(name => Words.Has("chat.help." + name)).Select(name => "* " + Words.Get(language, "chat.help." + name)));

    /// <summary>A text of the chat by its whole key.</summary>
    /// <param name="language">The language.</param>
    /// <param name="key">The key, <c>chat.</c> included.</param>
    /// <param name="values">What stands in its places.</param>
    public static string Get(Language language, string key, params ReadOnlySpan<(string Name, object? Value)> values) => Words.Get(language, key, values);

    [GeneratedRegex("\\{[a-z]+\\}")]
    private static partial Regex Places();

    private static string? OfEntry(ChatEntry entry, Language language, string? room, string self)
    {
        string place = entry.Room == room ? "" : $"#{entry.Room} ";
        switch (entry.Kind)
        {
            case ChatEntryKind.Message:
                return $"{place}{entry.From}: {entry.Text}";
            case ChatEntryKind.Action:
                return $"{place}* {entry.From} {entry.Text}";
            case ChatEntryKind.Join or ChatEntryKind.Leave when entry.From == self:
            case ChatEntryKind.Nick when entry.Text == self:
                return null; // it was told already what it means
            case ChatEntryKind.Kick:
                (string who, string why) = entry.Text.Split(": ", 2) is [var first, var rest] ? (first, rest) : (entry.Text, "");
                return $"{place}* " + Words.Get(language, why.Length > 0 ? "chat.entry.kick-why" : "chat.entry.kick", ("name", who), ("by", entry.From), ("why", why), ("room", entry.Room));
            case ChatEntryKind.Leave:
                string key = "chat.entry.leave." + entry.Text;
                return $"{place}* " + Words.Get(language, Words.Has(key) ? key : "chat.entry.leave.left", ("name", entry.From), ("room", entry.Room));
            default:
                return $"{place}* " + Words.Get(language, "chat.entry." + entry.Kind.ToString().ToLowerInvariant(), ("from", entry.From), ("text", entry.Text), ("room", entry.Room));
        }
    }

    private static string Names(IReadOnlyList<string> names) => names.Count <= 20 ? string.Join(", ", names) : string.Join(", ", names.Take(20)) + ", ...";

    private static string Clock(DateTimeOffset time)
    {
        DateTimeOffset local = time.ToLocalTime();
        return local.ToString(local.Date == DateTime.Today ? "HH:mm" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
    }
}
