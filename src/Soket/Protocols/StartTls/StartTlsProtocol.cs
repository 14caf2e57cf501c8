namespace Soket.Protocols.StartTls;

/// <summary>A protocol that begins in plain text and goes on with TLS when the client asks for it.</summary>
public enum StartTlsProtocol
{
    /// <summary>Mail between servers, and its submission: EHLO, STARTTLS (RFC 3207).</summary>
    Smtp,

    /// <summary>Mailboxes on a server: CAPABILITY, STARTTLS (RFC 9051 6.2.1).</summary>
    Imap,

    /// <summary>Mail fetched: CAPA, STLS (RFC 2595 4).</summary>
    Pop3,

    /// <summary>Files: AUTH TLS (RFC 4217 4).</summary>
    Ftp,
}
