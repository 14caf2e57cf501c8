using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>The status line of a server that runs on a terminal: it counts while it stands there, and is gone at the end.</summary>
public sealed class StatusLineTests
{
    [Fact]
    public async Task It_follows_who_comes_and_goes_and_makes_room_for_the_summary()
    {
        await using SoketProcess serving = OnTerminal.Soket("serve", "echo", "tcp://127.0.0.1:0");
        string ready = await serving.OutLineAsync(line => line.Contains("ready on tcp://127.0.0.1:", StringComparison.Ordinal) && line.EndsWith('\r'));
        await ShowsAsync("0 connected, 0 in all · 0 messages");
        using (var client = new TcpClient(AddressFamily.InterNetwork))
        {
            await client.ConnectAsync(IPAddress.Loopback, SoketProcess.PortOf(ready.Trim()), TestContext.Current.CancellationToken);
            await ShowsAsync("1 connected, 1 in all · 0 messages");
            await client.GetStream().WriteAsync("halo"u8.ToArray(), TestContext.Current.CancellationToken);
            await client.GetStream().ReadExactlyAsync(new byte[4], TestContext.Current.CancellationToken);
            await ShowsAsync("1 connected, 1 in all · 1 message");
        }

        await ShowsAsync("0 connected, 1 in all · 1 message");
        await serving.WriteAsync("\u0003"); // Ctrl-C
        Finished ended = await serving.EndAsync();

        Assert.Equal(0, ended.ExitCode);
        int summary = ended.Out.IndexOf("\r\u001b[KServed for ", StringComparison.Ordinal);
        Assert.True(summary > 0, ended.Out);
        Assert.Contains("Connections: 1, messages: 1, 4 B in, 4 B out.", ended.Out[summary..], StringComparison.Ordinal);
        Assert.DoesNotContain(" in all · ", ended.Out[summary..], StringComparison.Ordinal);

        Task<string> ShowsAsync(string counts) => serving.OpenLineAsync(line => Regex.IsMatch(line, @"\r\x1b\[K\d\d:\d\d:\d\d · " + Regex.Escape(counts) + " · in "));
    }

    [Theory]
    [InlineData("dumb")]
    [InlineData("")]
    public async Task A_terminal_that_cannot_take_a_line_back_gets_none(string term)
    {
        await using SoketProcess serving = OnTerminal.SoketIn(new Dictionary<string, string?> { ["TERM"] = term }, "serve", "echo", "tcp://127.0.0.1:0");
        await serving.OutLineAsync(line => line.StartsWith("Waiting for connections.", StringComparison.Ordinal) && line.EndsWith('\r'));
        await serving.WriteAsync("\u0003");
        Finished ended = await serving.EndAsync();

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("Served for ", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(" in all · ", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[K", ended.Out, StringComparison.Ordinal);
    }
}
