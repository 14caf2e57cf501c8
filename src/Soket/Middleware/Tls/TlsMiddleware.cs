using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Middleware.Tls;

/// <summary>Puts TLS (RFC 8446, 5246) on a connection: its transport is replaced by one that encrypts, and unwinds when the connection is closed.</summary>
public static class TlsMiddleware
{
    /// <summary>Makes the server's half of the handshake.</summary>
    /// <param name="connection">A connection of Soket's.</param>
    /// <param name="settings">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">The handshake failed; the connection is still to be disposed by the caller.</exception>
    public static Task<SslStream> AuthenticateAsServerAsync(ConnectionContext connection, TlsServerSettings settings, CancellationToken cancellationToken = default) =>
        AuthenticateAsync(connection, settings.HandshakeTimeout, null, (tls, token) => tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(settings.Certificate, settings.Intermediates, offline: true),
                ApplicationProtocols = [.. settings.ApplicationProtocols],
            },
            token), cancellationToken);

    /// <summary>Makes the client's half of the handshake.</summary>
    /// <inheritdoc cref="AuthenticateAsServerAsync"/>
    public static Task<SslStream> AuthenticateAsClientAsync(ConnectionContext connection, TlsClientSettings settings, CancellationToken cancellationToken = default) =>
        AuthenticateAsync(connection, settings.HandshakeTimeout, settings.TargetHost, (tls, token) => tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = settings.TargetHost,
                ApplicationProtocols = [.. settings.ApplicationProtocols],
            },
            token), cancellationToken);

    private static async Task<SslStream> AuthenticateAsync(ConnectionContext connection, TimeSpan timeout, string? target, Func<SslStream, CancellationToken, Task> handshake, CancellationToken cancellationToken)
    {
        ISoketConnectionFeature? feature = connection.Features.Get<ISoketConnectionFeature>();
        IDuplexPipe inner = connection.Transport;
        var tls = new SslStream(new DuplexPipeStream(inner), leaveInnerStreamOpen: true);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        long started = SocketScope.Now;
        try
        {
            await handshake(tls, deadline.Token).ConfigureAwait(false);
        }
        catch (AuthenticationException e)
        {
            var failure = new SocketFailure(SocketCall.TlsHandshake, SystemError.Own("TLS_HANDSHAKE", e.Message), new FailureContext { Host = target, Local = connection.LocalEndPoint, Remote = connection.RemoteEndPoint, Transport = "tls" }, e);
            feature?.Scope?.Failed(SocketCall.TlsHandshake, started, failure);
            throw failure;
        }

        feature?.Scope?.Called(SocketCall.TlsHandshake, started, value: $"{tls.SslProtocol} {tls.NegotiatedCipherSuite}");
        feature?.AddLayer(tls);
        connection.Transport = new DuplexPipe(PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true)), new HalfClosePipeWriter(PipeWriter.Create(tls, new StreamPipeWriterOptions(leaveOpen: true)), CloseNotify, reason => connection.Abort(new ConnectionAbortedException(reason.Message, reason))));
        return tls;

        async ValueTask CloseNotify()
        {
            await tls.ShutdownAsync().ConfigureAwait(false);
            await inner.Output.CompleteAsync().ConfigureAwait(false);
        }
    }
}
