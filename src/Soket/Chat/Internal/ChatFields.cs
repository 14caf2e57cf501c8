using System.Text.Json;

namespace Soket.Chat.Internal;

/// <summary>The fields of an object that somebody else may have written: what is not there, or of another kind, is empty.</summary>
internal static class ChatFields
{
    private const int LongestWord = 64;

    public static string Text(JsonElement json, string key) => json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    /// <summary>A short text: a name, a key.</summary>
    public static string Word(JsonElement json, string key) => Text(json, key) is { Length: <= LongestWord } word ? word : "";

    public static long Number(JsonElement json, string key) =>
        json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : 0;

    public static bool Flag(JsonElement json, string key) => json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    public static void WriteUnlessEmpty(Utf8JsonWriter json, string key, string value)
    {
        if (value.Length > 0)
            json.WriteString(key, value);
    }
}
