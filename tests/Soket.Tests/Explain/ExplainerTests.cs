using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;
using Soket.Explain;
using Soket.Explain.Internal;
using Soket.Languages;
using Xunit;

namespace Soket.Tests.Explain;

/// <summary>What is said from facts alone: TLS, limits, and what holds for every explanation.</summary>
public sealed class ExplainerTests
{
    private readonly Explainer _explainer = new(new NoSystemFacts());

    [Fact]
    public void An_untrusted_certificate_is_told_self_signed_from_signed_by_a_stranger()
    {
        Explanation self = Tls("TLS_UNTRUSTED", (FailureFacts.TlsSubject, "CN=localhost"), (FailureFacts.TlsIssuer, "CN=localhost"), (FailureFacts.TlsFingerprint, "AB:CD"), (FailureFacts.TlsFault, "self-signed"),
            (FailureFacts.TlsNotBefore, DateTimeOffset.UtcNow.AddDays(-1).ToString("O")), (FailureFacts.TlsNotAfter, DateTimeOffset.UtcNow.AddDays(1).ToString("O")));
        Assert.Equal(("tls-untrusted", 60), (self.Code, self.ExitCode));
        Assert.Contains("self-signed", self.Cause, StringComparison.Ordinal);
        Assert.Contains("AB:CD", self.Remedy, StringComparison.Ordinal);
        Assert.Contains(self.RuledOut, line => line.Contains("not the dates", StringComparison.Ordinal));
        // Equal names alone show nothing.
        Assert.Contains("names CN=a as its own issuer", Tls("TLS_UNTRUSTED", (FailureFacts.TlsSubject, "CN=a"), (FailureFacts.TlsIssuer, "CN=a")).Cause, StringComparison.Ordinal);
        Assert.Contains("signed by CN=Campus", Tls("TLS_UNTRUSTED", (FailureFacts.TlsSubject, "CN=web"), (FailureFacts.TlsIssuer, "CN=Campus")).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_name_says_both_names()
    {
        Explanation told = Tls("TLS_NAME_MISMATCH", (FailureFacts.TlsNames, "web.example, www.web.example"), (FailureFacts.TlsExpectedName, "localhost"));
        Assert.Contains("for web.example, www.web.example, and localhost was asked for", told.Cause, StringComparison.Ordinal);
        Assert.Contains("--sni web.example ", told.Remedy, StringComparison.Ordinal);
        Assert.Equal(60, told.ExitCode);

        // The peer chose the names: none that is more than a name gets into a command that a person may paste.
        Explanation evil = Tls("TLS_NAME_MISMATCH", (FailureFacts.TlsNames, "x; rm -r ~, --insecure, `id`, *.web.example"), (FailureFacts.TlsExpectedName, "localhost"));
        Assert.DoesNotContain("rm -r", evil.Remedy, StringComparison.Ordinal);
        Assert.Contains("subjectAltName=DNS:localhost", evil.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Dates_are_told_with_this_machines_clock()
    {
        Assert.Contains("10 days ago", Tls("TLS_EXPIRED", (FailureFacts.TlsNotAfter, DateTimeOffset.UtcNow.AddDays(-10).ToString("O"))).Cause, StringComparison.Ordinal);
        Assert.Contains("in 3 days", Tls("TLS_NOT_YET_VALID", (FailureFacts.TlsNotBefore, DateTimeOffset.UtcNow.AddDays(3).ToString("O"))).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_text_where_TLS_was_expected_says_what_was_spoken()
    {
        Explanation http = Tls("TLS_PLAINTEXT_PEER", (FailureFacts.Role, "client"), (FailureFacts.TlsFirstBytes, Convert.ToHexString("HTTP/1.1 400 Bad Request\r\n"u8)));
        Assert.Equal(("plaintext-where-tls-expected", 35), (http.Code, http.ExitCode));
        Assert.Contains("speaks HTTP in plain text", http.Cause, StringComparison.Ordinal);
        Assert.Contains("soket connect tcp://localhost:8443", http.Remedy, StringComparison.Ordinal);
        Explanation server = Tls("TLS_PLAINTEXT_PEER", (FailureFacts.Role, "server"), (FailureFacts.TlsFirstBytes, Convert.ToHexString("hello"u8)));
        Assert.Contains("\"hello\"", server.Cause, StringComparison.Ordinal);

        // A ClientHello is fine TLS; its being an echo is known only to the one who sent it.
        Explanation hello = Tls("TLS_PLAINTEXT_PEER", (FailureFacts.Role, "client"), (FailureFacts.TlsFirstBytes, "160301020001"));
        Assert.Contains("as a client does (16 03 01 02 00 01)", hello.Cause, StringComparison.Ordinal);
        Assert.Contains("own greeting", Tls("TLS_PLAINTEXT_PEER", (FailureFacts.Role, "client"), (FailureFacts.TlsFirstBytes, "160301020001"), (FailureFacts.TlsEchoed, "true")).Cause, StringComparison.Ordinal);

        // The bytes decide, whatever the handshake called its failure.
        Assert.Equal("plaintext-where-tls-expected", Tls("TLS_HANDSHAKE", (FailureFacts.TlsFirstBytes, Convert.ToHexString("SSH-2.0-x\r\n"u8))).Code);
        Assert.Equal("tls-handshake-failed", Tls("TLS_HANDSHAKE", (FailureFacts.TlsFirstBytes, "1503030002")).Code);
    }

    [Fact]
    public void TLS_on_a_plain_endpoint_is_told_from_both_ends()
    {
        Explanation server = Told(new(SocketCall.Receive, SystemError.Own("TLS_TO_PLAIN", "A ClientHello came"), Context("tcp://localhost:8080", (FailureFacts.Role, "server"), (FailureFacts.TlsFirstBytes, "16030102"))));
        Assert.Equal("tls-where-plaintext-expected", server.Code);
        Assert.Contains("16 03 01 02", server.Cause, StringComparison.Ordinal);
        Assert.Contains("tls://localhost:8080", server.Remedy, StringComparison.Ordinal);
        Explanation client = Told(new(SocketCall.Receive, SystemError.Own("TLS_TO_PLAIN", "An alert came"), Context("tcp://localhost:8080", (FailureFacts.Role, "client"), (FailureFacts.TlsFirstBytes, "1503030002"))));
        Assert.Contains("soket connect tls://localhost:8080", client.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_peer_chose_never_reaches_the_terminal_raw()
    {
        Explanation told = Tls("TLS_UNTRUSTED", (FailureFacts.TlsSubject, "CN=\u001b[2J\u202Eevil{endpoint}"), (FailureFacts.TlsIssuer, "CN=" + new string('x', 5000)));
        Assert.DoesNotContain(told.Cause, char.IsControl);
        Assert.DoesNotContain('\u202E', told.Cause);
        Assert.Contains("evil{endpoint}", told.Cause, StringComparison.Ordinal); // shown as it is, never expanded
        Assert.True(told.Cause.Length < 1000);
    }

    [Fact]
    public void Limits_rules_and_assertions_say_their_numbers()
    {
        Assert.Contains("70 KiB, and the limit is 64 KiB", Own("SOKET_MESSAGE_TOO_LARGE", 115, (FailureFacts.Limit, "64 KiB"), (FailureFacts.Size, "70 KiB")).Cause, StringComparison.Ordinal);
        Assert.Contains("limit of 100", Own("SOKET_LIMIT", 116, (FailureFacts.Limit, "100")).Cause, StringComparison.Ordinal);
        Assert.Contains("deny 10.0.0.0/8", Own("SOKET_DENIED", 117, (FailureFacts.Rule, "deny 10.0.0.0/8")).Cause, StringComparison.Ordinal);
        Assert.Contains("`2` came", Own("SOKET_ASSERT", 112, (FailureFacts.Expected, "1"), (FailureFacts.Actual, "2")).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void An_aborted_connection_and_an_unknown_error_are_told_honestly()
    {
        Assert.Equal("connection-aborted", Told(new(SocketCall.Accept, Error("ECONNABORTED"))).Code);
        Explanation other = Told(new(SocketCall.Connect, new("ESTRANGE", 4711, "Strange thing"), Context("tcp://localhost:1")));
        Assert.Equal(("other-failure", 1), (other.Code, other.ExitCode));
        Assert.Contains("Strange thing", other.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_remote_refusal_claims_no_more_than_can_be_known()
    {
        Explanation told = Told(new(SocketCall.Connect, Error("ECONNREFUSED"), new() { Remote = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 80), Elapsed = TimeSpan.FromMilliseconds(3) }));
        Assert.Contains("after 3 ms", told.Cause, StringComparison.Ordinal);
        Assert.Contains("cannot be told from here", told.Cause, StringComparison.Ordinal);
        Assert.NotEmpty(told.RuledOut);
    }

    [Fact]
    public void The_handshake_that_times_out_tells_whose_turn_it_was() =>
        Assert.Equal(("tls-handshake-timed-out", 28), (Told(new(SocketCall.TlsHandshake, SystemError.Timeout, Context("tls://localhost:1"))) is var told ? (told.Code, told.ExitCode) : default));

    [Fact]
    public void What_cannot_be_looked_at_does_not_replace_the_failure()
    {
        var explainer = new Explainer(new BrokenFacts());
        Explanation told = explainer.Explain(new(SocketCall.Bind, Error("EADDRINUSE"), new() { Local = new IPEndPoint(IPAddress.Loopback, 80) }), Language.English);
        Assert.Equal("address-in-use", told.Code);
    }

    [Fact]
    public void The_portable_facts_see_a_listener_an_address_a_route_and_a_free_port()
    {
        var facts = new PortableSystemFacts();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var at = (IPEndPoint)listener.LocalEndPoint!;
        Assert.Contains(facts.SocketsOnPort("tcp", at.Port)!, fact => fact.State == "LISTEN" && fact.Local.Equals(at));
        Assert.Contains(IPAddress.Loopback, facts.OwnAddresses!);
        Assert.Equal(IPAddress.Loopback, facts.RouteTo(IPAddress.Loopback)!.Source);
        Assert.False(facts.IsFree("tcp", at));
        Explanation told = new Explainer(facts).Explain(new(SocketCall.Bind, Error("EADDRINUSE"), new() { Local = at }), Language.English);
        Assert.Equal("address-in-use", told.Code);
        Assert.Contains("next free port", told.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_are_compared_bit_by_bit()
    {
        Assert.True(PortableSystemFacts.SharesPrefix(IPAddress.Parse("10.1.2.3"), IPAddress.Parse("10.1.3.9"), 23));
        Assert.False(PortableSystemFacts.SharesPrefix(IPAddress.Parse("10.1.2.3"), IPAddress.Parse("10.1.4.9"), 23));
        Assert.False(PortableSystemFacts.SharesPrefix(IPAddress.Loopback, IPAddress.IPv6Loopback, 0));
    }

    [Fact]
    public void Every_failure_gets_one_whole_explanation_in_both_languages()
    {
        string[] names = [.. Errno.Names, .. Explainer.Codes.SelectMany(code => Explainer.Entry(code, Language.English).Errors).Select(error => error.Name).Distinct(), "ESTRANGE"];
        EndPoint?[] places = [null, new IPEndPoint(IPAddress.Loopback, 80), new IPEndPoint(IPAddress.IPv6Loopback, 80), new IPEndPoint(IPAddress.Parse("192.0.2.1"), 80), new UnixDomainSocketEndPoint("/tmp/x.sock"), new DnsEndPoint("x.example", 80)];
        string[] keys = [FailureFacts.Role, FailureFacts.TlsSubject, FailureFacts.TlsIssuer, FailureFacts.TlsNames, FailureFacts.TlsNotBefore, FailureFacts.TlsNotAfter, FailureFacts.TlsAlert, FailureFacts.TlsFirstBytes, FailureFacts.Option, FailureFacts.Limit, FailureFacts.Size, FailureFacts.Rule, FailureFacts.Expected, FailureFacts.Actual];
        string[] values = ["client", "server", "CN=x", "2020-01-01T00:00:00Z", "2120-01-01T00:00:00Z", "485454502f", "160301", "protocol_version", "certificate_required", "unknown_ca", "other", "100"];
        var explainers = new[] { _explainer, new Explainer(new MadeUpFacts()), new Explainer(new BrokenFacts()) };
        var random = new Random(20250410);
        foreach (string name in names)
        {
            foreach (SocketCall call in Enum.GetValues<SocketCall>())
            {
                for (int i = 0; i < 12; i++)
                {
                    var facts = keys.Where(_ => random.Next(2) == 0).ToDictionary(key => key, _ => values[random.Next(values.Length)]);
                    var context = new FailureContext
                    {
                        Endpoint = random.Next(2) == 0 ? null : "tcp://localhost:80",
                        Host = random.Next(2) == 0 ? null : "x.example",
                        Local = places[random.Next(places.Length)],
                        Remote = places[random.Next(places.Length)],
                        Transport = ((string?[])["tcp", "udp", "unix", "tls", null])[random.Next(5)],
                        Sent = random.Next(3) == 0 ? null : random.Next(3),
                        Received = random.Next(3) == 0 ? null : random.Next(3),
                        Elapsed = random.Next(2) == 0 ? null : TimeSpan.FromSeconds(2),
                        Facts = facts,
                    };
                    var failure = new SocketFailure(call, new(name, Errno.Number(name), random.Next(4) == 0 ? "" : "words"), context);
                    foreach (Explainer explainer in explainers)
                    {
                        foreach (Language language in Enum.GetValues<Language>())
                        {
                            Explanation told = explainer.Explain(failure, language);
                            Assert.Contains(told.Code, Explainer.Codes);
                            Assert.Equal(Explainer.Entry(told.Code, language).ExitCode, told.ExitCode);
                            foreach (string text in (string[])[told.Cause, told.Remedy, .. told.RuledOut])
                                Assert.False(text.Length == 0 || text.Contains('{', StringComparison.Ordinal), $"{failure.Message} -> {told.Code}: {text}");
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Any_text_is_cleaned() => Prop.ForAll<string>(text => !Inquiry.Clean(text ?? "").Any(char.IsControl)).QuickCheckThrowOnFailure();

    private static SystemError Error(string name) => new(name, Errno.Number(name), Errno.Text(name) ?? "");

    private static FailureContext Context(string endpoint, params (string Key, string Value)[] facts) =>
        new() { Endpoint = endpoint, Facts = facts.ToDictionary(fact => fact.Key, fact => fact.Value) };

    private Explanation Tls(string name, params (string Key, string Value)[] facts) => Told(new(SocketCall.TlsHandshake, SystemError.Own(name, "words"), Context("tls://localhost:8443", facts)));

    private Explanation Own(string name, int exit, params (string Key, string Value)[] facts)
    {
        Explanation told = Told(new(SocketCall.Message, SystemError.Own(name, "words"), Context("tcp://localhost:8080", facts)));
        Assert.Equal(exit, told.ExitCode);
        return told;
    }

    private Explanation Told(SocketFailure failure) => _explainer.Explain(failure, Language.English);

    private sealed class BrokenFacts : ISystemFacts
    {
        public int? FirstUnprivilegedPort => throw new IOException("no descriptor");

        public IReadOnlyList<SocketFact>? SocketsOnPort(string protocol, int port) => throw new IOException("no descriptor");

        public IReadOnlyList<SocketFact>? SocketsOnPath(string path) => throw new IOException("no descriptor");
    }

    // Whatever may be looked at shows something, a different thing each time.
    private sealed class MadeUpFacts : ISystemFacts
    {
        private static readonly string[] States = ["LISTEN", "UNCONN", "TIME_WAIT", "ESTABLISHED"];
        private readonly Random _random = new(1);

        public int? FirstUnprivilegedPort => 1024;

        public long? OpenFileLimit => 1024;

        public IReadOnlyList<IPAddress>? OwnAddresses => _random.Next(3) switch { 0 => null, 1 => [IPAddress.Loopback], _ => [IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Parse("192.0.2.1")] };

        public IReadOnlyList<IPAddress>? NameServers => _random.Next(3) switch { 0 => null, 1 => [], _ => [IPAddress.Loopback] };

        public IReadOnlyList<string>? LocalNames => ["localhost", "x.exampel"];

        public IReadOnlyList<SocketFact>? SocketsOnPort(string protocol, int port) => Sockets(port);

        public IReadOnlyList<SocketFact>? Listeners(string protocol) => Sockets(81);

        public IReadOnlyList<SocketFact>? SocketsOnPath(string path) => _random.Next(2) == 0 ? [] : [new("unix", new UnixDomainSocketEndPoint(path), "LISTEN", null)];

        public bool? IsFree(string protocol, IPEndPoint address) => _random.Next(2) == 0;

        public RouteFact? RouteTo(IPAddress address) => _random.Next(3) switch { 0 => null, 1 => new(null, "ENETUNREACH"), _ => new(IPAddress.Parse("192.0.2.9"), null) { IsOnLink = true } };

        public PathFact? PathAt(string path, bool bind) => new(path, (PathKind)_random.Next(6), "srw-------", "root", _random.Next(3) switch { 0 => null, 1 => path, _ => "/tmp" });

        private List<SocketFact> Sockets(int port)
        {
            IPAddress[] addresses = [IPAddress.Loopback, IPAddress.Any, IPAddress.IPv6Any, IPAddress.Parse("127.0.0.2")];
            ProcessFact?[] holders = [null, new(1, null, null), new(2, "python3 {pid}"[..7], "rudi"), new(3, "nc", null), new(4, null, "rudi"), new(Environment.ProcessId, "me", "me")];
            return [.. Enumerable.Range(0, _random.Next(3)).Select(_ => new SocketFact("tcp", new IPEndPoint(addresses[_random.Next(4)], port), States[_random.Next(4)], holders[_random.Next(6)])
            {
                Remote = new IPEndPoint(IPAddress.Loopback, 80),
                ReceiveQueue = _random.Next(2),
                SendQueue = _random.Next(2),
            })];
        }
    }
}
