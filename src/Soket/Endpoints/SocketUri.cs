using System.Buffers;
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
public readonly record struct SocketUri : ISpanParsable<SocketUri>
{
    /// <summary>The host that means every interface, both address families.</summary>
    public const string AnyHost = "*";

    // sockaddr_un.sun_path holds 108 bytes with its final NUL on Linux, 104 on macOS (unix(7), unix(4)).
    private const int LongestUnixPath = 107;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

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
            DnsEndPoint dns when !unix => new SocketUri { Scheme = scheme, Host = Canonical(dns.Host), Port = dns.Port, Path = path },
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
    public SocketUri WithHost(string host) => this with { Host = Canonical(host) };

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

    private static bool TryRead(ReadOnlySpan<char> text, out SocketUri uri, [NotNullWhen(false)] out SocketUriError? error)
    {
        uri = default;
        text = text.TrimStart();
        if (text.IsEmpty)
            return Fail("empty", "", "tcp://localhost:8080", out error);

        int colon = text.IndexOf(':');
        bool known = TryScheme(colon > 0 ? text[..colon] : default, out SocketScheme scheme);
        bool unix = known && scheme is SocketScheme.Unix or SocketScheme.UnixDatagram;
        if (!unix)
            text = text.TrimEnd();
        foreach (char c in text)
        {
            if (char.IsControl(c))
                return Fail("control-character", $"U+{(int)c:X4}", Without(text), out error);
        }

        if (unix)
            return TryUnix(scheme, text[(colon + 1)..], out uri, out error);
        if (known)
        {
            // "tcp:8080" is not the host "tcp": nobody calls a host so, and everybody forgets the slashes once.
            ReadOnlySpan<char> rest = text[(colon + 1)..];
            if (!rest.StartsWith("//"))
                return Fail("scheme-separator", text[..(colon + 1)].ToString(), $"{NameOf(scheme)}://{GuessHostPort(rest)}", out error);
            return TryHostPort(scheme, rest[2..], out uri, out error);
        }

        int separator = text.IndexOf("://");
        if (separator >= 0)
        {
            string named = text[..separator].ToString();
            string guess = GuessHostPort(text[(separator + 3)..]);
            string example = named.ToUpperInvariant() switch
            {
                "HTTP" => $"ws:{text[(separator + 1)..]}",
                "HTTPS" => $"wss:{text[(separator + 1)..]}",
                "SSL" => $"tls://{guess}",
                "UDP4" or "UDP6" => $"udp://{guess}",
                _ => $"tcp://{guess}",
            };
            return Fail("scheme-unknown", named, example, out error);
        }

        if (text[0] == '/')
            return Fail("host-missing", text.ToString(), $"unix:{text}", out error);
        return TryHostPort(SocketScheme.Tcp, text, out uri, out error);
    }

    private static bool TryUnix(SocketScheme scheme, ReadOnlySpan<char> path, out SocketUri uri, [NotNullWhen(false)] out SocketUriError? error)
    {
        uri = default;
        string example = $"{NameOf(scheme)}:/tmp/echo.sock";
        if (path.StartsWith("//"))
        {
            // unix:///run/x: an empty authority, then the path. unix://host/x names a host, which a Unix socket has not.
            path = path[2..];
            if (path.IsEmpty || path[0] != '/')
                return path.IsEmpty ? Fail("path-missing", "", example, out error) : Fail("host-invalid", path.ToString(), $"{NameOf(scheme)}:/{path}", out error);
        }

        if (path.IsEmpty || path is "@")
            return Fail("path-missing", "", example, out error);
        if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestUnixPath)
            return Fail("path-too-long", path.ToString(), example, out error);

        uri = new SocketUri { Scheme = scheme, Path = path.ToString() };
        error = null;
        return true;
    }

    private static bool TryHostPort(SocketScheme scheme, ReadOnlySpan<char> rest, out SocketUri uri, [NotNullWhen(false)] out SocketUriError? error)
    {
        uri = default;
        string prefix = NameOf(scheme) + "://";
        bool webSocket = scheme is SocketScheme.Ws or SocketScheme.Wss;

        int slash = rest.IndexOfAny('/', '?', '#');
        ReadOnlySpan<char> authority = slash < 0 ? rest : rest[..slash];
        ReadOnlySpan<char> path = slash < 0 ? "" : rest[slash..];
        if (authority.Contains('@'))
            return Fail("user-info", authority[..(authority.IndexOf('@') + 1)].ToString(), prefix + GuessHostPort(authority[(authority.LastIndexOf('@') + 1)..]), out error);
        if (!webSocket && path.Length > 0 && path is not "/")
            return Fail("path-unexpected", path.ToString(), prefix + GuessHostPort(authority), out error);

        ReadOnlySpan<char> host;
        ReadOnlySpan<char> port;
        bool literal = authority.StartsWith('[');
        if (literal)
        {
            int close = authority.IndexOf(']');
            if (close < 0)
                return Fail("ipv6-brackets", authority.ToString(), prefix + "[::1]:8080", out error);
            host = authority[1..close];
            ReadOnlySpan<char> after = authority[(close + 1)..];
            if (after.Length > 0 && after[0] != ':')
                return Fail("port-invalid", after.ToString(), $"{prefix}[{host}]:8080", out error);
            port = after.Length > 0 ? after[1..] : default;
            if (after.Length == 0 && !webSocket)
                return Fail("port-missing", authority.ToString(), $"{prefix}[{host}]:8080", out error);
        }
        else
        {
            int last = authority.LastIndexOf(':');
            if (last >= 0 && authority[..last].Contains(':'))
                return Fail("ipv6-brackets", authority.ToString(), BracketExample(prefix, authority), out error);

            if (last < 0 && !webSocket)
            {
                // "8080" alone is a port in every reader's mind; anything else is a host that lacks one.
                bool digits = authority.Length > 0 && !authority.ContainsAnyExceptInRange('0', '9');
                return Fail(authority.IsEmpty ? "host-missing" : "port-missing", authority.ToString(), digits ? $"{prefix}localhost:{authority}" : authority.IsEmpty ? prefix + "localhost:8080" : $"{prefix}{authority}:8080", out error);
            }

            host = last < 0 ? authority : authority[..last];
            port = last < 0 ? default : authority[(last + 1)..];
            if (host.IsEmpty && last < 0)
                return Fail("host-missing", authority.ToString(), prefix + "localhost:8080/", out error);
        }

        string hostText = host.IsEmpty && !literal ? "localhost" : host.ToString();
        if (literal)
        {
            // RFC 6874: %25 is the percent sign; but %25 alone is the zone 25.
            int zone = hostText.IndexOf('%', StringComparison.Ordinal) + 1;
            if (zone > 0 && hostText.Length > zone + 2 && hostText.AsSpan(zone).StartsWith("25"))
                hostText = hostText.Remove(zone, 2);
            if (!TryIPv6(hostText, out hostText!))
                return Fail("ipv6-invalid", host.ToString(), $"{prefix}[::1]:8080", out error);
        }
        else if (!TryHostName(hostText, out hostText!))
        {
            return Fail("host-invalid", host.ToString(), $"{prefix}localhost:{(port.IsEmpty ? "8080" : port)}", out error);
        }

        int number;
        if (port.IsEmpty && webSocket)
        {
            number = scheme == SocketScheme.Ws ? 80 : 443;
        }
        else if (port.IsEmpty)
        {
            return Fail("port-missing", authority.ToString(), $"{prefix}{authority.TrimEnd(':')}:8080", out error);
        }
        else if (port.ContainsAnyExceptInRange('0', '9'))
        {
            return Fail("port-invalid", port.ToString(), prefix + (literal ? $"[{host}]" : hostText) + ":8080", out error);
        }
        else if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number > IPEndPoint.MaxPort)
        {
            return Fail("port-range", port.ToString(), prefix + (literal ? $"[{host}]" : hostText) + ":8080", out error);
        }

        string requestPath = "";
        if (webSocket)
        {
            if (path.Contains('#'))
                return Fail("path-unexpected", path[path.IndexOf('#')..].ToString(), $"{prefix}{authority}{path[..path.IndexOf('#')]}", out error);
            requestPath = path.IsEmpty ? "/" : path[0] == '?' ? "/" + path.ToString() : path.ToString();
            foreach (char c in path)
            {
                if (char.IsWhiteSpace(c))
                    return Fail("path-unexpected", path.ToString(), $"{prefix}{authority}/", out error);
            }
        }

        uri = new SocketUri { Scheme = scheme, Host = hostText, Port = number, Path = requestPath };
        error = null;
        return true;
    }

    private static bool TryIPv6(string text, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        int percent = text.IndexOf('%', StringComparison.Ordinal);
        string address = percent < 0 ? text : text[..percent];
        string zone = percent < 0 ? "" : text[(percent + 1)..];
        if (percent >= 0 && (zone.Length == 0 || zone.AsSpan().ContainsAny("%[]/ ")))
            return false;
        if (!address.Contains(':', StringComparison.Ordinal) || !IPAddress.TryParse(address, out IPAddress? parsed) || address.AsSpan().ContainsAny("[]/"))
            return false;
        canonical = percent < 0 ? parsed.ToString() : $"{parsed}%{zone}";
        return true;
    }

    private static bool TryHostName(string text, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        if (text == AnyHost)
        {
            canonical = text;
            return true;
        }

        // A last label that is a number makes it an IPv4 address, which has one unambiguous form: four decimal numbers. inet_aton's "127.1",
        // "0177.0.0.1" and "1.2.3.0x4" are how addresses are smuggled past filters.
        ReadOnlySpan<char> last = text.AsSpan().TrimEnd('.');
        last = last[(last.LastIndexOf('.') + 1)..];
        if (!last.ContainsAnyExceptInRange('0', '9') || (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && !last[2..].ContainsAnyExcept(HexDigits)))
        {
            if (!IPAddress.TryParse(text, out IPAddress? v4) || v4.ToString() != text)
                return false;
            canonical = text;
            return true;
        }

        if (!TryAscii(text, out string? ascii))
            return false;

        // RFC 1123 2.1 labels, the underscore of service names allowed; a final dot names the root.
        string name = ascii.EndsWith('.') ? ascii[..^1] : ascii;
        if (name.Length is 0 or > 253)
            return false;
        foreach (string label in name.Split('.'))
        {
            if (label.Length is 0 or > 63 || label.StartsWith('-') || label.EndsWith('-'))
                return false;
            foreach (char c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                    return false;
            }
        }

        canonical = ascii.ToLowerInvariant();
        return true;
    }

    private static bool TryAscii(string text, [NotNullWhen(true)] out string? ascii)
    {
        ascii = text;
        if (System.Text.Ascii.IsValid(text))
            return true;

        // Without the tables of IDNA the punycode of nearly anything can be had, look-alikes and invisible characters included; letters, marks and
        // digits are what names are made of. The full-width forms are disallowed there too (RFC 5892 2.2).
        ascii = null;
        foreach (System.Text.Rune rune in text.EnumerateRunes())
        {
            if (!rune.IsAscii && (rune.Value is 0xFFFD or (>= 0xFF00 and <= 0xFFEF)
                || System.Text.Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.LowercaseLetter or UnicodeCategory.UppercaseLetter or UnicodeCategory.OtherLetter
                    or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber)))
                return false;
        }

        try
        {
            ascii = new IdnMapping().GetAscii(text.ToLowerInvariant());
            return true;
        }
        catch (ArgumentException)
        {
            return false; // a label longer than 63 bytes, or an empty one
        }
    }

    private static string Canonical(string host) =>
        TryHostName(host, out string? canonical) || TryIPv6(host, out canonical)
            ? canonical
            : throw new FormatException($"'{host}' is neither a host name nor an address.");

    // A socket bound to the file "@x" of its directory is not one of the abstract namespace, which is told by a first byte of 0 (unix(7)).
    private static string UnixPath(UnixDomainSocketEndPoint address)
    {
        string path = address.ToString();
        SocketAddress raw = address.Serialize();
        return path.StartsWith('@') && raw.Size > 2 && raw[2] != 0 ? "./" + path : path;
    }

    private static string Without(ReadOnlySpan<char> text) => string.Concat(text.ToString().Where(c => !char.IsControl(c)));

    // "" and nothing are the same host or path, and so must be equal.
    private static string Some(string value) => value.Length == 0 ? null! : value;

    private static string BracketExample(string prefix, ReadOnlySpan<char> authority)
    {
        int last = authority.LastIndexOf(':');
        ReadOnlySpan<char> port = authority[(last + 1)..];
        return port.Length is > 0 and <= 5 && !port.ContainsAnyExceptInRange('0', '9') && IPAddress.TryParse(authority[..last], out _)
            ? $"{prefix}[{authority[..last]}]:{port}"
            : IPAddress.TryParse(authority, out _) ? $"{prefix}[{authority}]:8080" : $"{prefix}[::1]:8080";
    }

    private static string GuessHostPort(ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart('/');
        if (rest.Length > 0 && !rest.ContainsAnyExceptInRange('0', '9'))
            return $"localhost:{rest}";
        if (TryHostPort(SocketScheme.Tcp, rest, out SocketUri uri, out _))
            return uri.ToString()["tcp://".Length..];
        return "localhost:8080";
    }

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

    private static bool TryScheme(ReadOnlySpan<char> name, out SocketScheme scheme)
    {
        for (scheme = SocketScheme.Tcp; scheme <= SocketScheme.Wss; scheme++)
        {
            if (name.Equals(NameOf(scheme), StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static bool Fail(string key, string part, string example, [NotNullWhen(false)] out SocketUriError? error)
    {
        error = new SocketUriError(key, part, example);
        return false;
    }
}
