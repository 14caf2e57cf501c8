using Xunit;

namespace Soket.Cli.Tests.Docs;

/// <summary>The English pages of docs/errors: their failures happen as shown. A class for each language, so that both run at once.</summary>
public sealed class ErrorPageTests
{
    public static TheoryData<string> Pages() => Documents.ThatType(document => ErrorPage.Is(document) && !Documents.IsIndonesian(document));

    [Theory]
    [MemberData(nameof(Pages))]
    public Task A_page_shows_what_happens(string page) => Documents.ShowsWhatHappensAsync(page);
}
