using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Soket.Cli.Tests.Browser;

/// <summary>Somebody who takes part in a chat on its page.</summary>
internal sealed class ChatVisitor(BrowserPage opened) : IAsyncDisposable
{
    private static readonly LocatorAssertionsToContainTextOptions _patient = new() { Timeout = (float)SoketProcess.Patience.TotalMilliseconds };

    public IPage Page => opened.Page;

    public BrowserPage Opened => opened;

    public ILocator Message => Page.Locator("#message");

    /// <summary>What is seen of what was said.</summary>
    public ILocator Log => Page.Locator(".log:not([hidden])");

    /// <summary>Goes to the page and in, with a name.</summary>
    public static async Task<ChatVisitor> EnterAsync(Chromium chromium, string address, string nick, string language = "en", int width = 1000, int height = 700, bool dark = false, bool touches = false)
    {
        BrowserPage opened = await chromium.VisitAsync(new Uri(address).GetLeftPart(UriPartial.Authority), language, width, height, dark, touches);
        var visitor = new ChatVisitor(opened);
        await visitor.Page.GotoAsync(address);
        await visitor.Page.Locator("#nick").FillAsync(nick);
        await visitor.Page.Locator("#enter button").ClickAsync();
        await visitor.SeesRoomAsync("lobby");
        return visitor;
    }

    public async Task SayAsync(string text)
    {
        await Message.FillAsync(text);
        await Message.PressAsync("Enter");
    }

    public Task SeesRoomAsync(string room) => Expect(Page.Locator("#where")).ToHaveTextAsync("#" + room, new() { Timeout = _patient.Timeout });

    public Task SeesAsync(string text) => Expect(Log).ToContainTextAsync(text, _patient);

    public Task StatesAsync(string text) => Expect(Page.Locator("#state")).ToContainTextAsync(text, _patient);

    /// <summary>How often a text was said, as one sees it.</summary>
    public Task<int> CountAsync(string text) => Page.Locator(".entry span", new() { HasTextString = text }).CountAsync();

    public void AssertUntroubled() => Assert.Empty(opened.Troubles);

    public ValueTask DisposeAsync() => opened.DisposeAsync();
}
