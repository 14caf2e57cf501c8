using System.Globalization;
using System.Text.Json;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket dns</c> against unbound, which asks nsd: plain, over TLS, over HTTPS, and what a resolver refuses or cannot vouch for.</summary>
public sealed class DnsResolverTests : IAsyncLifetime
{
    private const string Name = "example.test";
    private static readonly string Long = string.Join(' ', Enumerable.Repeat($"\"{new string('x', 100)}\"", 6));

    private static readonly string Zone = $"""
        $ORIGIN {Name}.
        $TTL 3600
        @ IN SOA ns1 hostmaster 1 7200 3600 1209600 300
        @ NS ns1
        ns1 A 127.0.0.1
        a A 192.0.2.1
        a AAAA 2001:db8::1
        cn CNAME a
        big TXT {Long}
        bogus A 192.0.2.9

        """;

    private readonly MadeCertificates _certificates = new();
    private NameServer? _authority;
    private ResolverServer? _resolver;
    private MadeCertificate? _root;

    private ResolverServer Resolver => _resolver!;

    private string[] Trusted => ["--cafile", _root!.Cert];

    public async ValueTask InitializeAsync()
    {
        _root = _certificates.Make("Test CA", authority: true);
        MadeCertificate certificate = _certificates.Make("127.0.0.1", ["localhost", "127.0.0.1"], signer: _root, purpose: MadeCertificates.ForServers);
        int port = Ports.Free();
        _authority = await NameServer.StartAsync("127.0.0.1", port, Name, Zone);
        // A zone that must be signed and is not: its answers are bogus.
        _resolver = await ResolverServer.StartAsync(Name, port, certificate, $"trust-anchor: \"bogus.{Name}. DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\"");
    }

    public async ValueTask DisposeAsync()
    {
        if (_resolver is not null)
            await _resolver.DisposeAsync();
        if (_authority is not null)
            await _authority.DisposeAsync();
        _certificates.Dispose();
    }

