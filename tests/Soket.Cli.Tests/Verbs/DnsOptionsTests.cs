using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Soket.Cli.Tests.Interop;
using Soket.Tests.Events;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>What EDNS carries, classes and signatures, against knot, which signs its zone and knows them all.</summary>
public sealed class DnsOptionsTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private SoketProcess? _knot;
    private string _at = "";

    public async ValueTask InitializeAsync()
    {
        string knotd = Peers.Require("knotd");
        int port = Ports.Free();
        _at = $"@127.0.0.1:{port}";
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "zone"), "$ORIGIN example.test.\n$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 127.0.0.1\na A 192.0.2.1\n");
        string conf = Path.Combine(_folder.Path, "knot.conf");
        await File.WriteAllTextAsync(conf, string.Create(CultureInfo.InvariantCulture, $"""
            server:
              rundir: "{_folder.Path}"
              listen: 127.0.0.1@{port}
              identity: "lab"
              version: "soket-test"
              nsid: "lab"
              udp-workers: 1
              tcp-workers: 1
              background-workers: 1
            database:
              storage: "{_folder.Path}"
            mod-cookies:
              - id: always
                badcookie-slip: 1
            zone:
              - domain: example.test
                storage: "{_folder.Path}"
                file: zone
                zonefile-sync: -1
                dnssec-signing: on
              - domain: cookies.test
                storage: "{_folder.Path}"
                file: zone2
                module: mod-cookies/always

            """));
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "zone2"), "$ORIGIN cookies.test.\n$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 127.0.0.1\na A 192.0.2.2\n");
        _knot = SoketProcess.Peer(knotd, "-c", conf);
        await Peers.AnswersAsync(port);
    }

    public async ValueTask DisposeAsync()
    {
        if (_knot is not null)
            await _knot.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_server_says_its_own_name_when_asked_for_it()
    {
        Finished told = await SoketProcess.RunAsync("dns", "a.example.test", _at, "--nsid");
        Assert.True(told.ExitCode == 0, told.Error + _knot!.Said);
        Assert.Contains("The server names itself lab", told.Error, StringComparison.Ordinal);
        Finished silent = await SoketProcess.RunAsync("dns", "a.example.test", _at);
        Assert.DoesNotContain("names itself", silent.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_of_its_own_asks_the_server_about_itself()
    {
        Finished told = await SoketProcess.RunAsync("dns", "version.server", "TXT", _at, "--class", "CH", "--short");
        Assert.Equal((0, "\"soket-test\"\n"), (told.ExitCode, told.Out));
    }

    [Fact]
    public async Task Signatures_come_when_they_are_asked_for()
    {
        Finished signed = await SoketProcess.RunAsync("dns", "a.example.test", _at, "--dnssec");
        Assert.Equal(0, signed.ExitCode);
        Assert.Matches(@"a\.example\.test\. +60 IN A +192\.0\.2\.1\n", signed.Out);
        Assert.Matches(@"a\.example\.test\. +60 IN RRSIG +A 13 3 60 ", signed.Out);
        Finished plain = await SoketProcess.RunAsync("dns", "a.example.test", _at);
        Assert.DoesNotContain("RRSIG", plain.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_insists_on_its_cookie_gets_it_back()
    {
        Finished ended = await SoketProcess.RunAsync("dns", "a.cookies.test", _at, "--cookie");
        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Contains("192.0.2.2", ended.Out, StringComparison.Ordinal);
        Assert.Matches("server's own half, [0-9a-f]{32}", ended.Error);
        Assert.Contains("2 queries were sent", ended.Error, StringComparison.Ordinal);
        Finished json = await SoketProcess.RunAsync("dns", "a.cookies.test", _at, "--cookie", "--json");
        using JsonDocument record = JsonDocument.Parse(json.Out);
        Assert.Null(SchemaCheck.Load().Problem(record.RootElement));
        Assert.Equal(48, record.RootElement.GetProperty("cookie").GetString()!.Length);
        Assert.Contains("knows no cookies", (await SoketProcess.RunAsync("dns", "a.example.test", _at, "--cookie")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_goes_along_and_its_scope_comes_back()
    {
        // A server that answers for the whole of the network it was told: what was sent, and a scope.
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        Task<Finished> running = SoketProcess.RunAsync("dns", "a.example.test", $"@127.0.0.1:{((IPEndPoint)server.Client.LocalEndPoint!).Port}", "--subnet", "192.0.2.0/24", "--json");
        UdpReceiveResult query = await server.ReceiveAsync(TestContext.Current.CancellationToken);
        byte[] asked = [0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2];
        Assert.Equal(asked, query.Buffer[^asked.Length..]);
        byte[] reply = [.. query.Buffer];
        reply[2] |= 0x80;
        reply[^4] = 20;
        await server.SendAsync(reply, query.RemoteEndPoint, TestContext.Current.CancellationToken);
        Finished ended = await running;
        using JsonDocument record = JsonDocument.Parse(ended.Out);
        Assert.Equal((119, "192.0.2.0/24/20"), (ended.ExitCode, record.RootElement.GetProperty("client_subnet").GetString()));
    }

    [Fact]
    public async Task A_reply_with_another_cookie_is_dropped()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        Task<Finished> running = SoketProcess.RunAsync("dns", "a.example.test", $"@127.0.0.1:{((IPEndPoint)server.Client.LocalEndPoint!).Port}", "--cookie", "--tries", "1", "--timeout", "3s");
        UdpReceiveResult query = await server.ReceiveAsync(TestContext.Current.CancellationToken);
        byte[] reply = [.. query.Buffer];
        reply[2] |= 0x80;
        reply[^1] ^= 1;
        await server.SendAsync(reply, query.RemoteEndPoint, TestContext.Current.CancellationToken);
        Finished ended = await running;
        Assert.Equal(8, ended.ExitCode);
        Assert.Contains("DNS_WRONG_COOKIE", ended.Error, StringComparison.Ordinal);
        Assert.Contains("another cookie", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--no-edns", "--cookie")]
    [InlineData("--no-edns", "--nsid")]
    [InlineData("--no-edns", "--dnssec")]
    public async Task What_EDNS_carries_needs_EDNS(string one, string other)
    {
        Finished wrong = await SoketProcess.RunAsync("dns", "a.example.test", _at, one, other);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains($"{one} and {other}", wrong.Error, StringComparison.Ordinal);
    }
}
