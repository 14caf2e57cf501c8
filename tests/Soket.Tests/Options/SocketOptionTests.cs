using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Options;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Options;

public sealed class SocketOptionTests : SocketOptionContract
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected override ITransport Transport(ManagedTransportOptions options) => new ManagedTransport(options);

    [Fact]
    public async Task What_the_runtime_sets_by_itself_is_shown_and_off_is_off()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "only on Unix");
        var recorder = new EventRecorder();
        await using IConnectionListener listener = await new ManagedTransport(new() { Events = recorder.Events }).BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        SocketEvent told = Assert.Single(recorder.Of(SocketCall.GetOption), e => e.Option == "SO_REUSEADDR");
        Assert.Equal(("on", "runtime-sets"), (told.Value, told.Reason));

        var off = new EventRecorder();
        await using IConnectionListener strict = await new ManagedTransport(new() { Events = off.Events, Options = [new(SocketOptions.ReuseAddress, 0)] }).BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        Assert.Equal("off", off.Of(SocketCall.GetOption).Last(e => e.Option == "SO_REUSEADDR").Value);
    }

    [Fact]
    public void An_option_this_platform_lacks_is_not_available()
    {
        var odd = new SocketOption { Name = "SO_NOWHERE", Flag = "nowhere", Kind = SocketOptionKind.Flag, Sockets = ["tcp"], Roles = SocketOptionRoles.Client };
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal("ENOPROTOOPT", Assert.Throws<SocketFailure>(() => SocketOptionCodec.Apply(socket, new(odd, 1))).Error.Name);
        Assert.Equal("ENOPROTOOPT", Assert.Throws<SocketFailure>(() => SocketOptionCodec.Read(socket, odd)).Error.Name);
    }
}
