using Xunit;

namespace Soket.Cli.Tests.Docs;

/// <summary>What documents show is what happens: their commands are run, and what they print is compared.</summary>
public sealed class DocumentTests
{
    private static readonly string _root = FindRoot();

    // UPDATE_SNAPSHOTS=1: what the commands show is written into the documents. Read the difference before you commit it.
    private static readonly bool _accept = Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1";

    public static TheoryData<string> Documents()
    {
        var data = new TheoryData<string>();
        IEnumerable<string> files = Directory.EnumerateFiles(Path.Combine(_root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(_root, "README*.md"))
            .Order(StringComparer.Ordinal);
        foreach (string file in files)
        {
            string document = Path.GetRelativePath(_root, file);
            if (DocumentBlock.Read(File.ReadAllText(file)).Any(block => block.IsConsole))
                data.Add(document);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task A_document_shows_what_happens(string document)
    {
        string file = Path.Combine(_root, document);
        string text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        string language = document.EndsWith(".id.md", StringComparison.Ordinal) ? "id" : "en";
        try
        {
            if (_accept)
                await File.WriteAllTextAsync(file, await DocumentRun.AcceptAsync(text, language), CancellationToken.None);
            else
                await DocumentRun.RunAsync(text, language);
        }
        catch (DocumentDiffersException e)
        {
            Assert.Fail($"{document}, {e.Message}");
        }
    }

    [Fact]
    public void The_sample_of_the_readme_is_the_one_that_compiles()
    {
        string[] sample = File.ReadAllLines(Path.Combine(_root, "samples", "ReadmeSample", "Program.cs"));
        foreach (string readme in (ReadOnlySpan<string>)["README.md", "README.id.md"])
        {
            DocumentBlock block = Assert.Single(DocumentBlock.Read(File.ReadAllText(Path.Combine(_root, readme))), block => block.Language == "csharp");
            Assert.Equal(sample, block.Lines);
        }
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Soket.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("No Soket.slnx above " + AppContext.BaseDirectory);
    }
}
