using System.Net;
using System.Net.Sockets;
using Soket.Dns;
using Soket.Explain;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;
using Xunit;

namespace Soket.Tests.Dns;

/// <summary>What a client takes for a reply and what it does not, against plain sockets.</summary>
public sealed class DnsClientTests
{
    private static readonly DnsMessage Query = new() { Flags = DnsHeaderBits.RecursionDesired, Questions = [new(DnsName.Parse("example.test"), DnsType.A, DnsClass.In)] };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_reply_is_found_among_what_is_none()
    {
        using var server = new FakeServer((query, answer) => [answer with { Id = (ushort)(query.Id + 1) }, answer with { Questions = [new(DnsName.Parse("other.test"), DnsType.A, DnsClass.In)] }, answer]);
        DnsExchange exchange = await Patient().AskAsync([server.Server], Query, Token);
        Assert.Equal([DnsDropReason.WrongId, DnsDropReason.WrongQuestion], exchange.Dropped.Select(dropped => dropped.Reason));
        Assert.Equal("192.0.2.1", exchange.Reply.Answers.Single().Data.ToString());
        Assert.Equal(DnsTransport.Udp, exchange.Transport);
    }

    [Fact]
    public async Task Only_another_id_is_told_as_that()
    {
        using var server = new FakeServer((query, answer) => [answer with { Id = (ushort)(query.Id + 1) }]);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => Client(1).AskAsync([server.Server], Query, Token));
        Assert.Equal("DNS_WRONG_ID", failure.Error.Name);
        Explanation told = new Explainer(new NoSystemFacts()).Explain(failure, Soket.Languages.Language.English);
        Assert.Equal(("dns-wrong-reply", 8), (told.Code, told.ExitCode));
        Assert.Contains("1 reply came, from", told.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_from_elsewhere_is_told_as_that()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var server = new FakeServer((query, answer) => [answer]) { From = other };
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => Client(1).AskAsync([server.Server], Query, Token));
        Assert.Equal("DNS_WRONG_SOURCE", failure.Error.Name);
        Assert.Equal(other.LocalEndPoint!.ToString(), failure.Context.Facts[FailureFacts.DnsFrom]);
    }

    [Fact]
    public async Task Nobody_there_is_a_refusal_at_once_and_the_next_server_is_asked()
    {
        using var server = new FakeServer((_, answer) => [answer]);
        var closed = new DnsServer(DnsTransport.Udp, "127.0.0.1", FreePort());
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => Patient().AskAsync([closed], Query, Token));
        Assert.Equal("ECONNREFUSED", failure.Error.Name);
        DnsExchange exchange = await Patient().AskAsync([closed, server.Server], Query, Token);
        Assert.Equal((server.Server, 2), (exchange.Server, exchange.Tries));
    }

    [Fact]
    public async Task Silence_is_asked_again_and_then_told()
    {
        int asked = 0;
        using var server = new FakeServer((_, answer) => Interlocked.Increment(ref asked) < 3 ? [] : [answer]);
        DnsExchange exchange = await Client(3).AskAsync([server.Server], Query, Token);
        Assert.Equal(3, exchange.Tries);

        using var silent = new FakeServer((_, _) => []);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => Client(2).AskAsync([silent.Server], Query, Token));
        Assert.Equal(("DNS_TIMED_OUT", "2"), (failure.Error.Name, failure.Context.Facts[FailureFacts.DnsTries]));
    }

    [Fact]
    public async Task A_reply_cut_short_without_TCP_is_told_as_that()
    {
        using var server = new FakeServer((_, answer) => [answer with { Flags = answer.Flags | DnsHeaderBits.Truncated, Answers = [] }]);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => Patient().AskAsync([server.Server], Query, Token));
        Assert.Equal("DNS_TRUNCATED", failure.Error.Name);
        Assert.Contains("ECONNREFUSED", failure.Context.Facts[FailureFacts.DnsOverTcp], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_message_is_dropped_and_told()
    {
        using var server = new FakeServer((query, _) => [], (query) => [(byte)(query.Id >> 8), (byte)query.Id, 0x80, 0, 0, 9, 0, 0, 0, 0, 0, 0]);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => Client(1).AskAsync([server.Server], Query, Token));
        Assert.Equal("DNS_MALFORMED", failure.Error.Name);
    }

    [Theory]
    [InlineData("DNS_SERVFAIL", 2, "dns-server-failure", 120)]
    [InlineData("DNS_NXDOMAIN", 3, "dns-name-not-found", 6)]
    [InlineData("DNS_REFUSED", 5, "dns-refused", 121)]
    [InlineData("DNS_NODATA", 0, "dns-no-data", 119)]
    [InlineData("DNS_RCODE", 4, "dns-server-failure", 120)]
    public async Task What_a_server_says_against_it_is_the_failure(string expected, ushort rcode, string code, int exit)
    {
        using var server = new FakeServer((_, answer) => [answer with { Rcode = new(rcode), Answers = [] }]);
        var resolver = new DnsResolver(new() { Conf = new() { Servers = [server.Server] }, Client = new() { Timeout = TimeSpan.FromSeconds(10) } });
        DnsAnswer found = await resolver.LookUpAsync(Query.Questions[0], Token);
        Assert.Equal(expected, found.Failure!.Error.Name);
        foreach (Soket.Languages.Language language in Enum.GetValues<Soket.Languages.Language>())
        {
            Explanation told = new Explainer(new NoSystemFacts()).Explain(found.Failure, language);
            Assert.Equal((code, exit), (told.Code, told.ExitCode));
            Assert.Contains("example.test", told.Cause, StringComparison.Ordinal);
            Assert.DoesNotContain('{', told.Cause + told.Remedy);
        }
    }

    [Theory]
    [InlineData(true, "example.test, a.test, example.test")]
    [InlineData(false, "example.test, example.test")]
    public async Task Aliases_that_lead_back_are_a_circle(bool longer, string names)
    {
        DnsName self = DnsName.Parse("example.test"), other = DnsName.Parse("a.test");
        DnsRecord[] aliases = longer ? [Alias(other, self), Alias(self, other)] : [Alias(self, self)];
        using var server = new FakeServer((_, answer) => [answer with { Answers = aliases }]);
        var resolver = new DnsResolver(new() { Conf = new() { Servers = [server.Server] }, Client = new() { Timeout = TimeSpan.FromSeconds(10) } });
        DnsAnswer found = await resolver.LookUpAsync(Query.Questions[0], Token);
        Assert.Equal("DNS_CIRCLE", found.Failure!.Error.Name);
        Explanation told = new Explainer(new NoSystemFacts()).Explain(found.Failure, Soket.Languages.Language.English);
        Assert.Equal(("dns-no-data", "circle", 119), (told.Code, told.Situation, told.ExitCode));
        Assert.Contains(": " + names + ".", told.Cause, StringComparison.Ordinal);

        using var ended = new FakeServer((_, answer) => [answer with { Answers = [Alias(self, other)] }]);
        found = await new DnsResolver(new() { Conf = new() { Servers = [ended.Server] }, Client = new() { Timeout = TimeSpan.FromSeconds(10) } }).LookUpAsync(Query.Questions[0], Token);
        Assert.Equal("DNS_NODATA", found.Failure!.Error.Name);

        static DnsRecord Alias(DnsName name, DnsName target) => new(name, DnsType.Cname, DnsClass.In, 60, new CnameData(target));
    }

    [Fact]
    public async Task A_delegation_is_no_word_that_there_is_nothing()
    {
        DnsName below = DnsName.Parse("test"), host = DnsName.Parse("ns.test");
        DnsRecord[] servers = [new(below, DnsType.Ns, DnsClass.In, 60, new NsData(host))], glue = [new(host, DnsType.A, DnsClass.In, 60, new AddressData(IPAddress.Parse("192.0.2.53")))];
        using var server = new FakeServer((_, answer) => [answer with { Flags = DnsHeaderBits.Response, Answers = [], Authorities = servers, Additionals = glue }]);
        DnsAnswer found = await Resolver(server).LookUpAsync(Query.Questions[0], Token);
        Assert.Equal("DNS_REFERRAL", found.Failure!.Error.Name);
        Explanation told = new Explainer(new NoSystemFacts()).Explain(found.Failure, Soket.Languages.Language.English);
        Assert.Equal(("dns-referral", "said", 122), (told.Code, told.Situation, told.ExitCode));
        Assert.Contains("has delegated test to ns.test (192.0.2.53)", told.Cause, StringComparison.Ordinal);
        Assert.Contains($"`soket dns example.test A @udp://192.0.2.53:{server.Server.Port}`", told.Remedy, StringComparison.Ordinal);
        Assert.Contains($"`soket dns example.test A @{server.Server} --trace --port {server.Server.Port}`", told.Remedy, StringComparison.Ordinal);

        // The server's own zone, or one that the name is not in, is none.
        using var own = new FakeServer((_, answer) => [answer with { Flags = DnsHeaderBits.Response | DnsHeaderBits.Authoritative, Answers = [], Authorities = servers }]);
        Assert.Equal("DNS_NODATA", (await Resolver(own).LookUpAsync(Query.Questions[0], Token)).Failure!.Error.Name);
        using var other = new FakeServer((_, answer) => [answer with { Flags = DnsHeaderBits.Response, Answers = [], Authorities = [servers[0] with { Name = host }] }]);
        Assert.Equal("DNS_NODATA", (await Resolver(other).LookUpAsync(Query.Questions[0], Token)).Failure!.Error.Name);

        static DnsResolver Resolver(FakeServer of) => new(new() { Conf = new() { Servers = [of.Server] }, Client = new() { Timeout = TimeSpan.FromSeconds(10) } });
    }

    [Fact]
    public async Task Who_says_that_there_is_nothing_is_asked_again_in_the_remedy()
    {
        using var server = new FakeServer((_, answer) => [answer with { Answers = [] }]);
        DnsAnswer found = await new DnsResolver(new() { Conf = new() { Servers = [server.Server] }, Client = new() { Timeout = TimeSpan.FromSeconds(10) } }).LookUpAsync(Query.Questions[0], Token);
        Assert.Contains($"A AAAA MX TXT @{server.Server}`", new Explainer(new NoSystemFacts()).Explain(found.Failure!, Soket.Languages.Language.English).Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("15030300020246", "TLS_EXPECTED", "plaintext-where-tls-expected")]
    [InlineData("1503", "DNS_MALFORMED", "dns-malformed")]
    public async Task A_port_that_takes_TLS_is_told_as_that(string bytes, string error, string code)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = Task.Run(async () =>
        {
            using Socket peer = await listener.AcceptSocketAsync(Token);
            await peer.ReceiveAsync(new byte[512], Token);
            await peer.SendAsync(Convert.FromHexString(bytes), Token);
        }, Token);
        var server = new DnsServer(DnsTransport.Tcp, "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => new DnsClient(new() { Timeout = TimeSpan.FromSeconds(10), Attempts = 1 }).AskAsync([server], Query, Token));
        await serving;
        Explanation told = new Explainer(new NoSystemFacts()).Explain(failure, Soket.Languages.Language.English);
        Assert.Equal((error, code), (failure.Error.Name, told.Code));
        if (error == "TLS_EXPECTED")
            Assert.Contains($"`soket dns example.test A @tls://127.0.0.1:{server.Port}`", told.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cache_counts_down_and_keeps_what_is_not_there()
    {
        var time = new ManualTime();
        var cache = new DnsCache(10, time);
        DnsQuestion question = Query.Questions[0];
        var reply = new DnsMessage { Questions = [question], Answers = [new(question.Name, DnsType.A, DnsClass.In, 60, new AddressData(IPAddress.Loopback))] };
        var exchange = new DnsExchange(new(DnsTransport.Udp, "127.0.0.1", 53), DnsTransport.Udp, default, default, reply, TimeSpan.Zero, 1);
        cache.Keep(question, exchange);
        time.Advance(TimeSpan.FromSeconds(45));
        Assert.Equal(15u, cache.Find(question)!.Reply.Answers[0].Ttl);
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Null(cache.Find(question));

        var soa = new DnsRecord(DnsName.Parse("test"), DnsType.Soa, DnsClass.In, 3600, new SoaData(DnsName.Root, DnsName.Root, 1, 1, 1, 1, 30));
        Assert.Equal(30u, DnsCache.Lifetime(new() { Questions = [question], Rcode = DnsRcode.NxDomain, Authorities = [soa] }));
        Assert.Equal(0u, DnsCache.Lifetime(new() { Questions = [question], Rcode = DnsRcode.NxDomain }));
        Assert.Equal(0u, DnsCache.Lifetime(reply with { Rcode = DnsRcode.ServFail }));
    }

    [Theory]
    [InlineData("www", "www.a.test. www.b.test. www.")]
    [InlineData("www.x", "www.x.a.test. www.x.b.test. www.x.")]
    [InlineData("w.w.w", "w.w.w. w.w.w.a.test. w.w.w.b.test.")]
    [InlineData("www.", "www.")]
    public void Names_are_completed_as_resolv_conf_says(string name, string expected)
    {
        ResolvConf conf = ResolvConf.Parse("# comment\nnameserver 192.0.2.1\nnameserver ::1\nsearch a.test b.test\noptions ndots:2 timeout:7 attempts:9 use-vc nonsense\n");
        Assert.Equal(expected, string.Join(' ', conf.Candidates(name)));
        Assert.Equal(["udp://192.0.2.1:53", "udp://[::1]:53"], conf.Servers.Select(server => server.ToString()));
        Assert.Equal((TimeSpan.FromSeconds(7), 5, true), (conf.Timeout, conf.Attempts, conf.UsesTcp));
    }

    [Theory]
    [InlineData("192.0.2.1", "udp://192.0.2.1:53")]
    [InlineData("::1", "udp://[::1]:53")]
    [InlineData("[::1]:5353", "udp://[::1]:5353")]
    [InlineData("tls://dns.example", "tls://dns.example:853")]
    [InlineData("https://dns.example/q", "https://dns.example:443/q")]
    [InlineData("tcp://127.0.0.1:1", "tcp://127.0.0.1:1")]
    [InlineData("ftp://127.0.0.1", null)]
    [InlineData("127.0.0.1/x", null)]
    [InlineData("a b", null)]
    public void A_server_is_read(string text, string? expected) =>
        Assert.Equal(expected, DnsServer.TryParse(text, DnsTransport.Udp, null, out DnsServer? server) ? server.ToString() : null);

    [Fact]
    public async Task Of_many_that_are_none_the_first_are_kept()
    {
        using var server = new FakeServer((query, answer) => [.. Enumerable.Repeat(answer with { Id = (ushort)(query.Id + 1) }, 40), answer]);
        DnsExchange exchange = await Patient().AskAsync([server.Server], Query, Token);
        Assert.Equal("192.0.2.1", exchange.Reply.Answers.Single().Data.ToString());
        Assert.Equal(Enumerable.Repeat(DnsDropReason.WrongId, 16), exchange.Dropped.Select(dropped => dropped.Reason));
        Assert.All(exchange.Dropped, dropped => Assert.True(dropped.Bytes.Length > 12));
    }

    [Fact]
    public void Of_many_that_are_none_all_are_counted_and_64_KiB_are_kept()
    {
        var dropped = new DnsDrops();
        for (int i = 0; i < 1_000; i++)
            dropped.Add(DnsDropReason.WrongId, new IPEndPoint(IPAddress.Loopback, 1 + i), new byte[60_000]);
        Assert.Equal((1, 1_000L), (dropped.Kept.Count, dropped.Count));
        SocketFailure failure = DnsFailures.Silent(new(DnsTransport.Udp, "192.0.2.1", 53), Query, dropped, TimeSpan.FromSeconds(1), 1);
        Assert.Equal(("DNS_WRONG_ID", "1000", "127.0.0.1:1000"), (failure.Error.Name, failure.Context.Facts[FailureFacts.DnsDropped], failure.Context.Facts[FailureFacts.DnsFrom]));
        Assert.Contains("1000 replies came, the last from 127.0.0.1:1000", new Explainer(new NoSystemFacts()).Explain(failure, Soket.Languages.Language.English).Cause, StringComparison.Ordinal);
    }

    // Where a reply is expected, the wait is longer than any machine is slow; where none comes, it is what the test takes.
    private static DnsClient Patient() => new(new() { Timeout = TimeSpan.FromSeconds(30) });

    private static DnsClient Client(int attempts) => new(new() { Timeout = TimeSpan.FromMilliseconds(attempts == 1 ? 5_000 : 500), Attempts = attempts });

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
