using System.Text.RegularExpressions;
using Soket.Cli.CommandLine;
using Soket.Cli.Manual;
using Soket.Cli.Tests.Interop;
using Soket.Explain;
using Xunit;

namespace Soket.Cli.Tests.Manual;

/// <summary>soket(1), as man and other roff programs show it.</summary>
public sealed class ManualTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("en")]
    [InlineData("id")]
    public async Task No_roff_program_finds_fault_with_it(string language)
    {
        string page = await PageAsync(language);

        Finished mandoc = await RunAsync(Peers.Require("mandoc"), "-T", "lint", "-W", "warning", page);
        // mandoc's list of section titles is English; it wants a date too, and the same sources shall give the same page.
        Assert.All(Lines(mandoc.Out), line => Assert.True(
            line.Contains("missing date", StringComparison.Ordinal) || (language == "id" && line.Contains("first section is not", StringComparison.Ordinal)), line));
        Finished groff = await RunAsync(Peers.Require("groff"), "-K", "utf8", "-man", "-ww", "-T", "utf8", "-z", page);
        Assert.Equal((0, ""), (groff.ExitCode, groff.Error));
        Finished man = await RunAsync(Peers.Require("man"), "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page);
        Assert.Equal((0, ""), (man.ExitCode, man.Error));
    }

    [Theory]
    [InlineData("en", "NAME|SYNOPSIS|DESCRIPTION|ENDPOINTS|VERBS|OPTIONS OF SEVERAL VERBS|EXIT STATUS|ENVIRONMENT|FILES|SEE ALSO")]
    [InlineData("id", "NAMA|RINGKASAN|URAIAN|ENDPOINT|PERINTAH|OPSI BEBERAPA PERINTAH|STATUS KELUAR|LINGKUNGAN|BERKAS|LIHAT JUGA")]
    public async Task It_tells_every_verb_every_option_and_every_exit_code_in_80_columns(string language, string sections)
    {
        string text = await ShownAsync(language);

        Assert.Equal(sections.Split('|'), Regex.Matches(text, "(?m)^[A-Z][A-Z ]+$").Select(match => match.Value));
        foreach (Verb verb in CommandLineApp.Verbs)
        {
            Assert.Contains($"\n   soket {verb.Name}\n", text, StringComparison.Ordinal);
            foreach (Flag flag in verb.Flags)
                Assert.Matches($@"(?m)^ +(-\w, )?{Regex.Escape(flag.Name)}( |$)", text);
        }

        foreach ((int number, string _) in ExitCodes.All)
            Assert.Matches($@"(?m)^       {number}\s", text);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 80 || line.Contains("soket ", StringComparison.Ordinal), line)); // An example is not broken.
    }

    [Fact]
    public async Task What_stands_in_an_example_can_be_copied_into_a_shell()
    {
        string text = await ShownAsync("en");
        Assert.Contains(@"printf 'GET / HTTP/1.0\r\n\r\n' | soket connect localhost:80", text, StringComparison.Ordinal);
        Assert.Contains("soket connect unix:/tmp/echo.sock --hex '68 61 6c 6f'", text, StringComparison.Ordinal);
        Assert.Contains("soket manual > ~/.local/share/man/man1/soket.1", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".TH")]
    [InlineData("'br")]
    [InlineData(@"a\fBb \(aq ^~`'")]
    [InlineData("--long-option \"quoted\"")]
    public async Task Text_stays_text_whatever_it_looks_like(string text)
    {
        string page = Path.Combine(_folder.Path, "page.1");
        await File.WriteAllTextAsync(page, new Roff().Request("TH", "X", "1", "", "", "").Request("SH", "NAME").Request("PP").Text(text).ToString(), TestContext.Current.CancellationToken);

        Finished shown = await RunAsync(Peers.Require("mandoc"), "-T", "utf8", "-O", "width=100", page);

        Assert.Contains("     " + text + "\n", Regex.Replace(shown.Out, ".\b", ""), StringComparison.Ordinal);
    }

    private async Task<string> ShownAsync(string language)
    {
        Finished shown = await RunAsync(Peers.Require("groff"), "-K", "utf8", "-man", "-T", "utf8", "-P", "-cbou", "-rLL=80n", "-rHY=0", await PageAsync(language));
        return shown.Out;
    }

    private async Task<string> PageAsync(string language)
    {
        Finished made = await SoketProcess.RunAsync("manual", "--lang", language);
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        string page = Path.Combine(_folder.Path, $"soket.{language}.1");
        await File.WriteAllBytesAsync(page, made.OutBytes, TestContext.Current.CancellationToken);
        return page;
    }

    private static async Task<Finished> RunAsync(string program, params string[] arguments)
    {
        await using SoketProcess process = SoketProcess.Peer(program, arguments);
        return await process.FinishAsync();
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
