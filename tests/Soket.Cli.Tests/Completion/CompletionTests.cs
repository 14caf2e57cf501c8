using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Soket.Cli.CommandLine;
using Soket.Cli.Tests.Interop;
using Soket.Explain;
using Soket.Services;
using Xunit;

namespace Soket.Cli.Tests.Completion;

/// <summary>What the real shells offer when Tab is pressed.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string[]> Lines()
    {
        string[] verbs = [.. CommandLineApp.Verbs.Select(verb => verb.Name)];
        string[] services = [.. ServiceCatalog.All.Select(entry => entry.Name), "http", "dns", "chat"];
        var lines = new TheoryData<string, string, string[]>();
        foreach (string shell in (string[])["bash", "zsh", "fish"])
        {
            lines.Add(shell, "soket ", verbs);
            lines.Add(shell, "soket comp", ["completions"]);
            lines.Add(shell, "soket serve ", services);
            lines.Add(shell, "soket serve e", ["echo"]);
            lines.Add(shell, "soket serve --port 8080 e", ["echo"]);
            lines.Add(shell, "soket serve -p 8080 e", ["echo"]);
            lines.Add(shell, "soket serve -v e", ["echo"]);
            lines.Add(shell, "soket serve echo udp", ["udp://"]);
            lines.Add(shell, "soket serve echo :8080 udp", ["udp://"]);
            lines.Add(shell, "soket serve --fram", ["--framing"]);
            lines.Add(shell, "soket serve echo --framing l", ["length:2", "length:4", "length:4:le", "line", "line:crlf"]);
            lines.Add(shell, "soket serve process --reply ", ["json", "text"]);
            lines.Add(shell, "soket connect :1 --no-d", ["--no-delay"]);
            lines.Add(shell, "soket connect :1 hello", []);
            lines.Add(shell, "soket explain address-in", ["address-in-use"]);
            lines.Add(shell, "soket explain ", [.. Explainer.Codes]);
            lines.Add(shell, "soket --lang ", ["en", "id"]);
            lines.Add(shell, "soket --lang id conn", ["connect"]);
            lines.Add(shell, "soket connect :1 --cafile cert", ["certificate.pem"]);
        }

        return lines;
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Tab_offers_what_there_is(string shell, string line, string[] expected) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), await OfferedAsync(shell, line));

    [Theory]
    [InlineData("soket serve echo --framing=line:c", "crlf")]
    [InlineData("soket serve echo --framing=len", "length:2 length:4 length:4:le")]
    [InlineData("soket serve echo --framing length:4:l", "le")]
    public async Task Bash_gets_what_comes_after_the_character_it_broke_the_word_at(string line, string expected) =>
        Assert.Equal(expected.Split(' '), await OfferedAsync("bash", line));

    [Theory]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Every_option_of_every_verb_is_offered(string shell)
    {
        foreach (Verb verb in CommandLineApp.Verbs)
        {
            string[] offered = await OfferedAsync(shell, $"soket {verb.Name} --");
            Assert.Equal(verb.Flags.Concat(CommonFlags.Everywhere).Select(flag => flag.Name).Where(name => name.StartsWith("--", StringComparison.Ordinal)).Order(StringComparer.Ordinal), offered);
        }
    }

    [Fact]
    public async Task Descriptions_are_in_the_language_asked_for()
    {
        string script = await ScriptAsync("fish", "id");
        string fish = Peers.Require("fish");
        Finished finished = await FinishAsync(SoketProcess.Peer(fish, "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, "soket conn"));
        Assert.Equal("connect\tSambungkan ke sebuah endpoint dan bertukar pesan.\n", finished.Out);
    }

    // PowerShell cannot be had as a Debian package: what can be held here is that quotes close and nothing is missing. The script was read, not run.
    [Theory]
    [InlineData("en")]
    [InlineData("id")]
    public async Task The_script_for_PowerShell_is_balanced_and_whole(string language)
    {
        string text = await File.ReadAllTextAsync(await ScriptAsync("powershell", language), TestContext.Current.CancellationToken);
        string code = Regex.Replace(Regex.Replace(text, "(?m)^ *#.*$", ""), "'(?:[^']|'')*'", "''");
        Assert.DoesNotContain("\"", code, StringComparison.Ordinal);
        foreach ((char open, char close) in (ReadOnlySpan<(char, char)>)[('{', '}'), ('(', ')'), ('[', ']')])
            Assert.Equal(code.Count(c => c == open), code.Count(c => c == close));
        foreach (Flag flag in CommandLineApp.Verbs.SelectMany(verb => verb.Flags))
            Assert.Contains($"'{flag.Name}'", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("For which shell? One of bash, zsh, fish, powershell.")]
    [InlineData("There is no completion for 'csh'.", "csh")]
    public async Task A_shell_must_be_named(string expected, params string[] shell)
    {
        Finished finished = await SoketProcess.RunAsync(["completions", .. shell]);
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(expected, finished.Error, StringComparison.Ordinal);
    }

    private async Task<string[]> OfferedAsync(string shell, string line)
    {
        string program = Peers.Require(shell);
        string script = await ScriptAsync(shell, "en");
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "certificate.pem"), "", TestContext.Current.CancellationToken);
        Finished finished = await FinishAsync(shell switch
        {
            "bash" => SoketProcess.PeerIn(_folder.Path, program, "--norc", "-c", "source \"$1\"; COMP_LINE=$2 COMP_POINT=${#2}; _soket; printf '%s\\n' \"${COMPREPLY[@]}\"", "-", script, line),
            "zsh" => SoketProcess.PeerIn(_folder.Path, program, "-f", CaptureScript(), script, line),
            _ => SoketProcess.PeerIn(_folder.Path, program, "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line),
        });
        Assert.Equal("", finished.Error);
        return [.. finished.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('\t')[0].TrimStart(' ')).Distinct().Order(StringComparer.Ordinal)];
    }

    private async Task<string> ScriptAsync(string shell, string language)
    {
        string path = Path.Combine(_folder.Path, "soket." + shell);
        Finished made = await SoketProcess.RunAsync("completions", shell, "--lang", language);
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        await File.WriteAllBytesAsync(path, made.OutBytes, TestContext.Current.CancellationToken);
        return path;
    }

    private static string CaptureScript([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "capture.zsh");

    private static async Task<Finished> FinishAsync(SoketProcess process)
    {
        await using (process)
            return await process.FinishAsync();
    }
}
