using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Soket.Endpoints;

/// <summary>
/// How a place on the network is written: <c>tcp://localhost:8080</c>, <c>udp://[::1]:53</c>, <c>unix:/run/echo.sock</c>,
/// <c>unixgram:/run/d.sock</c>, <c>tls://host:443</c>, <c>ws://host/path</c>. The shorthands <c>:8080</c> (on localhost) and
/// <c>host:8080</c> mean TCP; the host <c>*</c> means every interface, both families.
/// </summary>
/// <remarks>
/// The general form is RFC 3986's, with the zone of an IPv6 address written as people type it (<c>[fe80::1%eth0]</c>; the <c>%25</c> of
/// RFC 6874 is read as well). A Unix path is taken literally, without percent-encoding, final blanks included. A name that is not ASCII is
/// encoded as IDNA does (RFC 5891), letter by letter in lower case, but not normalized and not checked against the tables of IDNA: where
/// globalization is invariant there is neither; write such a name composed (NFC), or as its <c>xn--</c> form. <see cref="ToString()"/> gives the
/// canonical form, which parses to an equal value.
/// </remarks>
public readonly partial record struct SocketUri : ISpanParsable<SocketUri>
{
    /// <summary>The host that means every interface, both address families.</summary>
    public const string AnyHost = "*";


    /// <summary>What is spoken there.</summary>
    public SocketScheme Scheme { get; private init; }

    /// <summary>The host name, IPv4 or IPv6 address (without brackets, zone included), or <see cref="AnyHost"/>; empty for Unix sockets.</summary>
    public string Host { get => field ?? ""; private init => field = Some(value); }

    /// <summary>The port, 0 to 65535; 0 asks the system for a free one when serving. 0 for Unix sockets.</summary>
    public int Port { get; private init; }

    /// <summary>The path of a Unix socket (<c>@name</c>: the abstract namespace of Linux), or of a WebSocket request with its query; else empty.</summary>
    public string Path { get => field ?? ""; private init => field = Some(value); }

    /// <summary>Whether it is carried by datagrams, which keep their boundaries.</summary>
    public bool IsDatagram => Scheme is SocketScheme.Udp or SocketScheme.UnixDatagram;

    /// <summary>Whether it names a Unix domain socket.</summary>
    public bool IsUnix => Scheme is SocketScheme.Unix or SocketScheme.UnixDatagram;

    /// <summary>Whether WebSocket is spoken there.</summary>
    public bool IsWebSocket => Scheme is SocketScheme.Ws or SocketScheme.Wss;

    /// <summary>Whether TLS protects it.</summary>
    public bool IsSecure => Scheme is SocketScheme.Tls or SocketScheme.Wss;

    /// <summary>The scheme as it is written: <c>tcp</c>, <c>unixgram</c> ...</summary>
    public string SchemeName => NameOf(Scheme);

    /// <summary>An endpoint on a host and port.</summary>
    /// <param name="scheme">Any scheme but the Unix ones.</param>
    /// <param name="host">A name or address, without brackets.</param>
    /// <param name="port">0 to 65535.</param>
    /// <exception cref="FormatException">These do not make an endpoint.</exception>
    public static SocketUri Create(SocketScheme scheme, string host, int port)
    {
        string text = $"{NameOf(scheme)}://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port.ToString(CultureInfo.InvariantCulture)}";
        return Parse(text);
    }

    /// <summary>An endpoint on a Unix path.</summary>
    /// <exception cref="FormatException">The path is empty or too long.</exception>
    public static SocketUri CreateUnix(SocketScheme scheme, string path) => Parse($"{NameOf(scheme)}:{path}");

    /// <summary>The endpoint of a socket's address.</summary>
    /// <remarks>The address of a Unix socket without a name gives an empty path, which says so but does not parse.</remarks>
    /// <param name="scheme">What is spoken there.</param>
    /// <param name="address">An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/>, or for the Unix schemes a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <exception cref="ArgumentException">The scheme and the address do not go together.</exception>
    public static SocketUri FromEndPoint(SocketScheme scheme, EndPoint address)
    {
        bool unix = scheme is SocketScheme.Unix or SocketScheme.UnixDatagram;
        string path = scheme is SocketScheme.Ws or SocketScheme.Wss ? "/" : "";
        return address switch
        {
            IPEndPoint ip when !unix => new SocketUri { Scheme = scheme, Host = ip.Address.ToString(), Port = ip.Port, Path = path },
            DnsEndPoint dns when !unix => new SocketUri { Scheme = scheme, Host = HostName.Canonical(dns.Host), Port = dns.Port, Path = path },
            UnixDomainSocketEndPoint file when unix => new SocketUri { Scheme = scheme, Path = UnixPath(file) },
            _ => throw new ArgumentException($"{NameOf(scheme)} does not go with the address {address}.", nameof(address)),
        };
    }

    /// <summary>The same endpoint with another port.</summary>
    /// <param name="port">0 to 65535.</param>
    public SocketUri WithPort(int port)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        return this with { Port = port };
    }

    /// <summary>The same endpoint on another host or address.</summary>
    /// <param name="host">A name or address, without brackets.</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public SocketUri WithHost(string host) => this with { Host = HostName.Canonical(host) };

    /// <summary>The same endpoint with another endpoint's path: an address where a WebSocket is served has none of its own.</summary>
    /// <param name="other">The endpoint with the path.</param>
    internal SocketUri WithPathOf(SocketUri other) => this with { Path = other.Path };

    /// <summary>The canonical form.</summary>
    public override string ToString()
    {
        // After "unix:" two slashes begin an (empty) authority, so a path that has them itself needs it.
        if (IsUnix)
            return Path.StartsWith("//", StringComparison.Ordinal) ? $"{SchemeName}://{Path}" : $"{SchemeName}:{Path}";
        string port = Port.ToString(CultureInfo.InvariantCulture);
        if (!Host.Contains(':', StringComparison.Ordinal))
            return $"{SchemeName}://{Host}:{port}{Path}";

        // A zone that begins with 25 would be read as the %25 of RFC 6874, so that is written.
        int zone = Host.IndexOf('%', StringComparison.Ordinal) + 1;
        string host = zone > 0 && Host.AsSpan(zone).StartsWith("25") ? Host.Insert(zone, "25") : Host;
        return $"{SchemeName}://[{host}]:{port}{Path}";
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static SocketUri Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <summary>Reads an endpoint.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used: endpoints are written the same everywhere.</param>
    /// <exception cref="FormatException">It is not one; the message says what is wrong and shows a right one.</exception>
    public static SocketUri Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, out SocketUri uri, out SocketUriError? error)
            ? uri
            : throw new FormatException(error.Describe(Languages.Language.English, s));

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SocketUri result) =>
        TryParse(s.AsSpan(), out result, out _);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out SocketUri result) => TryParse(s, out result, out _);

    /// <summary>Reads an endpoint, or says what is wrong with it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="uri">The endpoint.</param>
    /// <param name="error">What is wrong, when it is not one.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out SocketUri uri, [NotNullWhen(false)] out SocketUriError? error)
    {
        if (TryRead(text, out uri, out error))
            return true;

        // What was meant is a guess, made of pieces of a wrong text; only one that is right is shown.
        if (!TryRead(error.Example, out _, out _))
            error = error with { Example = "tcp://localhost:8080" };
        return false;
    }

    private static string UnixPath(UnixDomainSocketEndPoint address)
    {
        string path = address.ToString();
        SocketAddress raw = address.Serialize();
        return path.StartsWith('@') && raw.Size > 2 && raw[2] != 0 ? "./" + path : path;
    }

    // "" and nothing are the same host or path, and so must be equal.
    private static string Some(string value) => value.Length == 0 ? null! : value;

    private static string NameOf(SocketScheme scheme) => scheme switch
    {
        SocketScheme.Tcp => "tcp",
        SocketScheme.Udp => "udp",
        SocketScheme.Unix => "unix",
        SocketScheme.UnixDatagram => "unixgram",
        SocketScheme.Tls => "tls",
        SocketScheme.Ws => "ws",
        SocketScheme.Wss => "wss",
        _ => throw new ArgumentOutOfRangeException(nameof(scheme), scheme, null),
    };
}
