using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using static Soket.Chat.Internal.ChatFields;

namespace Soket.Chat.Internal;

/// <summary>What the servers of one chat tell each other of who is there.</summary>
internal enum ChatNoteKind
{
    /// <summary>One is alive.</summary>
    Beat,

    /// <summary>People who are there, or have changed.</summary>
    Here,

    /// <summary>Somebody has gone.</summary>
    Gone,

    /// <summary>One would like to hear of all people.</summary>
    Ask,

    /// <summary>Something for one person alone.</summary>
    Private,

    /// <summary>That it was told him, or could not be.</summary>
    Told,
}

/// <summary>Somebody as his server tells of him.</summary>
internal sealed record ChatPresent(string Key, string Name, string Session, long Since, long NameSince, bool IsOperator, IReadOnlyList<string> Rooms);

/// <summary>A note from server to server, as JSON. Each server counts its own; who misses one asks for everything.</summary>
internal sealed record ChatNote(ChatNoteKind Kind, string Node, long Count)
{
    private const int MostPeople = 10_000;
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 6 };

    public IReadOnlyList<ChatPresent> People { get; init; } = [];

    /// <summary>Whether the people are all there are.</summary>
    public bool IsAll { get; init; }

    public string Reason { get; init; } = "";

    /// <summary>The server it is for; empty for all.</summary>
    public string To { get; init; } = "";

    /// <summary>Who has gone, or for whom it is.</summary>
    public string Key { get; init; } = "";

    /// <summary>The number of what is for one alone, by which it is answered.</summary>
    public long Number { get; init; }

    public string From { get; init; } = "";

    public string Text { get; init; } = "";

    /// <summary>The session that it came from, and its count there, by which a copy is known; empty and 0 for none.</summary>
    public string Session { get; init; } = "";

    public long Id { get; init; }

    /// <summary>Whether it was told.</summary>
    public bool IsDone { get; init; }

    public byte[] Write()
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("v", 1);
            json.WriteString("note", Kind.ToString().ToLowerInvariant());
            json.WriteString("node", Node);
            json.WriteNumber("count", Count);
            WriteUnlessEmpty(json, "to", To);
            WriteUnlessEmpty(json, "key", Key);
            WriteUnlessEmpty(json, "reason", Reason);
            if (Kind == ChatNoteKind.Here)
                WritePeople(json);
            if (Kind is ChatNoteKind.Private or ChatNoteKind.Told)
            {
                json.WriteNumber("number", Number);
                json.WriteBoolean("done", IsDone);
                WriteUnlessEmpty(json, "from", From);
                WriteUnlessEmpty(json, "text", Text);
                WriteUnlessEmpty(json, "sid", Session);
                json.WriteNumber("id", Id);
            }

            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out ChatNote? note)
    {
        note = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, Reading);
            JsonElement json = document.RootElement;
            if (!Enum.TryParse(Word(json, "note"), ignoreCase: true, out ChatNoteKind kind) || !Enum.IsDefined(kind) || Word(json, "node").Length == 0)
                return false;
            note = new ChatNote(kind, Word(json, "node"), Number(json, "count"))
            {
                To = Word(json, "to"),
                Key = Word(json, "key"),
                Reason = Word(json, "reason"),
                IsAll = Flag(json, "all"),
                People = kind == ChatNoteKind.Here ? ReadPeople(json) : [],
                Number = Number(json, "number"),
                IsDone = Flag(json, "done"),
                From = ChatText.Clean(Word(json, "from")),
                Text = ChatText.Clean(Text(json, "text")),
                Session = Word(json, "sid"),
                Id = Number(json, "id"),
            };
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            return false; // somebody else's
        }
    }

    private void WritePeople(Utf8JsonWriter json)
    {
        if (IsAll)
            json.WriteBoolean("all", true);
        json.WriteStartArray("people");
        foreach (ChatPresent present in People)
        {
            json.WriteStartObject();
            json.WriteString("key", present.Key);
            json.WriteString("name", present.Name);
            WriteUnlessEmpty(json, "sid", present.Session);
            json.WriteNumber("since", present.Since);
            json.WriteNumber("name_since", present.NameSince);
            if (present.IsOperator)
                json.WriteBoolean("op", true);
            json.WriteStartArray("rooms");
            foreach (string room in present.Rooms)
                json.WriteStringValue(room);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static List<ChatPresent> ReadPeople(JsonElement json)
    {
        var people = new List<ChatPresent>();
        foreach (JsonElement one in json.GetProperty("people").EnumerateArray())
        {
            string key = Word(one, "key"), name = ChatText.Clean(Word(one, "name"));
            if (key.Length == 0 || name.Length == 0)
                continue;
            string[] rooms = [.. one.GetProperty("rooms").EnumerateArray().Select(room => room.GetString() ?? "").Where(room => room.Length is > 0 and <= 64).Take(64)];
            people.Add(new ChatPresent(key, name, Word(one, "sid"), Number(one, "since"), Number(one, "name_since"), Flag(one, "op"), rooms));
            if (people.Count >= MostPeople)
                break;
        }

        return people;
    }
}
