using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Soket.Languages;

/// <summary>
/// The texts people read, both languages side by side in one file, so that a gap is visible where the text is written.
/// </summary>
/// <remarks>
/// A file is an embedded <c>NAME.texts.json</c>: an object of <c>"key": { "en": "...", "id": "..." }</c>. Placeholders are names in
/// braces, <c>{port}</c>. All of a file is read at once: a process that has run out of descriptors must still be able to say so.
/// </remarks>
public sealed class Texts
{
    private readonly FrozenDictionary<string, string[]> _texts;

    private Texts(FrozenDictionary<string, string[]> texts) => _texts = texts;

    /// <summary>The keys, in no particular order.</summary>
    public IEnumerable<string> Keys => _texts.Keys;

    /// <summary>Reads one or more embedded text files of an assembly.</summary>
    /// <param name="assembly">The assembly that embeds them.</param>
    /// <param name="names">Their names, without <c>.texts.json</c>.</param>
    /// <exception cref="InvalidDataException">A file is missing, or a key stands in two files or lacks a language.</exception>
    public static Texts Load(Assembly assembly, params ReadOnlySpan<string> names)
    {
        var texts = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            using Stream stream = assembly.GetManifestResourceStream(name + ".texts.json")
                ?? throw new InvalidDataException($"{assembly.GetName().Name} embeds no {name}.texts.json.");
            using JsonDocument document = JsonDocument.Parse(stream);
            foreach (JsonProperty text in document.RootElement.EnumerateObject())
            {
                if (!text.Value.TryGetProperty("en", out JsonElement en) || !text.Value.TryGetProperty("id", out JsonElement id))
                    throw new InvalidDataException($"{name}.texts.json: '{text.Name}' lacks a language.");
                if (!texts.TryAdd(text.Name, [en.GetString()!, id.GetString()!]))
                    throw new InvalidDataException($"{name}.texts.json: '{text.Name}' stands twice.");
            }
        }

        return new Texts(texts.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>Whether a key exists.</summary>
    public bool Has(string key) => _texts.ContainsKey(key);

    /// <summary>The text of a key with its placeholders filled.</summary>
    /// <param name="language">The language.</param>
    /// <param name="key">The key.</param>
    /// <param name="values">What stands in the placeholders. A placeholder without a value stays as it is written.</param>
    /// <exception cref="KeyNotFoundException">There is no such key.</exception>
    public string Get(Language language, string key, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        // English has a form of its own for one: KEY.one, where a text needs it.
        foreach ((string name, object? value) in values)
        {
            if (name == "count" && value is 1 or 1L && _texts.ContainsKey(key + ".one"))
                key += ".one";
        }

        string template = _texts[key][(int)language];
        if (values.IsEmpty || !template.Contains('{', StringComparison.Ordinal))
            return template;

        // One pass: a value that itself holds braces (a peer's name, say) is never expanded again.
        var result = new StringBuilder(template.Length + 32);
        int at = 0;
        while (at < template.Length)
        {
            int open = template.IndexOf('{', at);
            int close = open < 0 ? -1 : template.IndexOf('}', open);
            if (close < 0)
                break;

            result.Append(template, at, open - at);
            ReadOnlySpan<char> name = template.AsSpan(open + 1, close - open - 1);
            bool filled = false;
            foreach ((string candidate, object? value) in values)
            {
                if (!name.Equals(candidate, StringComparison.Ordinal))
                    continue;
                result.Append(value is IFormattable number ? number.ToString(null, System.Globalization.CultureInfo.InvariantCulture) : value?.ToString());
                filled = true;
                break;
            }

            if (!filled)
                result.Append(template, open, close - open + 1);
            at = close + 1;
        }

        return result.Append(template, at, template.Length - at).ToString();
    }
}
