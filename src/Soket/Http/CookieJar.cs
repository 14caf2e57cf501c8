using System.Globalization;
using System.Net;
using Soket.Protocols.Http1;

namespace Soket.Http;

/// <summary>
/// The cookies of one run (RFC 6265): what servers set goes back to them, and to nobody else. There is no list of public suffixes here, so a cookie for a
/// domain of one label is refused, and what a host sets for <c>co.uk</c> is not: nothing outlives the run. Not for several threads.
/// </summary>
public sealed class CookieJar
{
    /// <summary>The most cookies kept; more are passed over.</summary>
    public const int MaxCookies = 300;

    private const int MaxLength = 4096;
    private readonly List<Cookie> _cookies = [];

    private sealed record Cookie(string Name, string Value, string Domain, bool HostOnly, string Path, bool Secure, DateTimeOffset Expires);

    /// <summary>How many there are.</summary>
    public int Count => _cookies.Count;

    /// <summary>Takes what a response sets (RFC 6265 5.3).</summary>
    /// <param name="url">Where it came from.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="now">The time.</param>
    public void Take(HttpUrl url, HttpFields fields, DateTimeOffset now)
    {
        foreach (HttpField field in fields)
        {
            if (field.Name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase) && field.Value.Length <= MaxLength && Read(url, field.Value, now) is { } cookie)
                Put(cookie, now);
        }
    }

    /// <summary>The value of Cookie for a request (RFC 6265 5.4); null when there is none for it.</summary>
    /// <param name="url">Where it goes.</param>
    /// <param name="now">The time.</param>
    public string? For(HttpUrl url, DateTimeOffset now)
    {
        string[] pairs =
        [
            .. from cookie in _cookies
               where cookie.Expires > now && (!cookie.Secure || url.IsSecure) && MatchesPath(url.Path, cookie.Path)
               where cookie.HostOnly ? url.Endpoint.Host == cookie.Domain : MatchesDomain(url.Endpoint.Host, cookie.Domain)
               orderby cookie.Path.Length descending
               select $"{cookie.Name}={cookie.Value}",
        ];
        return pairs.Length == 0 ? null : string.Join("; ", pairs);
    }

    private void Put(Cookie cookie, DateTimeOffset now)
    {
        _cookies.RemoveAll(old => old.Expires <= now || (old.Name == cookie.Name && old.Domain == cookie.Domain && old.Path == cookie.Path));
        if (cookie.Expires > now && _cookies.Count < MaxCookies)
            _cookies.Add(cookie);
    }

    private static Cookie? Read(HttpUrl url, string text, DateTimeOffset now)
    {
        string[] parts = text.Split(';');
        int equals = parts[0].IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? "" : parts[0][..equals].Trim();
        if (name.Length == 0)
            return null;
        var cookie = new Cookie(name, parts[0][(equals + 1)..].Trim(), url.Endpoint.Host, HostOnly: true, DefaultPath(url.Path), Secure: false, DateTimeOffset.MaxValue);
        bool aged = false;
        foreach (string part in parts.Skip(1))
        {
            string[] pair = part.Split('=', 2);
            string value = pair.Length > 1 ? pair[1].Trim() : "";
            switch (pair[0].Trim().ToUpperInvariant())
            {
                case "SECURE":
                    cookie = cookie with { Secure = true };
                    break;
                case "PATH":
                    cookie = cookie with { Path = value.StartsWith('/') ? value : DefaultPath(url.Path) };
                    break;
                case "MAX-AGE" when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seconds):
                    aged = true; // it wins over Expires
                    cookie = cookie with { Expires = seconds <= 0 ? DateTimeOffset.MinValue : seconds > 400L * 86400 ? DateTimeOffset.MaxValue : now.AddSeconds(seconds) };
                    break;
                case "EXPIRES" when !aged && DateTimeOffset.TryParse(value.Replace('-', ' '), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset expires):
                    cookie = cookie with { Expires = expires };
                    break;
                case "DOMAIN" when value.TrimStart('.').Length > 0:
                    string domain = value.TrimStart('.').ToLowerInvariant();
                    if (domain != url.Endpoint.Host && (!MatchesDomain(url.Endpoint.Host, domain) || !domain.Contains('.', StringComparison.Ordinal)))
                        return null;
                    cookie = cookie with { Domain = domain, HostOnly = IPAddress.TryParse(domain, out _) };
                    break;
            }
        }

        // A plain-text server cannot set what only an encrypted connection may carry.
        return cookie.Secure && !url.IsSecure ? null : cookie;
    }

    private static bool MatchesDomain(string host, string domain) =>
        host == domain || (host.EndsWith("." + domain, StringComparison.Ordinal) && !IPAddress.TryParse(host, out _));

    private static bool MatchesPath(string path, string of) =>
        path == of || (path.StartsWith(of, StringComparison.Ordinal) && (of.EndsWith('/') || path[of.Length] == '/'));

    private static string DefaultPath(string path) => path.LastIndexOf('/') is > 0 and int last ? path[..last] : "/";
}
