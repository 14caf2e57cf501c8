using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket dns</c> as a process, against nsd, beside dig and kdig.</summary>
public sealed partial class DnsTests
{
    private const string Zone = """
        $ORIGIN example.test.
        $TTL 3600
        @ IN SOA ns1 hostmaster 2024010101 7200 3600 1209600 300
        @ NS ns1
        ns1 A 127.0.0.1
        a A 192.0.2.1
        a AAAA 2001:db8::1
        cn CNAME a
        dn DNAME other.example.
        ptr PTR a
        mx MX 10 mail
        txt TXT "v=spf1 a \"q\" \\ ;" "two" "b\001\255in" ""
        hinfo HINFO "PC x" Linux
        srv SRV 0 5 5060 sip
        naptr NAPTR 100 10 "S" "SIP+D2U" "!^.*$!sip:i@e.com!" _sip._udp.example.com.
        caa CAA 0 issue "letsencrypt.org; a=b"
        ds DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
        dnskey DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
        rrsig RRSIG A 13 3 3600 20340101000000 20240101000000 12345 example.test. mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
        nsec NSEC \000.a.example.test. A MX RRSIG NSEC TYPE65280
        2t7b4g4vsa5smi47k61mv5bv1a22bojr NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG
        n3p NSEC3PARAM 1 0 0 -
        tlsa TLSA 3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971
        sshfp SSHFP 4 2 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971
        svc HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 port=8443
        svc2 SVCB 16 foo.example.org. mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1 key667=hello no-default-alpn ech=AEX+DQ==
        loc LOC 6 12 30.5 S 106 49 0 E 8m
        loc2 LOC 51 30 12.748 N 0 7 39.611 W -10.50m 0.5m 20000000m 10m
        u TYPE65280 \# 4 0a000001
        big TXT "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" "x"

        """;

    [Fact]
    public async Task Every_record_is_the_one_dig_and_kdig_print()
    {
        int port = Ports.Free();
        await using NameServer server = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        Finished ours = await SoketProcess.RunAsync("dns", "example.test", "AXFR", $"@127.0.0.1:{port}");
        Assert.True(ours.ExitCode == 0, ours.Error);
        string[] records = Records(ours.Out);
        Assert.Equal(29, records.Length);

        await using SoketProcess dig = SoketProcess.Peer(Peers.Require("dig"), "+nosplit", "+noall", "+answer", "@127.0.0.1", "-p", Number(port), "example.test", "AXFR");
        Assert.Equal(Records((await dig.FinishAsync()).Out), records);

        // kdig writes these its own way: hashes in lower case, lists without quotes, places without idle zeros.
        await using SoketProcess kdig = SoketProcess.Peer(Peers.Require("kdig"), "+noall", "+answer", "@127.0.0.1", "-p", Number(port), "example.test", "AXFR");
        Assert.Equal(Records((await kdig.FinishAsync()).Out).Where(line => !OwnWay().IsMatch(line)), records.Where(line => !OwnWay().IsMatch(line)));
    }

