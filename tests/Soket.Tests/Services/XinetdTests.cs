using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Protocols.Framing;
using Soket.Services;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Services;

/// <summary>The same questions to xinetd's built-in services and to ours: a user must not be able to tell them apart where the RFCs say what to do.</summary>
public sealed class XinetdTests(XinetdTests.Daemon daemon) : IClassFixture<XinetdTests.Daemon>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Echo_over_tcp_gives_the_same_bytes()
    {
        byte[] sent = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7))];
        await foreach (TcpClient client in BothAsync("echo"))
        {
            Task sending = client.GetStream().WriteAsync(sent, Token).AsTask();
            Assert.Equal(sent, await ReadAsync(client.GetStream(), sent.Length));
            await sending;
        }
    }

    [Fact]
    public async Task Echo_over_udp_gives_the_same_datagram()
    {
        foreach (byte[] sent in (byte[][])[[1], [0, 255, 10, 13], new byte[1000]])
        {
            await foreach (UdpClient client in BothDatagramsAsync("echo"))
                Assert.Equal(sent, await AskAsync(client, sent));
        }
    }

    [Fact]
    public async Task Discard_says_nothing_and_stays_open()
    {
        await foreach (TcpClient client in BothAsync("discard"))
        {
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(new byte[10_000], Token);
            await stream.WriteAsync("still there?"u8.ToArray(), Token);
            client.Client.Shutdown(SocketShutdown.Send);
            Assert.Empty(await ReadAsync(stream, int.MaxValue)); // no byte until the end, which comes after ours
        }
    }

    [Fact]
    public async Task Chargen_over_tcp_shows_the_same_pattern()
    {
        // xinetd leaves the blank and the tilde out of its ring and starts it anew now and then; the lines that meet neither end of the ring are
        // the same, and each starts one further than the line before.
        var both = new List<string[]>();
        await foreach (TcpClient client in BothAsync("chargen"))
            both.Add(Encoding.ASCII.GetString(await ReadAsync(client.GetStream(), 74 * 200)).Split("\r\n")[..200]);
        Assert.All(both.SelectMany(lines => lines), line => Assert.Equal(72, line.Length));
        string[][] shared = [.. both.Select(lines => lines.Where(line => line[0] is >= '!' and <= '6' && line[^1] == line[0] + 71).Distinct().Order(StringComparer.Ordinal).ToArray())];
        Assert.Equal(22, shared[1].Length);
        Assert.Equal(shared[0], shared[1]);
        int steps = both[0].Zip(both[0].Skip(1)).Count(pair => pair.First[1..] == pair.Second[..71]);
        Assert.InRange(steps, 190, 199);
        Assert.Equal(199, both[1].Zip(both[1].Skip(1)).Count(pair => pair.First[1..] == pair.Second[..71]));
    }

    [Fact]
    public async Task Chargen_over_udp_gives_some_of_the_pattern()
    {
        await foreach (UdpClient client in BothDatagramsAsync("chargen"))
        {
            byte[] characters = await AskAsync(client, [1]);
            Assert.InRange(characters.Length, 0, 1024); // the RFC says 512, which is tested of ours; xinetd gives 1,024
            Assert.All(characters, b => Assert.True(b is (>= 32 and < 127) or 13 or 10));
        }
    }

    [Fact]
    public async Task Time_is_the_same_within_two_seconds()
    {
        var told = new List<uint>();
        await foreach (TcpClient client in BothAsync("time"))
            told.Add(BinaryPrimitives.ReadUInt32BigEndian(await ReadAsync(client.GetStream(), int.MaxValue)));
        await foreach (UdpClient client in BothDatagramsAsync("time"))
            told.Add(BinaryPrimitives.ReadUInt32BigEndian(await AskAsync(client, [])));
        Assert.Equal(4, told.Count);
        Assert.InRange(told.Max() - told.Min(), 0u, 2u);
    }

    [Fact]
    public async Task Daytime_is_one_line_with_the_same_time_in_it()
    {
        var told = new List<string>();
        await foreach (TcpClient client in BothAsync("daytime"))
            told.Add(Encoding.ASCII.GetString(await ReadAsync(client.GetStream(), int.MaxValue)));
        await foreach (UdpClient client in BothDatagramsAsync("daytime"))
            told.Add(Encoding.ASCII.GetString(await AskAsync(client, "ignored"u8.ToArray())));
        Assert.Equal(4, told.Count);
        Assert.All(told, line => Assert.EndsWith("\r\n", line, StringComparison.Ordinal));

        // RFC 867 has no one form: xinetd says "21 NOV 2026 03:00:00 UTC", we say "Saturday, November 21, 2026 03:00:00-UTC".
        DateTime[] times = [.. told.Select(line => Parse(line.TrimEnd()))];
        Assert.InRange(times.Max() - times.Min(), TimeSpan.Zero, Guard.Limit);

        static DateTime Parse(string line)
        {
            int seconds = line.IndexOf(':', StringComparison.Ordinal) + 6;
            return DateTime.ParseExact(line[..seconds], ["d MMM yyyy HH:mm:ss", "dddd, MMMM d, yyyy HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None);
        }
    }

    private async IAsyncEnumerable<TcpClient> BothAsync(string service)
    {
        using (var theirs = new TcpClient())
        {
            await theirs.ConnectAsync(IPAddress.Loopback, daemon.Port(service), Token);
            yield return theirs;
        }

        await using IConnectionListener listener = await new ManagedTransport().BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Token);
        SocketService made = ServiceCatalog.Find(service)!.Create(new());
        using var ours = new TcpClient();
        await ours.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.EndPoint).Port, Token);
        await using ConnectionContext connection = (await listener.AcceptAsync(Token))!;
        Task serving = (made.Stream ?? new MessageStreamHandler(made.Messages!, new ChunkFraming())).OnConnectedAsync(connection);
        yield return ours;
        ours.Dispose(); // what was not read of chargen makes this a reset
        await serving.WaitAsync(TimeSpan.FromSeconds(20), Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async IAsyncEnumerable<UdpClient> BothDatagramsAsync(string service)
    {
        using (var theirs = new UdpClient())
        {
            theirs.Connect(IPAddress.Loopback, daemon.Port(service));
            yield return theirs;
        }

        await using var served = new ServedDatagrams(ServiceCatalog.Find(service)!.Create(new()).Messages!);
        using var ours = new UdpClient();
        ours.Connect((IPEndPoint)served.Address);
        yield return ours;
    }

    private static async Task<byte[]> AskAsync(UdpClient client, byte[] datagram)
    {
        await client.SendAsync(datagram, Token);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        return (await client.ReceiveAsync(limit.Token)).Buffer;
    }

    // At most so many bytes, or all there are.
    private static async Task<byte[]> ReadAsync(NetworkStream stream, int count)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        var all = new List<byte>();
        var room = new byte[65_536];
        int read = 1;
        while (all.Count < count && read > 0)
        {
            read = await stream.ReadAsync(room.AsMemory(0, Math.Min(room.Length, count - all.Count)), limit.Token);
            all.AddRange(room.AsSpan(0, read));
        }

        return [.. all];
    }

    /// <summary>xinetd with its built-in services on free ports of the loopback, TCP and UDP on the same number.</summary>
    public sealed class Daemon : IAsyncLifetime
    {
        private const string Program = "/usr/sbin/xinetd";
        private static readonly string[] Services = ["echo", "discard", "chargen", "daytime", "time"];
        private readonly Dictionary<string, int> _ports = [];
        private readonly string _folder = Directory.CreateTempSubdirectory("soket-xinetd-").FullName;
        private readonly StringBuilder _said = new();
        private Process? _process;

        public int Port(string service)
        {
            if (_process is null)
            {
                string reason = $"xinetd is not installed at {Program}.";
                if (Environment.GetEnvironmentVariable("CI") == "true")
                    Assert.Fail(reason);
                Assert.Skip(reason);
            }

            return _ports[service];
        }

        public async ValueTask InitializeAsync()
        {
            if (!File.Exists(Program))
                return;

            // Another process may take a port between our letting go of it and xinetd's binding it: then once more with others.
            for (int attempt = 1; ; attempt++)
            {
                await StartAsync();
                if (await AcceptsAsync())
                    return;
                await StopAsync();
                if (attempt == 3)
                    throw new InvalidOperationException($"xinetd does not accept connections. It said:\n{_said}");
            }
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            Directory.Delete(_folder, recursive: true);
        }

        private async Task StartAsync()
        {
            var configuration = new StringBuilder("defaults\n{\n    instances = 50\n    cps = 1000 1\n}\n");
            foreach (string service in Services)
            {
                int port = _ports[service] = FreePort();
                foreach ((string type, string protocol, string wait) in ((string, string, string)[])[("stream", "tcp", "no"), ("dgram", "udp", "yes")])
                {
                    configuration.Append(CultureInfo.InvariantCulture, $$"""
                        service {{service}}
                        {
                            id = {{service}}-{{protocol}}
                            type = INTERNAL UNLISTED
                            socket_type = {{type}}
                            protocol = {{protocol}}
                            wait = {{wait}}
                            user = {{Environment.UserName}}
                            bind = 127.0.0.1
                            port = {{port}}
                            disable = no
                        }

                        """);
                }
            }

            string file = Path.Combine(_folder, "xinetd.conf");
            await File.WriteAllTextAsync(file, configuration.ToString());
            // Not -d: it logs to /dev/tty, which a test has not.
            var start = new ProcessStartInfo(Program, ["-dontfork", "-f", file, "-pidfile", Path.Combine(_folder, "pid"), "-filelog", Path.Combine(_folder, "log")])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            };
            _process = Process.Start(start)!;
            _process.OutputDataReceived += Said;
            _process.ErrorDataReceived += Said;
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        // The kernel tells when the port listens: a connection is refused until then, and each try costs a round trip.
        private async Task<bool> AcceptsAsync()
        {
            long started = Stopwatch.GetTimestamp();
            foreach (int port in _ports.Values)
            {
                while (true)
                {
                    try
                    {
                        using var probe = new TcpClient();
                        await probe.ConnectAsync(IPAddress.Loopback, port);
                        break;
                    }
                    catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
                    {
                        if (_process!.HasExited || Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(20))
                            return false;
                        await Task.Yield();
                    }
                }
            }

            return true;
        }

        private async Task StopAsync()
        {
            if (_process is null)
                return;
            if (!_process.HasExited)
                _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }

        private void Said(object sender, DataReceivedEventArgs e)
        {
            lock (_said)
                _said.AppendLine(e.Data);
        }

        private static int FreePort()
        {
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(tcp.LocalEndPoint!);
            return ((IPEndPoint)tcp.LocalEndPoint!).Port;
        }
    }
}
