using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>OpenBSD's nc, nmap's ncat and socat on one end, soket on the other.</summary>
public sealed class NetcatTests
{
    [Fact]
    public async Task Nc_gets_its_bytes_back_and_sees_the_end()
    {
        string nc = Peers.Require("nc.openbsd");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            await using SoketProcess client = SoketProcess.Peer(nc, "-N", "127.0.0.1", Port(endpoints[0]));
            Finished finished = await client.FinishAsync("halo dari nc\n"u8.ToArray());
            Assert.Equal((0, "halo dari nc\n"), (finished.ExitCode, finished.Out));
        }
    }

    [Fact]
    public async Task Nc_on_a_unix_socket_gets_its_bytes_back()
    {
        string nc = Peers.Require("nc.openbsd");
        using var folder = new TemporaryFolder();
        (SoketProcess server, IReadOnlyList<string> _) = await SoketProcess.ServeAsync("echo", $"unix:{folder.Path}/e.sock");
        await using (server)
        {
            await using SoketProcess client = SoketProcess.Peer(nc, "-N", "-U", $"{folder.Path}/e.sock");
            Finished finished = await client.FinishAsync("lewat unix"u8.ToArray());
            Assert.Equal((0, "lewat unix"), (finished.ExitCode, finished.Out));
        }
    }

    [Fact]
    public async Task Nc_listens_and_soket_connects_with_a_pipe()
    {
        string nc = Peers.Require("nc.openbsd");
        int port = Ports.Free();
        await using SoketProcess server = SoketProcess.Peer(nc, "-l", "-v", "-N", "127.0.0.1", port.ToString(CultureInfo.InvariantCulture));
        await server.ErrorLineAsync(line => line.StartsWith("Listening", StringComparison.Ordinal));

        await using SoketProcess client = SoketProcess.Soket("connect", $"127.0.0.1:{port}");
        await client.WriteAsync("dari soket\n");
        await server.OutLineAsync(line => line == "dari soket");
        Finished finishedServer = await server.FinishAsync("dari nc\n"u8.ToArray());
        Finished finished = await client.FinishAsync();

        Assert.Equal((0, "dari nc\n"), (finished.ExitCode, finished.Out));
        Assert.Equal("dari soket\n", finishedServer.Out);
    }

    [Fact]
    public async Task Ncat_speaks_tls_with_soket_both_ways()
    {
        string ncat = Peers.Require("ncat");
        using var certificate = await TestCertificate.CreateAsync();
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tls://localhost:0", "--cert", certificate.Cert, "--key", certificate.Key);
        await using (server)
        {
            await using SoketProcess client = SoketProcess.Peer(ncat, "--ssl-verify", "--ssl-trustfile", certificate.Cert, "localhost", Port(endpoints[0]));
            await client.WriteAsync("rahasia\n");
            Assert.Equal("rahasia", await client.OutLineAsync(line => line == "rahasia"));
            Finished finished = await client.FinishAsync();
            Assert.Equal((0, "rahasia\n"), (finished.ExitCode, finished.Out));
        }

        int port = Ports.Free();
        await using SoketProcess listener = SoketProcess.Peer(ncat, "-l", "-v", "--ssl", "--ssl-cert", certificate.Cert, "--ssl-key", certificate.Key, "-c", "cat", "127.0.0.1", port.ToString(CultureInfo.InvariantCulture));
        await listener.ErrorLineAsync(line => line.Contains("Listening on", StringComparison.Ordinal));
        Finished connected = await SoketProcess.RunAsync("connect", $"tls://127.0.0.1:{port}", "balik", "--cafile", certificate.Cert);
        Assert.Equal((0, "balik"), (connected.ExitCode, connected.Out));
    }

    [Fact]
    public async Task Ncat_over_udp_gets_its_datagram_back()
    {
        string ncat = Peers.Require("ncat");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "udp://127.0.0.1:0");
        await using (server)
        {
            await using SoketProcess client = SoketProcess.Peer(ncat, "-u", "127.0.0.1", Port(endpoints[0]));
            await client.WriteAsync("datagram\n");
            Assert.Equal("datagram", await client.OutLineAsync(line => line == "datagram"));
        }
    }

    [Fact]
    public async Task Soket_over_udp_is_answered_by_ncat_with_cat()
    {
        string ncat = Peers.Require("ncat");
        int port = Ports.Free(SocketType.Dgram);
        await using SoketProcess server = SoketProcess.Peer(ncat, "-u", "-l", "-v", "-c", "cat", "127.0.0.1", port.ToString(CultureInfo.InvariantCulture));
        await server.ErrorLineAsync(line => line.Contains("Listening on", StringComparison.Ordinal));

        Finished client = await SoketProcess.RunAsync("connect", $"udp://127.0.0.1:{port}", "halo");

        Assert.Equal((0, "halo"), (client.ExitCode, client.Out));
    }

    [Fact]
    public async Task Socat_half_closes_and_gets_everything_back()
    {
        string socat = Peers.Require("socat");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            byte[] payload = new byte[1_000_000];
            new Random(1).NextBytes(payload);
            await using SoketProcess client = SoketProcess.Peer(socat, "-t", "30", "STDIO", $"TCP:127.0.0.1:{Port(endpoints[0])}");
            Finished finished = await client.FinishAsync(payload);
            Assert.Equal(0, finished.ExitCode);
            Assert.True(payload.AsSpan().SequenceEqual(finished.OutBytes), $"{finished.OutBytes.Length} of {payload.Length} bytes came back, or others");
        }
    }

    [Fact]
    public async Task Soket_half_closes_and_gets_everything_back_from_socat()
    {
        string socat = Peers.Require("socat");
        int port = Ports.Free();
        await using SoketProcess server = SoketProcess.Peer(socat, "-d", "-d", $"TCP-LISTEN:{port},bind=127.0.0.1", "EXEC:cat");
        await server.ErrorLineAsync(line => line.Contains("listening on", StringComparison.Ordinal));
        byte[] payload = new byte[1_000_000];
        new Random(2).NextBytes(payload);

        Finished client = await SoketProcess.RunAsync(payload, ["connect", $"tcp://127.0.0.1:{port}"]);

        Assert.Equal(0, client.ExitCode);
        Assert.True(payload.AsSpan().SequenceEqual(client.OutBytes), $"{client.OutBytes.Length} of {payload.Length} bytes came back, or others");
    }

    [Fact]
    public async Task Socat_exchanges_unix_datagrams_with_soket()
    {
        string socat = Peers.Require("socat");
        using var folder = new TemporaryFolder();
        (SoketProcess server, IReadOnlyList<string> _) = await SoketProcess.ServeAsync("echo", $"unixgram:{folder.Path}/d.sock");
        await using (server)
        {
            await using SoketProcess client = SoketProcess.Peer(socat, "STDIO", $"UNIX-SENDTO:{folder.Path}/d.sock,bind={folder.Path}/c.sock");
            await client.WriteAsync("datagram unix\n");
            Assert.Equal("datagram unix", await client.OutLineAsync(line => line == "datagram unix"));

            Finished ours = await SoketProcess.RunAsync("connect", $"unixgram:{folder.Path}/d.sock", "dari soket");
            Assert.Equal((0, "dari soket"), (ours.ExitCode, ours.Out));
        }
    }

    [Fact]
    public async Task Openssl_s_client_and_s_server_understand_soket()
    {
        string openssl = Peers.Require("openssl");
        using var certificate = await TestCertificate.CreateAsync();
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tls://127.0.0.1:0", "--cert", certificate.Cert, "--key", certificate.Key);
        await using (server)
        {
            await using SoketProcess client = SoketProcess.Peer(openssl, "s_client", "-quiet", "-verify_return_error", "-CAfile", certificate.Cert, "-verify_ip", "127.0.0.1", "-connect", $"127.0.0.1:{Port(endpoints[0])}");
            await client.WriteAsync("lewat openssl\n");
            Assert.Equal("lewat openssl", await client.OutLineAsync(line => line == "lewat openssl"));
        }

        int port = Ports.Free();
        await using SoketProcess sServer = SoketProcess.Peer(openssl, "s_server", "-accept", $"127.0.0.1:{port}", "-cert", certificate.Cert, "-key", certificate.Key, "-rev");
        await sServer.OutLineAsync(line => line.StartsWith("ACCEPT", StringComparison.Ordinal));
        Finished connected = await SoketProcess.RunAsync("connect", $"tls://127.0.0.1:{port}", "abc", "--framing", "line", "--cafile", certificate.Cert, "--wait", "1s");
        Assert.Equal((0, "cba\n"), (connected.ExitCode, connected.Out));
    }

    private static string Port(string endpoint) => SoketProcess.PortOf(endpoint).ToString(CultureInfo.InvariantCulture);
}

/// <summary>A folder that goes with its test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("soket-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>A self-signed certificate for localhost, made by openssl.</summary>
internal sealed class TestCertificate : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Cert => System.IO.Path.Combine(_folder.Path, "cert.pem");

    public string Key => System.IO.Path.Combine(_folder.Path, "key.pem");

    public static async Task<TestCertificate> CreateAsync(string names = "DNS:localhost,IP:127.0.0.1", params string[] more)
    {
        var certificate = new TestCertificate();
        await using SoketProcess openssl = SoketProcess.Peer(
            Peers.Require("openssl"),
            ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", certificate.Key, "-out", certificate.Cert, "-subj", "/CN=Soket test", "-addext", $"subjectAltName={names}", "-days", "2", .. more]);
        Finished finished = await openssl.FinishAsync();
        Assert.True(finished.ExitCode == 0, Encoding.UTF8.GetString(finished.OutBytes) + finished.Error);
        return certificate;
    }

    public void Dispose() => _folder.Dispose();
}
