using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket probe</c> as a process, against servers of others.</summary>
public sealed class ProbeTests
{
    [Fact]
    public async Task Each_endpoint_has_its_result_and_the_first_failure_is_the_exit_code()
    {
        string nc = Peers.Require("nc.openbsd");
        int port = Ports.Free();
        await using SoketProcess server = SoketProcess.Peer(nc, "-l", "-k", "-v", "127.0.0.1", Number(port));
        await server.ErrorLineAsync(line => line.StartsWith("Listening", StringComparison.Ordinal));
        int closed = Ports.Free();

        Finished both = await SoketProcess.RunAsync("probe", $"127.0.0.1:{port}", $"127.0.0.1:{closed}");
        string[] lines = both.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(7, both.ExitCode);
        Assert.Contains("open       0 ", lines[0], StringComparison.Ordinal);
        Assert.Contains("refused    ECONNREFUSED 111", lines[1], StringComparison.Ordinal);
        Assert.Contains("1 open, 1 refused", both.Error, StringComparison.Ordinal);

        Finished any = await SoketProcess.RunAsync("probe", $"127.0.0.1:{closed}", $"127.0.0.1:{port}", "--any", "--quiet");
        Assert.Equal((0, "", ""), (any.ExitCode, any.Out, any.Error));
    }

    [Fact]
    public async Task A_WebSocket_is_probed_by_its_handshake_beside_the_others()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "ws://127.0.0.1:0/chat", "wss://127.0.0.1:0/chat", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished all = await SoketProcess.RunAsync(["probe", .. endpoints, "-k"]);
            Assert.Equal(0, all.ExitCode);
            Assert.Contains("3 open", all.Error, StringComparison.Ordinal);

            Finished other = await SoketProcess.RunAsync("probe", endpoints[0].Replace("/chat", "/other", StringComparison.Ordinal), "-v");
            Assert.Equal(22, other.ExitCode);
            Assert.Contains("WEBSOCKET_REFUSED", other.Out, StringComparison.Ordinal);

            Finished none = await SoketProcess.RunAsync("probe", "ws" + endpoints[2]["tcp".Length..] + "/", endpoints[2]);
            Assert.Equal(8, none.ExitCode);
            Assert.Contains("WEBSOCKET_NOT_HTTP", none.Out, StringComparison.Ordinal);
            Assert.Contains("1 open", none.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Calls_are_records_too_where_they_are_asked_for()
    {
        Finished run = await SoketProcess.RunAsync("probe", $"127.0.0.1:{Ports.Free()}", "--json", "-vv");
        Assert.Contains("\"call\":\"connect\"", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--cafile", "/nonexistent")]
    [InlineData("--pin", "12")]
    public async Task A_wrong_certificate_or_fingerprint_is_told_before_anything_connects(string flag, string value)
    {
        Finished run = await SoketProcess.RunAsync("probe", "tls://127.0.0.1:1", flag, value);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("soket: " + flag, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_lists_what_is_open_and_counts_the_rest()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        Finished range = await SoketProcess.RunAsync("probe", $"127.0.0.1:1-25,{port}", "--lang", "id");

        Assert.Contains($"tcp://127.0.0.1:{port}", range.Out, StringComparison.Ordinal);
        Assert.Contains("terbuka", range.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("ditolak", range.Out, StringComparison.Ordinal);
        Assert.Contains("Diperiksa 26 dari 26", range.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Udp_is_told_honestly()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "udp://127.0.0.1:0");
        await using (server)
        {
            int closed = Ports.Free(SocketType.Dgram);
            Finished probed = await SoketProcess.RunAsync("probe", endpoints[0], $"udp://{silent.LocalEndPoint}", $"udp://127.0.0.1:{closed}", "--send", "ping", "--timeout", "1s");
            string[] lines = probed.Out.TrimEnd('\n').Split('\n');
            Assert.Contains("answered with 4 bytes", lines[0], StringComparison.Ordinal);
            Assert.Contains("no answer, and no refusal: open or filtered", lines[1], StringComparison.Ordinal);
            Assert.Contains("answered with ICMP", lines[2], StringComparison.Ordinal);
            Assert.Equal(28, probed.ExitCode);
        }
    }

    [Fact]
    public async Task Tls_shows_version_and_the_certificates_end_even_of_one_it_does_not_trust()
    {
        string openssl = Peers.Require("openssl");
        using var certificate = await TestCertificate.CreateAsync();
        int port = Ports.Free();
        await using SoketProcess server = SoketProcess.Peer(openssl, "s_server", "-accept", $"127.0.0.1:{port}", "-cert", certificate.Cert, "-key", certificate.Key);
        await server.OutLineAsync(line => line.StartsWith("ACCEPT", StringComparison.Ordinal));

        Finished trusted = await SoketProcess.RunAsync("probe", $"tls://127.0.0.1:{port}", "--cafile", certificate.Cert, "--json");
        JsonElement record = JsonDocument.Parse(trusted.Out).RootElement;
        Assert.Equal((0, "open"), (trusted.ExitCode, record.GetProperty("state").GetString()));
        Assert.StartsWith("TLSv1.3", record.GetProperty("tls").GetString(), StringComparison.Ordinal);
        Assert.InRange(record.GetProperty("certificate_days").GetInt32(), 1, 2);

        Finished untrusted = await SoketProcess.RunAsync("probe", $"tls://127.0.0.1:{port}", "-v");
        Assert.Equal(60, untrusted.ExitCode);
        Assert.Contains("TLS_UNTRUSTED", untrusted.Out, StringComparison.Ordinal);
        Assert.Contains("1 day)", untrusted.Out, StringComparison.Ordinal);
        Assert.Contains("soket explain tls-untrusted", untrusted.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wait_for_ends_when_the_server_is_up()
    {
        int port = Ports.Free();
        await using SoketProcess waiting = SoketProcess.Soket("probe", $"127.0.0.1:{port}", "--wait-for", "50s", "-vv");
        await waiting.ErrorLineAsync(line => line.Contains("ECONNREFUSED", StringComparison.Ordinal));
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen();
        Finished finished = await waiting.EndAsync();
        Assert.Equal(0, finished.ExitCode);
        Assert.Contains("(try ", finished.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9-3", "ports make no sense")]
    [InlineData("0", "Port 0 is for serving")]
    public async Task Ports_that_make_no_sense_are_a_usage_error(string ports, string said)
    {
        Finished wrong = await SoketProcess.RunAsync("probe", $"127.0.0.1:{ports}");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains(said, wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_of_another_machine_is_bounded_before_anything_is_sent()
    {
        Finished wrong = await SoketProcess.RunAsync("probe", "192.0.2.1:1-1025");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("--limit 1025", wrong.Error, StringComparison.Ordinal);
    }

    private static string Number(int port) => port.ToString(CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("en", "(nobody knows the name|no name server answers about) nosuch.invalid: ")]
    [InlineData("id", "(tidak ada yang mengenal nama|tidak ada server nama yang menjawab tentang) nosuch.invalid: ")]
    public async Task A_name_that_does_not_become_an_address_is_told_in_our_own_words(string language, string words)
    {
        // RFC 6761 6.4: nobody has a name there. Whether somebody says so, or nobody answers, is the network's.
        Finished run = await SoketProcess.RunAsync("probe", "nosuch.invalid:80", "--timeout", "30s", "--lang", language);
        Assert.Equal(6, run.ExitCode);
        Assert.Matches(words, run.Out);
        Assert.DoesNotContain("not known", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Temporary failure", run.Out, StringComparison.Ordinal);
    }
}
