namespace Soket.Protocols.Tls;

/// <summary>What a TLS record carries (RFC 8446 5.1).</summary>
public enum TlsContentType : byte
{
    /// <summary>From here on the sender's records are encrypted; in TLS 1.3 it says nothing, and is there for the boxes in between.</summary>
    ChangeCipherSpec = 20,

    /// <summary>Something is wrong, or the sender ends.</summary>
    Alert = 21,

    /// <summary>Messages by which the ends agree.</summary>
    Handshake = 22,

    /// <summary>What the application sends; in TLS 1.3 everything that is encrypted.</summary>
    ApplicationData = 23,

    /// <summary>Whether the peer is there (RFC 6520).</summary>
    Heartbeat = 24,
}
