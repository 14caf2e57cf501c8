using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Soket.Events;
using Soket.Explain;
using Soket.Options;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Options;

public sealed class SocketOptionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static long Sample(SocketOption option) => option.Kind switch
    {
        SocketOptionKind.Flag => 1,
        SocketOptionKind.Timeout => 2000,
        SocketOptionKind.Linger => 3,
        _ => 40_000,
    };

    private static readonly SocketOption[] _common =
        [SocketOptions.ReuseAddress, SocketOptions.KeepAlive, SocketOptions.ReceiveTimeout, SocketOptions.SendTimeout, SocketOptions.NoDelay, SocketOptions.Linger, SocketOptions.ReceiveBuffer, SocketOptions.SendBuffer];

    [Fact]
    public async Task The_common_options_are_set_and_read_back_at_both_ends_and_told()
    {
        var recorder = new EventRecorder();
        SocketOptionSetting[] settings = [.. _common.Select(option => new SocketOptionSetting(option, Sample(option)))];
        var transport = new ManagedTransport(new() { Options = settings, Events = recorder.Events });
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        await using ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, Cancelled).Guarded();
        await using ConnectionContext? server = await listener.AcceptAsync(Cancelled).Guarded();
        foreach (ConnectionContext connection in (ConnectionContext[])[client, server!])
        {
            Socket socket = connection.Features.Get<IConnectionSocketFeature>()!.Socket;
            foreach (SocketOptionSetting setting in settings)
            {
                long real = SocketOptionCodec.Read(socket, setting.Option).Value;
                Assert.Equal(setting.Option.Kind == SocketOptionKind.Bytes && OperatingSystem.IsLinux() ? 2 * setting.Value : setting.Value, real);
            }
        }

        foreach (SocketRole role in Enum.GetValues<SocketRole>())
        {
            // SO_REUSEADDR means something where an address is bound: not on a connection that was accepted.
            Assert.Superset(_common.Where(option => role != SocketRole.Server || option != SocketOptions.ReuseAddress).Select(option => option.Name).ToHashSet(), recorder.Of(SocketCall.SetOption).Where(e => e.Role == role).Select(e => e.Option!).ToHashSet());
            SocketEvent buffer = Assert.Single(recorder.Of(SocketCall.GetOption), e => e.Role == role && e.Option == "SO_RCVBUF");
            if (OperatingSystem.IsLinux())
                Assert.Equal(("80000", "kernel-doubles"), (buffer.Value, buffer.Reason));
        }
    }

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
    public async Task A_port_in_TIME_WAIT_is_in_use_without_reuse_address()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux looks again at listen(2)");
        var transport = new ManagedTransport();
        IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, Cancelled).Guarded();
        ConnectionContext server = (await listener.AcceptAsync(Cancelled).Guarded())!;
        await server.DisposeAsync().Guarded(); // who closes first waits in TIME_WAIT
        Assert.True((await client.Transport.Input.ReadAsync(Cancelled).Guarded()).IsCompleted);
        await client.DisposeAsync().Guarded();
        await listener.DisposeAsync();

        var strict = new ManagedTransport(new() { Options = [new(SocketOptions.ReuseAddress, 0)] });
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => strict.BindAsync(listener.EndPoint, Cancelled).Guarded());
        Assert.Equal("EADDRINUSE", failure.Error.Name);
        await (await transport.BindAsync(listener.EndPoint, Cancelled)).DisposeAsync();
    }

    [Fact]
    public void An_option_this_platform_lacks_is_not_available()
    {
        var odd = new SocketOption { Name = "SO_NOWHERE", Flag = "nowhere", Kind = SocketOptionKind.Flag, Sockets = ["tcp"], Roles = SocketOptionRoles.Client };
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal("ENOPROTOOPT", Assert.Throws<SocketFailure>(() => SocketOptionCodec.Apply(socket, new(odd, 1))).Error.Name);
        Assert.Equal("ENOPROTOOPT", Assert.Throws<SocketFailure>(() => SocketOptionCodec.Read(socket, odd)).Error.Name);
    }

    [Fact]
    public async Task A_receive_timeout_is_a_deadline_and_the_connection_stays_whole()
    {
        var recorder = new EventRecorder();
        var transport = new ManagedTransport(new() { Options = [new(SocketOptions.ReceiveTimeout, 30)], Events = recorder.Events });
        await using IConnectionListener listener = await new ManagedTransport().BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        await using ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, Cancelled).Guarded();
        await using ConnectionContext? server = await listener.AcceptAsync(Cancelled).Guarded();
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => client.Transport.Input.ReadAsync(Cancelled).Guarded());
        Assert.Equal(SystemError.Timeout, failure.Error);
        Assert.Equal(SocketCall.Receive, failure.Call);
        await server!.Transport.Output.WriteAsync("late"u8.ToArray(), Cancelled).Guarded();
        Assert.Equal(4, (await client.Transport.Input.ReadAsync(Cancelled).Guarded()).Buffer.Length);
    }

    [Fact]
    public async Task A_send_timeout_ends_a_send_to_a_peer_that_does_not_read()
    {
        var recorder = new EventRecorder();
        var transport = new ManagedTransport(new() { Options = [new(SocketOptions.SendTimeout, 50), new(SocketOptions.SendBuffer, 8192)], Events = recorder.Events });
        await using IConnectionListener listener = await new ManagedTransport(new() { Options = [new(SocketOptions.ReceiveBuffer, 8192)] }).BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        await using ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, Cancelled).Guarded();
        await using ConnectionContext? server = await listener.AcceptAsync(Cancelled).Guarded();
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => client.Transport.Output.WriteAsync(new byte[4 * 1024 * 1024], Cancelled).Guarded());
        Assert.Equal((SystemError.Timeout, SocketCall.Send), (failure.Error, failure.Call));
        Assert.Contains(recorder.Of(SocketCall.Send), e => e.Reason == "send-timeout");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.Infinite, client.ConnectionClosed).Guarded());
    }
}
