using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket listen</c> as a process, with clients of others.</summary>
public sealed class ListenTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nc_sends_a_file_and_it_arrives_exactly()
    {
        string nc = Peers.Require("nc.openbsd");
        byte[] every = [.. Enumerable.Range(0, 512 * 1024).Select(i => (byte)(i * 7 / 3))];
        (SoketProcess listener, int port) = await ListenAsync("tcp://127.0.0.1:0");
        await using (listener)
        {
            listener.Input.Close();
            await using SoketProcess client = SoketProcess.Peer(nc, "-N", "127.0.0.1", Number(port));
            await client.FinishAsync(every);
            Finished finished = await listener.EndAsync();
            Assert.Equal(0, finished.ExitCode);
            Assert.True(every.AsSpan().SequenceEqual(finished.OutBytes));
            Assert.Contains("512 KiB in, 0 B out", finished.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_client_that_half_closes_gets_what_the_pipe_still_brings()
    {
        string nc = Peers.Require("nc.openbsd");
        (SoketProcess listener, int port) = await ListenAsync("tcp://127.0.0.1:0");
        await using (listener)
        {
            await using SoketProcess client = SoketProcess.Peer(nc, "-N", "127.0.0.1", Number(port));
            await client.WriteAsync("tanya\n");
            client.Input.Close();
            await listener.OutLineAsync(line => line == "tanya");
            Finished finished = await listener.FinishAsync("jawab\n"u8.ToArray());
            Finished asked = await client.EndAsync();
            Assert.Equal((0, "tanya\n"), (finished.ExitCode, finished.Out));
            Assert.Equal((0, "jawab\n"), (asked.ExitCode, asked.Out));
        }
    }

    [Fact]
    public async Task With_k_stdin_goes_to_all_and_one_that_resets_harms_no_other()
    {
        (SoketProcess listener, int port) = await ListenAsync("tcp://127.0.0.1:0", "-k");
        await using (listener)
        {
            using Socket one = await ConnectAsync(port);
            using Socket other = await ConnectAsync(port);
            await one.SendAsync("satu\n"u8.ToArray(), Token);
            await listener.OutLineAsync(line => line == "satu");
            await other.SendAsync("dua\n"u8.ToArray(), Token);
            await listener.OutLineAsync(line => line == "dua");

            one.LingerState = new LingerOption(true, 0);
            one.Close();
            await listener.ErrorLineAsync(line => line.StartsWith("reset: ", StringComparison.Ordinal));
            await listener.WriteAsync("kepada semua\n");
            byte[] buffer = new byte[64];
            int read = await other.ReceiveAsync(buffer, Token);
            Assert.Equal("kepada semua\n", Encoding.UTF8.GetString(buffer, 0, read));

            Finished finished = await listener.SignalAsync("TERM");
            Assert.Equal(0, finished.ExitCode);
        }
    }

    [Fact]
    public async Task A_client_that_reads_nothing_is_dropped_and_the_other_gets_everything()
    {
        (SoketProcess listener, int port) = await ListenAsync("tcp://127.0.0.1:0", "-k");
        await using (listener)
        {
            using Socket slow = await ConnectAsync(port);
            await slow.SendAsync("a\n"u8.ToArray(), Token);
            await listener.OutLineAsync(line => line == "a");
            using Socket quick = await ConnectAsync(port);
            await quick.SendAsync("b\n"u8.ToArray(), Token);
            await listener.OutLineAsync(line => line == "b");

            byte[] block = new byte[16 * 1024];
            byte[] buffer = new byte[64 * 1024];
            long sent = 0, received = 0;
            Task<string> dropped = listener.ErrorLineAsync(line => line.StartsWith("dropped: ", StringComparison.Ordinal));
            while (!dropped.IsCompleted && sent < 64 * 1024 * 1024) // more than is kept for anybody: it is dropped by then, and told a little later
            {
                await listener.Input.WriteAsync(block, Token);
                await listener.Input.FlushAsync(Token);
                for (sent += block.Length; received < sent;)
                    received += await quick.ReceiveAsync(buffer, Token);
            }

            Assert.Contains("took too little", await dropped, StringComparison.Ordinal);
            Assert.Equal(sent, received);
        }
    }

    [Fact]
    public async Task A_broker_passes_what_one_ncat_says_to_the_others()
    {
        string ncat = Peers.Require("ncat");
        (SoketProcess listener, int port) = await ListenAsync("tcp://127.0.0.1:0", "--broker");
        await using (listener)
        {
            listener.Input.Close();
            await using SoketProcess one = SoketProcess.Peer(ncat, "127.0.0.1", Number(port));
            await one.WriteAsync("saya satu\n");
            await listener.OutLineAsync(line => line == "saya satu");
            await using SoketProcess other = SoketProcess.Peer(ncat, "127.0.0.1", Number(port));
            await other.WriteAsync("saya dua\n");
            Assert.Equal("saya dua", await one.OutLineAsync(line => line == "saya dua"));
            await one.WriteAsync("halo dua\n");
            Assert.Equal("halo dua", await other.OutLineAsync(line => line == "halo dua"));
        }
    }

    [Fact]
    public async Task On_udp_the_first_sender_is_the_peer_and_a_stranger_is_ignored()
    {
        (SoketProcess listener, int port) = await ListenAsync("udp://127.0.0.1:0");
        await using (listener)
        {
            using var peer = new UdpClient(0, AddressFamily.InterNetwork);
            var at = new IPEndPoint(IPAddress.Loopback, port);
            await peer.SendAsync("halo\n"u8.ToArray(), at, Token);
            await listener.OutLineAsync(line => line == "halo");
            using var stranger = new UdpClient(0, AddressFamily.InterNetwork);
            await stranger.SendAsync("orang lain\n"u8.ToArray(), at, Token);
            await listener.ErrorLineAsync(line => line.StartsWith("ignored: ", StringComparison.Ordinal));
            await listener.WriteAsync("jawab\n");
            UdpReceiveResult answer = await peer.ReceiveAsync(Token);
            Assert.Equal("jawab\n", Encoding.UTF8.GetString(answer.Buffer));
            Finished finished = await listener.SignalAsync("TERM");
            Assert.Equal((0, "halo\n"), (finished.ExitCode, finished.Out));
        }
    }

    [Fact]
    public async Task Openssl_connects_with_the_development_certificate()
    {
        string openssl = Peers.Require("openssl");
        (SoketProcess listener, int port) = await ListenAsync("tls://127.0.0.1:0", "--crlf");
        await using (listener)
        {
            await using SoketProcess client = SoketProcess.Peer(openssl, "s_client", "-quiet", "-connect", $"127.0.0.1:{port}");
            await client.WriteAsync("rahasia\n");
            await listener.OutLineAsync(line => line == "rahasia");
            await listener.WriteAsync("baik\n");
            await client.OutLineAsync(line => line == "baik\r");
        }
    }

    [Fact]
    public async Task Json_tells_everything_and_hex_shows_the_bytes()
    {
        (SoketProcess listener, int port) = await ListenAsync("tcp://127.0.0.1:0", "-x");
        await using (listener)
        {
            using Socket client = await ConnectAsync(port);
            await client.SendAsync("\0AB"u8.ToArray(), Token);
            await listener.OutLineAsync(line => line.StartsWith("00000000  00 41 42", StringComparison.Ordinal));
        }

        await using SoketProcess json = SoketProcess.Soket("listen", "tcp://127.0.0.1:0", "--json");
        using JsonDocument ready = JsonDocument.Parse(await json.OutLineAsync(line => line.Contains("\"ready\"", StringComparison.Ordinal)));
        using Socket second = await ConnectAsync(SoketProcess.PortOf(ready.RootElement.GetProperty("endpoints")[0].GetString()!));
        await second.SendAsync("halo"u8.ToArray(), Token);
        second.Shutdown(SocketShutdown.Send);
        Finished finished = await json.FinishAsync();
        Assert.Contains("\"type\":\"data\"", finished.Out, StringComparison.Ordinal);
        Assert.Contains("\"text\":\"halo\"", finished.Out, StringComparison.Ordinal);
        Assert.Contains("\"type\":\"closed\"", finished.Out, StringComparison.Ordinal);
        Assert.All(finished.Out.TrimEnd('\n').Split('\n'), line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public async Task Nobody_in_time_is_exit_code_28_and_a_reset_56()
    {
        Finished nobody = await SoketProcess.RunAsync("listen", "tcp://127.0.0.1:0", "--timeout", "50ms");
        Assert.Equal(28, nobody.ExitCode);
        Assert.Contains("nobody has come within 50", nobody.Error, StringComparison.Ordinal);

        (SoketProcess listener, int port) = await ListenAsync("tcp://127.0.0.1:0");
        await using (listener)
        {
            using (Socket client = await ConnectAsync(port))
            {
                await client.SendAsync("x\n"u8.ToArray(), Token);
                await listener.OutLineAsync(line => line == "x");
                client.LingerState = new LingerOption(true, 0);
            }

            Finished reset = await listener.EndAsync();
            Assert.Equal(56, reset.ExitCode);
            Assert.Contains("ECONNRESET", reset.Error, StringComparison.Ordinal);
        }
    }

    private static async Task<(SoketProcess Listener, int Port)> ListenAsync(params string[] arguments)
    {
        SoketProcess listener = SoketProcess.Soket(["listen", .. arguments]);
        string ready = await listener.ErrorLineAsync(line => line.StartsWith("Listening on ", StringComparison.Ordinal));
        return (listener, SoketProcess.PortOf(ready));
    }

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Token);
        return socket;
    }

    private static string Number(int port) => port.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
