using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>soket sockets and soket states, as a person and a program see them.</summary>
public sealed class SocketsTests
{
    [Fact]
    public async Task A_listener_is_shown_with_its_program()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(backlog: 7);
        string port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        Finished table = await SoketProcess.RunAsync("sockets", ":" + port);
        Assert.Equal(0, table.ExitCode);
        string[] lines = table.Out.Split('\n');
        Assert.StartsWith("PROTO", lines[0], StringComparison.Ordinal);
        Assert.Contains("LISTEN", lines[1], StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:" + port, lines[1], StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
            Assert.Contains($"{Environment.ProcessId}/", lines[1], StringComparison.Ordinal);

        Finished json = await SoketProcess.RunAsync("sockets", "listen", "port=" + port, "--json");
        using JsonDocument record = JsonDocument.Parse(Assert.Single(json.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal("socket", record.RootElement.GetProperty("type").GetString());
        Assert.Equal("LISTEN", record.RootElement.GetProperty("state").GetString());
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(7, record.RootElement.GetProperty("send_queue").GetInt32());
            Assert.Equal(Environment.ProcessId, record.RootElement.GetProperty("holders")[0].GetProperty("pid").GetInt32());
        }
    }

    [Theory]
    [InlineData("en", "has not called close()")]
    [InlineData("id", "belum memanggil close()")]
    public async Task Whose_turn_it_is_is_said(string language, string said)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the state of a half-closed connection");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using TcpClient server = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await server.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));

        Finished told = await SoketProcess.RunAsync("sockets", "close-wait", "port=" + ((IPEndPoint)listener.LocalEndpoint).Port, "--explain", "--lang", language);
        Assert.Contains(said, told.Out, StringComparison.Ordinal);
        Assert.Contains($"(PID {Environment.ProcessId})", told.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_are_told_as_records_while_it_is_watched()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "cookies tell one socket from the next");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using SoketProcess watch = SoketProcess.Soket("sockets", "local=127.0.0.1:" + port, "--watch", "--interval", "50ms", "--json");
        await watch.OutLineAsync(line => line.Contains("\"change\":\"there\"", StringComparison.Ordinal));

        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        using TcpClient server = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await watch.OutLineAsync(line => line.Contains("\"change\":\"new\"", StringComparison.Ordinal) && line.Contains("ESTABLISHED", StringComparison.Ordinal));
        client.Client.Shutdown(SocketShutdown.Send);
        string changed = await watch.OutLineAsync(line => line.Contains("\"change\":\"state\"", StringComparison.Ordinal));
        Assert.Contains("\"before\":\"ESTABLISHED\"", changed, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"CLOSE_WAIT\"", changed, StringComparison.Ordinal);
        server.Close();
        await watch.OutLineAsync(line => line.Contains("\"change\":\"gone\"", StringComparison.Ordinal));
        Assert.Equal(0, (await watch.SignalAsync("INT")).ExitCode);
    }

    [Fact]
    public async Task The_states_are_drawn_with_their_counts()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Finished drawn = await SoketProcess.RunAsync("states");
        Assert.Equal(0, drawn.ExitCode);
        Assert.Matches(@"\[\d+\] +LISTEN", drawn.Out);
        Assert.DoesNotContain('{', drawn.Out);
        Assert.DoesNotContain(drawn.Out.Split('\n').Take(22), line => line.Length > 79);
        using JsonDocument json = JsonDocument.Parse((await SoketProcess.RunAsync("states", "--json")).Out);
        Assert.True(json.RootElement.GetProperty("LISTEN").GetInt32() > 0);
    }

    [Theory]
    [InlineData("'pid=x' needs a number.", "pid=x")]
    [InlineData("'foo' is no state.", "state=foo")]
    [InlineData("--summary and --watch exclude each other.", "--summary", "--watch")]
    [InlineData("--interval needs --watch beside it.", "--interval", "1s")]
    public async Task What_is_wrong_is_said(string expected, params string[] arguments)
    {
        Finished finished = await SoketProcess.RunAsync(["sockets", .. arguments]);
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(expected, finished.Error, StringComparison.Ordinal);
    }
}
