using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket relay</c> as a process, between programs of others.</summary>
public sealed class RelayTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_goes_through_and_back_exactly_between_nc_and_socat()
    {
        string nc = Peers.Require("nc.openbsd"), socat = Peers.Require("socat");
        int port = Ports.Free();
        await using SoketProcess target = SoketProcess.Peer(socat, "-d", "-d", $"TCP-LISTEN:{Number(port)},bind=127.0.0.1", "EXEC:cat");
        await target.ErrorLineAsync(line => line.Contains("listening on", StringComparison.Ordinal));
        (SoketProcess relay, string at) = await RelayAsync("tcp://127.0.0.1:0", $"127.0.0.1:{Number(port)}");
        await using (relay)
        {
            byte[] every = [.. Enumerable.Range(0, 3 * 1024 * 1024).Select(i => (byte)(i * 7 / 3))];
            await using SoketProcess client = SoketProcess.Peer(nc, "-N", "127.0.0.1", Number(SoketProcess.PortOf(at)));
            Finished got = await client.FinishAsync(every);
            Assert.True(every.AsSpan().SequenceEqual(got.OutBytes));
            string closed = await relay.ErrorLineAsync(line => line.StartsWith("#1 closed", StringComparison.Ordinal));
            Assert.Equal("#1 closed: 3.0 MiB to the target, 3.0 MiB back", closed);
            Finished ended = await relay.SignalAsync("TERM");
            Assert.Equal((0, ""), (ended.ExitCode, ended.Out));
            Assert.Contains("Clients: 1, 3.0 MiB to the target, 3.0 MiB back. Not connected: 0, failed: 0", ended.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Tls_ends_here_and_begins_here_with_openssl_on_both_sides()
    {
        string openssl = Peers.Require("openssl");
        using var certificates = new MadeCertificates();
        MadeCertificate certificate = certificates.Make("localhost", ["localhost", "127.0.0.1"]);
        (SoketProcess target, int port) = await OpensslServer.StartAsync(certificate, "-rev");
        await using SoketProcess ___ = target;
        // The inner relay begins TLS, the outer one ends it: three kinds of flags at work.
        (SoketProcess inner, string middle) = await RelayAsync("tcp://127.0.0.1:0", $"tls://127.0.0.1:{Number(port)}", "--to-cafile", certificate.Cert);
        await using SoketProcess _ = inner;
        (SoketProcess outer, string at) = await RelayAsync("tls://127.0.0.1:0", middle["tcp://".Length..], "--cert", certificate.Cert, "--key", certificate.Key);
        await using SoketProcess __ = outer;
        await using SoketProcess client = SoketProcess.Peer(openssl, "s_client", "-connect", at["tls://".Length..], "-CAfile", certificate.Cert, "-verify_return_error", "-quiet");
        await client.WriteAsync("halo\n");
        Assert.Equal("olah", await client.OutLineAsync(line => line.Length == 4));
        client.Input.Close();
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_told_and_the_client_reset()
    {
        using var certificates = new MadeCertificates();
        MadeCertificate certificate = certificates.Make("localhost", ["localhost"]);
        (SoketProcess target, int port) = await OpensslServer.StartAsync(certificate);
        await using SoketProcess _ = target;
        (SoketProcess relay, string at) = await RelayAsync("tcp://127.0.0.1:0", $"tls://localhost:{Number(port)}");
        await using (relay)
        {
            await AssertComesToNothingAsync(at);
            await relay.ErrorLineAsync(line => line.Contains("soket explain tls-untrusted", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Unix_and_tcp_are_joined_either_way()
    {
        string nc = Peers.Require("nc.openbsd");
        string path = Path.Combine(Path.GetTempPath(), $"soket-relay-{Guid.NewGuid():N}");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using SoketProcess _ = server;
        (SoketProcess first, string _) = await RelayAsync("unix:" + path, endpoints[0]);
        await using SoketProcess __ = first;
        (SoketProcess second, string at) = await RelayAsync("tcp://127.0.0.1:0", "unix:" + path);
        await using SoketProcess ___ = second;
        await using SoketProcess client = SoketProcess.Peer(nc, "-N", "127.0.0.1", Number(SoketProcess.PortOf(at)));
        Assert.Equal("lewat berkas\n", (await client.FinishAsync("lewat berkas\n"u8.ToArray())).Out);
        await first.ErrorLineAsync(line => line.StartsWith("#1 closed: 13 B to the target, 13 B back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reset_in_the_middle_reaches_the_other_side_and_harms_nobody_else()
    {
        using Socket target = Listen();
        (SoketProcess relay, string at) = await RelayAsync("tcp://127.0.0.1:0", target.LocalEndPoint!.ToString()!);
        await using (relay)
        {
            using Socket one = await ConnectAsync(at), behindOne = await target.AcceptAsync(Token);
            using Socket two = await ConnectAsync(at), behindTwo = await target.AcceptAsync(Token);
            await one.SendAsync("x"u8.ToArray(), Token);
            await behindOne.ReceiveAsync(new byte[1], Token);
            one.Close(0);
            await AssertResetAsync(behindOne);
            await relay.ErrorLineAsync(line => line.StartsWith("#1 reset, because the client's side was: 1 B", StringComparison.Ordinal));

            await behindTwo.SendAsync("masih"u8.ToArray(), Token);
            byte[] heard = new byte[5];
            Assert.Equal(5, await two.ReceiveAsync(heard, Token));
            behindTwo.Close(0);
            await AssertResetAsync(two);
            await relay.ErrorLineAsync(line => line.StartsWith("#2 reset, because the target's side was: 0 B to the target, 5 B", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Two_hundred_talk_at_once_and_each_gets_its_own()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using SoketProcess _ = server;
        (SoketProcess relay, string at) = await RelayAsync("tcp://127.0.0.1:0", endpoints[0], "--json");
        await using (relay)
        {
            Socket[] clients = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => ConnectAsync(at)));
            await Task.WhenAll(clients.Select(async (client, i) =>
            {
                byte[] said = Encoding.ASCII.GetBytes(new string((char)('a' + (i % 26)), 1000) + i);
                await client.SendAsync(said, Token);
                client.Shutdown(SocketShutdown.Send);
                Assert.Equal(Encoding.ASCII.GetString(said), await RestAsync(client));
                client.Dispose();
            }));
            Finished ended = await relay.SignalAsync("TERM");
            JsonElement summary = Records(ended.Out)[^1];
            Assert.Equal(("summary", 200, 0, 0), (summary.GetProperty("type").GetString(), summary.GetProperty("sessions").GetInt32(), summary.GetProperty("failed").GetInt32(), summary.GetProperty("reset").GetInt32()));
            Assert.Equal((200_490, 200_490), (summary.GetProperty("bytes_to_target").GetInt32(), summary.GetProperty("bytes_to_clients").GetInt32()));
            Assert.Equal(200, Records(ended.Out).Count(record => record.GetProperty("type").GetString() == "closed"));
        }
    }

    [Fact]
    public async Task A_target_that_is_not_there_is_explained_once_and_each_client_reset()
    {
        int closed = Ports.Free();
        int near = FreeBeside(closed);
        (SoketProcess relay, string at) = await RelayAsync($"tcp://127.0.0.1:{Number(near)}", $"127.0.0.1:{Number(closed)}");
        await using (relay)
        {
            for (int i = 1; i <= 3; i++)
            {
                await AssertComesToNothingAsync(at);
                await relay.ErrorLineAsync(line => line.StartsWith($"#{i} not connected: 127.0.0.1:", StringComparison.Ordinal) && line.EndsWith("(ECONNREFUSED)", StringComparison.Ordinal));
            }

            // It is looked for beside the relaying, on the machine as it is then: the relay must still listen.
            await relay.ErrorLineAsync(line => line.Contains("soket explain connection-refused", StringComparison.Ordinal));
            Finished ended = await relay.SignalAsync("TERM");
            Assert.Equal(0, ended.ExitCode);
            Assert.Single(ended.Error.Split('\n'), line => line.Contains("soket explain connection-refused", StringComparison.Ordinal));
            // The relay's own port is close by: not what is meant, and yet somebody listens there.
            Assert.DoesNotContain("this very program", ended.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("Nothing listens on a port next to it", ended.Error, StringComparison.Ordinal);
            Assert.Contains("Not connected: 3,", ended.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_passes_is_shown_as_text_or_hex_and_control_bytes_never_raw()
    {
        using Socket target = Listen();
        foreach ((string flag, string[] lines) in new[]
        {
            ("-v", new[] { "#1 > halo", "#1 > \\x1b[31mmerah", "#1 < jawab" }),
            ("-x", ["#1 > 00000000  68 61 6c 6f 0a 1b 5b 33  31 6d 6d 65 72 61 68 0a  |halo..[31mmerah.|", "#1 < 00000000  6a 61 77 61 62 0a                                 |jawab.|"]),
        })
        {
            (SoketProcess relay, string at) = await RelayAsync("tcp://127.0.0.1:0", target.LocalEndPoint!.ToString()!, flag);
            await using (relay)
            {
                using Socket client = await ConnectAsync(at), behind = await target.AcceptAsync(Token);
                await client.SendAsync("halo\n\x1b[31mmerah\n"u8.ToArray(), Token);
                await behind.ReceiveAsync(new byte[100], Token);
                await behind.SendAsync("jawab\n"u8.ToArray(), Token);
                foreach (string line in lines)
                    Assert.Equal(line, await relay.ErrorLineAsync(said => said == line));
                Assert.DoesNotContain("\x1b", relay.Said, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Each_sender_of_datagrams_gets_its_own_answers()
    {
        using var target = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        target.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        (SoketProcess relay, string at) = await RelayAsync("udp://127.0.0.1:0", $"udp://{target.LocalEndPoint}");
        await using (relay)
        {
            using UdpClient one = new(0, AddressFamily.InterNetwork), two = new(0, AddressFamily.InterNetwork);
            var front = IPEndPoint.Parse(at["udp://".Length..]);
            byte[] room = new byte[100];
            await one.SendAsync("satu"u8.ToArray(), front, Token);
            SocketReceiveFromResult first = await target.ReceiveFromAsync(room, new IPEndPoint(IPAddress.Any, 0), Token);
            await two.SendAsync("dua"u8.ToArray(), front, Token);
            SocketReceiveFromResult second = await target.ReceiveFromAsync(room, new IPEndPoint(IPAddress.Any, 0), Token);
            Assert.NotEqual(first.RemoteEndPoint, second.RemoteEndPoint);
            await target.SendToAsync("untuk dua"u8.ToArray(), second.RemoteEndPoint, Token);
            await target.SendToAsync("untuk satu"u8.ToArray(), first.RemoteEndPoint, Token);
            Assert.Equal("untuk dua", Encoding.ASCII.GetString((await two.ReceiveAsync(Token)).Buffer));
            Assert.Equal("untuk satu", Encoding.ASCII.GetString((await one.ReceiveAsync(Token)).Buffer));
            Finished ended = await relay.SignalAsync("TERM");
            Assert.Contains("Clients: 2, 7 B to the target, 19 B back.", ended.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_sender_of_datagrams_is_forgotten_when_idle_and_makes_room()
    {
        using var target = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        target.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        (SoketProcess relay, string at) = await RelayAsync("udp://127.0.0.1:0", $"udp://{target.LocalEndPoint}", "--idle-timeout", "200ms", "--max-connections", "1");
        await using (relay)
        {
            using UdpClient one = new(0, AddressFamily.InterNetwork), two = new(0, AddressFamily.InterNetwork);
            var front = IPEndPoint.Parse(at["udp://".Length..]);
            byte[] room = new byte[100];
            await one.SendAsync("satu"u8.ToArray(), front, Token);
            await target.ReceiveFromAsync(room, new IPEndPoint(IPAddress.Any, 0), Token);
            await relay.ErrorLineAsync(line => line.StartsWith("#1 forgotten", StringComparison.Ordinal) && line.EndsWith("4 B to the target, 0 B back", StringComparison.Ordinal));
            await two.SendAsync("tiga"u8.ToArray(), front, Token);
            await target.ReceiveFromAsync(room, new IPEndPoint(IPAddress.Any, 0), Token);
            Finished ended = await relay.SignalAsync("TERM");
            Assert.Contains("Clients: 2, 8 B to the target, 0 B back.", ended.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task More_senders_of_datagrams_than_allowed_are_dropped_and_told()
    {
        using var target = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        target.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        (SoketProcess relay, string at) = await RelayAsync("udp://127.0.0.1:0", $"udp://{target.LocalEndPoint}", "--max-connections", "1");
        await using (relay)
        {
            using UdpClient one = new(0, AddressFamily.InterNetwork), two = new(0, AddressFamily.InterNetwork);
            var front = IPEndPoint.Parse(at["udp://".Length..]);
            await one.SendAsync("satu"u8.ToArray(), front, Token);
            await relay.ErrorLineAsync(line => line.StartsWith("#1 connected", StringComparison.Ordinal));
            await two.SendAsync("dua"u8.ToArray(), front, Token);
            await relay.ErrorLineAsync(line => line == $"dropped: datagrams from {IPAddress.Loopback}:{((IPEndPoint)two.Client.LocalEndPoint!).Port}, one more than --max-connections");
            Finished ended = await relay.SignalAsync("TERM");
            Assert.Contains("datagrams dropped: 1.", ended.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WebSocket_messages_stay_messages_between_two_and_become_bytes_towards_tcp()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "ws://127.0.0.1:0/", "tcp://127.0.0.1:0");
        await using SoketProcess _ = server;
        foreach (string target in endpoints)
        {
            (SoketProcess relay, string at) = await RelayAsync("ws://127.0.0.1:0/", target);
            await using (relay)
            {
                Finished asked = await SoketProcess.RunAsync("connect", at, "satu", "dua", "--json");
                List<JsonElement> replies = [.. Records(asked.Out).Where(record => record.GetProperty("type").GetString() == "reply")];
                Assert.Equal(0, asked.ExitCode);
                Assert.Equal(["satu", "dua"], replies.Select(reply => reply.GetProperty("text").GetString()));
                await relay.ErrorLineAsync(line => line.StartsWith("#1 closed: 7 B to the target, 7 B back", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task It_drains_what_is_going_on_and_takes_nobody_new()
    {
        using Socket target = Listen();
        (SoketProcess relay, string at) = await RelayAsync("tcp://127.0.0.1:0", target.LocalEndPoint!.ToString()!, "--lang", "id");
        await using (relay)
        {
            using Socket client = await ConnectAsync(at), behind = await target.AcceptAsync(Token);
            await client.SendAsync("tanya"u8.ToArray(), Token);
            await behind.ReceiveAsync(new byte[10], Token);
            relay.Signal("TERM");
            await relay.ErrorLineAsync(line => line.StartsWith("Berhenti. Koneksi yang masih boleh selesai", StringComparison.Ordinal));
            Assert.Equal("", await RestAsync(behind));
            await behind.SendAsync("jawab"u8.ToArray(), Token);
            behind.Shutdown(SocketShutdown.Both);
            Assert.Equal("jawab", await RestAsync(client));
            client.Close();
            Finished ended = await relay.EndAsync();
            Assert.Equal(0, ended.ExitCode);
            Assert.Contains("Client: 1, 5 B ke tujuan, 5 B kembali.", ended.Error, StringComparison.Ordinal);
            Assert.Contains("direset di akhir: 0", ended.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("soket relay :8080 localhost:9000", "localhost:1")]
    [InlineData("soket listen localhost:1", "localhost:1", "-")]
    [InlineData("datagrams keep their boundaries", "localhost:1", "udp://localhost:2")]
    [InlineData("it would connect to itself without end", "0.0.0.0:4000", "localhost:4000")]
    [InlineData("--to-cafile is for TLS", "localhost:1", "localhost:2", "--to-cafile", "x")]
    [InlineData("--cert is for TLS", "localhost:1", "tls://localhost:2", "--cert", "x")]
    [InlineData("--to-header is for WebSocket", "ws://localhost:1/", "localhost:2", "--to-header", "A: b")]
    [InlineData("--to-alpn ' '", "localhost:1", "tls://localhost:2", "--to-alpn", " ")]
    [InlineData("--to-key needs --to-cert", "localhost:1", "tls://localhost:2", "--to-key", "x")]
    [InlineData("--max-message is for WebSocket", "localhost:1", "localhost:2", "--max-message", "1k")]
    public async Task What_makes_no_sense_is_a_usage_error(string said, params string[] arguments)
    {
        Finished finished = await SoketProcess.RunAsync(["relay", .. arguments]);
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(said, finished.Error, StringComparison.Ordinal);
    }

    private static string Number(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static List<JsonElement> Records(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    // A free port at most three away from another, which must stay free.
    private static int FreeBeside(int port)
    {
        foreach (int candidate in (ReadOnlySpan<int>)[port + 1, port - 1, port + 2, port - 2, port + 3, port - 3])
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, candidate));
                return candidate;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one.
            }
        }

        throw new InvalidOperationException($"every port beside {port} is taken");
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static async Task<Socket> ConnectAsync(string endpoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, SoketProcess.PortOf(endpoint)), Token);
        return socket;
    }

    private static async Task<string> RestAsync(Socket socket)
    {
        using var bytes = new MemoryStream();
        byte[] room = new byte[64 * 1024];
        for (int read; (read = await socket.ReceiveAsync(room, Token)) > 0;)
            bytes.Write(room, 0, read);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    // A reset may be there before the connecting side has looked at its own success.
    private static async Task AssertComesToNothingAsync(string endpoint)
    {
        SocketException e = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using Socket client = await ConnectAsync(endpoint);
            await RestAsync(client);
        });
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    private static async Task AssertResetAsync(Socket socket)
    {
        SocketException e = await Assert.ThrowsAsync<SocketException>(() => RestAsync(socket));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    // The endpoint it listens on, from its first line.
    private static async Task<(SoketProcess Relay, string At)> RelayAsync(string listen, string target, params string[] flags)
    {
        SoketProcess relay = SoketProcess.Soket(["relay", listen, target, .. flags]);
        if (flags.Contains("--json"))
        {
            string ready = await relay.OutLineAsync(line => line.Contains("\"type\":\"ready\"", StringComparison.Ordinal));
            using JsonDocument document = JsonDocument.Parse(ready);
            return (relay, document.RootElement.GetProperty("endpoints")[0].GetString()!);
        }

        string said = await relay.ErrorLineAsync(line => line.Contains(" -> ", StringComparison.Ordinal));
        return (relay, said.Split(' ')[1]);
    }
}
