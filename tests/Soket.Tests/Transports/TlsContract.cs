using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Soket.Middleware.Tls;

namespace Soket.Tests.Transports;

/// <summary>The contract over TLS: what carries the records is the derived class's choice.</summary>
public abstract class TlsContract : TransportContract, IDisposable
{
    private readonly X509Certificate2 _certificate = DevelopmentCertificate.Create();
    private readonly TlsServerSettings _server;
    private readonly TlsClientSettings _client;

    protected TlsContract()
    {
        _server = new TlsServerSettings { Certificate = _certificate, HandshakeTimeout = Guard.Limit };
        _client = new TlsClientSettings { TargetHost = "localhost", TrustedRoots = [_certificate], HandshakeTimeout = Guard.Limit };
    }

    protected override string PayloadTransport => "tls";

    protected override bool TellsTruncation => true;

    public void Dispose()
    {
        _certificate.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override Task PrepareServerAsync(ConnectionContext connection) => TlsMiddleware.AuthenticateAsServerAsync(connection, _server);

    protected override Task PrepareClientAsync(ConnectionContext connection) => TlsMiddleware.AuthenticateAsClientAsync(connection, _client);
}
