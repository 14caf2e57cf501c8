using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>A student's plain Python program on one end, soket on the other, for every exercise of labs 1 to 3.</summary>
public sealed partial class LabTests
{
    [Fact]
    public async Task Lab1_the_python_server_prints_what_soket_sends()
    {
        await using SoketProcess server = Python(LabPrograms.TcpPrinter);
        int port = await ReadyAsync(server);

        Finished client = await SoketProcess.RunAsync("connect", $"tcp://localhost:{port}", "Hello, Server!");

        Assert.Equal(52, client.ExitCode); // it prints, and closes without an answer
        Assert.Contains("without an answer", client.Error, StringComparison.Ordinal);
        Assert.Equal("got Hello, Server!", await server.OutLineAsync(line => line.StartsWith("got", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Lab1_soket_tells_what_the_python_client_sent()
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", ":0");
        int port = SoketProcess.PortOf(await server.ErrorLineAsync(line => line.Contains("tcp://127.0.0.1:", StringComparison.Ordinal)));

        await using SoketProcess client = Python(LabPrograms.TcpSender, port.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(0, (await client.FinishAsync()).ExitCode);

        Assert.Contains("Hello, Server!", await server.ErrorLineAsync(line => line.Contains("received 14 bytes", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lab1_each_line_from_stdin_is_a_datagram_for_the_python_server()
    {
        await using SoketProcess server = Python(LabPrograms.UdpPrinter);
        int port = await ReadyAsync(server);

        Finished client = await SoketProcess.RunAsync("halo\ndunia\n"u8.ToArray(), ["connect", $"udp://localhost:{port}", "--wait", "0"]);

        Assert.Equal(0, client.ExitCode);
        Assert.Equal("got 'halo' from 127.0.0.1", await server.OutLineAsync(line => line.Contains("halo", StringComparison.Ordinal)));
        Assert.Equal("got 'dunia' from 127.0.0.1", await server.OutLineAsync(line => line.Contains("dunia", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public async Task Lab2_a_client_that_sends_without_a_newline_and_waits_is_answered(string transport)
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("process", $"{transport}://localhost:0");
        await using (server)
        {
            string program = transport == "tcp" ? LabPrograms.ProcessTcpClient : LabPrograms.ProcessUdpClient;
            await using SoketProcess client = Python(program, SoketProcess.PortOf(endpoints[0]).ToString(CultureInfo.InvariantCulture), "ipin");
            Finished finished = await client.FinishAsync();

            Assert.Equal(0, finished.ExitCode);
            Assert.Matches(ProcessReply(), finished.Out.TrimEnd());
        }
    }

    [Fact]
    public async Task Lab2_soket_prints_what_the_python_udp_server_made_of_each_message()
    {
        await using SoketProcess server = Python(LabPrograms.ProcessUdpServer);
        int port = await ReadyAsync(server);

        foreach ((string message, string processed) in ((string, string)[])[("ipin", "IPIN | 4 | "), ("  Café  ", "cAFÉ | 8 | ")])
        {
            Finished client = await SoketProcess.RunAsync("connect", $"udp://localhost:{port}", message, "--wait", "30s");

            Assert.Equal(0, client.ExitCode);
            Assert.StartsWith(processed, client.Out, StringComparison.Ordinal);
            Assert.Matches(Processed(), client.Out);
        }
    }

    [Fact]
    public async Task Lab2_soket_prints_the_fixed_reply_of_the_python_server()
    {
        await using SoketProcess server = Python(LabPrograms.FixedReplyServer);
        int port = await ReadyAsync(server);

        Finished client = await SoketProcess.RunAsync("connect", $":{port}", "Halo dari client");

        Assert.Equal(0, client.ExitCode);
        Assert.Equal("Halo juga dari server!", client.Out);
        Assert.Equal("got Halo dari client", await server.OutLineAsync(line => line.StartsWith("got", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Lab3_the_python_echo_client_gets_every_byte_back()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "--port", "0", "--backlog", "5", "--payload", "1024", "--reuse-address");
        await using (server)
        {
            await using SoketProcess client = Python(LabPrograms.EchoClient, SoketProcess.PortOf(endpoints[0]).ToString(CultureInfo.InvariantCulture));
            Finished finished = await client.FinishAsync();

            Assert.Equal(0, finished.ExitCode);
            string echoed = string.Concat(finished.Out.Split('\n').Where(line => line.StartsWith("Received: ", StringComparison.Ordinal)).Select(line => line["Received: ".Length..]));
            Assert.Equal("Test message. This will be echoed", echoed);
        }
    }

    [Fact]
    public async Task Lab3_the_python_client_sends_what_is_typed_until_the_user_ends_it()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "--port", "0", "--backlog", "5", "--payload", "1024", "--reuse-address");
        await using (server)
        {
            await using SoketProcess client = Python(LabPrograms.TypedEchoClient, SoketProcess.PortOf(endpoints[0]).ToString(CultureInfo.InvariantCulture));
            foreach (string typed in (string[])["satu", "dua kata", "é, dan lebih dari enam belas byte"])
            {
                await client.WriteAsync(typed + "\n");
                await client.OutLineAsync(line => line == "Received: " + typed);
            }

            Finished finished = await client.FinishAsync("exit\n"u8.ToArray());
            Assert.Equal((0, ""), (finished.ExitCode, finished.Error));

            Finished served = await server.SignalAsync("TERM");
            using JsonDocument summary = JsonDocument.Parse(served.Out.TrimEnd().Split('\n')[^1]);
            Assert.Equal((1, 3), (summary.RootElement.GetProperty("accepted").GetInt32(), summary.RootElement.GetProperty("messages").GetInt32()));
        }
    }

    [Fact]
    public async Task Lab3_soket_talks_to_the_python_echo_server_as_often_as_it_likes()
    {
        await using SoketProcess server = Python(LabPrograms.EchoServer);
        int port = await ReadyAsync(server);

        Finished client = await SoketProcess.RunAsync("connect", $"tcp://localhost:{port}", "satu", "dua", "tiga");

        Assert.Equal(0, client.ExitCode);
        Assert.Equal("satuduatiga", client.Out);
    }

    [Fact]
    public async Task A_server_that_resets_is_told_as_a_reset_with_exit_code_56()
    {
        await using SoketProcess server = Python(LabPrograms.RudeServer);
        int port = await ReadyAsync(server);

        Finished client = await SoketProcess.RunAsync("connect", $"tcp://127.0.0.1:{port}", "a long enough message");

        Assert.Equal(56, client.ExitCode);
        Assert.Contains("ECONNRESET", client.Error, StringComparison.Ordinal);
    }

    private static SoketProcess Python(string program, params string[] arguments) => SoketProcess.Peer(Peers.Require("python3"), ["-c", program, .. arguments]);

    private static async Task<int> ReadyAsync(SoketProcess server)
    {
        string line = await server.OutLineAsync(line => line.StartsWith("ready ", StringComparison.Ordinal) && line.Length > 6);
        return int.Parse(line["ready ".Length..], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^IPIN \| 4 \| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| Data telah diproses$")]
    private static partial Regex ProcessReply();

    [GeneratedRegex(@"^.+ \| \d+ \| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| Data telah diproses$")]
    private static partial Regex Processed();
}
