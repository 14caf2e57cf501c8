using Xunit;

namespace Soket.Cli.Tests.Docs;

/// <summary>The Indonesian pages of docs/errors.</summary>
public sealed class IndonesianErrorPageTests
{
    public static TheoryData<string> Pages() => Documents.ThatType(document => ErrorPage.Is(document) && Documents.IsIndonesian(document));

    [Theory]
    [MemberData(nameof(Pages))]
    public Task A_page_shows_what_happens(string page) => Documents.ShowsWhatHappensAsync(page);
}
