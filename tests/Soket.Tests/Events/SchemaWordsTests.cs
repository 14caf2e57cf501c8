using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Soket.Tests.Events;

/// <summary>That the stable keys in the code, the schema and the page about JSON Lines are the same ones.</summary>
public sealed partial class SchemaWordsTests
{
    private static readonly string _root = FindRoot();

    // What the same lines of code say in other places: the value of reply-dropped, the name of a field.
    private static readonly string[] _others = ["nameless", "peer-does-not-read", "reason"];

    [Fact]
    public void Reasons_are_the_same_in_the_code_the_schema_and_the_page()
    {
        // What a load generator notes of a run is no event.
        string[] said = [.. Sources("src/Soket", "src/Soket.Linux").Where(file => !file.Split(Path.DirectorySeparatorChar).Contains("Bench"))
            .SelectMany(file => Lines(file).Where(line => SaysReason().IsMatch(line) || (file.EndsWith("Admission.cs", StringComparison.Ordinal) && line.Contains("return \"", StringComparison.Ordinal))))
            .SelectMany(line => Key().Matches(line).Select(match => match.Groups[1].Value))
            .Except(_others).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(said, Examples("event", "reason"));
        foreach (string page in (string[])["docs/json.md", "docs/json.id.md"])
            Assert.Equal(said, Table(page, 0));
    }

    [Fact]
    public void Records_are_the_same_in_the_code_the_schema_and_the_page()
    {
        string[] written = [.. Sources("src").SelectMany(Lines).SelectMany(line => WritesType().Matches(line).Select(match => match.Groups[1].Value))
            .Except(["event", "dropped"]).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(written, Examples("record", "type"));
        foreach (string page in (string[])["docs/json.md", "docs/json.id.md"])
            Assert.Equal(written, Table(page, 1));
    }

    private static IEnumerable<string> Sources(params string[] folders) => folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(_root, folder), "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"));

    private static IEnumerable<string> Lines(string file) => File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal));

    private static IEnumerable<string> Examples(string definition, string key)
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(_root, "docs/schema/soket-events.schema.json")));
        return [.. schema.RootElement.GetProperty("$defs").GetProperty(definition).GetProperty("properties").GetProperty(key).GetProperty("examples").EnumerateArray().Select(one => one.GetString()!)];
    }

    // The rows below the nth heading of the second level.
    private static IEnumerable<string> Table(string page, int section) =>
        Row().Matches(File.ReadAllText(Path.Combine(_root, page)).Split("\n## ")[section + 1]).Select(match => match.Groups[1].Value).Where(key => key is not ("reason" or "type"));

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Soket.slnx")))
            folder = folder.Parent;
        return folder.FullName;
    }

    [GeneratedRegex(@"\b(?:Note|Called|Failed|Streamed|Datagram|Option|EndInput|RequestClose|ReadBack)\(|_notes\.Tell\(|\bReason = |""kernel-")]
    private static partial Regex SaysReason();

    [GeneratedRegex(@"""([a-z]+(?:-[a-z]+)*)""")]
    private static partial Regex Key();

    [GeneratedRegex(@"(?:""type"", |\b(?:Line|Write)\((?:bytes, )?)""([a-z-]+)""")]
    private static partial Regex WritesType();

    [GeneratedRegex(@"^\| `([a-z-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
