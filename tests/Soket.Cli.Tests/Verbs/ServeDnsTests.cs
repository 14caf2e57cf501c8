using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket serve dns</c>, asked by dig and kdig, beside nsd with the same zone.</summary>
public sealed partial class ServeDnsTests : IAsyncLifetime
{
    private const string Zone = """
        $ORIGIN example.test.
        $TTL 3600
        @ IN SOA ns1 hostmaster 2024010101 7200 3600 1209600 300
        @ NS ns1
        @ NS ns2.example.org.
        @ MX 10 mail
        @ TXT "v=spf1 -all"
        ns1 A 127.0.0.1
        a A 192.0.2.1
        a A 192.0.2.2
        a AAAA 2001:db8::1
        mail A 192.0.2.25
        cn CNAME a
        chain CNAME cn
        out CNAME www.example.org.
        dangling CNAME nothing
        deep.in.the A 192.0.2.3
        *.wild A 192.0.2.4
        *.wild TXT "any"
        exact.wild A 192.0.2.5
        *.alias CNAME a
        sub NS ns.sub
        sub NS ns1
        sub DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
        ns.sub A 192.0.2.53
        ns.sub AAAA 2001:db8::53
        dn DNAME tree
        leaf.tree TXT "leaf"
        srv SRV 0 5 5060 a
        caa CAA 0 issue "ca.example"
        svc HTTPS 1 . alpn="h2"
        u TYPE65280 \# 4 0a000001
        big TXT "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" "x"

        """;

    // Each asked of both servers: names that are there, that are not, under stars, behind aliases, below delegations.
    private static readonly string[] Names =
    [
        "example.test", "ns1.example.test", "a.example.test", "A.Example.TEST", "cn.example.test", "chain.example.test", "out.example.test", "dangling.example.test",
        "in.the.example.test", "deep.in.the.example.test", "x.the.example.test", "wild.example.test", "x.wild.example.test", "x.y.wild.example.test", "exact.wild.example.test",
        "x.exact.wild.example.test", "*.wild.example.test", "x.alias.example.test", "sub.example.test", "ns.sub.example.test", "x.y.sub.example.test", "dn.example.test",
        "leaf.dn.example.test", "none.dn.example.test", "srv.example.test", "caa.example.test", "svc.example.test", "u.example.test", "big.example.test", "nothing.example.test", "x.nothing.example.test",
    ];

    private static readonly string[] Types = ["A", "AAAA", "NS", "SOA", "CNAME", "MX", "TXT", "DS", "DNAME", "SRV", "CAA", "HTTPS", "TYPE65280"];

    private readonly TemporaryFolder _folder = new();
    private SoketProcess? _server;
    private int _port;

