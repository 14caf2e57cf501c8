using Xunit;

namespace Soket.Cli.Tests.Docs;

/// <summary>The English pages of docs/errors: their failures happen as shown. A class for each language, so that both run at once.</summary>
public sealed class ErrorPageTests
{
    public static TheoryData<string> Pages() => Documents.ThatType(document => ErrorPage.Is(document) && !Documents.IsIndonesian(document));

    [Theory]
    [MemberData(nameof(Pages))]
    public Task A_page_shows_what_happens(string page) => Documents.ShowsWhatHappensAsync(page);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_page_shows_its_own_failure_or_is_listed_with_the_reason(bool indonesian)
    {
        IEnumerable<string> others = ErrorPage.Of(indonesian)
            .Where(page => !DocumentBlock.Read(File.ReadAllText(Path.Combine(Documents.Root, page)))
                .Any(block => block.IsConsole && block.Lines.Any(line => line.EndsWith("soket explain " + ErrorPage.Code(page), StringComparison.Ordinal))))
            .Select(ErrorPage.Code);
        Assert.Equal(ErrorPage.ShownOtherwise.Keys.Order(StringComparer.Ordinal), others.Order(StringComparer.Ordinal));
    }
}
