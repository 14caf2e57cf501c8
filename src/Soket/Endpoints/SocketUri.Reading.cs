using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Soket.Languages;

namespace Soket.Endpoints;

/// <content>Reading: from a text to an endpoint, or to what is wrong with it.</content>
public readonly partial record struct SocketUri
{
    // sockaddr_un.sun_path holds 108 bytes with its final NUL on Linux, 104 on macOS (unix(7), unix(4)).
    private static readonly int LongestUnixPath = OperatingSystem.IsLinux() || OperatingSystem.IsWindows() ? 107 : 103;

    // What a misspelt scheme may have been meant as; the Unix ones have paths.
    private static readonly string[] NetworkSchemes = ["tcp", "udp", "tls", "ws", "wss"];

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
            ReadOnlySpan<char> rest = text[(separator + 3)..];
            return named.ToUpperInvariant() switch
            {
                "HTTP" => Fail("scheme-http", named, $"tcp://{GuessHostPort(rest, 80)}", out error),
                "HTTPS" => Fail("scheme-http", named, $"tls://{GuessHostPort(rest, 443)}", out error),
                "SSL" => Fail("scheme-unknown", named, $"tls://{GuessHostPort(rest)}", out error),
                _ => Fail("scheme-unknown", named, $"{Nearest.Of(named, NetworkSchemes) ?? "tcp"}://{GuessHostPort(rest)}", out error),
            };
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
                return Fail(authority.IsEmpty ? "host-missing" : digits ? "port-alone" : "port-missing", authority.ToString(), digits && scheme == SocketScheme.Tcp ? $":{authority}" : digits ? $"{prefix}localhost:{authority}" : authority.IsEmpty ? prefix + "localhost:8080" : $"{prefix}{authority}:8080", out error);
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
            if (!HostName.TryIPv6(hostText, out hostText!))
                return Fail("ipv6-invalid", host.ToString(), $"{prefix}[::1]:8080", out error);
        }
        else if (!HostName.TryHostName(hostText, out hostText!))
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

    private static string Without(ReadOnlySpan<char> text) => string.Concat(text.ToString().Where(c => !char.IsControl(c)));

    private static string BracketExample(string prefix, ReadOnlySpan<char> authority)
    {
        int last = authority.LastIndexOf(':');
        ReadOnlySpan<char> port = authority[(last + 1)..];
        return port.Length is > 0 and <= 5 && !port.ContainsAnyExceptInRange('0', '9') && IPAddress.TryParse(authority[..last], out _)
            ? $"{prefix}[{authority[..last]}]:{port}"
            : IPAddress.TryParse(authority, out _) ? $"{prefix}[{authority}]:8080" : $"{prefix}[::1]:8080";
    }

    private static string GuessHostPort(ReadOnlySpan<char> rest, int port = 8080)
    {
        rest = rest.TrimStart('/');
        if (rest.IndexOf('/') is >= 0 and int path)
            rest = rest[..path];
        if (rest.Length > 0 && !rest.ContainsAnyExceptInRange('0', '9'))
            return $"localhost:{rest}";
        if (TryHostPort(SocketScheme.Tcp, rest, out SocketUri uri, out _))
            return uri.ToString()["tcp://".Length..];
        return TryHostPort(SocketScheme.Tcp, string.Create(CultureInfo.InvariantCulture, $"{rest}:{port}"), out uri, out _) ? uri.ToString()["tcp://".Length..] : "localhost:8080";
    }

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