    public async ValueTask InitializeAsync()
    {
        string file = Path.Combine(_folder.Path, "example.zone");
        await File.WriteAllTextAsync(file, Zone);
        _port = Ports.Free();
        (_server, _) = await SoketProcess.ServeAsync("dns", "--zone", file, string.Create(CultureInfo.InvariantCulture, $"udp://127.0.0.1:{_port}"), string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{_port}"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_question_is_answered_as_nsd_answers_it()
    {
        int other = Ports.Free();
        await using NameServer nsd = await NameServer.StartAsync("127.0.0.1", other, "example.test", Zone);
        string questions = Path.Combine(_folder.Path, "questions");
        await File.WriteAllLinesAsync(questions, from name in Names from type in Types select $"{name} {type}", TestContext.Current.CancellationToken);
        foreach (string way in (string[])["+notcp", "+tcp"])
        {
            string[] ours = Replies(await DigAsync(_port, "-f", questions, way)), theirs = Replies(await DigAsync(other, "-f", questions, way));
            Assert.Equal(Names.Length * Types.Length, ours.Length);
            for (int i = 0; i < ours.Length; i++)
                Assert.True(theirs[i] == ours[i], $"{way} {Names[i / Types.Length]} {Types[i % Types.Length]}\nnsd:\n{theirs[i]}\nsoket:\n{ours[i]}");
        }
    }

    [Fact]
    public async Task The_whole_zone_is_given_to_this_machine_as_nsd_gives_it()
    {
        int other = Ports.Free();
        await using NameServer nsd = await NameServer.StartAsync("127.0.0.1", other, "example.test", Zone);
        string[] ours = Lines(await DigAsync(_port, "+nocomments", "example.test", "AXFR")), theirs = Lines(await DigAsync(other, "+nocomments", "example.test", "AXFR"));
        Assert.Equal(theirs.Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
        Assert.Equal((ours[0], true), (ours[^1], ours[0].Contains(" SOA ", StringComparison.Ordinal)));
        Finished own = await SoketProcess.RunAsync("dns", "example.test", "AXFR", $"@127.0.0.1:{_port}");
        Assert.Equal((0, ours.Length), (own.ExitCode, own.Out.TrimEnd('\n').Split('\n').Length));
    }

    [Fact]
    public async Task A_bare_port_is_UDP_and_TCP()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("dns", "--zone", Path.Combine(_folder.Path, "example.zone"), "127.0.0.1:0");
        await using (server)
            Assert.Equal(["udp", "tcp"], endpoints.Select(endpoint => endpoint[..3]));
    }

    [Fact]
    public async Task A_zone_that_is_another_one_is_refused()
    {
        Finished wrong = await SoketProcess.RunAsync("serve", "dns", "--zone", "other.org=" + Path.Combine(_folder.Path, "example.zone"), "127.0.0.1:0");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("is the zone example.test, as its SOA says, and not other.org.", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_has_changed_is_the_whole_zone_over_TCP_and_its_SOA_over_UDP()
    {
        string[] whole = Lines(await DigAsync(_port, "+nocomments", "example.test", "AXFR"));
        Assert.Equal(whole, Lines(await DigAsync(_port, "+nocomments", "example.test", "IXFR=1")));
        string current = Assert.Single(Lines(await DigAsync(_port, "+nocomments", "example.test", "IXFR=2024010101")));
        Assert.Contains(" SOA ", current, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asks_for_everything_gets_a_little_and_who_asks_elsewhere_is_refused()
    {
        Assert.Contains("HINFO\t\"RFC8482\" \"\"", await DigAsync(_port, "+notcp", "a.example.test", "ANY"), StringComparison.Ordinal);
        string refused = await DigAsync(_port, "example.org", "A");
        Assert.Contains("status: REFUSED", refused, StringComparison.Ordinal);
        Assert.Contains("EDE: 20 (Not Authoritative)", refused, StringComparison.Ordinal);
        await using SoketProcess kdig = SoketProcess.Peer(Peers.Require("kdig"), "@127.0.0.1", "-p", Number(_port), "cn.example.test", "AAAA", "+short");
        Assert.Equal("a.example.test.\n2001:db8::1\n", (await kdig.FinishAsync()).Out);
    }

    [Fact]
    public async Task Several_queries_on_one_stream_are_answered_in_their_order()
    {
        byte[] one = Convert.FromHexString("0001000000010000000000000161076578616d706c6504746573740000010001"), two = [0, 2, .. one[2..]];
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port, TestContext.Current.CancellationToken);
        // In two pieces that part where nothing begins.
        byte[] both = [0, (byte)one.Length, .. one, 0, (byte)two.Length, .. two];
        await client.GetStream().WriteAsync(both.AsMemory(0, 37), TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(both.AsMemory(37), TestContext.Current.CancellationToken);
        for (byte id = 1; id <= 2; id++)
        {
            byte[] length = new byte[2];
            await client.GetStream().ReadExactlyAsync(length, TestContext.Current.CancellationToken);
            byte[] reply = new byte[length[0] << 8 | length[1]];
            await client.GetStream().ReadExactlyAsync(reply, TestContext.Current.CancellationToken);
            Assert.Equal((id, 0x84, 2), (reply[1], reply[2], reply[7]));
        }

        // What is no query ends it.
        await client.GetStream().WriteAsync("\0\u0005GET /"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_is_served_over_TLS_as_well_and_a_trace_walks_through_it()
    {
        (SoketProcess secure, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("dns", "--zone", Path.Combine(_folder.Path, "example.zone"), "tls://127.0.0.1:0");
        await using (secure)
        {
            Finished found = await SoketProcess.RunAsync("dns", "a.example.test", $"@{endpoints[0]}", "--insecure", "--short");
            Assert.Equal((0, "192.0.2.1\n192.0.2.2\n"), (found.ExitCode, found.Out));
        }

        string hints = Path.Combine(_folder.Path, "hints");
        await File.WriteAllTextAsync(hints, ". 60 NS ns.\nns. 60 A 127.0.0.1\n", TestContext.Current.CancellationToken);
        Finished walked = await SoketProcess.RunAsync("dns", "cn.example.test", "--trace", "--hints", hints, "--port", Number(_port), "--short");
        Assert.Equal((0, "a.example.test.\n192.0.2.1\n192.0.2.2\n"), (walked.ExitCode, walked.Out));
    }

    [Fact]
    public async Task It_says_what_it_serves_and_where()
    {
        string port = Number(Ports.Free());
        await using SoketProcess server = SoketProcess.Soket("serve", "dns", "--zone", Path.Combine(_folder.Path, "example.zone"), "--port", port, "--host", "127.0.0.1");
        await server.ErrorLineAsync(line => line == "example.test. with 31 records, serial 2024010101");
        await server.ErrorLineAsync(line => line == $"dns is ready on udp://127.0.0.1:{port}");
        await server.ErrorLineAsync(line => line == $"dns is ready on tcp://127.0.0.1:{port}");
        Assert.Equal(0, (await server.SignalAsync("TERM")).ExitCode);
    }

    [Theory]
    [InlineData("serve dns", "", "--zone")]
    [InlineData("serve dns --zone /nonexistent", "", "/nonexistent cannot be read")]
    [InlineData("serve dns --zone FILE", "a A 192.0.2.1\n", "line 1: no time to live")]
    [InlineData("serve dns --zone FILE", "$TTL 1\n@ SOA a b 1 1 1 1 1\n", "does not say whose zone")]
    [InlineData("serve dns --zone example.test=FILE", "$TTL 1\na A 192.0.2.1\n", "no SOA")]
    [InlineData("serve dns --zone example.test=FILE", "$TTL 1\n@ SOA a b 1 1 1 1 1\nx.org. A 192.0.2.1\n", "x.org. is not in the zone")]
    [InlineData("serve dns --zone example.test=FILE --zone example.test=FILE", "$TTL 1\n@ SOA a b 1 1 1 1 1\n", "twice")]
    [InlineData("serve dns --zone a..b=FILE", "", "no domain name")]
    [InlineData("serve dns --zone example.test=FILE ws://localhost:0/", "$TTL 1\n@ SOA a b 1 1 1 1 1\n", "DNS goes over")]
    [InlineData("serve echo --zone FILE", "", "for the service dns only")]
    public async Task What_makes_no_sense_is_said(string line, string zone, string expected)
    {
        string file = Path.Combine(_folder.Path, "wrong.zone");
        await File.WriteAllTextAsync(file, zone, TestContext.Current.CancellationToken);
        Finished ended = await SoketProcess.RunAsync([.. line.Split(' ').Select(word => word.Replace("FILE", file, StringComparison.Ordinal))]);
        Assert.True(ended.ExitCode == 2, ended.Error);
        Assert.Contains(expected, ended.Error, StringComparison.Ordinal);
    }

    private static async Task<string> DigAsync(int port, params string[] arguments)
    {
        // +norec: recursion is not this server's; +nocookie: nsd 4.6 has none.
        await using SoketProcess dig = SoketProcess.Peer(Peers.Require("dig"), ["@127.0.0.1", "-p", Number(port), "+norec", "+nocookie", "+tries=1", "+ignore", "+noall", "+comments", "+answer", "+authority", "+additional", .. arguments]);
        Finished ended = await dig.FinishAsync();
        Assert.True(ended.ExitCode == 0, ended.Out + ended.Error);
        return ended.Out;
    }

    // Of each reply its code, whether it is the zone's own, the answer, and beyond that what a client needs: why there is nothing, or where to go on. The
    // order of records within a set is nobody's business; nsd adds the zone's own servers to answers, and addresses beyond those of a referral.
    private static string[] Replies(string text)
    {
        var replies = new List<string>();
        foreach (string reply in text.Split(";; Got answer:").Skip(1))
        {
            string status = Status().Match(reply).Groups[1].Value;
            string flags = string.Join(' ', Flags().Match(reply).Groups[1].Value.Split(' ').Where(flag => flag is "aa" or "tc"));
            string[] answer = Section(reply, "ANSWER"), authority = Section(reply, "AUTHORITY"), additional = Section(reply, "ADDITIONAL");
            bool refers = answer.Length == 0 && authority.Any(line => line.Contains(" NS ", StringComparison.Ordinal)) && flags.Length == 0;
            bool denies = authority.Any(line => line.Contains(" SOA ", StringComparison.Ordinal));
            replies.Add(flags.Contains("tc", StringComparison.Ordinal) ? $"{status} {flags}" : string.Join('\n', [$"{status} {flags}", .. answer, .. denies || refers ? authority : [], .. refers ? additional : []]));
        }

        return [.. replies];
    }

    private static string[] Section(string reply, string name)
    {
        string[] lines = reply.Split('\n');
        int at = Array.FindIndex(lines, line => line.StartsWith($";; {name} SECTION", StringComparison.Ordinal));
        return at < 0 ? [] : [.. lines.Skip(at + 1).TakeWhile(line => line.Length > 0).Select(Plain).Order(StringComparer.Ordinal)];
    }

    private static string[] Lines(string text) => [.. text.Split('\n').Where(line => line.Length > 0 && line[0] != ';').Select(Plain)];

    private static string Plain(string line) => Space().Replace(line, " ").Trim();

    private static string Number(int port) => port.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("status: ([A-Z]+)")]
    private static partial Regex Status();

    [GeneratedRegex("flags: ([a-z ]*);")]
    private static partial Regex Flags();

    [GeneratedRegex("[ \\t]+")]
    private static partial Regex Space();
}
