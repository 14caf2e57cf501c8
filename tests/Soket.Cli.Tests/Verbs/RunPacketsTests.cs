using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>--trace</c> and <c>--write</c>: the packets of a run, concluded from its calls or captured.</summary>
public sealed class RunPacketsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("en", "inferred, not captured")]
    [InlineData("id", "disimpulkan, tidak ditangkap")]
    public async Task A_client_draws_its_run_at_the_end(string language, string legend)
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished run = await SoketProcess.RunAsync("connect", endpoints[0], "halo", "--trace", "--no-capture", "--lang", language);
            Assert.Equal((0, "halo"), (run.ExitCode, run.Out));
            InOrder(run.Error, "connect(", "SYN seq=0", "SYN, ACK seq=0 ack=1", "send(4)", "seq=1 ack=1", "recv(", "FIN, ACK", "FIN, ACK", "[TIME_WAIT]", legend);
        }
    }

    [Fact]
    public async Task A_server_draws_every_connection_of_its_run()
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", "tcp://127.0.0.1:0", "--trace", "--no-capture", "--quiet");
        string endpoint = (await server.ErrorLineAsync(line => line.Contains("tcp://", StringComparison.Ordinal))).Split(' ')[^1];
        foreach (string message in (string[])["satu", "dua dua"])
            Assert.Equal(message, (await SoketProcess.RunAsync("connect", endpoint, message)).Out);
        Finished run = await server.SignalAsync("INT");
        Assert.Equal(0, run.ExitCode);
        InOrder(run.Error, "Conversation 1: ", "accept(", "recv(", "send(4)", "close()", "Conversation 2: ", "accept(", "send(7)", "close()", "inferred, not captured");
    }

    [Fact]
    public async Task A_refusal_is_drawn_before_it_is_explained()
    {
        Finished run = await SoketProcess.RunAsync("connect", $"tcp://127.0.0.1:{FreePort()}", "halo", "--trace", "--no-capture");
        Assert.Equal(7, run.ExitCode);
        InOrder(run.Error, "SYN seq=0", "RST, ACK", "soket: connect ");
    }

    [Fact]
    public async Task What_nobody_answers_is_drawn_as_such()
    {
        // A listener whose queue is full answers no SYN (listen(2)).
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "how long a queue is differs");
        var waiting = new List<Socket>();
        try
        {
            for (int i = 0; i < 4; i++)
            {
                var one = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                waiting.Add(one);
                try
                {
                    one.Connect(listener.LocalEndPoint!);
                }
                catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
                {
                    // Under way, and it may stay so.
                }
            }

            foreach (string[] more in (string[][])[["--no-capture"], .. MayCapture() ? [Array.Empty<string>()] : Array.Empty<string[]>()])
            {
                Finished run = await SoketProcess.RunAsync(["connect", $"tcp://{listener.LocalEndPoint}", "halo", "--timeout", "1500ms", "--trace", .. more]);
                Assert.Equal(28, run.ExitCode);
                InOrder(run.Error, "SYN seq=0", "SYN seq=0", "soket: connect ");
                Assert.Single(run.Error.Split('\n'), line => line.TrimStart().StartsWith("client", StringComparison.Ordinal)); // the others that wait are not this run's
            }
        }
        finally
        {
            waiting.ForEach(one => one.Dispose());
        }
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("tls://127.0.0.1:0")]
    [InlineData("udp://127.0.0.1:0")]
    public async Task Both_ends_write_a_file_that_others_read(string endpoint)
    {
        string tshark = Peers.Require("tshark");
        string here = Path.Combine(_folder, "here.pcapng"), there = Path.Combine(_folder, "there.pcapng");
        bool tls = endpoint.StartsWith("tls", StringComparison.Ordinal);
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("process", endpoint, "--write", there, "--no-capture");
        await using (server)
        {
            Finished run = await SoketProcess.RunAsync(["connect", endpoints[0], "ipin", "--write", here, "--no-capture", .. tls ? ["-k"] : Array.Empty<string>()]);
            Assert.Equal((0, ""), (run.ExitCode, run.Error.Contains("write", StringComparison.Ordinal) ? run.Error : ""));
            await server.SignalAsync("TERM");
        }

        foreach (string file in (string[])[here, there])
        {
            Finished read = await SoketProcess.Peer(tshark, "-r", file, "-T", "fields", "-e", "frame.comment", "-e", "_ws.expert.message", "-e", tls || endpoint.StartsWith("tcp", StringComparison.Ordinal) ? "tcp.payload" : "udp.payload").EndAsync();
            string[][] rows = [.. read.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))];
            Assert.NotEmpty(rows);
            Assert.All(rows, row => Assert.StartsWith("inferred: ", row[0], StringComparison.Ordinal));
            Assert.DoesNotContain("alformed", read.Out, StringComparison.Ordinal);
            Assert.DoesNotContain("previous segment", read.Out, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("etransmission", read.Out, StringComparison.Ordinal);
            // What was said stands in the clear, TLS or not.
            Assert.Contains(rows, row => row.Length > 2 && row[2].Contains(Convert.ToHexStringLower("ipin"u8), StringComparison.Ordinal));
            Assert.All(Read(file), packet => Assert.True(packet.Inferred));
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task A_login_of_a_proxy_is_not_in_the_file()
    {
        string file = Path.Combine(_folder, "run.pcapng");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("discard", "tcp://127.0.0.1:0");
        await using (server)
        {
            await SoketProcess.RunAsync("connect", "example.test:1", "halo", "--proxy", $"http://ani:rahasia@127.0.0.1:{SoketProcess.PortOf(endpoints[0])}", "--timeout", "1s", "--write", file, "--no-capture");
        }

        Assert.Contains(Read(file), packet => packet.Comment!.Contains("a login may be among what is not shown", StringComparison.Ordinal) && packet.OriginalLength > packet.Bytes.Length);
        Assert.DoesNotContain("CONNECT", Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_relay_writes_both_of_its_connections()
    {
        string file = Path.Combine(_folder, "relay.pcapng");
        (SoketProcess target, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (target)
        {
            await using SoketProcess relay = SoketProcess.Soket("relay", "tcp://127.0.0.1:0", endpoints[0], "--write", file, "--trace", "--no-capture", "--json");
            string ready = await relay.OutLineAsync(line => line.Contains("\"ready\"", StringComparison.Ordinal));
            string endpoint = ready[ready.IndexOf("tcp://", StringComparison.Ordinal)..].Split('"')[0];
            Assert.Equal("halo", (await SoketProcess.RunAsync("connect", endpoint, "halo")).Out);
            Finished run = await relay.SignalAsync("TERM");
            Assert.Equal(0, run.ExitCode);
            // With --json the diagrams are records, of both of its connections.
            Assert.Equal(2, run.Out.Split('\n').Count(line => line.Contains("\"type\":\"diagram\"", StringComparison.Ordinal)));
            Assert.DoesNotContain("SYN seq=0", run.Error, StringComparison.Ordinal);
            HashSet<int> ports = [.. Read(file).Select(packet => (int)Packet.Decode(packet).Tcp!.Value.DestinationPort)];
            Assert.Contains(SoketProcess.PortOf(endpoint), ports);
            Assert.Contains(SoketProcess.PortOf(endpoints[0]), ports);
        }
    }

    [Fact]
    public async Task Listen_draws_who_came()
    {
        await using SoketProcess listener = SoketProcess.Soket("listen", "tcp://127.0.0.1:0", "--trace", "--no-capture");
        string endpoint = (await listener.ErrorLineAsync(line => line.Contains("tcp://", StringComparison.Ordinal))).Split(' ').First(word => word.StartsWith("tcp://", StringComparison.Ordinal)).TrimEnd('.');
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPEndPoint.Parse(endpoint["tcp://".Length..]), TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync("halo\n"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        Finished run = await listener.FinishAsync();
        Assert.Equal((0, "halo\n"), (run.ExitCode, run.Out));
        InOrder(run.Error, "accept(", "recv(", "FIN, ACK");
    }

    [Fact]
    public async Task A_Unix_socket_has_calls_to_draw_and_no_packets_to_write()
    {
        string path = Path.Combine(_folder, "s"), file = Path.Combine(_folder, "run.pcapng");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "unix:" + path);
        await using (server)
        {
            Finished drawn = await SoketProcess.RunAsync("connect", endpoints[0], "halo", "--trace");
            Assert.Equal(0, drawn.ExitCode);
            InOrder(drawn.Error, "Unix sockets have no packets", "connect(", "send(4)");
            Finished written = await SoketProcess.RunAsync("connect", endpoints[0], "halo", "--write", file);
            Assert.Equal(2, written.ExitCode);
            Assert.Contains("has no packets", written.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(file));
        }
    }

    [Fact]
    public async Task What_was_kept_is_overwritten_only_with_force()
    {
        string file = Path.Combine(_folder, "run.pcapng");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            string[] run = ["connect", endpoints[0], "halo", "--write", file, "--no-capture"];
            Assert.Equal(0, (await SoketProcess.RunAsync(run)).ExitCode);
            byte[] kept = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            Finished refused = await SoketProcess.RunAsync(run);
            Assert.Equal((2, ""), (refused.ExitCode, refused.Out));
            Assert.Contains($"--write: {file} is there already. To overwrite it add --force.", refused.Error, StringComparison.Ordinal);
            Assert.Equal(kept, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
            Assert.Equal(0, (await SoketProcess.RunAsync([.. run, "--force"])).ExitCode);
            Assert.NotEmpty(Read(file));
        }
    }

    [Theory]
    [InlineData("--write run.pcap", "Name it run.pcapng")]
    [InlineData("--write no/such/run.pcapng", "--write: cannot write")]
    [InlineData("--no-capture", "goes with --trace or --write")]
    public async Task What_makes_no_sense_is_a_mistake(string flags, string part)
    {
        Finished run = await SoketProcess.RunAsync(null, ["connect", "tcp://127.0.0.1:1", "halo", .. flags.Split(' ')], folder: _folder);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Where_it_is_permitted_the_packets_are_captured(string address)
    {
        Assert.SkipUnless(MayCapture(), "this process may not capture packets (CAP_NET_RAW)");
        string host = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address, file = Path.Combine(_folder, "run.pcapng"), served = Path.Combine(_folder, "served.pcapng");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", $"tcp://{host}:0", "--write", served);
        await using (server)
        {
            Finished run = await SoketProcess.RunAsync("connect", endpoints[0], "halo", "--trace", "--write", file);
            Assert.Equal((0, "halo"), (run.ExitCode, run.Out));
            Assert.DoesNotContain("inferred", run.Error, StringComparison.Ordinal);
            InOrder(run.Error, "connect(", "SYN seq=0 ", "SYN, ACK seq=0 ack=1", "send(4)", "recv(", "FIN, ACK", "FIN, ACK");
            await server.SignalAsync("TERM");
        }

        int port = SoketProcess.PortOf(endpoints[0]);
        foreach (string path in (string[])[file, served])
        {
            List<CapturedPacket> packets = Read(path);
            Assert.All(packets, packet => Assert.False(packet.Inferred));
            List<Packet> decoded = [.. packets.Select(packet => Packet.Decode(packet))];
            Assert.All(decoded, packet => Assert.True(packet.Tcp!.Value.SourcePort == port || packet.Tcp.Value.DestinationPort == port));
            // Each packet once, although the loopback shows each twice, and from the first to the last.
            Assert.Single(decoded, packet => packet.Tcp!.Value.Flags == TcpFlags.Syn || packet.Tcp.Value.Flags == (TcpFlags.Syn | TcpFlags.Ece | TcpFlags.Cwr));
            Assert.Equal(2, decoded.Count(packet => packet.PayloadLength == 4));
            Assert.Equal(2, decoded.Count(packet => packet.Tcp!.Value.Flags.HasFlag(TcpFlags.Fin)));
        }
    }

    [Fact]
    public async Task A_capture_holds_this_runs_packets_and_no_others()
    {
        Assert.SkipUnless(MayCapture(), "this process may not capture packets (CAP_NET_RAW)");
        string file = Path.Combine(_folder, "run.pcapng");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            // Another client of the same server, before, while and after.
            using var other = new TcpClient();
            await other.ConnectAsync(IPAddress.Loopback, SoketProcess.PortOf(endpoints[0]), TestContext.Current.CancellationToken);
            await using SoketProcess run = SoketProcess.Soket("connect", endpoints[0], "--write", file);
            await run.WriteAsync("halo\n");
            await run.OutLineAsync(line => line == "halo");
            await other.GetStream().WriteAsync("other"u8.ToArray(), TestContext.Current.CancellationToken);
            Assert.Equal(0, (await run.FinishAsync()).ExitCode);
            int port = ((IPEndPoint)other.Client.LocalEndPoint!).Port;
            List<Packet> packets = [.. Read(file).Select(packet => Packet.Decode(packet))];
            Assert.NotEmpty(packets);
            Assert.All(packets, packet => Assert.True(packet.Tcp!.Value.SourcePort != port && packet.Tcp.Value.DestinationPort != port));
        }
    }

    [Fact]
    public async Task A_refusal_is_captured_although_its_port_is_told_by_nobody()
    {
        Assert.SkipUnless(MayCapture(), "this process may not capture packets (CAP_NET_RAW)");
        Finished run = await SoketProcess.RunAsync("connect", $"tcp://127.0.0.1:{FreePort()}", "halo", "--trace");
        Assert.Equal(7, run.ExitCode);
        InOrder(run.Error, "SYN seq=0 ", "RST, ACK");
        Assert.DoesNotContain("inferred", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_datagram_shows_its_ICMP_message()
    {
        int port = FreePort(SocketType.Dgram);
        foreach (string[] more in (string[][])[["--no-capture"], .. MayCapture() ? [Array.Empty<string>()] : Array.Empty<string[]>()])
        {
            Finished run = await SoketProcess.RunAsync(["connect", $"udp://127.0.0.1:{port}", "halo", "--trace", .. more]);
            Assert.Equal(7, run.ExitCode);
            InOrder(run.Error, "4 B \"halo\"", "port unreachable");
        }
    }

    [Fact]
    public async Task Without_the_privilege_it_says_so_and_goes_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Soket captures on Linux only");
        string[] soket = ["dotnet", Path.Combine(AppContext.BaseDirectory, "Soket.Cli.dll"), "connect"];
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished run = await SoketProcess.Peer(Peers.Require("setpriv"), [.. MayCapture() ? ["--bounding-set=-net_raw"] : Array.Empty<string>(), .. soket, endpoints[0], "halo", "--trace"]).FinishAsync();
            Assert.Equal((0, "halo"), (run.ExitCode, run.Out));
            InOrder(run.Error, "concluded from the calls, not captured", "soket explain capture-not-permitted", "SYN seq=0");
            Finished json = await SoketProcess.Peer(Peers.Require("setpriv"), [.. MayCapture() ? ["--bounding-set=-net_raw"] : Array.Empty<string>(), .. soket, endpoints[0], "halo", "--trace", "--json"]).FinishAsync();
            Assert.Contains("\"type\":\"notice\",\"notice\":\"capture-not-permitted\"", json.Out, StringComparison.Ordinal);
        }
    }

    private static List<CapturedPacket> Read(string file)
    {
        using FileStream stream = File.OpenRead(file);
        using var reader = CaptureReader.Open(stream);
        var packets = new List<CapturedPacket>();
        while (reader.TryRead(out CapturedPacket packet))
            packets.Add(packet with { Bytes = packet.Bytes.ToArray() });
        return packets;
    }

    private static void InOrder(string text, params string[] parts)
    {
        int at = 0;
        foreach (string part in parts)
        {
            int found = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{part}' is missing, or not behind those before, in:\n{text}");
            at = found + part.Length;
        }
    }

    private static int FreePort(SocketType type = SocketType.Stream)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static bool MayCapture() => OperatingSystem.IsLinux()
        && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("CapEff:", StringComparison.Ordinal)) is { } line
        && (ulong.Parse(line.Split('\t')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << 13)) != 0; // CAP_NET_RAW
}
