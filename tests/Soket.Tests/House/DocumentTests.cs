using System.Text.RegularExpressions;
using Xunit;

namespace Soket.Tests.House;

/// <summary>Documents exist in both languages, and point at what is there.</summary>
public sealed partial class DocumentTests
{
    // Read by those who work on the code, in the language the code is written in.
    private static readonly string[] _englishOnly = ["CHANGELOG.md", "CONTRIBUTING.md"];

    [Fact]
    public void Every_document_has_its_twin()
    {
        var wrong = new List<string>();
        foreach (string file in Documents().Where(file => !file.StartsWith("tests/", StringComparison.Ordinal) && !file.StartsWith("docs/api/", StringComparison.Ordinal) && !_englishOnly.Contains(file)))
        {
            string twin = file.EndsWith(".id.md", StringComparison.Ordinal) ? file[..^".id.md".Length] + ".md" : file[..^".md".Length] + ".id.md";
            if (!Repository.Files.Contains(twin))
                wrong.Add($"{file}: no {twin}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_relative_link_leads_somewhere()
    {
        var wrong = new List<string>();
        foreach (string file in Documents())
        {
            // What stands in a code block is text, brackets included.
            string prose = CodeBlock().Replace(Repository.Read(file), "");
            foreach (Match match in Link().Matches(prose))
            {
                string target = match.Groups["target"].Value.Split('#')[0];
                if (target.Length == 0 || Scheme().IsMatch(target))
                    continue;
                string path = Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(file)!, Uri.UnescapeDataString(target)));
                if (!path.StartsWith(Repository.Root, StringComparison.Ordinal) || !(File.Exists(path) || Directory.Exists(path)))
                    wrong.Add($"{file}: {target}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void No_file_knows_a_folder_of_the_machine_it_was_written_on()
    {
        // Written in pieces, or this file would be the first to fail.
        string[] folders = ["/wo" + "rk/", "/ro" + "ot/"];
        Assert.Empty(
            from file in Repository.TextFiles
            from folder in folders
            let text = Repository.Read(file)
            where Regex.IsMatch(text, @"(?<![\w.}$])" + Regex.Escape(folder))
            select $"{file}: {folder}");
    }

    private static IEnumerable<string> Documents() => Repository.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal));

    [GeneratedRegex(@"^(```|~~~).*?^\1|`[^`\n]*`", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\]\(\s*<?(?<target>[^)\s>]+)|^\[[^\]]+\]:\s*(?<target>\S+)", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex(@"^[a-z][a-z0-9+.-]*:", RegexOptions.IgnoreCase)]
    private static partial Regex Scheme();
}
