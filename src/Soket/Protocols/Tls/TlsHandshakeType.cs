namespace Soket.Protocols.Tls;

/// <summary>The messages of a handshake (RFC 8446 4, RFC 5246 7.4, RFC 6066 8).</summary>
public enum TlsHandshakeType : byte
{
    /// <summary>Begin another handshake.</summary>
    HelloRequest = 0,

    /// <summary>What the client can.</summary>
    ClientHello = 1,

    /// <summary>What the server chose.</summary>
    ServerHello = 2,

    /// <summary>With what a later connection may go on where this one ends.</summary>
    NewSessionTicket = 4,

    /// <summary>What comes after it will be read.</summary>
    EndOfEarlyData = 5,

    /// <summary>The rest of what the server chose, encrypted.</summary>
    EncryptedExtensions = 8,

    /// <summary>Who the sender is.</summary>
    Certificate = 11,

    /// <summary>The server's half of a key, signed.</summary>
    ServerKeyExchange = 12,

    /// <summary>The client is to say who it is.</summary>
    CertificateRequest = 13,

    /// <summary>The server has said all.</summary>
    ServerHelloDone = 14,

    /// <summary>That the sender holds the key of its certificate.</summary>
    CertificateVerify = 15,

    /// <summary>The client's half of a key.</summary>
    ClientKeyExchange = 16,

    /// <summary>What both have said, under the new keys.</summary>
    Finished = 20,

    /// <summary>Whether the certificate is still good.</summary>
    CertificateStatus = 22,

    /// <summary>New keys from here on.</summary>
    KeyUpdate = 24,
}