    [Fact]
    public async Task It_answers_alike_over_every_transport()
    {
        (string Server, string Transport)[] ways =
        [
            ($"@127.0.0.1:{Resolver.Port}", "udp"), ($"@tcp://127.0.0.1:{Resolver.Port}", "tcp"),
            ($"@tls://127.0.0.1:{Resolver.TlsPort}", "tls"), ($"@https://127.0.0.1:{Resolver.HttpsPort}/dns-query", "https"),
        ];
        foreach ((string server, string transport) in ways)
        {
            string[] trust = transport is "tls" or "https" ? Trusted : [];
            Finished ours = await SoketProcess.RunAsync(["dns", $"cn.{Name}", server, "--json", .. trust]);
            Assert.True(ours.ExitCode == 0, ours.Error + ours.Out);
            using JsonDocument record = JsonDocument.Parse(ours.Out);
            JsonElement told = record.RootElement;
            Assert.Equal((transport, "NOERROR"), (told.GetProperty("transport").GetString(), told.GetProperty("rcode").GetString()));
            Assert.Equal([$"a.{Name}.", "192.0.2.1"], told.GetProperty("answers").EnumerateArray().Select(answer => answer.GetProperty("data").GetString()));
            Assert.Contains("ra", told.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));
        }
    }

    [Theory]
    [InlineData("--tls")]
    [InlineData("--https")]
    public async Task A_certificate_nobody_vouches_for_is_not_taken(string how)
    {
        int port = how == "--tls" ? Resolver.TlsPort : Resolver.HttpsPort;
        Finished ended = await SoketProcess.RunAsync("dns", $"a.{Name}", $"@127.0.0.1:{port}", how, "--tries", "1");
        Assert.Equal((60, ""), (ended.ExitCode, ended.Out));
        Assert.Contains("soket explain tls-untrusted", ended.Error, StringComparison.Ordinal);
        Finished other = await SoketProcess.RunAsync(["dns", $"a.{Name}", $"@127.0.0.1:{port}", how, "--tries", "1", "--sni", "other.example", .. Trusted]);
        Assert.Equal(60, other.ExitCode);
        Assert.Contains("other.example", other.Error, StringComparison.Ordinal);
        Finished pinned = await SoketProcess.RunAsync("dns", $"a.{Name}", $"@127.0.0.1:{port}", how, "--insecure", "--short");
        Assert.Equal((0, "192.0.2.1\n"), (pinned.ExitCode, pinned.Out));
    }

    [Fact]
    public async Task A_page_that_is_no_DNS_message_is_told_as_that()
    {
        Finished ended = await SoketProcess.RunAsync(["dns", $"a.{Name}", $"@https://127.0.0.1:{Resolver.HttpsPort}/elsewhere", "--tries", "1", .. Trusted]);
        Assert.Equal((8, ""), (ended.ExitCode, ended.Out));
        Assert.Contains("404", ended.Error, StringComparison.Ordinal);
        Assert.Contains("soket explain dns-malformed", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_fit_a_datagram_comes_over_TCP()
    {
        Finished ended = await SoketProcess.RunAsync("dns", $"big.{Name}", "TXT", $"@127.0.0.1:{Resolver.Port}", "--no-edns", "--json");
        Assert.True(ended.ExitCode == 0, ended.Error);
        using JsonDocument record = JsonDocument.Parse(ended.Out);
        Assert.Equal(("tcp", true), (record.RootElement.GetProperty("transport").GetString(), record.RootElement.GetProperty("truncated").GetBoolean()));
        Assert.Equal(Long, record.RootElement.GetProperty("answers")[0].GetProperty("data").GetString());
    }

    [Fact]
    public async Task An_answer_that_should_be_signed_and_is_not_is_explained_in_the_servers_own_words()
    {
        Finished ended = await SoketProcess.RunAsync("dns", $"bogus.{Name}", $"@127.0.0.1:{Resolver.Port}", "--json");
        Assert.Equal(120, ended.ExitCode);
        using JsonDocument record = JsonDocument.Parse(ended.Out);
        Assert.Equal("SERVFAIL", record.RootElement.GetProperty("rcode").GetString());
        JsonElement extended = record.RootElement.GetProperty("extended_errors")[0];
        // 6 DNSSEC Bogus, 9 DNSKEY Missing, 10 RRSIGs Missing (RFC 8914 4): which of them is the server's to say.
        Assert.Contains(extended.GetProperty("code").GetInt32(), (int[])[6, 9, 10]);
        Assert.Contains(extended.GetProperty("name").GetString()!, record.RootElement.GetProperty("error").GetProperty("cause").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_refuses_and_what_does_not_exist_are_told_apart()
    {
        Finished refused = await SoketProcess.RunAsync("dns", "refused.example", $"@127.0.0.1:{Resolver.Port}");
        Assert.Equal((121, ""), (refused.ExitCode, refused.Out));
        Assert.Contains("soket explain dns-refused", refused.Error, StringComparison.Ordinal);
        Finished missing = await SoketProcess.RunAsync("dns", $"nope.{Name}", $"@127.0.0.1:{Resolver.Port}");
        Assert.Equal((6, ""), (missing.ExitCode, missing.Out));
        Finished nothing = await SoketProcess.RunAsync("dns", $"cn.{Name}", "MX", $"@127.0.0.1:{Resolver.Port}");
        Assert.Equal(119, nothing.ExitCode);
    }

    [Fact]
    public async Task Many_names_come_over_one_kind_of_connection_each_with_its_answer()
    {
        string names = string.Concat(Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? $"a.{Name}\n" : $"nope{i.ToString(CultureInfo.InvariantCulture)}.{Name}\n"));
        Finished ended = await SoketProcess.RunAsync(System.Text.Encoding.UTF8.GetBytes(names), ["dns", "--file", "-", "--json", "--parallel", "4", $"@tls://127.0.0.1:{Resolver.TlsPort}", .. Trusted]);
        Assert.Equal(6, ended.ExitCode);
        string[] codes = [.. ended.Out.TrimEnd('\n').Split('\n').Select(line =>
        {
            using JsonDocument record = JsonDocument.Parse(line);
            return record.RootElement.GetProperty("rcode").GetString()!;
        })];
        Assert.Equal(Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? "NOERROR" : "NXDOMAIN"), codes);
    }
}
