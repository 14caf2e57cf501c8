using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using Soket.Endpoints;

namespace Soket.Http;

/// <summary>What is wrong with a URL.</summary>
public enum HttpUrlError
{
    /// <summary>It is none: no host, a port that is no number.</summary>
    Form,

    /// <summary>Its scheme is neither http nor https.</summary>
    Scheme,
}

/// <summary>
/// A URL of http or https (RFC 9110 4.2, RFC 3986). Its host is read as an endpoint's is, so that a name means the same everywhere; a user and password in it
/// are kept apart and never written with it.
/// </summary>
public sealed class HttpUrl
{
    private readonly string _userInfo;

    private HttpUrl(SocketUri endpoint, string target, string userInfo)
    {
        Endpoint = endpoint;
        Target = target;
        _userInfo = userInfo;
    }

    /// <summary>Where it leads: <c>tcp://host:80</c>, <c>tls://host:443</c>.</summary>
    public SocketUri Endpoint { get; }

    /// <summary>Path and query, as they stand in a request: <c>/a?b</c>.</summary>
    public string Target { get; }

    /// <summary>Whether it is https.</summary>
    public bool IsSecure => Endpoint.IsSecure;

    /// <summary><c>http</c> or <c>https</c>.</summary>
    public string Scheme => IsSecure ? "https" : "http";

    /// <summary>The path, without the query.</summary>
    public string Path => Target.IndexOf('?', StringComparison.Ordinal) is >= 0 and int query ? Target[..query] : Target;

    /// <summary>The host, and the port where it is not the scheme's usual one: what Host says (RFC 9110 7.2).</summary>
    public string Authority
    {
        get
        {
            string host = Endpoint.Host.Contains(':', StringComparison.Ordinal) ? $"[{Endpoint.Host.Split('%')[0]}]" : Endpoint.Host;
            return Endpoint.Port == (IsSecure ? 443 : 80) ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{Endpoint.Port}");
        }
    }

    /// <summary>Scheme, host and port: what credentials belong to (RFC 6454 4).</summary>
    public string Origin => $"{Scheme}://{Authority}";

    /// <summary>The user and password that stood in it; null when none did.</summary>
    public (string User, string Password)? Credentials
    {
        get
        {
            if (_userInfo.Length == 0)
                return null;
            string[] parts = _userInfo.Split(':', 2);
            return (Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
        }
    }

    /// <summary>Reads a URL; without a scheme, http is meant.</summary>
    /// <param name="text">The text.</param>
    /// <param name="url">The URL.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out HttpUrl? url, out HttpUrlError error)
    {
        (url, error) = (null, HttpUrlError.Form);
        int colon = text.IndexOf("://", StringComparison.Ordinal);
        bool schemed = colon > 0 && text.AsSpan(0, colon).IndexOfAny("/?#@") < 0;
        string scheme = schemed ? text[..colon].ToLowerInvariant() : "http";
        if (scheme is not ("http" or "https"))
        {
            error = HttpUrlError.Scheme;
            return false;
        }

        string rest = schemed ? text[(colon + 3)..] : text;
        int end = rest.AsSpan().IndexOfAny("/?#");
        string authority = end < 0 ? rest : rest[..end];
        int at = authority.LastIndexOf('@');
        string host = authority[(at + 1)..];
        if (host.Length == 0)
            return false;
        // [::1]:80 has its port behind the bracket; a colon with nothing behind it is an empty port, which is the usual one (RFC 3986 3.2.3).
        int port = host.IndexOf(':', Math.Max(0, host.LastIndexOf(']')));
        if (port == host.Length - 1)
            host = host[..port];
        if (port < 0 || port == host.Length)
            host += scheme == "https" ? ":443" : ":80";
        if (!SocketUri.TryParse((scheme == "https" ? "tls://" : "tcp://") + host, out SocketUri endpoint, out _) || endpoint.Port == 0 || endpoint.Host == SocketUri.AnyHost)
            return false;
        url = new HttpUrl(endpoint, Normal(end < 0 ? "" : rest[end..]), at < 0 ? "" : authority[..at]);
        return true;
    }

    /// <summary>Where a reference leads from here (RFC 3986 5.2): the value of Location.</summary>
    /// <param name="reference">A URL, or a part of one.</param>
    /// <returns>The URL; null when the reference makes none of http or https. Credentials go along only within the same origin.</returns>
    public HttpUrl? Resolve(string reference)
    {
        int colon = reference.AsSpan().IndexOfAny(":/?#");
        bool schemed = colon > 0 && reference[colon] == ':' && char.IsAsciiLetter(reference[0]) && reference[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.');
        string whole = reference switch
        {
            _ when schemed => reference,
            ['/', '/', ..] => $"{Scheme}:{reference}",
            ['/', ..] => Origin + reference,
            ['?', ..] => Origin + Path + reference,
            [] or ['#', ..] => Origin + Target,
            _ => Origin + Path[..(Path.LastIndexOf('/') + 1)] + reference,
        };
        if (!whole.Contains("://", StringComparison.Ordinal) || !TryParse(whole, out HttpUrl? url, out _))
            return null;
        return new HttpUrl(url.Endpoint, url.Target, url.Origin == Origin && !schemed ? _userInfo : "");
    }

    /// <summary>The URL, without a user, a password or a fragment.</summary>
    public override string ToString() => Origin + Target;

    // Percent-encodes what may not stand in a target, takes dot segments away (RFC 3986 5.2.4), and drops the fragment, which stays at home.
    private static string Normal(string text)
    {
        int fragment = text.IndexOf('#', StringComparison.Ordinal);
        if (fragment >= 0)
            text = text[..fragment];
        var encoded = new StringBuilder(text.Length + 1);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (b is > (byte)' ' and < 0x7f and not ((byte)'"' or (byte)'<' or (byte)'>' or (byte)'\\' or (byte)'^' or (byte)'`' or (byte)'{' or (byte)'|' or (byte)'}'))
                encoded.Append((char)b);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        string target = encoded.ToString();
        int query = target.IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? target : target[..query];
        var segments = new List<string>();
        string[] parts = path.Split('/');
        for (int i = 1; i < parts.Length; i++)
        {
            bool dot = parts[i] == ".", up = parts[i] == "..";
            if (up && segments.Count > 0)
                segments.RemoveAt(segments.Count - 1);
            if (!dot && !up)
                segments.Add(parts[i]);
            else if (i == parts.Length - 1)
                segments.Add("");
        }

        return "/" + string.Join('/', segments) + (query < 0 ? "" : target[query..]);
    }
}
