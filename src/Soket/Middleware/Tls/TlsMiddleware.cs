using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Middleware.Tls;

/// <summary>Puts TLS (RFC 8446, 5246) on a connection: its transport is replaced by one that encrypts, and unwinds when the connection is closed.</summary>
/// <remarks>
/// <para>Completing the output sends close_notify and then half-closes the connection; reading goes on until the peer does the same. A peer that
/// ends without close_notify is told as the note <c>tls-truncated</c>.</para>
/// <para>In the event stream the layer is a scope of its own, with the transport <c>tls</c> and the connection as parent (<see cref="ITlsFeature.Scope"/>):
/// the handshake, then the plain text. The connection's own events carry the records.</para>
/// <para>Nothing is sent to third parties: no revocation look-ups, no downloads of missing certificates.</para>
/// </remarks>
public static class TlsMiddleware
{
    internal const string TransportName = "tls";
    // Building the chain that is sent costs more than a handshake's other preparations together; the settings are shared by all connections.
    private static readonly ConditionalWeakTable<TlsServerSettings, SslStreamCertificateContext> Contexts = [];

    /// <summary>Makes the server's half of the handshake.</summary>
    /// <param name="connection">A connection of Soket's.</param>
    /// <param name="settings">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">
    /// The handshake failed; the connection is still to be disposed by the caller. <c>TLS_PLAINTEXT_PEER</c>, <c>TLS_VERSION</c>, <c>TLS_CIPHER</c>,
    /// <c>TLS_CLIENT_CERTIFICATE</c>, <c>TLS_UNTRUSTED</c> (the client's certificate), <c>TLS_CLOSED</c>, <c>TLS_HANDSHAKE</c>, a reset, or a time-out.
    /// </exception>
    public static Task<SslStream> AuthenticateAsServerAsync(ConnectionContext connection, TlsServerSettings settings, CancellationToken cancellationToken = default)
    {
        TlsVerification? verification = settings.ClientAuthorities is { } authorities ? new TlsVerification(authorities) : null;
        return new TlsHandshake(connection, new DuplexPipeStream(connection.Transport, isServer: true), isServer: true, target: null).RunAsync(settings.HandshakeTimeout, verification, (tls, token) => tls.AuthenticateAsServerAsync(ServerOptions(settings, verification), token), cancellationToken);
    }

    /// <summary>Makes the client's half of the handshake.</summary>
    /// <param name="connection">A connection of Soket's.</param>
    /// <param name="settings">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">
    /// The handshake failed; the connection is still to be disposed by the caller. <c>TLS_UNTRUSTED</c>, <c>TLS_NAME_MISMATCH</c>, <c>TLS_EXPIRED</c>,
    /// <c>TLS_NOT_YET_VALID</c>, <c>TLS_PLAINTEXT_PEER</c>, <c>TLS_VERSION</c>, <c>TLS_CIPHER</c>, <c>TLS_CLIENT_CERTIFICATE</c>, <c>TLS_CLOSED</c>, <c>TLS_HANDSHAKE</c>, a reset, or a time-out.
    /// </exception>
    public static Task<SslStream> AuthenticateAsClientAsync(ConnectionContext connection, TlsClientSettings settings, CancellationToken cancellationToken = default)
    {
        var verification = new TlsVerification(settings);
        return new TlsHandshake(connection, new DuplexPipeStream(connection.Transport, isServer: false), isServer: false, settings.TargetHost).RunAsync(settings.HandshakeTimeout, verification, (tls, token) => tls.AuthenticateAsClientAsync(ClientOptions(settings, verification), token), cancellationToken);
    }

    private static SslServerAuthenticationOptions ServerOptions(TlsServerSettings settings, TlsVerification? verification) => new()
    {
        ServerCertificateContext = Contexts.GetValue(settings, static settings => SslStreamCertificateContext.Create(settings.Certificate, settings.Intermediates, offline: true)),
        ApplicationProtocols = [.. settings.ApplicationProtocols],
        EnabledSslProtocols = settings.Versions,
        ClientCertificateRequired = verification is not null,
        CertificateChainPolicy = verification?.ChainPolicy(),
        RemoteCertificateValidationCallback = verification is null ? null : verification.Verify,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        AllowRenegotiation = false,
    };

    private static SslClientAuthenticationOptions ClientOptions(TlsClientSettings settings, TlsVerification verification) => new()
    {
        // A final dot says that the name is complete; certificates and SNI are written without (RFC 6066 3).
        TargetHost = settings.TargetHost.TrimEnd('.'),
        ApplicationProtocols = [.. settings.ApplicationProtocols],
        EnabledSslProtocols = settings.Versions,
        ClientCertificateContext = settings.Certificate is { } own ? SslStreamCertificateContext.Create(own, settings.Intermediates, offline: true) : null,
        LocalCertificateSelectionCallback = settings is { Certificate: null, Resumes: false } ? verification.SelectOwn : null, // with one, .NET goes on with no session
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = verification.ChainPolicy(),
        RemoteCertificateValidationCallback = verification.Verify,
        AllowRenegotiation = false,
    };

    /// <summary>One handshake: runs it, tells it, and says precisely why it failed.</summary>
    private sealed class TlsHandshake(ConnectionContext connection, DuplexPipeStream records, bool isServer, string? target)
    {
        private readonly IDuplexPipe _inner = connection.Transport;
        private readonly ISoketConnectionFeature? _feature = connection.Features.Get<ISoketConnectionFeature>();

