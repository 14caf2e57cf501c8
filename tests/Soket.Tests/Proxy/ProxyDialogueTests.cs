using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Languages;
using Soket.Middleware.Proxy;
using Soket.Tests.Clients;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Proxy;

/// <summary>The dialogues with proxies against servers made of bytes: right ones, wrong ones, hostile ones.</summary>
public sealed class ProxyDialogueTests
{
    private static readonly SocketUri _target = SocketUri.Parse("tcp://target.test:7000");

    private const string Granted4 = "005A000000000000";
    private const string Granted5 = "05000001000000000000";

    [Theory]
    [InlineData("http", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalo")] // RFC 9110 9.3.6: the length means nothing
    [InlineData("http", "HTTP/1.0 200\r\n\r\nhalo")]
    [InlineData("http", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 Go\r\n\r\nhalo")]
    [InlineData("socks4a", Granted4 + "68616C6F")]
    [InlineData("socks5", "0500|" + Granted5 + "68616C6F")]
    public async Task What_follows_the_answer_in_one_piece_is_the_targets(string scheme, string answers)
    {
        await using ScriptedServer server = Server(scheme, answers);
        await using ConnectionContext connection = await ConnectAsync(Proxy(scheme, server));
        ReadResult read = await connection.Transport.Input.ReadAtLeastAsync(4, TestContext.Current.CancellationToken).AsTask().Guarded();
        Assert.Equal("halo", Encoding.ASCII.GetString(read.Buffer));
        Assert.Equal($"{scheme}://127.0.0.1:{server.Port}", connection.Features.Get<IProxyFeature>()!.Proxy.ToString());
    }

    [Theory]
    [InlineData("http", "SSH-2.0-x\r\n", "proxy-not-a-proxy", "speaks SSH")]
    [InlineData("http", "\u0015\u0003\u0003\0\u0002\u0002\u0046", "proxy-not-a-proxy", "wants TLS")]
    [InlineData("http", "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"a\"\r\n\r\n", "proxy-login", "none was given")]
    [InlineData("http", "HTTP/1.1 407 Who\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n", "proxy-login", "by Negotiate, NTLM")]
    [InlineData("http", "HTTP/1.1 403 No\r\nContent-Type: text/plain\r\n\r\nnot port 7000\n", "proxy-refused", "It says: \"not port 7000\"")]
    [InlineData("http", "HTTP/1.1 501 Unsupported method ('CONNECT')\r\n\r\n", "proxy-refused", "web server")]
    [InlineData("http", "HTTP/1.1 429 Slow\r\n\r\n", "proxy-refused", "429 Slow")]
    [InlineData("http", "HTTP/1.1 101 Switching\r\n\r\n", "proxy-refused", "101 Switching")]
    [InlineData("http", "HTTP/1.1 502 Bad Gateway\r\n\r\n", "proxy-target-unreachable", "502 Bad Gateway")]
    [InlineData("http", "HTTP/1.1 200 OK\nX: y\n\n", "proxy-broken-reply", "LineEnd")]
    [InlineData("http", "HTTP/1.1 200 OK\r\nX: |", "proxy-broken-reply", "in the middle")]
    [InlineData("http", "|", "proxy-broken-reply", "without a byte")]
    [InlineData("socks4a", "005B000000000000", "proxy-target-unreachable", "one code for it all")]
    [InlineData("socks4a", "005C000000000000", "proxy-login", "identd")]
    [InlineData("socks4a", "005D000000000000", "proxy-login", "identd")]
    [InlineData("socks4a", "0000000000000000", "proxy-broken-reply", "SOCKS 4 does not know")]
    [InlineData("socks4a", "005A00|", "proxy-broken-reply", "in the middle")]
    [InlineData("socks4a", "48545450", "proxy-not-a-proxy", "first bytes")]
    [InlineData("socks5", "05FF", "proxy-login", "takes nobody without a login")]
    [InlineData("socks5", "0502", "proxy-broken-reply", "not offered")]
    [InlineData("socks5", "050100", "proxy-not-a-proxy", "before it is asked: 05 01 00")] // its own greeting, echoed
    [InlineData("socks5", "485454502F312E3120343030", "proxy-not-a-proxy", "speaks HTTP, not SOCKS")]
    [InlineData("socks5", "0500|05010001000000000000", "proxy-target-unreachable", "code 1")]
    [InlineData("socks5", "0500|05020001000000000000", "proxy-refused", "code 2")]
    [InlineData("socks5", "0500|05030001000000000000", "proxy-target-unreachable", "code 3")]
    [InlineData("socks5", "0500|05040001000000000000", "proxy-target-unreachable", "code 4")]
    [InlineData("socks5", "0500|05050001000000000000", "proxy-target-unreachable", "code 5")]
    [InlineData("socks5", "0500|05060001000000000000", "proxy-target-unreachable", "code 6")]
    [InlineData("socks5", "0500|05070001000000000000", "proxy-refused", "code 7")]
    [InlineData("socks5", "0500|05080001000000000000", "proxy-refused", "code 8")]
    [InlineData("socks5", "0500|05090001000000000000", "proxy-broken-reply", "SOCKS 5 does not know")]
    [InlineData("socks5", "0500|05000002", "proxy-not-a-proxy", "first bytes")]
    [InlineData("socks5", "0500|0505|", "proxy-broken-reply", "in the middle")]
    public async Task What_is_no_connection_is_explained(string scheme, string answers, string code, string part)
    {
        await using ScriptedServer server = Server(scheme, answers);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => ConnectAsync(Proxy(scheme, server)));
        Assert.Equal(SocketCall.ProxyHandshake, failure.Call);
        Assert.Equal("tcp://target.test:7000", failure.Context.Endpoint);
        foreach (Language language in Enum.GetValues<Language>())
        {
            Explanation explanation = new Explainer(new NoSystemFacts()).Explain(failure, language);
            Assert.Equal(code, explanation.Code);
            Assert.Contains($"{scheme}://127.0.0.1:{server.Port}", explanation.Cause, StringComparison.Ordinal);
            if (language == Language.English)
                Assert.Contains(part, explanation.Cause, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http", "", "did not say a word")]
    [InlineData("http", "HTTP/1.1 200 OK\r\n", "did not end it")]
    [InlineData("socks5", "0500", "A proxy is silent while it waits for the target")]
    public async Task Silence_is_told_by_how_far_it_got(string scheme, string answers, string part)
    {
        await using ScriptedServer server = Server(scheme, answers);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => ConnectAsync(Proxy(scheme, server), TimeSpan.FromSeconds(3)));
        Explanation explanation = new Explainer(new NoSystemFacts()).Explain(failure, Language.English);
        Assert.Equal("proxy-timed-out", explanation.Code);
        Assert.Contains(part, explanation.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_head_is_given_up_when_it_is_too_long()
    {
        await using var server = new ScriptedServer(ScriptedServer.Text("HTTP/1.1 200 OK\r\nX: " + new string('x', 64 * 1024)));
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => ConnectAsync(Proxy("http", server)));
        Assert.Equal("PROXY_PROTOCOL", failure.Error.Name);
        Assert.Contains("TooLarge", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interim_answers_without_end_are_given_up()
    {
        await using var server = new ScriptedServer(ScriptedServer.Text(string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1000))));
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => ConnectAsync(Proxy("http", server)));
        Assert.Equal("PROXY_REFUSED", failure.Error.Name);
    }

    [Theory]
    [InlineData("http", "HTTP/1.1 407 No\r\n\r\n", "proxy-login")]
    [InlineData("http", "HTTP/1.0 401 Unauthorized\r\n\r\n", "proxy-login")] // tinyproxy's word for it
    [InlineData("http", "Proxy-Authorization: Basic YW5pOnJhaGFzaWE=\r\n", "proxy-not-a-proxy")] // a server that echoes
    [InlineData("socks5", "0502|0101", "proxy-login")]
    [InlineData("socks5", "05020002", "proxy-not-a-proxy")] // an echo: the login must not be sent to it
    [InlineData("socks5", "0502|0103616E690772616861736961", "proxy-not-a-proxy")] // it says the login back
    public async Task A_login_stands_in_no_event_and_no_failure(string scheme, string answers, string code)
    {
        await using ScriptedServer server = Server(scheme, answers);
        var events = new RecordingObserver();
        ProxyEndpoint proxy = Proxy(scheme, server).With(new ProxyCredentials("ani", "rahasia"));
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => ConnectAsync(proxy, events: events));
        Explanation explanation = new Explainer(new NoSystemFacts()).Explain(failure, Language.English);
        Assert.Equal(code, explanation.Code);
        Assert.Contains(events.Snapshot(), kept => kept.Event is { Call: SocketCall.Send, Moved: > 0, Reason: "hidden" });
        var everything = new StringBuilder($"{failure} {explanation} {proxy} {proxy.Credentials} {string.Join(' ', failure.Context.Facts.Values)}");
        foreach (RecordedEvent kept in events.Snapshot())
            everything.Append(kept.Event).Append(Encoding.Latin1.GetString(kept.Bytes.Span)).Append(Convert.ToHexString(kept.Bytes.Span));
        foreach (string secret in (string[])["rahasia", "YW5pOnJhaGFzaWE", "72616861736961"])
            Assert.DoesNotContain(secret, everything.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task What_the_target_says_afterwards_is_shown_again()
    {
        await using var server = new ScriptedServer(ScriptedServer.Hex("0502"), ScriptedServer.Hex("0100"), ScriptedServer.Hex(Granted5), ScriptedServer.Text("halo"));
        var events = new RecordingObserver();
        await using ConnectionContext connection = await ConnectAsync(Proxy("socks5", server).With(new ProxyCredentials("ani", "rahasia")), events: events);
        await connection.Transport.Output.WriteAsync("apa"u8.ToArray(), TestContext.Current.CancellationToken);
        await connection.Transport.Input.ReadAtLeastAsync(4, TestContext.Current.CancellationToken).AsTask().Guarded();
        Assert.Equal(["apa", "halo"], events.Snapshot().Where(kept => kept.Bytes.Length > 0).Select(kept => Encoding.ASCII.GetString(kept.Bytes.Span)));
    }

    [Fact]
    public void A_server_that_says_anything_at_all_ends_the_dialogue_with_a_failure_of_its_own()
    {
        string[] schemes = ["http", "socks4a", "socks5"];
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), Gen.Elements(schemes).ToArbitrary(), (bytes, scheme) =>
        {
            using var connection = new PipeConnection(bytes);
            try
            {
                ProxyMiddleware.ConnectAsync(connection, _target, Proxy(scheme, 1), TimeSpan.FromSeconds(30)).GetAwaiter().GetResult();
                return scheme != "http" || bytes.AsSpan().StartsWith("HTTP/1."u8);
            }
            catch (SocketFailure failure)
            {
                return failure.Error.Name.StartsWith("PROXY_", StringComparison.Ordinal);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("http://localhost:3128", "http://localhost:3128")]
    [InlineData("SOCKS5://[::1]:1080", "socks5://[::1]:1080")]
    [InlineData("socks5h://a:b@host:1", "socks5://host:1")]
    [InlineData("http://a:p%40ss%3A@host:1", "http://host:1")]
    [InlineData("http://a@host:1", "http://host:1")]
    [InlineData("socks4a://ani@host:1", "socks4a://host:1")]
    public void A_proxy_is_read_and_written_without_its_login(string text, string shown)
    {
        Assert.True(ProxyEndpoint.TryParse(text, out ProxyEndpoint? proxy, out _));
        Assert.Equal(shown, proxy.ToString());
        if (text.Contains("%40", StringComparison.Ordinal))
            Assert.Equal(("a", "p@ss:"), (proxy.Credentials!.User, proxy.Credentials.Password));
    }

    [Theory]
    [InlineData("localhost:3128", ProxyTextError.Scheme)]
    [InlineData("ftp://localhost:3128", ProxyTextError.Scheme)]
    [InlineData("socks4://localhost:3128", ProxyTextError.Socks4)]
    [InlineData("https://localhost:3128", ProxyTextError.Https)]
    [InlineData("http://localhost", ProxyTextError.Place)]
    [InlineData("http://localhost:0", ProxyTextError.Place)]
    [InlineData("http://*:1", ProxyTextError.Place)]
    [InlineData("http://localhost:1/path", ProxyTextError.Place)]
    [InlineData("http://:x@localhost:1", ProxyTextError.Credentials)]
    [InlineData("http://a%3Ab:x@localhost:1", ProxyTextError.Credentials)] // Basic could not tell where the name ends
    [InlineData("http://a:b%0D%0AX-Y: z@localhost:1", ProxyTextError.Credentials)]
    [InlineData("socks5://a@localhost:1", ProxyTextError.Credentials)]
    [InlineData("socks4a://a:b@localhost:1", ProxyTextError.Credentials)]
    public void A_wrong_one_is_told(string text, ProxyTextError expected)
    {
        Assert.False(ProxyEndpoint.TryParse(text, out _, out ProxyTextError error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData("http://a:b@h:1", "http://***@h:1")]
    [InlineData("http://a:b@c@h:1", "http://***@h:1")]
    [InlineData("a:b@h", "***@h")]
    [InlineData("http://h:1", "http://h:1")]
    public void A_login_is_taken_out_of_what_was_typed(string text, string shown) => Assert.Equal(shown, ProxyEndpoint.Redact(text));

    private static ScriptedServer Server(string scheme, string answers)
    {
        bool closes = answers.EndsWith('|');
        List<byte[]?> parts = [.. answers.TrimEnd('|').Split('|').Select(part => scheme == "http" || part.Any(c => !char.IsAsciiHexDigit(c)) ? ScriptedServer.Text(part) : ScriptedServer.Hex(part))];
        if (!closes)
            return new([.. parts]);
        // A close follows the last answer at once.
        byte[] last = parts[^1]!;
        return last.Length == 0 ? new([.. parts[..^1], null]) : new([.. parts[..^1], last]) { ClosesAfter = true };
    }

    private static ProxyEndpoint Proxy(string scheme, ScriptedServer server) => Proxy(scheme, server.Port);

    private static ProxyEndpoint Proxy(string scheme, int port) =>
        ProxyEndpoint.TryParse($"{scheme}://127.0.0.1:{port}", out ProxyEndpoint? proxy, out _) ? proxy : throw new InvalidOperationException();

    private static Task<ConnectionContext> ConnectAsync(ProxyEndpoint proxy, TimeSpan? timeout = null, ISocketObserver? events = null) => SocketClient.ConnectAsync(
        _target,
        new SocketClientOptions
        {
            Proxy = proxy,
            ConnectTimeout = timeout ?? TimeSpan.FromSeconds(30),
            Transport = new ManagedTransportOptions { Events = events is null ? null : new SocketEvents(events) },
        },
        TestContext.Current.CancellationToken);

    /// <summary>A peer that has said what it says, and closed.</summary>
    private sealed class PipeConnection : DefaultConnectionContext, IDisposable
    {
        public PipeConnection(byte[] said)
        {
            var pipe = new Pipe();
            pipe.Writer.Write(said);
            pipe.Writer.Complete();
            Transport = new Duplex(pipe.Reader, new Pipe(new PipeOptions(pauseWriterThreshold: 0)).Writer);
        }

        public void Dispose() => Transport.Input.Complete();

        private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
    }
}
