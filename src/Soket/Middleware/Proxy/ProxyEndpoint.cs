using System.Diagnostics.CodeAnalysis;
using System.Text;
using Soket.Endpoints;
using Soket.Explain;

namespace Soket.Middleware.Proxy;

/// <summary>
/// A proxy as it is written: <c>http://user:password@host:3128</c>, <c>socks4a://host:1080</c>, <c>socks5://host:1080</c>. In all three the proxy
/// resolves the names of targets. No text of it shows the password.
/// </summary>
public sealed class ProxyEndpoint
{
    private ProxyEndpoint(ProxyKind kind, SocketUri place, ProxyCredentials? credentials)
    {
        Kind = kind;
        Place = place;
        Credentials = credentials;
    }

    /// <summary>What it speaks.</summary>
    public ProxyKind Kind { get; }

    /// <summary>Where it is, as a TCP endpoint.</summary>
    public SocketUri Place { get; }

    /// <summary>The login; null for none.</summary>
    public ProxyCredentials? Credentials { get; }

    /// <summary>The same proxy with a login.</summary>
    /// <param name="credentials">The login; null for none.</param>
    public ProxyEndpoint With(ProxyCredentials? credentials) => new(Kind, Place, credentials);

    /// <summary>A failure with this proxy among its facts: what is seen on such a connection is the way to the proxy.</summary>
    /// <param name="failure">The failure.</param>
    public SocketFailure Mark(SocketFailure failure) =>
        failure.With(failure.Context with { Facts = new Dictionary<string, string>(failure.Context.Facts) { [FailureFacts.Proxy] = ToString() } });

    /// <summary>What it means for a target that this proxy could not be had: of the target nothing is known.</summary>
    internal SocketFailure Unreachable(SocketFailure failure, SocketUri target) =>
        Mark(new SocketFailure(failure.Call, SystemError.Own("PROXY_UNREACHABLE", $"The proxy could not be reached: {failure.Error}"), failure.Context with { Endpoint = target.ToString() }, failure));

    /// <summary>The proxy without its login.</summary>
    public override string ToString() => NameOf(Kind) + Place.ToString()["tcp".Length..];

    /// <summary>Reads a proxy. <c>%40</c> and its like in a name or a password are decoded; <c>socks5h</c> is another word for <c>socks5</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="proxy">The proxy.</param>
    /// <param name="error">What is wrong with the text.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ProxyEndpoint? proxy, out ProxyTextError error)
    {
        proxy = null;
        int separator = text.IndexOf("://", StringComparison.Ordinal);
        (ProxyKind kind, error) = separator < 0 ? (default, ProxyTextError.Scheme) : text[..separator].ToUpperInvariant() switch
        {
            "HTTP" => (ProxyKind.Http, ProxyTextError.None),
            "SOCKS4A" => (ProxyKind.Socks4a, ProxyTextError.None),
            "SOCKS5" or "SOCKS5H" => (ProxyKind.Socks5, ProxyTextError.None),
            "SOCKS4" => (default, ProxyTextError.Socks4),
            "HTTPS" => (default, ProxyTextError.Https),
            _ => (default, ProxyTextError.Scheme),
        };
        if (error != ProxyTextError.None)
            return false;

        string rest = text[(separator + 3)..];
        int at = rest.LastIndexOf('@');
        if (!SocketUri.TryParse("tcp://" + rest[(at + 1)..], out SocketUri place, out _) || place.Port == 0 || place.Host == SocketUri.AnyHost)
        {
            error = ProxyTextError.Place;
            return false;
        }

        var found = new ProxyEndpoint(kind, place, at < 0 ? null : ReadLogin(rest[..at]));
        if (at >= 0 && (found.Credentials is null || !found.Takes(found.Credentials)))
        {
            error = ProxyTextError.Credentials;
            return false;
        }

        proxy = found;
        return true;
    }

    /// <summary>A text with whatever may be a login in it taken out, for showing what was typed.</summary>
    /// <param name="text">A proxy, or something that was meant to be one.</param>
    public static string Redact(string text)
    {
        int at = text.LastIndexOf('@');
        if (at < 0)
            return text;
        int separator = text.IndexOf("://", StringComparison.Ordinal);
        return (separator >= 0 && separator < at ? text[..(separator + 3)] : "") + "***" + text[at..];
    }

    /// <summary>Whether a login can be sent to a proxy of this kind: SOCKS 4 has a name and no password, SOCKS 5 needs both.</summary>
    /// <param name="credentials">The login.</param>
    public bool Takes(ProxyCredentials credentials) => Kind switch
    {
        ProxyKind.Socks4a => credentials.Password.Length == 0 && Ascii.IsValid(credentials.User),
        ProxyKind.Socks5 => credentials.Password.Length > 0,
        _ => !credentials.User.Contains(':', StringComparison.Ordinal),
    };

    // Decoded after it was split: a colon in a name is written %3A.
    private static ProxyCredentials? ReadLogin(string text)
    {
        string[] parts = text.Split(':', 2);
        try
        {
            return new ProxyCredentials(Uri.UnescapeDataString(parts[0]), parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "");
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static string NameOf(ProxyKind kind) => kind switch
    {
        ProxyKind.Http => "http",
        ProxyKind.Socks4a => "socks4a",
        ProxyKind.Socks5 => "socks5",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
