using System.Text.Json;
using Soket.Cli.Tests.Verbs;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary><c>soket fetch --dns</c>: names from Soket's own DNS, with nsd and nginx on one machine.</summary>
public sealed class FetchDnsTests : IAsyncLifetime
{
    private const string Zone = """
        $ORIGIN example.test.
        $TTL 60
        @ SOA ns1 hostmaster 1 7200 3600 1209600 300
        @ NS ns1
        ns1 A 127.0.0.1
        www CNAME web
        web A 127.0.0.1
        both A 127.0.0.1
        both AAAA ::1
        text TXT "no address"

        """;

    private readonly MadeCertificates _certificates = new();
    private NginxServer? _nginx;
    private NameServer? _names;
    private string _at = "";

    public async ValueTask InitializeAsync()
    {
        _nginx = await NginxServer.StartAsync(_certificates.Make("localhost", ["localhost"]));
        int port = Ports.Free();
        _names = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        _at = $"@127.0.0.1:{port}";
    }

    public async ValueTask DisposeAsync()
    {
        if (_nginx is not null)
            await _nginx.DisposeAsync();
        if (_names is not null)
            await _names.DisposeAsync();
        _certificates.Dispose();
    }

    private string Url(string host) => $"http://{host}.example.test:{_nginx!.Port}/";

    [Fact]
    public async Task The_page_comes_from_the_address_that_the_server_said()
    {
        Finished ended = await SoketProcess.RunAsync("fetch", Url("www"), "--dns", _at);
        Assert.Equal((0, "<p>halo ✓</p>\n"), (ended.ExitCode, ended.Out));
        Assert.Matches($@"\n  name .* www\.example\.test = 127\.0\.0\.1 \(from udp://{_at[1..]}\)\n", ended.Error);
    }

    [Fact]
    public async Task Both_families_are_asked_for_and_the_record_tells_the_questions()
    {
        Finished ended = await SoketProcess.RunAsync("fetch", Url("both"), "--dns", _at, "--json");
        Assert.True(ended.ExitCode == 0, ended.Error);
        using JsonDocument record = JsonDocument.Parse(ended.Out);
        JsonElement exchange = record.RootElement.GetProperty("exchanges")[0];
        Assert.Equal([$"[::1]:{_nginx!.Port}", $"127.0.0.1:{_nginx.Port}"], exchange.GetProperty("addresses").EnumerateArray().Select(address => address.GetString()));
        Assert.Equal(["AAAA", "A"], exchange.GetProperty("lookups").EnumerateArray().Select(lookup => lookup.GetProperty("query_type").GetString()));
        Assert.Equal("127.0.0.1", exchange.GetProperty("lookups")[1].GetProperty("answers")[0].GetProperty("data").GetString());
        Finished one = await SoketProcess.RunAsync("fetch", Url("both"), "--dns", _at, "-4", "--json");
        using JsonDocument only = JsonDocument.Parse(one.Out);
        Assert.Equal(["A"], only.RootElement.GetProperty("exchanges")[0].GetProperty("lookups").EnumerateArray().Select(lookup => lookup.GetProperty("query_type").GetString()));
    }

    [Theory]
    [InlineData("nope", 6, "dns-name-not-found")]
    [InlineData("text", 119, "dns-no-data")]
    public async Task What_the_server_says_against_a_name_is_the_step_that_failed(string host, int exitCode, string code)
    {
        Finished ended = await SoketProcess.RunAsync("fetch", Url(host), "--dns", _at);
        Assert.Equal((exitCode, ""), (ended.ExitCode, ended.Out));
        Assert.Contains("soket explain " + code, ended.Error, StringComparison.Ordinal);
        Assert.Matches(@"\n  name .*✗.*DNS_", ended.Error);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_and_the_flag_is_read()
    {
        Finished gone = await SoketProcess.RunAsync("fetch", Url("www"), "--dns", $"@127.0.0.1:{Ports.Free()}");
        Assert.Equal(7, gone.ExitCode);
        Assert.Contains("udp://127.0.0.1:", gone.Error, StringComparison.Ordinal);
        Finished wrong = await SoketProcess.RunAsync("fetch", Url("www"), "--dns", "@a b");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("no name server", wrong.Error, StringComparison.Ordinal);
        // Addresses and pinned names need nobody.
        Finished pinned = await SoketProcess.RunAsync("fetch", Url("nope"), "--dns", _at, "--resolve", $"nope.example.test:{_nginx!.Port}:127.0.0.1");
        Assert.Equal((0, "<p>halo ✓</p>\n"), (pinned.ExitCode, pinned.Out));
    }
}
