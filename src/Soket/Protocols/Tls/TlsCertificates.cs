namespace Soket.Protocols.Tls;

/// <summary>The message by which a server, or a client that was asked, says who it is, in TLS up to 1.2 (RFC 5246 7.4.2). In TLS 1.3 it is encrypted.</summary>
public static class TlsCertificates
{
    /// <summary>The first certificate: the sender's own, in DER. Those behind it vouch for it.</summary>
    /// <param name="body">The message behind its type and length.</param>
    /// <param name="certificate">The certificate; empty where the sender has none.</param>
    public static bool TryReadFirst(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> certificate)
    {
        var cursor = new TlsCursor(body);
        ReadOnlySpan<byte> list = cursor.Vector24();
        var certificates = new TlsCursor(list);
        certificate = list.IsEmpty ? default : certificates.Vector24();
        return !cursor.Failed && !certificates.Failed;
    }
}
