using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket connect --retry</c>: what waiting mends is waited for, what it does not is not.</summary>
public sealed class RetryTests
{
    [Fact]
    public async Task A_server_that_comes_up_later_is_found()
    {
        string endpoint = $"tcp://127.0.0.1:{Interop.Ports.Free()}";
        await using SoketProcess client = SoketProcess.Soket("connect", endpoint, "halo", "--retry", "forever", "--retry-delay", "100ms");
        await client.ErrorLineAsync(line => line.Contains("ECONNREFUSED", StringComparison.Ordinal) && line.Contains("attempt 1)", StringComparison.Ordinal));
        (SoketProcess server, _) = await SoketProcess.ServeAsync("echo", endpoint);
        await using (server)
        {
            Finished finished = await client.FinishAsync();
            Assert.Equal((0, "halo"), (finished.ExitCode, finished.Out.TrimEnd()));
        }
    }

    [Fact]
    public async Task A_socket_path_that_appears_later_is_found()
    {
        using var folder = new Interop.TemporaryFolder();
        string endpoint = $"unix:{Path.Combine(folder.Path, "s")}";
        await using SoketProcess client = SoketProcess.Soket("connect", endpoint, "halo", "--retry", "forever", "--retry-delay", "100ms");
        await client.ErrorLineAsync(line => line.Contains("ENOENT", StringComparison.Ordinal));
        (SoketProcess server, _) = await SoketProcess.ServeAsync("echo", endpoint);
        await using (server)
            Assert.Equal(0, (await client.FinishAsync()).ExitCode);
    }

    [Fact]
    public async Task After_the_last_try_the_failure_is_explained_as_ever()
    {
        Finished client = await SoketProcess.RunAsync("connect", $"127.0.0.1:{Interop.Ports.Free()}", "x", "--retry", "2", "--retry-delay", "10ms");
        Assert.Equal(7, client.ExitCode);
        Assert.Contains("attempt 1 of 2", client.Error, StringComparison.Ordinal);
        Assert.Contains("attempt 2 of 2", client.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("attempt 3", client.Error, StringComparison.Ordinal);
        Assert.Contains("soket explain connection-refused", client.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_each_try_is_a_record()
    {
        Finished client = await SoketProcess.RunAsync("connect", $"127.0.0.1:{Interop.Ports.Free()}", "x", "--retry", "1", "--retry-delay", "10ms", "--json");
        string[] types = [.. client.Out.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("type").GetString()!)];
        Assert.Equal(["notice", "error"], types);
        Assert.Empty(client.Error);
    }

    [Fact]
    public async Task What_waiting_does_not_mend_ends_at_once()
    {
        Finished client = await SoketProcess.RunAsync("connect", "tidak-ada.invalid:80", "x", "--retry", "forever");
        // Without a name server EAI_AGAIN would go on for ever; .invalid never leaves a resolver that knows RFC 6761.
        Assert.Equal(6, client.ExitCode);
        Assert.DoesNotContain("attempt", client.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--retry '-1'", "127.0.0.1:9", "--retry", "-1")]
    [InlineData("--retry 'often'", "127.0.0.1:9", "--retry", "often")]
    [InlineData("--retry-delay '2h'", "127.0.0.1:9", "--retry", "1", "--retry-delay", "2h")]
    [InlineData("Add it: --retry 5", "127.0.0.1:9", "--retry-delay", "2s")]
    [InlineData("--retry waits for a connection", "udp://127.0.0.1:9", "--retry", "1")]
    public async Task What_makes_no_sense_is_refused(string said, params string[] arguments)
    {
        Finished client = await SoketProcess.RunAsync(["connect", .. arguments]);
        Assert.Equal(2, client.ExitCode);
        Assert.Contains(said, client.Error, StringComparison.Ordinal);
    }
}