    [Fact]
    public async Task What_a_server_says_is_the_exit_code()
    {
        int port = Ports.Free();
        await using NameServer server = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        string at = $"@127.0.0.1:{port}";
        Finished found = await SoketProcess.RunAsync("dns", "cn.example.test", at, "--short");
        Assert.Equal((0, "a.example.test.\n192.0.2.1\n", ""), (found.ExitCode, found.Out, found.Error));
        Finished missing = await SoketProcess.RunAsync("dns", "nope.example.test", at);
        Assert.Equal((6, ""), (missing.ExitCode, missing.Out));
        Assert.Contains("nope.example.test does not exist; the nearest zone is example.test.", missing.Error, StringComparison.Ordinal);
        Finished nothing = await SoketProcess.RunAsync("dns", "a.example.test", "MX", at, "--lang", "id");
        Assert.Equal(119, nothing.ExitCode);
        Assert.Contains("ada tetapi tidak punya record MX", nothing.Error, StringComparison.Ordinal);
        Finished refused = await SoketProcess.RunAsync("dns", "other.test", at, "--json");
        Assert.Equal(121, refused.ExitCode);
        using JsonDocument record = JsonDocument.Parse(refused.Out);
        Assert.Equal(("dns", "REFUSED", "dns-refused"), (record.RootElement.GetProperty("type").GetString(), record.RootElement.GetProperty("rcode").GetString(), record.RootElement.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_reply_that_does_not_fit_comes_over_TCP()
    {
        int port = Ports.Free();
        await using NameServer server = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        Finished big = await SoketProcess.RunAsync("dns", "big.example.test", "TXT", $"@127.0.0.1:{port}", "--no-edns");
        Assert.True(big.ExitCode == 0, big.Error);
        Assert.Contains("over tcp", big.Error, StringComparison.Ordinal);
        Assert.Contains("cut short (TC)", big.Error, StringComparison.Ordinal);
        Assert.EndsWith("\"x\"\n", big.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_bytes_are_drawn_with_their_meaning()
    {
        int port = Ports.Free();
        await using NameServer server = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        Finished drawn = await SoketProcess.RunAsync("dns", "cn.example.test", $"@127.0.0.1:{port}", "--bytes");
        Assert.Contains("query: 44 bytes\n", drawn.Out, StringComparison.Ordinal);
        Assert.Contains("000c  02 63 6e 07 65 78 61 6d   qname                cn.example.test.", drawn.Out, StringComparison.Ordinal);
        Assert.Contains("002d  01 61 c0 0f               cname.target         a.example.test. (pointer to 000f)", drawn.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trace_walks_from_the_root_down()
    {
        int port = Ports.Free();
        await using NameServer root = await NameServer.StartAsync("127.0.0.1", port, ".", ". 60 SOA a. b. 1 60 60 60 60\n. 60 NS a.root.\na.root. 60 A 127.0.0.1\ntest. 60 NS ns.test.\nns.test. 60 A 127.0.0.2\n");
        await using NameServer top = await NameServer.StartAsync("127.0.0.2", port, "test", "test. 60 SOA a. b. 1 60 60 60 60\ntest. 60 NS ns.test.\nns.test. 60 A 127.0.0.2\nexample.test. 60 NS ns1.example.test.\nns1.example.test. 60 A 127.0.0.3\n");
        await using NameServer zone = await NameServer.StartAsync("127.0.0.3", port, "example.test", Zone);
        string hints = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(hints, ". 60 NS a.root.\na.root. 60 A 127.0.0.1\n", TestContext.Current.CancellationToken);
            Finished walked = await SoketProcess.RunAsync("dns", "a.example.test", "--trace", "--hints", hints, "--port", Number(port));
            Assert.True(walked.ExitCode == 0, walked.Error);
            Assert.Equal(["test. 60 IN NS ns.test.", "example.test. 60 IN NS ns1.example.test.", "a.example.test. 3600 IN A 192.0.2.1"], Records(walked.Out));
            Assert.Equal(["127.0.0.1", "127.0.0.2", "127.0.0.3"], From().Matches(walked.Error).Select(match => match.Groups[1].Value));
        }
        finally
        {
            File.Delete(hints);
        }
    }

    [Fact]
    public async Task Many_names_come_in_their_order_and_are_counted()
    {
        int port = Ports.Free();
        await using NameServer server = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        string names = string.Concat(Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? "a.example.test\n" : "ns1.example.test\n"));
        Finished many = await SoketProcess.RunAsync(System.Text.Encoding.UTF8.GetBytes(names + "# nobody\n\n"), ["dns", "--file", "-", "--short", $"@127.0.0.1:{port}"]);
        Assert.True(many.ExitCode == 0, many.Error);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? "192.0.2.1" : "127.0.0.1"), many.Out.TrimEnd('\n').Split('\n'));
        Assert.Contains("100 questions, 0 without an answer", many.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no name")]
    [InlineData("a..b is no name", "a..b")]
    [InlineData("no type", "a", "NOSUCH")]
    [InlineData("no server", "a", "@a b")]
    [InlineData("no address", "-x", "x")]
    [InlineData("two transports", "a", "--tcp", "--tls")]
    public async Task What_makes_no_sense_is_said(string what, params string[] arguments)
    {
        Finished wrong = await SoketProcess.RunAsync(["dns", .. arguments]);
        Assert.True(wrong.ExitCode == 2, what + wrong.Error);
        Assert.DoesNotContain("dns.wrong", wrong.Error, StringComparison.Ordinal); // a text, not its key
    }

    private static string[] Records(string text) =>
        [.. text.Split('\n').Select(line => Space().Replace(line, " ").TrimEnd()).Where(line => line.Length > 0 && line[0] != ';')];

    private static string Number(int port) => port.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(" (NSEC3|HTTPS|SVCB|LOC) ")]
    private static partial Regex OwnWay();

    [GeneratedRegex("[ \\t]+")]
    private static partial Regex Space();

    [GeneratedRegex("udp://([0-9.]+):")]
    private static partial Regex From();
}
