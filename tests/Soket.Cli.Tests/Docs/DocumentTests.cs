using Xunit;

namespace Soket.Cli.Tests.Docs;

/// <summary>What documents show is what happens: their commands are run, and what they print is compared.</summary>
public sealed class DocumentTests
{
    public static TheoryData<string> All() => Documents.ThatType(document => !ErrorPage.Is(document));

    [Theory]
    [MemberData(nameof(All))]
    public Task A_document_shows_what_happens(string document) => Documents.ShowsWhatHappensAsync(document);

    [Fact]
    public void The_sample_of_the_readme_is_the_one_that_compiles()
    {
        string[] sample = File.ReadAllLines(Path.Combine(Documents.Root, "samples", "ReadmeSample", "Program.cs"));
        foreach (string readme in (ReadOnlySpan<string>)["README.md", "README.id.md"])
        {
            DocumentBlock block = Assert.Single(DocumentBlock.Read(File.ReadAllText(Path.Combine(Documents.Root, readme))), block => block.Language == "csharp");
            Assert.Equal(sample, block.Lines);
        }
    }
}
