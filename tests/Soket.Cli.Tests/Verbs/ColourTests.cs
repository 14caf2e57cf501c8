using System.Text.RegularExpressions;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>Where there are colours: on a terminal that nobody has asked to be spared them (no-color.org), and wherever they are asked for.</summary>
public sealed class ColourTests
{
    private const string Colour = @"\x1b\[[\d;]*m"; // ECMA-48, SGR

    [Theory]
    [InlineData("xterm", null)]
    [InlineData("xterm", "1")]
    [InlineData("dumb", null)]
    public async Task Asked_for_they_go_into_a_pipe_too_whatever_the_environment_says(string term, string? noColor)
    {
        var environment = new Dictionary<string, string?> { ["TERM"] = term, ["NO_COLOR"] = noColor };
        Finished told = await SoketProcess.RunAsync(null, ["explain", "address-in-use", "--color", "always"], environment);
        Finished option = await SoketProcess.RunAsync(null, ["options", "no-delay", "--color", "always"], environment);
        Finished refused = await SoketProcess.RunAsync(null, ["connect", $"127.0.0.1:{Interop.Ports.Free()}", "halo", "--color", "always"], environment);

        Assert.Equal((0, 0, 7), (told.ExitCode, option.ExitCode, refused.ExitCode));
        Assert.Matches(Colour, told.Out);
        Assert.Matches(Colour, option.Out);
        Assert.Matches(Colour, refused.Error);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("never")]
    public async Task A_pipe_gets_none_that_nobody_has_asked_for(string when)
    {
        var environment = new Dictionary<string, string?> { ["TERM"] = "xterm", ["NO_COLOR"] = null };
        Finished told = await SoketProcess.RunAsync(null, ["explain", "address-in-use", "--color", when], environment);
        Finished refused = await SoketProcess.RunAsync(null, ["connect", $"127.0.0.1:{Interop.Ports.Free()}", "halo", "--color", when], environment);

        Assert.Equal((0, 7), (told.ExitCode, refused.ExitCode));
        Assert.DoesNotMatch(Colour, told.Out);
        Assert.DoesNotMatch(Colour, refused.Error);
    }

    [Theory]
    [InlineData(true, "auto", "xterm", null)]
    [InlineData(true, "auto", "xterm", "")] // set, and to nothing: that asks for nothing
    [InlineData(false, "auto", "xterm", "1")]
    [InlineData(false, "auto", "dumb", null)]
    [InlineData(false, "never", "xterm", null)]
    [InlineData(true, "always", "xterm", "1")]
    [InlineData(true, "always", "dumb", null)]
    public async Task A_terminal_gets_them_unless_somebody_wants_none(bool expected, string when, string term, string? noColor)
    {
        var environment = new Dictionary<string, string?> { ["TERM"] = term, ["NO_COLOR"] = noColor };
        await using SoketProcess telling = OnTerminal.SoketIn(environment, "explain", "address-in-use", "--color", when);
        Finished told = await telling.EndAsync();
        await using SoketProcess failing = OnTerminal.SoketIn(environment, "connect", $"127.0.0.1:{Interop.Ports.Free()}", "halo", "--color", when);
        Finished refused = await failing.EndAsync();

        Assert.Equal((0, 7), (told.ExitCode, refused.ExitCode));
        Assert.Contains("address-in-use", told.Out, StringComparison.Ordinal);
        Assert.Contains("ECONNREFUSED", refused.Out, StringComparison.Ordinal);
        Assert.Equal((expected, expected), (Regex.IsMatch(told.Out, Colour), Regex.IsMatch(refused.Out, Colour)));
    }

    // On a terminal but for the one stream that goes into a file.
    [Theory]
    [InlineData(false, true, "explain address-in-use >\"$1\"")]
    [InlineData(true, false, "explain address-in-use 2>\"$1\"")]
    [InlineData(false, true, "connect 127.0.0.1:$2 halo 2>\"$1\"")]
    [InlineData(true, false, "connect 127.0.0.1:$2 halo >\"$1\"")]
    public async Task Each_stream_is_looked_at_by_itself(bool shown, bool filed, string command)
    {
        using var folder = new Interop.TemporaryFolder();
        string file = Path.Combine(folder.Path, "file");
        string port = Interop.Ports.Free().ToString(System.Globalization.CultureInfo.InvariantCulture);
        await using SoketProcess shell = OnTerminal.StartIn(new Dictionary<string, string?>(), Peers.Require("bash"), "-c", $"exec dotnet \"$0\" {command}", SoketProcess.Program, file, port);
        Finished ended = await shell.EndAsync();

        string written = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(filed, written.Length > 0);
        Assert.DoesNotMatch(Colour, written);
        Assert.Equal(shown, Regex.IsMatch(ended.Out, Colour));
    }
}
