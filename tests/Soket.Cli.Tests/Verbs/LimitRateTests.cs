using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket connect --limit-rate</c>: slower, and nothing lost. Only the least time is looked at: a busy machine takes longer.</summary>
public sealed class LimitRateTests : IDisposable
{
    private readonly Interop.TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_goes_and_comes_no_faster_than_asked()
    {
        byte[] bytes = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 13 / 5))];
        string file = Path.Combine(_folder.Path, "made"), back = Path.Combine(_folder.Path, "back");
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "--send-file", file, "--receive-file", back, "--limit-rate", "40k", "--json");
            Assert.Equal(0, client.ExitCode);
            Assert.All(Times(client), time => Assert.InRange(time, 400_000, long.MaxValue));
            Assert.Equal(bytes, await File.ReadAllBytesAsync(back, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task What_comes_is_read_no_faster_than_asked()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        string file = Path.Combine(_folder.Path, "got");
        await using SoketProcess client = SoketProcess.Soket("connect", listener.LocalEndPoint!.ToString()!, "--receive-file", file, "--limit-rate", "40k", "--json");
        using (Socket peer = await listener.AcceptAsync(TestContext.Current.CancellationToken))
        {
            await peer.SendAsync(new byte[20_000], TestContext.Current.CancellationToken);
            peer.Shutdown(SocketShutdown.Send);
            Finished finished = await client.FinishAsync();
            Assert.Equal(0, finished.ExitCode);
            Assert.InRange(Assert.Single(Times(finished)), 400_000, long.MaxValue);
            Assert.Equal(20_000, new FileInfo(file).Length);
        }
    }

    [Fact]
    public async Task A_message_that_comes_in_pieces_is_put_together()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "--framing", "line");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "satu dua tiga empat lima", "enam", "--framing", "line", "--limit-rate", "70");
            Assert.Equal((0, "satu dua tiga empat lima\nenam\n"), (client.ExitCode, client.Out));
        }
    }

    [Theory]
    [InlineData("carries messages", "udp://127.0.0.1:9")]
    [InlineData("carries messages", "ws://127.0.0.1:9/")]
    public async Task Messages_with_a_shape_of_their_own_are_not_slowed(string said, string endpoint)
    {
        Finished client = await SoketProcess.RunAsync("connect", endpoint, "x", "--limit-rate", "1k");
        Assert.Equal(2, client.ExitCode);
        Assert.Contains(said, client.Error, StringComparison.Ordinal);
    }

    private static IEnumerable<long> Times(Finished client) => client.Out.TrimEnd().Split('\n')
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(record => record.GetProperty("type").GetString() == "file")
        .Select(record => record.GetProperty("elapsed_us").GetInt64());
}