        public async Task<SslStream> RunAsync(TimeSpan timeout, TlsVerification? verification, Func<SslStream, CancellationToken, Task> handshake, CancellationToken cancellationToken)
        {
            SocketScope? scope = null;
            if (_feature?.Scope is { } below)
            {
                scope = below.Events.Open(isServer ? SocketRole.Server : SocketRole.Client, TransportName, below);
                scope.Local = connection.LocalEndPoint;
                scope.Remote = connection.RemoteEndPoint;
            }

            var tls = new SslStream(records, leaveInnerStreamOpen: true);
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(timeout);
            long started = SocketScope.Now;
            try
            {
                await handshake(tls, deadline.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                SocketFailure failure = Failure(e, verification, deadline.IsCancellationRequested, started);
                scope?.Failed(SocketCall.TlsHandshake, started, failure);
                await tls.DisposeAsync().ConfigureAwait(false);
                if (isServer && records.IsPlaintext)
                    await RefusePlaintextAsync().ConfigureAwait(false);
                throw failure;
            }
            catch (OperationCanceledException)
            {
                await tls.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            bool? resumed = records.EndOpening();
            scope?.Called(SocketCall.TlsHandshake, started, value: Describe(tls, resumed is true));
            for (int i = 0; i < verification?.Chain.Count; i++)
                scope?.Note("tls-certificate", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{i + 1} {verification.Chain[i]}"));
            if (verification is { IsUnverified: true })
                scope?.Note("tls-unverified", verification.Doubts);
            var layer = new TlsLayer(connection, _inner, tls, records, scope, resumed, isServer ? null : verification);
            _feature?.AddLayer(layer);
            connection.Features.Set<ITlsFeature>(layer);
            connection.Transport = layer.Transport;
            return tls;
        }

        // A client that speaks plain text would otherwise see nothing but the end. A fatal protocol_version alert (RFC 8446 6.2) is what it gets from
        // the common TLS libraries as well, and what tells a program, or a person with a hex dump, that TLS is wanted here.
        private async Task RefusePlaintextAsync()
        {
            try
            {
                await _inner.Output.WriteAsync(new byte[] { 0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46 }).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // It is gone already; its failure has been told.
            }
        }

        // "TLSv1.3 TLS_AES_256_GCM_SHA384 resumed alpn=h2 subject=CN=localhost sha256=AB:CD:..."
        private static string Describe(SslStream tls, bool resumed)
        {
            string version = tls.SslProtocol switch
            {
                SslProtocols.Tls12 => "TLSv1.2",
                SslProtocols.Tls13 => "TLSv1.3",
                _ => tls.SslProtocol.ToString(),
            };
            string told = $"{version} {tls.NegotiatedCipherSuite}";
            if (resumed)
                told += " resumed";
            if (tls.NegotiatedApplicationProtocol != default)
                told += $" alpn={tls.NegotiatedApplicationProtocol}";
            if (tls.RemoteCertificate is X509Certificate2 peer)
                told += $" subject={peer.Subject} sha256={DevelopmentCertificate.Fingerprint(peer)}";
            return told;
        }

        private SocketFailure Failure(Exception e, TlsVerification? verification, bool timedOut, long started)
        {
            var facts = new Dictionary<string, string> { [FailureFacts.Role] = isServer ? "server" : "client" };
            if (!records.FirstBytes.IsEmpty)
                facts[FailureFacts.TlsFirstBytes] = Convert.ToHexString(records.FirstBytes);
            if (target is not null)
                facts[FailureFacts.TlsExpectedName] = target;
            SystemError error = Error(e, verification, timedOut, facts);
            return new SocketFailure(SocketCall.TlsHandshake, error, new FailureContext
            {
                Endpoint = (connection as SoketConnectionContext)?.EndpointName,
                Host = target,
                Local = connection.LocalEndPoint,
                Remote = connection.RemoteEndPoint,
                Transport = TransportName,
                Sent = _feature?.BytesSent,
                Received = _feature?.BytesReceived,
                Elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(started),
                Facts = facts,
            }, e);
        }

        private SystemError Error(Exception e, TlsVerification? verification, bool timedOut, Dictionary<string, string> facts)
        {
            if (verification?.Rejection is { } rejection)
            {
                foreach ((string name, string value) in verification.Facts)
                    facts[name] = value;
                return rejection;
            }

            if (records.IsEcho)
            {
                facts[FailureFacts.TlsEchoed] = "true";
                return SystemError.Own("TLS_PLAINTEXT_PEER", "The server sent this client's own ClientHello back");
            }

            if (records.IsPlaintext)
                return SystemError.Own("TLS_PLAINTEXT_PEER", isServer ? "The client does not speak TLS" : "The server does not speak TLS");
            if (SocketFailure.Find(e) is { } below)
                return below.Error;
            if (timedOut)
                return SystemError.Timeout;
            if (TlsStream.AlertOf(e) is { } alert)
            {
                facts[FailureFacts.TlsAlert] = alert;
                // A handshake_failure that is the first thing to come answers the ClientHello: nothing in it would do (RFC 8446 6.2).
                bool first = records.FirstBytes is [0x15, ..];
                return TlsStream.Refusal(alert, !isServer && first);
            }

            if (records.SawEnd)
                return SystemError.Own("TLS_CLOSED", "The peer closed the connection during the handshake");

            // The TLS library's own word stands at the bottom: "error:0A0000C1:SSL routines::no shared cipher".
            Exception bottom = e.GetBaseException();
            string words = bottom.Message[(bottom.Message.LastIndexOf("::", StringComparison.Ordinal) is >= 0 and int at ? at + 2 : 0)..];
            return words switch
            {
                "unsupported protocol" or "version too low" or "no protocols available" => SystemError.Own("TLS_VERSION", $"No TLS version in common: {words}"),
                "no shared cipher" => SystemError.Own("TLS_CIPHER", $"No cipher suite in common: {words}"),
                _ => SystemError.Own("TLS_HANDSHAKE", words),
            };
        }
    }
}
