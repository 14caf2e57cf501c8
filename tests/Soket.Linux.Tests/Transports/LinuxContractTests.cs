using System.Net;
using System.Net.Sockets;
using Soket.Linux.Transports;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Transports;

public abstract class LinuxContract : TransportContract
{
    protected override bool HasSocket => false;

    protected override bool TellsUntaken => true;

    protected virtual bool Inline => false;

    protected override ITransport Transport(ManagedTransportOptions options) => new LinuxTransport(new LinuxTransportOptions { Sockets = options, InlineScheduling = Inline, Loops = Inline ? InlineLoops.Group : null });
}

public sealed class LinuxTcp4Tests : LinuxContract
{
    protected override EndPoint Anywhere => new IPEndPoint(IPAddress.Loopback, 0);

    protected override string PayloadTransport => "tcp";
}

public sealed class LinuxTcp6Tests : LinuxContract
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
}

public sealed class LinuxUnixTests : LinuxContract
{
    protected override EndPoint Anywhere { get; } = new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), $"soket-{Guid.NewGuid():N}.sock"));

    protected override string PayloadTransport => "unix";

    // A Unix socket has no RST; its peer sees an end, or ECONNRESET when bytes were left unread (unix(7)).
    protected override TransportCapabilities Capabilities => new(HalfClose: true, Reset: false);
}

public sealed class LinuxInlineTests : LinuxContract, IAsyncDisposable
{
    // What goes on inline goes on upon a loop: whoever runs the tests shall not.
    public async ValueTask DisposeAsync() => await InlineLoops.LeaveAsync();

    protected override EndPoint Anywhere => new IPEndPoint(IPAddress.Loopback, 0);

    protected override string PayloadTransport => "tcp";

    protected override bool Inline => true;
}

public sealed class TlsOverLinuxTests : TlsContract
{
    protected override EndPoint Anywhere => new IPEndPoint(IPAddress.Loopback, 0);

    protected override bool HasSocket => false;

    protected override ITransport Transport(ManagedTransportOptions options) => new LinuxTransport(options);
}
