using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Soket.Endpoints;

namespace Soket.Dns;

/// <summary>What carries a query.</summary>
public enum DnsTransport
{
    /// <summary>A datagram, and TCP where the reply does not fit (RFC 1035 4.2).</summary>
    Udp,

    /// <summary>TCP (RFC 7766).</summary>
    Tcp,

    /// <summary>TLS (RFC 7858).</summary>
    Tls,

    /// <summary>HTTPS (RFC 8484).</summary>
    Https,
}

/// <summary>A name server: who, and how it is spoken to.</summary>
/// <param name="Transport">How.</param>
/// <param name="Host">Its address, or a name the system can look up.</param>
/// <param name="Port">Its port.</param>
public sealed record DnsServer(DnsTransport Transport, string Host, int Port)
{
    /// <summary>The path of queries over HTTPS.</summary>
    public string Path { get; init; } = "/dns-query";

    /// <summary>Its name, where a delegation led to it; null where it was named by its address.</summary>
    public Protocols.Dns.DnsName? Name { get; init; }

    /// <summary>The usual port of a transport: 53, 853, 443.</summary>
    /// <param name="transport">The transport.</param>
    public static int UsualPort(DnsTransport transport) => transport switch { DnsTransport.Tls => 853, DnsTransport.Https => 443, _ => 53 };

    /// <summary>Reads a server: <c>192.0.2.1</c>, <c>[::1]:5353</c>, <c>tcp://192.0.2.1</c>, <c>tls://dns.example</c>, <c>https://dns.example/dns-query</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="transport">How it is spoken to, where the text does not say.</param>
    /// <param name="port">Its port, where the text does not say; null for the usual one.</param>
    /// <param name="server">The server.</param>
    public static bool TryParse(string text, DnsTransport transport, int? port, [NotNullWhen(true)] out DnsServer? server)
    {
        server = null;
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            DnsTransport? named = text[..scheme].ToLowerInvariant() switch { "udp" => DnsTransport.Udp, "tcp" => DnsTransport.Tcp, "tls" => DnsTransport.Tls, "https" => DnsTransport.Https, _ => null };
            if (named is null)
                return false;
            transport = named.Value;
            text = text[(scheme + 3)..];
        }

        string path = "/dns-query";
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            if (transport != DnsTransport.Https || !Uri.TryCreate("https://host" + text[slash..], UriKind.Absolute, out Uri? uri))
                return false;
            path = uri.PathAndQuery == "/" ? path : uri.PathAndQuery;
            text = text[..slash];
        }

        bool bare = System.Net.IPAddress.TryParse(text, out System.Net.IPAddress? address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && !text.StartsWith('[');
        string host = bare ? $"[{text}]" : text;
        bool hasPort = host.LastIndexOf(':') > host.LastIndexOf(']');
        if (!hasPort)
            host = string.Create(CultureInfo.InvariantCulture, $"{host}:{port ?? UsualPort(transport)}");
        if (!SocketUri.TryParse("tcp://" + host, out SocketUri endpoint, out _) || endpoint.Host == SocketUri.AnyHost || endpoint.Port == 0)
            return false;
        server = new(transport, endpoint.Host, endpoint.Port) { Path = path };
        return true;
    }

    /// <summary>Its endpoint below DNS.</summary>
    /// <param name="transport">Over which transport.</param>
    public SocketUri Endpoint(DnsTransport transport)
    {
        string scheme = transport switch { DnsTransport.Udp => "udp", DnsTransport.Tcp => "tcp", _ => "tls" };
        return SocketUri.Parse(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}"));
    }

    /// <summary>As a person would write it behind <c>@</c>, its transport and port with it.</summary>
    public override string ToString() => Transport == DnsTransport.Https ? $"https://{Endpoint(DnsTransport.Tls).ToString()["tls://".Length..]}{Path}" : Endpoint(Transport).ToString();
}
