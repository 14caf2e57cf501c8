using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Soket.Tests.House;

/// <summary>Every text a person reads exists in both languages.</summary>
public sealed partial class TextTests
{
    [Fact]
    public void Every_text_has_both_languages_with_the_same_placeholders()
    {
        var wrong = new List<string>();
        foreach (string file in Repository.Files.Where(file =>
            file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".texts.json", StringComparison.Ordinal)))
        {
            using JsonDocument document = JsonDocument.Parse(Repository.Read(file));
            var keys = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonProperty text in document.RootElement.EnumerateObject())
            {
                string where = $"{file}: {text.Name}";
                if (!keys.Add(text.Name))
                    wrong.Add($"{where} stands twice");
                if (text.Value.ValueKind != JsonValueKind.Object
                    || !string.Join(",", text.Value.EnumerateObject().Select(language => language.Name)).Equals("en,id", StringComparison.Ordinal))
                {
                    wrong.Add($"{where} is not {{ en, id }}");
                    continue;
                }

                string en = text.Value.GetProperty("en").GetString() ?? "";
                string id = text.Value.GetProperty("id").GetString() ?? "";
                if (string.IsNullOrWhiteSpace(en) || string.IsNullOrWhiteSpace(id))
                    wrong.Add($"{where} is empty in a language");
                else if (!Placeholders(en).SetEquals(Placeholders(id)))
                    wrong.Add($"{where} has {{{string.Join(' ', Placeholders(en))}}} in English, {{{string.Join(' ', Placeholders(id))}}} in Indonesian");
            }
        }

        Assert.Empty(wrong);
    }

    private static HashSet<string> Placeholders(string text) =>
        [.. Placeholder().Matches(text).Select(match => match.Groups["name"].Value)];

    [GeneratedRegex(@"\{(?<name>\w+)\}")]
    private static partial Regex Placeholder();
}
