using Microsoft.Playwright;
using Xunit;

namespace Soket.Cli.Tests.Browser;

/// <summary>A page in a browser, with everything that went wrong on it.</summary>
public sealed class BrowserPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _troubles = [];

    internal BrowserPage(IBrowserContext context, IPage page, string site = "file:")
    {
        _context = context;
        Page = page;
        page.Console += (_, message) => Note(message.Type is "error" or "warning" ? message.Text : null);
        page.PageError += (_, error) => Note(error);
        page.Request += (_, request) => Note(request.Url.StartsWith(site, StringComparison.Ordinal) || request.Url.StartsWith("data:", StringComparison.Ordinal) ? null : "asked for " + request.Url);
    }

    /// <summary>The page itself.</summary>
    public IPage Page { get; }

    /// <summary>What the browser complained of.</summary>
    public IReadOnlyList<string> Troubles
    {
        get
        {
            lock (_troubles)
                return [.. _troubles];
        }
    }

    /// <summary>Opens a file; whatever the browser complains of fails the test.</summary>
    public async Task GoAsync(string file)
    {
        await Page.GotoAsync(new Uri(file).AbsoluteUri);
        // What the page complained of is told before the answer to what is asked after it.
        await Page.EvaluateAsync("() => 0");
        Assert.Empty(Troubles);
    }

    /// <summary>Another window, and what its reader prefers.</summary>
    public async Task ShowAsync(int width, int height, bool dark)
    {
        await Page.SetViewportSizeAsync(width, height);
        await Page.EmulateMediaAsync(new() { ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light });
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Note(string? trouble)
    {
        if (trouble is null)
            return;
        lock (_troubles)
            _troubles.Add(trouble);
    }
}
