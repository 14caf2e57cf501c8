using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;
using Soket.Endpoints;
using Soket.Languages;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Endpoints;

public sealed class SocketUriTests
{
    [Theory]
    [InlineData("tcp://localhost:8080", SocketScheme.Tcp, "localhost", 8080, "", "tcp://localhost:8080")]
    [InlineData("TCP://LocalHost:8080/", SocketScheme.Tcp, "localhost", 8080, "", "tcp://localhost:8080")]
    [InlineData("  tcp://localhost:8080 ", SocketScheme.Tcp, "localhost", 8080, "", "tcp://localhost:8080")]
    [InlineData(":8080", SocketScheme.Tcp, "localhost", 8080, "", "tcp://localhost:8080")]
    [InlineData("tcp://:8080", SocketScheme.Tcp, "localhost", 8080, "", "tcp://localhost:8080")]
    [InlineData("example.com:80", SocketScheme.Tcp, "example.com", 80, "", "tcp://example.com:80")]
    [InlineData("example.com.:80", SocketScheme.Tcp, "example.com.", 80, "", "tcp://example.com.:80")]
    [InlineData("_sip._tcp.example.com:5060", SocketScheme.Tcp, "_sip._tcp.example.com", 5060, "", "tcp://_sip._tcp.example.com:5060")]
    [InlineData("*:0", SocketScheme.Tcp, "*", 0, "", "tcp://*:0")]
    [InlineData("127.0.0.1:65535", SocketScheme.Tcp, "127.0.0.1", 65535, "", "tcp://127.0.0.1:65535")]
    [InlineData("127.0.0.1:0080", SocketScheme.Tcp, "127.0.0.1", 80, "", "tcp://127.0.0.1:80")]
    [InlineData("[::1]:80", SocketScheme.Tcp, "::1", 80, "", "tcp://[::1]:80")]
    [InlineData("udp://[0:0:0:0:0:0:0:1]:53", SocketScheme.Udp, "::1", 53, "", "udp://[::1]:53")]
    [InlineData("udp://[2001:DB8::A]:53", SocketScheme.Udp, "2001:db8::a", 53, "", "udp://[2001:db8::a]:53")]
    [InlineData("tcp://[fe80::1%eth0]:80", SocketScheme.Tcp, "fe80::1%eth0", 80, "", "tcp://[fe80::1%eth0]:80")]
    [InlineData("tcp://[fe80::1%25eth0]:80", SocketScheme.Tcp, "fe80::1%eth0", 80, "", "tcp://[fe80::1%eth0]:80")]
    [InlineData("tcp://[fe80::1%25]:80", SocketScheme.Tcp, "fe80::1%25", 80, "", "tcp://[fe80::1%2525]:80")]
    [InlineData("tcp://[::ffff:127.0.0.1]:80", SocketScheme.Tcp, "::ffff:127.0.0.1", 80, "", "tcp://[::ffff:127.0.0.1]:80")]
    [InlineData("tls://example.com:443", SocketScheme.Tls, "example.com", 443, "", "tls://example.com:443")]
    [InlineData("ws://example.com", SocketScheme.Ws, "example.com", 80, "/", "ws://example.com:80/")]
    [InlineData("WSS://Example.com/Chat?Room=1", SocketScheme.Wss, "example.com", 443, "/Chat?Room=1", "wss://example.com:443/Chat?Room=1")]
    [InlineData("ws://[::1]", SocketScheme.Ws, "::1", 80, "/", "ws://[::1]:80/")]
    [InlineData("ws://host:9000?a=b", SocketScheme.Ws, "host", 9000, "/?a=b", "ws://host:9000/?a=b")]
    [InlineData("ws://:9000/x", SocketScheme.Ws, "localhost", 9000, "/x", "ws://localhost:9000/x")]
    [InlineData("unix:/run/echo.sock", SocketScheme.Unix, "", 0, "/run/echo.sock", "unix:/run/echo.sock")]
    [InlineData("unix:///run/echo.sock", SocketScheme.Unix, "", 0, "/run/echo.sock", "unix:/run/echo.sock")]
    [InlineData("UNIX:rel/path", SocketScheme.Unix, "", 0, "rel/path", "unix:rel/path")]
    [InlineData("unix:@abstract", SocketScheme.Unix, "", 0, "@abstract", "unix:@abstract")]
    [InlineData("unix:/tmp/a b%20:?#", SocketScheme.Unix, "", 0, "/tmp/a b%20:?#", "unix:/tmp/a b%20:?#")]
    [InlineData("unix:/tmp/ends with blank ", SocketScheme.Unix, "", 0, "/tmp/ends with blank ", "unix:/tmp/ends with blank ")]
    [InlineData("unixgram:/run/d.sock", SocketScheme.UnixDatagram, "", 0, "/run/d.sock", "unixgram:/run/d.sock")]
    [InlineData("tcp://bücher.example:80", SocketScheme.Tcp, "xn--bcher-kva.example", 80, "", "tcp://xn--bcher-kva.example:80")]
    [InlineData("tcp://BÜCHER.example:80", SocketScheme.Tcp, "xn--bcher-kva.example", 80, "", "tcp://xn--bcher-kva.example:80")]
    public void Every_good_form_is_read_and_written_back(string text, SocketScheme scheme, string host, int port, string path, string canonical)
    {
        Assert.True(SocketUri.TryParse(text, out SocketUri uri, out SocketUriError? error), error?.Key);
        Assert.Equal((scheme, host, port, path), (uri.Scheme, uri.Host, uri.Port, uri.Path));
        Assert.Equal(canonical, uri.ToString());
        Assert.Equal(uri, SocketUri.Parse(canonical));
    }

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "", "empty", "tcp://localhost:8080" },
        { " \t ", "empty", "tcp://localhost:8080" },
        { "tcp://local\u0007host:80", "control-character", "tcp://localhost:80" },
        { "unix:/tmp/\u001b[31m", "control-character", "unix:/tmp/[31m" },
        { "http://example.com/x", "scheme-http", "tcp://example.com:80" },
        { "https://example.com", "scheme-http", "tls://example.com:443" },
        { "ssl://example.com:443", "scheme-unknown", "tls://example.com:443" },
        { "udp6://example.com:53", "scheme-unknown", "udp://example.com:53" },
        { "foo://bar:1", "scheme-unknown", "tcp://bar:1" },
        { "tsl://bar:1", "scheme-unknown", "tls://bar:1" },
        { "upd://bar:1", "scheme-unknown", "udp://bar:1" },
        { "://x", "scheme-unknown", "tcp://x:8080" },
        { "tcp:8080", "scheme-separator", "tcp://localhost:8080" },
        { "tcp:99999", "scheme-separator", "tcp://localhost:8080" },
        { "tcp:/localhost:80", "scheme-separator", "tcp://localhost:80" },
        { "udp:example.com:53", "scheme-separator", "udp://example.com:53" },
        { "tcp://", "host-missing", "tcp://localhost:8080" },
        { "ws://", "host-missing", "ws://localhost:8080/" },
        { "/tmp/echo.sock", "host-missing", "unix:/tmp/echo.sock" },
        { "a b:80", "host-invalid", "tcp://localhost:80" },
        { "a%20b:80", "host-invalid", "tcp://localhost:80" },
        { "-a:80", "host-invalid", "tcp://localhost:80" },
        { "a..b:80", "host-invalid", "tcp://localhost:80" },
        { "127.1:80", "host-invalid", "tcp://localhost:80" },
        { "0x7f000001:80", "host-invalid", "tcp://localhost:80" },
        { "0177.0.0.1:80", "host-invalid", "tcp://localhost:80" },
        { "1.2.3.0x4:80", "host-invalid", "tcp://localhost:80" },
        { "example.256:80", "host-invalid", "tcp://localhost:80" },
        { "１２７.0.0.1:80", "host-invalid", "tcp://localhost:80" },
        { "local\u200bhost:80", "host-invalid", "tcp://localhost:80" },
        { "unix://host/run/x", "host-invalid", "unix:/host/run/x" },
        { "8080", "port-alone", ":8080" },
        { "99999", "port-alone", "tcp://localhost:8080" },
        { "localhost", "port-missing", "tcp://localhost:8080" },
        { "localhost:", "port-missing", "tcp://localhost:8080" },
        { "udp://example.com", "port-missing", "udp://example.com:8080" },
        { "[::1]", "port-missing", "tcp://[::1]:8080" },
        { "localhost:http", "port-invalid", "tcp://localhost:8080" },
        { "localhost:-1", "port-invalid", "tcp://localhost:8080" },
        { "localhost:+1", "port-invalid", "tcp://localhost:8080" },
        { "localhost:８０", "port-invalid", "tcp://localhost:8080" },
        { "localhost: 80", "port-invalid", "tcp://localhost:8080" },
        { "[::1]80", "port-invalid", "tcp://[::1]:8080" },
        { "localhost:65536", "port-range", "tcp://localhost:8080" },
        { "localhost:99999999999999999999", "port-range", "tcp://localhost:8080" },
        { "::1:80", "ipv6-brackets", "tcp://[::1]:80" },
        { "tcp://::1", "ipv6-brackets", "tcp://[::1]:8080" },
        { "[::1:80", "ipv6-brackets", "tcp://[::1]:8080" },
        { "[::1::2]:80", "ipv6-invalid", "tcp://[::1]:8080" },
        { "[127.0.0.1]:80", "ipv6-invalid", "tcp://[::1]:8080" },
        { "[fe80::1%]:80", "ipv6-invalid", "tcp://[::1]:8080" },
        { "unix:", "path-missing", "unix:/tmp/echo.sock" },
        { "unix:@", "path-missing", "unix:/tmp/echo.sock" },
        { "unixgram://", "path-missing", "unixgram:/tmp/echo.sock" },
        { "tcp://localhost:80/path", "path-unexpected", "tcp://localhost:80" },
        { "ws://host/a#b", "path-unexpected", "ws://host/a" },
        { "ws://host/a b", "path-unexpected", "ws://host/" },
        { "unix:/" + new string('x', 107), "path-too-long", "unix:/tmp/echo.sock" },
        { "unix:/" + new string('é', 54), "path-too-long", "unix:/tmp/echo.sock" },
        { "user:secret@host:80", "user-info", "tcp://host:80" },
        { "tcp://user@host", "user-info", "tcp://host:8080" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_and_a_right_one_is_shown(string text, string key, string example)
    {
        Assert.False(SocketUri.TryParse(text, out _, out SocketUriError? error));
        Assert.Equal((key, example), (error.Key, error.Example));
        Assert.True(SocketUri.TryParse(error.Example, out _, out _));
        foreach (Language language in Enum.GetValues<Language>())
        {
            string words = error.Describe(language, text);
            Assert.Contains(example, words, StringComparison.Ordinal);
            Assert.DoesNotContain(words, c => char.IsControl(c) || c == '\u200b');
            Assert.DoesNotContain('{', words);
        }

        Assert.Contains(example, Assert.Throws<FormatException>(() => SocketUri.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_mistake_there_is_a_key_for_can_be_made()
    {
        Assert.Equal(SocketUriError.Keys.Order(StringComparer.Ordinal), Mistakes.Select(row => row.Data.Item2).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Any_text_is_read_or_refused_with_a_right_example()
    {
        // Pieces of endpoints in wrong places find more than random characters.
        string[] pieces = ["tcp", "unix", "ws", ":", "//", "/", "[", "]", "::1", "%25", "%", "@", "8080", "99999", "localhost", "127.0.0.1", "a.b", " ", "é", "\u202e", "?", "#", "-", "\0", "xn--", "*", "1.2"];
        Gen<string> assembled = Gen.Elements(pieces).ArrayOf().Select(string.Concat);
        Prop.ForAll(Gen.OneOf(assembled, ArbMap.Default.ArbFor<string>().Generator).ToArbitrary(), text =>
        {
            if (SocketUri.TryParse(text, out SocketUri uri, out SocketUriError? error))
                return SocketUri.TryParse(uri.ToString(), out SocketUri again, out _) && again == uri && again.ToString() == uri.ToString();
            return SocketUriError.Keys.Contains(error.Key) && SocketUri.TryParse(error.Example, out _, out _) && error.Describe(Language.Indonesian, text).Length > 0;
        }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(5_000));
    }

    [Fact]
    public void A_socket_address_becomes_the_endpoint_that_leads_back_to_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The abstract namespace is Linux's.");
        foreach (UnixDomainSocketEndPoint address in (UnixDomainSocketEndPoint[])[new("\0soket-test"), new("/tmp/x.sock"), new("rel/x.sock"), new("@x"), new("//double"), new(" blanks ")])
        {
            SocketUri uri = SocketUri.Parse(SocketUri.FromEndPoint(SocketScheme.Unix, address).ToString());
            UnixDomainSocketEndPoint back = AddressResolver.UnixEndPoint(uri.Path);
            string expected = address.ToString() == "@x" && address.Serialize()[2] != 0 ? "./@x" : address.ToString();
            Assert.Equal(expected, back.ToString());
            Assert.Equal(address.Serialize()[2] == 0, back.Serialize()[2] == 0);
        }

        Assert.Equal("unix:@soket-test", SocketUri.FromEndPoint(SocketScheme.Unix, new UnixDomainSocketEndPoint("\0soket-test")).ToString());
        Assert.Equal("udp://[fe80::1%2525]:53", SocketUri.FromEndPoint(SocketScheme.Udp, new IPEndPoint(IPAddress.Parse("fe80::1%25"), 53)).ToString());
        Assert.Equal(SocketUri.Parse("ws://Example.com"), SocketUri.FromEndPoint(SocketScheme.Ws, new DnsEndPoint("Example.com", 80)));
        Assert.Throws<ArgumentException>(() => SocketUri.FromEndPoint(SocketScheme.Tcp, new UnixDomainSocketEndPoint("/tmp/x")));
    }

    [Fact]
    public void An_endpoint_is_made_from_its_parts()
    {
        Assert.Equal("tcp://[::1]:80", SocketUri.Create(SocketScheme.Tcp, "::1", 80).ToString());
        Assert.Equal("unixgram:/tmp/d", SocketUri.CreateUnix(SocketScheme.UnixDatagram, "/tmp/d").ToString());
        Assert.Equal("tcp://[::1]:81", SocketUri.Parse(":80").WithHost("::1").WithPort(81).ToString());
        Assert.Throws<FormatException>(() => SocketUri.Parse(":80").WithHost("a b"));
        Assert.Throws<FormatException>(() => SocketUri.Create(SocketScheme.Tcp, "localhost", -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SocketUri.Parse(":80").WithPort(65_536));
    }

    [Fact]
    public void Every_mistake_has_its_sentence_in_both_languages()
    {
        Texts texts = Texts.Load(typeof(SocketUri).Assembly, "endpoints");
        Assert.Equal(SocketUriError.Keys.Select(key => "endpoint." + key).Order(StringComparer.Ordinal), texts.Keys.Order(StringComparer.Ordinal));
    }
}
