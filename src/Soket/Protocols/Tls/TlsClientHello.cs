using System.Diagnostics.CodeAnalysis;
using System.Net.Security;

namespace Soket.Protocols.Tls;

/// <summary>What a client says it can (RFC 8446 4.1.2), as far as it tells whom it wants and how.</summary>
public sealed record TlsClientHello
{
    /// <summary>The host it wants (SNI, RFC 6066 3), a byte a character; null where it says none.</summary>
    public string? ServerName { get; init; }

    /// <summary>The protocols it offers for what comes after the handshake (ALPN, RFC 7301), in its order.</summary>
    public required IReadOnlyList<string> Protocols { get; init; }

    /// <summary>The versions it offers, in its order; the old field alone where there is no list.</summary>
    public required IReadOnlyList<TlsVersion> Versions { get; init; }

    /// <summary>The cipher suites it offers, in its order; without those that stand for nothing (RFC 8701).</summary>
    public required IReadOnlyList<TlsCipherSuite> CipherSuites { get; init; }

    /// <summary>The session it wants to go on with in TLS 1.2 and before; in TLS 1.3 any bytes, for the eyes of those in between (RFC 8446 D.4).</summary>
    public ReadOnlyMemory<byte> Session { get; init; }

    /// <summary>Reads it.</summary>
    /// <param name="body">The message behind its type and length.</param>
    /// <param name="hello">The hello.</param>
    public static bool TryParse(ReadOnlySpan<byte> body, [NotNullWhen(true)] out TlsClientHello? hello)
    {
        hello = null;
        var cursor = new TlsCursor(body);
        var version = new TlsVersion(cursor.U16());
        cursor.Take(32); // random
        ReadOnlySpan<byte> session = cursor.Vector8();
        var suites = new TlsCursor(cursor.Vector16());
        cursor.Vector8(); // compression
        var offered = new List<TlsCipherSuite>();
        while (!suites.AtEnd)
        {
            ushort suite = suites.U16();
            if (!suites.Failed && !TlsVersion.IsGreased(suite))
                offered.Add((TlsCipherSuite)suite);
        }

        string? host = null;
        List<string> protocols = [];
        List<TlsVersion> versions = [version];
        var extensions = new TlsCursor(cursor.AtEnd ? default : cursor.Vector16()); // none at all is TLS 1.2's right
        while (!extensions.AtEnd)
        {
            ushort kind = extensions.U16();
            ReadOnlySpan<byte> data = extensions.Vector16();
            if (extensions.Failed)
                break;
            switch (kind)
            {
                case TlsExtensions.ServerName:
                    host = TlsExtensions.Host(data);
                    break;
                case TlsExtensions.Alpn:
                    protocols = TlsExtensions.Protocols(data);
                    break;
                case TlsExtensions.SupportedVersions when TlsExtensions.Versions(data) is { Count: > 0 } listed:
                    versions = listed;
                    break;
            }
        }

        if (cursor.Failed || suites.Failed || extensions.Failed)
            return false;
        hello = new() { ServerName = host, Protocols = protocols, Versions = versions, CipherSuites = offered, Session = session.ToArray() };
        return true;
    }
}
