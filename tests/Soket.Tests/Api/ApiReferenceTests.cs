using Soket.Endpoints;
using Soket.Tests.House;
using Xunit;

namespace Soket.Tests.Api;

/// <summary>docs/api is what the library says of itself; UPDATE_SNAPSHOTS=1 writes it anew, for the difference to be read before it is committed.</summary>
public sealed class ApiReferenceTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "api");

    [Fact]
    public void The_reference_is_current()
    {
        IReadOnlyDictionary<string, string> pages = ApiReference.Pages(typeof(SocketUri).Assembly);
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Folder);
            foreach (string old in Directory.EnumerateFiles(Folder, "*.md").Where(file => !pages.ContainsKey(Path.GetFileName(file))))
                File.Delete(old);
            foreach ((string name, string text) in pages)
                File.WriteAllText(Path.Combine(Folder, name), text);
        }

        Assert.Equal(pages.Keys.Order(StringComparer.Ordinal), Directory.EnumerateFiles(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)!);
        Assert.All(pages, page => Assert.True(
            File.ReadAllText(Path.Combine(Folder, page.Key)).ReplaceLineEndings("\n") == page.Value,
            $"docs/api/{page.Key} is not what the library says. UPDATE_SNAPSHOTS=1 ./test ApiReference writes it."));
    }

    [Fact]
    public void Every_public_type_and_member_says_what_it_is()
    {
        Assert.Empty(
            from page in ApiReference.Pages(typeof(SocketUri).Assembly)
            from line in page.Value.Split('\n')
            where line.StartsWith("| `", StringComparison.Ordinal) && line.EndsWith("|  |", StringComparison.Ordinal)
            select $"{page.Key}: {line}");
    }
}
