using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Bench;
using Soket.Cli.Tests.Browser;
using Soket.Languages;
using Xunit;

namespace Soket.Cli.Tests.Bench;

/// <summary>The page of a run in a real browser.</summary>
public sealed class BenchPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private static readonly string? _kept = Environment.GetEnvironmentVariable("SOKET_PAGES");

    private readonly DirectoryInfo _folder = _kept is { Length: > 0 } ? Directory.CreateDirectory(_kept) : Directory.CreateTempSubdirectory("soket-page-");

    [Theory]
    [InlineData(Language.English)]
    [InlineData(Language.Indonesian)]
    public async Task It_can_be_read_dark_and_light_wide_and_on_a_phone(Language language)
    {
        var second = TimeSpan.FromSeconds(1);
        var arrivals = new ArrivalSchedule(new ArrivalStage(0, 1000, second), new ArrivalStage(1000, 1000, second), new ArrivalStage(2000, 2000, second));
        CliIo io = MadeRuns.Io(language);
        BenchOutcome outcome = MadeRuns.Messages(errors: true, arrivals: arrivals, assertions: [BenchAssertion.Parse("p99<2ms", io), BenchAssertion.Parse("errors=0", io)]);
        await using BrowserPage opened = await chromium.OpenAsync(Write($"bench.{language}.html", BenchPage.Draw(outcome, io)));
        Assert.Equal(language == Language.Indonesian ? "id" : "en", await opened.Page.Locator("html").GetAttributeAsync("lang"));
        foreach ((int width, int height, bool dark) in ((int, int, bool)[])[(1280, 800, false), (390, 844, true), (320, 568, false)])
        {
            await opened.ShowAsync(width, height, dark);
            await PageChecks.AssertApartAsync(opened.Page, width);
            await PageChecks.AssertContrastAsync(opened.Page, dark);
        }

        await opened.ShowAsync(1280, 800, dark: false);
        Assert.Equal(3, await opened.Page.Locator(".chart svg").CountAsync());
        // Lines lie within their chart, and have as many points as there were seconds.
        Assert.Equal(12, await opened.Page.EvaluateAsync<int>("() => document.querySelector('polyline').points.numberOfItems"));
        Assert.Empty(await opened.Page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('.chart svg')].flatMap(svg => [...svg.querySelectorAll('polyline, text')]).filter(e => { const a = e.getBBox(); return a.x < -0.5 || a.y < -0.5 || a.x + a.width > 720.5 || a.y + a.height > 260.5; }).map(e => e.outerHTML)"));
        // What came from elsewhere is shown and not obeyed.
        Assert.Contains("<b>now</b>", await opened.Page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Equal(0, await opened.Page.Locator("script, img, link[rel=stylesheet]").CountAsync());
        await opened.Page.Locator("summary").ClickAsync();
        await PageChecks.AssertApartAsync(opened.Page, 1280);
        Assert.Empty(opened.Troubles);
    }

    [Fact]
    public async Task A_run_of_nothing_and_one_of_a_moment_are_pages_too()
    {
        CliIo io = MadeRuns.Io();
        foreach ((string name, BenchOutcome outcome) in ((string, BenchOutcome)[])
        [
            ("nothing", new BenchOutcome(new BenchResult { Plan = MadeRuns.Plan(), Generator = "made" }, [], [])),
            ("moment", MadeRuns.Messages(1)),
        ])
        {
            await using BrowserPage opened = await chromium.OpenAsync(Write(name + ".html", BenchPage.Draw(outcome, io)));
            await PageChecks.AssertApartAsync(opened.Page, 1000);
            Assert.DoesNotContain("NaN", await opened.Page.ContentAsync(), StringComparison.Ordinal);
            Assert.Empty(opened.Troubles);
        }
    }

    [Theory]
    [InlineData("7", "0 2 4 6 8")]
    [InlineData("100", "0 20 40 60 80 100")]
    [InlineData("1055 1110", "0 250 500 750 1000 1250")]
    public void Marks_of_an_axis_are_round(string values, string marks)
    {
        double[] ticks = SvgChart.LinearTicks([.. values.Split(' ').Select(double.Parse)]);
        Assert.Equal(marks, string.Join(' ', ticks.Select(tick => tick.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        Assert.True(ticks[^1] >= values.Split(' ').Select(double.Parse).Max());
        Assert.InRange(ticks.Length, 2, 7);
    }

    [Fact]
    public void Marks_of_a_logarithmic_axis_hold_its_values_between_them()
    {
        Assert.Equal([100, 200, 500, 1000], SvgChart.LogTicks([150, 900]));
        Assert.Equal([200, 500, 1000, 2000], SvgChart.LogTicks([250, 1001]));
        Assert.Equal([1, 10, 100, 1000, 10_000], SvgChart.LogTicks([0, 3, 5000]));
        Assert.Equal([1, 2, 5, 10], SvgChart.LogTicks([]));
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
