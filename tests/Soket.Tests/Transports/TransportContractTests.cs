using System.Net;
using System.Net.Sockets;
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
