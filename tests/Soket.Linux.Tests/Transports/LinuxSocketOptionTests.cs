using System.Net;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;
using Soket.Linux.Transports;
using Soket.Options;
using Soket.Tests.Options;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Transports;

public sealed class LinuxSocketOptionTests : SocketOptionContract
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected override ITransport Transport(ManagedTransportOptions options) => new LinuxTransport(options);

    [Fact]
    public async Task What_is_set_unasked_is_told_and_off_is_off()
    {
        var recorder = new EventRecorder();
        await using IConnectionListener listener = await Transport(new() { Events = recorder.Events }).BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        Assert.Equal("on", Assert.Single(recorder.Of(SocketCall.SetOption), e => e.Option == "SO_REUSEADDR").Value);

        var off = new EventRecorder();
        await using IConnectionListener strict = await Transport(new() { Events = off.Events, Options = [new(SocketOptions.ReuseAddress, 0)] }).BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        Assert.Equal("off", Assert.Single(off.Of(SocketCall.SetOption), e => e.Option == "SO_REUSEADDR").Value);
        Assert.Equal("off", Assert.Single(off.Of(SocketCall.GetOption), e => e.Option == "SO_REUSEADDR").Value);
    }
}
