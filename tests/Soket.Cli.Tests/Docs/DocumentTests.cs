using Xunit;

namespace Soket.Cli.Tests.Docs;

/// <summary>What documents show is what happens: their commands are run, and what they print is compared.</summary>
public sealed class DocumentTests
{
    // Their transcripts are older than the command line's last changes (the summary, the prompt, the order of the log): not held until they are brought up.
    private static readonly string[] _behind = ["docs/connect", "docs/labs/", "docs/serve"];
    private static readonly string _root = FindRoot();

    public static TheoryData<string> Documents()
    {
        var data = new TheoryData<string>();
        IEnumerable<string> files = Directory.EnumerateFiles(Path.Combine(_root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(_root, "README*.md"))
            .Order(StringComparer.Ordinal);
        foreach (string file in files)
        {
            string document = Path.GetRelativePath(_root, file);
            if (_behind.Any(behind => document.StartsWith(behind, StringComparison.Ordinal)))
                continue;
            if (DocumentBlock.Read(File.ReadAllText(file)).Any(block => block.IsConsole))
                data.Add(document);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task A_document_shows_what_happens(string document)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(_root, document), TestContext.Current.CancellationToken);
        try
        {
            await DocumentRun.RunAsync(text, document.EndsWith(".id.md", StringComparison.Ordinal) ? "id" : "en");
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
