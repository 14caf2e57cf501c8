using Microsoft.AspNetCore.Connections;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Protocols.StartTls;

namespace Soket.Middleware.StartTls;

/// <summary>The plain dialogue that comes before TLS where a protocol has it: SMTP (RFC 3207), IMAP and POP3 (RFC 2595), FTP (RFC 4217).</summary>
/// <remarks>
/// Nothing but this dialogue is said in plain text, and nothing that was said in it counts afterwards. What a server, or somebody in between, puts
/// behind its go-ahead would be taken for an answer from inside TLS (CVE-2011-0411 and its kin); it ends the connection.
/// </remarks>
public static class StartTlsMiddleware
{
    /// <summary>Asks the server for TLS; the handshake is the caller's next step.</summary>
    /// <param name="connection">A connection of Soket's, fresh.</param>
    /// <param name="endpoint">The endpoint, for failures.</param>
    /// <param name="protocol">What the server speaks.</param>
    /// <param name="timeout">How long all of it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">
    /// There will be no TLS; the connection is still to be disposed by the caller. <c>STARTTLS_NOT_OFFERED</c>, <c>STARTTLS_REFUSED</c>,
    /// <c>STARTTLS_NOT_PROTOCOL</c>, <c>STARTTLS_INJECTED</c>, a reset, or a time-out.
    /// </exception>
    public static Task AskAsync(ConnectionContext connection, SocketUri endpoint, StartTlsProtocol protocol, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var dialogue = new StartTlsDialogue(connection, endpoint, protocol);
        return dialogue.RunAsync(
            timeout,
            protocol switch
            {
                StartTlsProtocol.Smtp => dialogue.SmtpAsync,
                StartTlsProtocol.Imap => dialogue.ImapAsync,
                StartTlsProtocol.Pop3 => dialogue.Pop3Async,
                StartTlsProtocol.Ftp => dialogue.FtpAsync,
                _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, null),
            },
            cancellationToken);
    }
}
