using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Soket.Middleware.Tls;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Transports;

public sealed class ManagedTcp4Tests : TransportContract
{
    protected override EndPoint Anywhere => new IPEndPoint(IPAddress.Loopback, 0);

    protected override string PayloadTransport => "tcp";

    protected override ITransport Transport(ManagedTransportOptions options) => new ManagedTransport(options);
}

public sealed class ManagedTcp6Tests : TransportContract
{
    protected override EndPoint Anywhere
    {
        get
        {
            Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
            return new IPEndPoint(IPAddress.IPv6Loopback, 0);
        }
    }

    protected override string PayloadTransport => "tcp";

    protected override ITransport Transport(ManagedTransportOptions options) => new ManagedTransport(options);
}

public sealed class ManagedUnixTests : TransportContract
{
    protected override EndPoint Anywhere { get; } = new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), $"soket-{Guid.NewGuid():N}.sock"));

    protected override string PayloadTransport => "unix";

    // A Unix socket has no RST; its peer sees an end, or ECONNRESET when bytes were left unread (unix(7)).
    protected override TransportCapabilities Capabilities => new(HalfClose: true, Reset: false);

    protected override ITransport Transport(ManagedTransportOptions options) => new ManagedTransport(options);
}

public sealed class InMemoryTests : TransportContract
{
    private readonly InMemoryTransport _transport = new();

    protected override EndPoint Anywhere => new MemoryEndPoint("service");

    protected override string PayloadTransport => "memory";

    protected override bool HasSocket => false;

    protected override ITransport Transport(ManagedTransportOptions options) => _transport.With(options);
}

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

public sealed class TlsOverTcpTests : TlsContract
{
    protected override EndPoint Anywhere => new IPEndPoint(IPAddress.Loopback, 0);

    protected override ITransport Transport(ManagedTransportOptions options) => new ManagedTransport(options);
}

public sealed class TlsInMemoryTests : TlsContract
{
    private readonly InMemoryTransport _transport = new();

    protected override EndPoint Anywhere => new MemoryEndPoint("service");

    protected override bool HasSocket => false;

    protected override ITransport Transport(ManagedTransportOptions options) => _transport.With(options);
}
