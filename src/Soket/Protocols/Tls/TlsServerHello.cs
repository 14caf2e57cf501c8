using System.Diagnostics.CodeAnalysis;
using System.Net.Security;

namespace Soket.Protocols.Tls;

/// <summary>What a server chose (RFC 8446 4.1.3).</summary>
public sealed record TlsServerHello
{
    // RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest".
    private static ReadOnlySpan<byte> RetryRandom =>
    [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ];

    /// <summary>The version.</summary>
    public required TlsVersion Version { get; init; }

    /// <summary>The cipher suite.</summary>
    public required TlsCipherSuite CipherSuite { get; init; }

    /// <summary>The protocol for what comes after the handshake (ALPN); null where it chose none, and always so in TLS 1.3, which says it encrypted.</summary>
    public string? Protocol { get; init; }

    /// <summary>Whether it asks for another hello (HelloRetryRequest).</summary>
    public bool IsRetry { get; init; }

    /// <summary>The session as TLS 1.2 names it, or the client's own bytes again in TLS 1.3.</summary>
    public ReadOnlyMemory<byte> Session { get; init; }

    /// <summary>Whether it takes a key of the client's from before (pre_shared_key, RFC 8446 4.2.11).</summary>
    public bool TakesPreSharedKey { get; init; }

    /// <summary>Reads it.</summary>
    /// <param name="body">The message behind its type and length.</param>
    /// <param name="hello">The hello.</param>
    public static bool TryParse(ReadOnlySpan<byte> body, [NotNullWhen(true)] out TlsServerHello? hello)
    {
        hello = null;
        var cursor = new TlsCursor(body);
        var version = new TlsVersion(cursor.U16());
        bool retry = cursor.Take(32).SequenceEqual(RetryRandom);
        ReadOnlySpan<byte> session = cursor.Vector8();
        var suite = (TlsCipherSuite)cursor.U16();
        cursor.U8(); // compression
        string? protocol = null;
        bool takesKey = false;
        var extensions = new TlsCursor(cursor.AtEnd ? default : cursor.Vector16());
        while (!extensions.AtEnd)
        {
            ushort kind = extensions.U16();
            ReadOnlySpan<byte> data = extensions.Vector16();
            if (extensions.Failed)
                break;
            if (kind == TlsExtensions.SupportedVersions && data.Length == 2)
                version = new((ushort)(data[0] << 8 | data[1]));
            else if (kind == TlsExtensions.Alpn && TlsExtensions.Protocols(data) is [string chosen, ..])
                protocol = chosen;
            takesKey |= kind == TlsExtensions.PreSharedKey;
        }

        if (cursor.Failed || extensions.Failed)
            return false;
        hello = new() { Version = version, CipherSuite = suite, Protocol = protocol, IsRetry = retry, Session = session.ToArray(), TakesPreSharedKey = takesKey };
        return true;
    }
}
