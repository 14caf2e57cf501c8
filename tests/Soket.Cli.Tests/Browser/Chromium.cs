using Microsoft.Playwright;
using Xunit;

namespace Soket.Cli.Tests.Browser;

/// <summary>A browser of this machine, driven by Playwright: what a page looks like is asked of one that draws it. One serves all tests; it begins with the first.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] _arguments = ["--no-sandbox", "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP rebound.example 127.0.0.1"];

    private readonly SemaphoreSlim _once = new(1, 1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>A file on a new page, 1000 by 700, light.</summary>
    public async Task<BrowserPage> OpenAsync(string file)
    {
        IBrowser browser = await StartAsync();
        IBrowserContext context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1000, Height = 700 }, ColorScheme = ColorScheme.Light, Offline = true });
        var page = new BrowserPage(context, await context.NewPageAsync());
        await page.GoAsync(file);
        return page;
    }

    /// <summary>A new visitor, whose browser has nothing of the others', and a blank page for an address; asking elsewhere is a trouble.</summary>
    public async Task<BrowserPage> VisitAsync(string site, string language = "en", int width = 1000, int height = 700, bool dark = false, bool touches = false)
    {
        IBrowser browser = await StartAsync();
        IBrowserContext context = await browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            Locale = language,
            HasTouch = touches,
            IsMobile = touches,
            IgnoreHTTPSErrors = true, // a development certificate, which a person would agree to
        });
        context.SetDefaultTimeout((float)SoketProcess.Patience.TotalMilliseconds);
        return new BrowserPage(context, await context.NewPageAsync(), site);
    }

    private async Task<IBrowser> StartAsync()
    {
        string path = Peers.Require("chromium", "chromium-browser", "google-chrome");
        await _once.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            _playwright ??= await Playwright.CreateAsync();
            _browser ??= await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = _arguments });
        }
        finally
        {
            _once.Release();
        }

        return _browser;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        _once.Dispose();
    }
}
