using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Soket.Explain;
using Soket.Explain.Internal;
using Soket.Languages;
using Xunit;

namespace Soket.Tests.Explain;

/// <summary>The catalogue, its texts and its pages say the same.</summary>
public sealed partial class CatalogueTests
{
    public static TheoryData<string> Codes => [.. Explainer.Codes];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_has_an_entry_in_both_languages(string code)
    {
        CatalogueEntry english = Explainer.Entry(code, Language.English), indonesian = Explainer.Entry(code, Language.Indonesian);
        Assert.NotEmpty(english.Causes);
        Assert.NotEmpty(english.Remedies);
        Assert.Equal(english.Causes.Count, indonesian.Causes.Count);
        Assert.Equal(english.Remedies.Count, indonesian.Remedies.Count);
        Assert.NotEqual(english.Meaning, indonesian.Meaning);
        Assert.Contains(ExitCodes.All, row => row.Number == english.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_has_a_page_in_both_languages_that_agrees_with_it(string code)
    {
        foreach (Language language in Enum.GetValues<Language>())
        {
            CatalogueEntry entry = Explainer.Entry(code, language);
            string page = File.ReadAllText(Path.Combine(Root(), entry.Page));
            Assert.StartsWith($"# {entry.Title}\n", page, StringComparison.Ordinal);
            Assert.Contains($"`{code}`", page, StringComparison.Ordinal);
            Assert.Contains($"**{entry.ExitCode.ToString(CultureInfo.InvariantCulture)}**", page, StringComparison.Ordinal);
            Assert.All(entry.Errors, error => Assert.Contains($"`{error.Name}`", page, StringComparison.Ordinal));
            Assert.Contains("soket ", page, StringComparison.Ordinal);
            Assert.Contains($"({code}{(language == Language.Indonesian ? ".id" : "")}.md)", File.ReadAllText(Path.Combine(Root(), "docs/errors/README" + (language == Language.Indonesian ? ".id" : "") + ".md")), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void There_is_no_page_without_a_code()
    {
        IEnumerable<string> pages = Directory.EnumerateFiles(Path.Combine(Root(), "docs/errors"), "*.md").Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith("README", StringComparison.Ordinal));
        Assert.Equal(Explainer.Codes.SelectMany(code => (string[])[code + ".md", code + ".id.md"]).Order(StringComparer.Ordinal), pages.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Language.English, "docs/exit-codes.md")]
    [InlineData(Language.Indonesian, "docs/exit-codes.id.md")]
    public void The_table_of_exit_codes_is_the_one_in_the_code(Language language, string path)
    {
        string page = File.ReadAllText(Path.Combine(Root(), path));
        var rows = ExitRow().Matches(page).Select(match => (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), match.Groups[2].Value)).ToList();
        Assert.Equal(ExitCodes.All.Select(row => (row.Number, ExitCodes.Describe(row.Number, language))), rows);
        foreach (string code in Explainer.Codes)
            Assert.Contains($"[{code}](errors/{code}{(language == Language.Indonesian ? ".id" : "")}.md)", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_languages_have_the_same_placeholders()
    {
        Texts texts = Catalogue.Texts;
        Assert.All(texts.Keys, key => Assert.Equal(
            Placeholder().Matches(texts.Get(Language.English, key)).Select(match => match.Value).Distinct().Order(),
            Placeholder().Matches(texts.Get(Language.Indonesian, key)).Select(match => match.Value).Distinct().Order()));
    }

    [Fact]
    public void Every_cause_has_a_code_and_every_code_a_cause()
    {
        ILookup<string, string> byCode = Catalogue.Texts.Keys.Where(key => key.Contains(".cause.", StringComparison.Ordinal)).ToLookup(key => key[..key.IndexOf('.', StringComparison.Ordinal)]);
        Assert.Equal(Explainer.Codes.Order(StringComparer.Ordinal), byCode.Select(group => group.Key).Order(StringComparer.Ordinal));
    }

    // The source tree, found from where this file was compiled.
    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));

    [GeneratedRegex(@"^\| (\d+) \| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex ExitRow();

    [GeneratedRegex(@"\{[a-z-]+\}")]
    private static partial Regex Placeholder();
}
