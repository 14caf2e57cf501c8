using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Soket.Chat;

/// <summary>
/// The chat's protocol for programs: one JSON object a line, each with its <c>type</c>; what a reader does not know it passes over. Pure.
/// docs/chat-protocol.md has every type.
/// </summary>
public static class ChatJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 8 };

    /// <summary>An event as its line, without the line's end.</summary>
    /// <param name="told">The event.</param>
    public static byte[] Write(ChatEvent told)
    {
        // A room's entry is the same for everybody, and written once.
        if (told is not ChatEntry entry)
            return WriteObject(told);
        return entry.Json ??= WriteObject(told);
    }

    /// <summary>A request as its line, without the line's end.</summary>
    /// <param name="request">The request.</param>
    public static byte[] Write(ChatRequest request) => WriteObject(json =>
    {
        switch (request)
        {
            case ChatHelloRequest { Hello: var hello }:
                Begin(json, "hello");
                json.WriteNumber("v", 1);
                WriteUnlessEmpty(json, "nick", hello.Name);
                WriteUnlessEmpty(json, "token", hello.Token);
                json.WriteString("session", hello.Session);
                WriteUnlessEmpty(json, "epoch", hello.Epoch);
                if (hello.Rooms.Count > 0)
                {
                    json.WriteStartObject("rooms");
                    foreach ((string room, long seen) in hello.Rooms)
                        json.WriteNumber(room, seen);
                    json.WriteEndObject();
                }

                break;
            case ChatSayRequest say:
                Begin(json, "say");
                if (say.Room is not null)
                    json.WriteString("room", say.Room);
                json.WriteString("text", say.Text);
                if (say.IsAction)
                    json.WriteBoolean("action", true);
                WriteId(json, say.Id);
                break;
            case ChatWhisperRequest whisper:
                Begin(json, "private");
                json.WriteString("to", whisper.To);
                json.WriteString("text", whisper.Text);
                WriteId(json, whisper.Id);
                break;
            case ChatLineRequest line:
                Begin(json, "line");
                json.WriteString("text", line.Text);
                break;
            case ChatPingRequest:
                Begin(json, "ping");
                break;
            default:
                throw new NotSupportedException(request.GetType().Name);
        }
    });

    /// <summary>Reads a request; false where the line is none.</summary>
    /// <param name="line">The line.</param>
    /// <param name="request">The request.</param>
    public static bool TryReadRequest(ReadOnlyMemory<byte> line, [NotNullWhen(true)] out ChatRequest? request) => TryRead(line, ReadRequest, out request);

    /// <summary>Reads an event; false where the line is none that is known.</summary>
    /// <param name="line">The line.</param>
    /// <param name="told">The event.</param>
    public static bool TryReadEvent(ReadOnlyMemory<byte> line, [NotNullWhen(true)] out ChatEvent? told) => TryRead(line, ReadEvent, out told);

    private static bool TryRead<T>(ReadOnlyMemory<byte> line, Func<JsonElement, T?> read, [NotNullWhen(true)] out T? value)
        where T : class
    {
        value = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, Reading);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                value = read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // No JSON, a value of another kind, or a text that is no Unicode (half a surrogate pair): no request.
        }

        return value is not null;
    }

    private static ChatRequest? ReadRequest(JsonElement json) => Text(json, "type") switch
    {
        "hello" => new ChatHelloRequest(new ChatHello
        {
            Name = Text(json, "nick"),
            Token = Text(json, "token"),
            WantsSession = json.TryGetProperty("session", out _),
            Session = Text(json, "session"),
            Epoch = Text(json, "epoch"),
            Rooms = ReadRooms(json),
        }),
        "say" => new ChatSayRequest(Text(json, "room") is { Length: > 0 } room ? room : null, Text(json, "text"), Flag(json, "action"), Number(json, "id")),
        "private" => new ChatWhisperRequest(Text(json, "to"), Text(json, "text"), Number(json, "id")),
        "line" => new ChatLineRequest(Text(json, "text")),
        "ping" => new ChatPingRequest(),
        _ => null,
    };

    private static ChatEvent? ReadEvent(JsonElement json) => Text(json, "type") switch
    {
        "entry" => ReadEntry(json),
        "history" => ReadEntry(json) is { } entry ? new ChatRecall(entry) : null,
        "private" => new ChatWhisper(Text(json, "from"), Text(json, "to"), Text(json, "text"), Time(json)),
        "notice" => new ChatNotice(Text(json, "code"), ReadValues(json)) { Id = Number(json, "id") },
        "error" => new ChatNotice(Text(json, "code"), ReadValues(json))
        {
            IsError = true,
            Id = Number(json, "id"),
            RetryAfter = json.TryGetProperty("retry_ms", out _) ? Milliseconds(json, "retry_ms") : null,
        },
        "joined" => new ChatJoined(Text(json, "room"), Text(json, "topic"), ReadNames(json), Number(json, "last")) { Count = (int)Math.Clamp(Number(json, "count"), 0, 1_000_000) },
        "parted" => new ChatParted(Text(json, "room"), Text(json, "reason")),
        "ack" => new ChatAck(Number(json, "id"), Number(json, "number")),
        "gap" => new ChatGap(Text(json, "room"), Number(json, "after"), Number(json, "before")),
        "welcome" => new ChatWelcome(Text(json, "nick"), Text(json, "session"), Text(json, "epoch")),
        "bye" => new ChatBye(Text(json, "reason"), json.TryGetProperty("reconnect_ms", out _) ? Milliseconds(json, "reconnect_ms") : null),
        "pong" => new ChatPong(),
        _ => null,
    };

    internal static ChatEntry? ReadEntry(JsonElement json) =>
        Enum.TryParse(Text(json, "kind"), ignoreCase: true, out ChatEntryKind kind) && Enum.IsDefined(kind)
            ? new ChatEntry(Text(json, "room"), Number(json, "number"), Time(json), kind, Text(json, "from"), Text(json, "text")) { Session = Text(json, "sid"), Id = Number(json, "id") }
            : null;

    internal static void WriteEntry(Utf8JsonWriter json, ChatEntry entry)
    {
        json.WriteString("room", entry.Room);
        json.WriteNumber("number", entry.Number);
        json.WriteString("time", entry.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        json.WriteString("kind", entry.Kind.ToString().ToLowerInvariant());
        json.WriteString("from", entry.From);
        json.WriteString("text", entry.Text);
    }

    private static byte[] WriteObject(ChatEvent told) => WriteObject(json =>
    {
        switch (told)
        {
            case ChatEntry entry:
                Begin(json, "entry");
                WriteEntry(json, entry);
                break;
            case ChatRecall { Entry: var entry }:
                Begin(json, "history");
                WriteEntry(json, entry);
                break;
            case ChatWhisper whisper:
                Begin(json, "private");
                json.WriteString("from", whisper.From);
                json.WriteString("to", whisper.To);
                json.WriteString("text", whisper.Text);
                json.WriteString("time", whisper.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
                break;
            case ChatNotice notice:
                Begin(json, notice.IsError ? "error" : "notice");
                json.WriteString("code", notice.Code);
                WriteId(json, notice.Id);
                if (notice.RetryAfter is { } retry)
                    json.WriteNumber("retry_ms", (long)Math.Ceiling(retry.TotalMilliseconds));
                json.WriteStartObject("values");
                foreach ((string name, string value) in notice.Values)
                    json.WriteString(name, value);
                json.WriteEndObject();
                break;
            case ChatJoined joined:
                Begin(json, "joined");
                json.WriteString("room", joined.Room);
                json.WriteString("topic", joined.Topic);
                json.WriteStartArray("names");
                foreach (string name in joined.Names)
                    json.WriteStringValue(name);
                json.WriteEndArray();
                json.WriteNumber("count", joined.Count);
                json.WriteNumber("last", joined.Last);
                break;
            case ChatParted parted:
                Begin(json, "parted");
                json.WriteString("room", parted.Room);
                json.WriteString("reason", parted.Reason);
                break;
            case ChatAck ack:
                Begin(json, "ack");
                json.WriteNumber("id", ack.Id);
                json.WriteNumber("number", ack.Number);
                break;
            case ChatGap gap:
                Begin(json, "gap");
                json.WriteString("room", gap.Room);
                json.WriteNumber("after", gap.After);
                json.WriteNumber("before", gap.Before);
                break;
            case ChatWelcome welcome:
                Begin(json, "welcome");
                json.WriteNumber("v", 1);
                json.WriteString("nick", welcome.Name);
                WriteUnlessEmpty(json, "session", welcome.Session);
                json.WriteString("epoch", welcome.Epoch);
                break;
            case ChatBye bye:
                Begin(json, "bye");
                json.WriteString("reason", bye.Reason);
                if (bye.ReconnectAfter is { } after)
                    json.WriteNumber("reconnect_ms", (long)after.TotalMilliseconds);
                break;
            case ChatPong:
                Begin(json, "pong");
                break;
            default:
                throw new NotSupportedException(told.GetType().Name);
        }
    });

    private static byte[] WriteObject(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static void Begin(Utf8JsonWriter json, string type) => json.WriteString("type", type);

    private static void WriteId(Utf8JsonWriter json, long id)
    {
        if (id > 0)
            json.WriteNumber("id", id);
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter json, string key, string value)
    {
        if (value.Length > 0)
            json.WriteString(key, value);
    }

    private static string Text(JsonElement json, string key) => json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static bool Flag(JsonElement json, string key) => json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static long Number(JsonElement json, string key) =>
        json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : 0;

    // Bounded: what a server says must not make its client wait for ever.
    private static TimeSpan Milliseconds(JsonElement json, string key) => TimeSpan.FromMilliseconds(Math.Clamp(Number(json, key), 0, 60_000));

    private static DateTimeOffset Time(JsonElement json) =>
        DateTimeOffset.TryParse(Text(json, "time"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : DateTimeOffset.UnixEpoch;

    private static Dictionary<string, long> ReadRooms(JsonElement json)
    {
        var rooms = new Dictionary<string, long>(StringComparer.Ordinal);
        if (json.TryGetProperty("rooms", out JsonElement given) && given.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty room in given.EnumerateObject())
            {
                if (rooms.Count < 64 && room.Name.Length <= ChatName.LongestText && room.Value.ValueKind == JsonValueKind.Number && room.Value.TryGetInt64(out long seen))
                    rooms[room.Name] = seen;
            }
        }

        return rooms;
    }

    private static List<(string Name, string Value)> ReadValues(JsonElement json)
    {
        var values = new List<(string Name, string Value)>();
        if (json.TryGetProperty("values", out JsonElement given) && given.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty value in given.EnumerateObject())
            {
                if (values.Count < 16 && value.Value.ValueKind == JsonValueKind.String)
                    values.Add((value.Name, value.Value.GetString()!));
            }
        }

        return values;
    }

    private static List<string> ReadNames(JsonElement json)
    {
        var names = new List<string>();
        if (json.TryGetProperty("names", out JsonElement given) && given.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement name in given.EnumerateArray())
            {
                if (names.Count < 10_000 && name.ValueKind == JsonValueKind.String)
                    names.Add(name.GetString()!);
            }
        }

        return names;
    }
}
