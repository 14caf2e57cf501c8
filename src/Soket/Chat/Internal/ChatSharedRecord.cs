using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using static Soket.Chat.Internal.ChatFields;

namespace Soket.Chat.Internal;

/// <summary>
/// A record of a shared log, as JSON: an entry of a room, the making of a room, or a mark by which a server knows that it has read all that was there. Whoever
/// may write to the broker may have written anything: what is read is checked like a stranger's line.
/// </summary>
internal sealed record ChatSharedRecord(string Node, string Session, long Id)
{
    private const int MostText = 16 * 1024;
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 4 };

    // Far enough from the calendar's end for any time that is added.
    private static readonly DateTimeOffset Latest = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>An entry's kind; null for what is no entry.</summary>
    public ChatEntryKind? Kind { get; init; }

    public DateTimeOffset Time { get; init; }

    public string From { get; init; } = "";

    public string Text { get; init; } = "";

    /// <summary>Who said it, by the number he has on his server.</summary>
    public long Author { get; init; }

    public bool FromOperator { get; init; }

    /// <summary>Whom it is about, by his key and his session: who is put out, is muted, may put out; and who has made a room.</summary>
    public string Whom { get; init; } = "";

    public string WhomSession { get; init; } = "";

    /// <summary>How long somebody is muted.</summary>
    public int Minutes { get; init; }

    /// <summary>The room that is made; empty for none.</summary>
    public string Room { get; init; } = "";

    public bool IsMark { get; init; }

    /// <summary>A mark's own proposal for the run of numbers: that of the first one counts.</summary>
    public string Epoch { get; init; } = "";

    /// <summary>Whether a client will ask whether it arrived.</summary>
    public bool IsClients => Session != Node;

    public byte[] Write()
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("v", 1);
            json.WriteString("node", Node);
            if (IsClients)
                json.WriteString("sid", Session);
            json.WriteNumber("id", Id);
            if (Kind is { } kind)
            {
                json.WriteString("kind", kind.ToString().ToLowerInvariant());
                json.WriteString("time", Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
                json.WriteString("from", From);
                json.WriteString("text", Text);
                json.WriteNumber("author", Author);
                if (FromOperator)
                    json.WriteBoolean("op", true);
                if (Minutes > 0)
                    json.WriteNumber("minutes", Minutes);
            }

            WriteUnlessEmpty(json, "whom", Whom);
            WriteUnlessEmpty(json, "whom_sid", WhomSession);
            WriteUnlessEmpty(json, "room", Room);
            if (IsMark)
                json.WriteBoolean("mark", true);
            WriteUnlessEmpty(json, "epoch", Epoch);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out ChatSharedRecord? record)
    {
        record = null;
        if (bytes.Length > 8 * MostText)
            return false;
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, Reading);
            record = Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            // Somebody else's.
        }

        return record is not null;
    }

    private static ChatSharedRecord? Read(JsonElement json)
    {
        string node = Word(json, "node");
        string session = json.TryGetProperty("sid", out _) ? Word(json, "sid") : node;
        long id = Number(json, "id");
        if (node.Length == 0 || session.Length == 0 || id <= 0)
            return null;
        var record = new ChatSharedRecord(node, session, id)
        {
            Whom = Word(json, "whom"),
            WhomSession = Word(json, "whom_sid"),
            Room = Text(json, "room"),
            IsMark = Flag(json, "mark"),
            Epoch = Word(json, "epoch"),
        };
        if (!json.TryGetProperty("kind", out JsonElement named))
            return record.IsMark || ChatName.IsValid(record.Room, out _) ? record : null;
        if (!Enum.TryParse(named.GetString(), ignoreCase: true, out ChatEntryKind kind) || !Enum.IsDefined(kind) || !IsShared(kind)
            || !DateTimeOffset.TryParse(Text(json, "time"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            return null;
        string text = Text(json, "text");
        return text.Length > MostText ? null : record with
        {
            Kind = kind,
            Time = time < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : time > Latest ? Latest : time,
            From = ChatText.Clean(Word(json, "from")),
            Text = ChatText.Clean(text),
            Author = Number(json, "author"),
            FromOperator = Flag(json, "op"),
            Minutes = (int)Math.Clamp(Number(json, "minutes"), 0, 1440),
        };
    }

    /// <summary>Whether entries of a kind are in the log; the others are each server's own.</summary>
    public static bool IsShared(ChatEntryKind kind) => kind is not (ChatEntryKind.Join or ChatEntryKind.Leave or ChatEntryKind.Nick);
}
