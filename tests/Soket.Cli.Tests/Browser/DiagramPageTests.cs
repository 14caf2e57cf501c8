using Microsoft.Playwright;
using Soket.Capture.Diagrams;
using Soket.Languages;
using Soket.Tests.Capture.Diagrams;
using Xunit;

namespace Soket.Cli.Tests.Browser;

/// <summary>The diagram as a page and as a picture, in a real browser: what is written can be read, in both languages, dark and light, and on a phone.</summary>
public sealed class DiagramPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    // For a person to look at: SOKET_PAGES names a folder where what was drawn stays.
    private static readonly string? _kept = Environment.GetEnvironmentVariable("SOKET_PAGES");

    private readonly DirectoryInfo _folder = _kept is { Length: > 0 } ? Directory.CreateDirectory(_kept) : Directory.CreateTempSubdirectory("soket-page-");

    public static TheoryData<string> Stories => [.. TraceStories.All.Keys];

    [Theory, MemberData(nameof(Stories))]
    public async Task A_page_can_be_read_in_both_languages_dark_and_light_wide_and_on_a_phone(string story)
    {
        foreach (Language language in Enum.GetValues<Language>())
        {
            string file = Write($"{story}.{language}.html", HtmlDiagram.Draw([TraceStories.All[story]().Diagram()], new() { Language = language }));
            await using BrowserPage opened = await chromium.OpenAsync(file);
            Assert.Equal(language == Language.Indonesian ? "id" : "en", await opened.Page.Locator("html").GetAttributeAsync("lang"));
            foreach ((int width, int height, bool dark) in ((int, int, bool)[])[(1280, 800, false), (390, 844, true), (320, 568, false)])
            {
                await opened.ShowAsync(width, height, dark);
                await PageChecks.AssertApartAsync(opened.Page, width);
                await PageChecks.AssertContrastAsync(opened.Page, dark);
            }

            Assert.Empty(opened.Troubles);
        }
    }

    [Theory, MemberData(nameof(Stories))]
    public async Task A_picture_can_be_read_and_no_text_lies_over_another(string story)
    {
        foreach (Language language in Enum.GetValues<Language>())
        {
            bool dark = language == Language.Indonesian;
            string file = Write($"{story}.{language}.svg", SvgDiagram.Draw([TraceStories.All[story]().Diagram()], new() { Language = language, Width = dark ? 80 : 110 }));
            await using BrowserPage opened = await chromium.OpenAsync(file);
            await opened.ShowAsync(1280, 900, dark);
            await PageChecks.AssertApartAsync(opened.Page, int.MaxValue);
            // No text is wider than the picture, and none crosses a lane that it does not belong to.
            string[] crossing = await opened.Page.EvaluateAsync<string[]>(
                """
                () => {
                  const svg = document.documentElement.getBoundingClientRect();
                  const lanes = [...document.querySelectorAll('.lane')].map(lane => lane.getBoundingClientRect());
                  return [...document.querySelectorAll('text')].filter(text => {
                    const box = text.getBoundingClientRect();
                    return box.left < svg.left || box.right > svg.right || box.bottom > svg.bottom
                      || lanes.some(lane => box.left < lane.left && box.right > lane.right && box.top < lane.bottom && box.bottom > lane.top);
                  }).map(text => text.textContent);
                }
                """);
            Assert.Empty(crossing);
            Assert.Empty(opened.Troubles);
        }
    }

    [Fact]
    public async Task A_fold_opens_by_keyboard_and_a_page_of_several_leads_to_each()
    {
        var second = new TraceStory(Soket.Capture.ConversationKind.Udp);
        second.At(0).Datagram(true, "satu");
        string file = Write("several.html", HtmlDiagram.Draw([TraceStories.Bulk().Diagram(), TraceStories.Udp().Diagram()], new()));
        await using BrowserPage opened = await chromium.OpenAsync(file);
        IPage page = opened.Page;
        await page.Keyboard.PressAsync("Tab");
        Assert.Contains("TCP conversation 1", await page.EvaluateAsync<string>("() => document.activeElement.textContent"));
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("SUMMARY", await page.EvaluateAsync<string>("() => document.activeElement.tagName"));
        Assert.False(await page.Locator("details li").First.IsVisibleAsync());
        await page.Keyboard.PressAsync("Enter");
        Assert.True(await page.Locator("details li").First.IsVisibleAsync());
        await PageChecks.AssertApartAsync(page, 1000);
        Assert.Empty(opened.Troubles);
    }

    [Fact]
    public async Task Who_listens_hears_rows_of_a_table_with_their_columns_and_who_sends_to_whom()
    {
        string file = Write("heard.html", HtmlDiagram.Draw([TraceStories.EchoWithCalls(inferred: false).Diagram()], new()));
        await using BrowserPage opened = await chromium.OpenAsync(file);
        ILocator table = opened.Page.GetByRole(AriaRole.Table, new() { Name = "TCP conversation 1" });
        Assert.Equal(4, await table.GetByRole(AriaRole.Columnheader).CountAsync());
        string row = await table.GetByRole(AriaRole.Row).Filter(new() { HasText = "shutdown(SHUT_WR)" }).InnerTextAsync();
        Assert.Contains("from 127.0.0.1:53122 to 127.0.0.1:8080: FIN, ACK seq=6 ack=6", string.Join(' ', row.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains("FIN_WAIT_1", row);
    }

    [Fact]
    public async Task A_peers_markup_is_shown_and_not_obeyed()
    {
        string file = Write("hostile.html", HtmlDiagram.Draw([TraceStories.Hostile().Diagram()], new()));
        await using BrowserPage opened = await chromium.OpenAsync(file);
        opened.Page.Dialog += (_, _) => Assert.Fail("a script ran");
        Assert.Contains("<script>alert(1)</script>", await opened.Page.InnerTextAsync("main"));
        Assert.Equal(0, await opened.Page.Locator("script, img").CountAsync());
        Assert.Empty(opened.Troubles);
    }

    [Fact]
    public async Task The_checks_themselves_see_what_lies_over_another_what_is_cut_and_what_is_pale()
    {
        string over = Write("over.html", "<!doctype html><meta charset=utf-8><main>satu<b style='position:absolute;top:10px;left:20px'>dua</b></main>");
        string cut = Write("cut.html", "<!doctype html><meta charset=utf-8><main style='white-space:nowrap'>" + new string('x', 500) + "</main>");
        string pale = Write("pale.html", "<!doctype html><meta charset=utf-8><main><p style='color:#bbb'>satu</p></main>");
        string loud = Write("loud.html", "<!doctype html><meta charset=utf-8><script>console.error('kabar buruk')</script>");
        await using (BrowserPage opened = await chromium.OpenAsync(over))
            await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => PageChecks.AssertApartAsync(opened.Page, 1000));
        await using (BrowserPage opened = await chromium.OpenAsync(cut))
            await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => PageChecks.AssertApartAsync(opened.Page, 1000));
        await using (BrowserPage opened = await chromium.OpenAsync(pale))
            await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => PageChecks.AssertContrastAsync(opened.Page, dark: false));
        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => chromium.OpenAsync(loud));
    }

    public void Dispose()
    {
        if (_kept is not { Length: > 0 })
            _folder.Delete(recursive: true);
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }
}
