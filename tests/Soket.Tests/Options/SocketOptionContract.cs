using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Soket.Events;
using Soket.Explain;
using Soket.Options;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Options;

/// <summary>What socket options are on every transport that has sockets: set, read back, told, and of effect.</summary>
public abstract class SocketOptionContract
{
    private static readonly SocketOption[] Common =
        [SocketOptions.ReuseAddress, SocketOptions.KeepAlive, SocketOptions.ReceiveTimeout, SocketOptions.SendTimeout, SocketOptions.NoDelay, SocketOptions.Linger, SocketOptions.ReceiveBuffer, SocketOptions.SendBuffer];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A transport with these options.</summary>
    protected abstract ITransport Transport(ManagedTransportOptions options);

    [Fact]
    public async Task The_common_options_are_set_and_read_back_at_both_ends_and_told()
    {
        var recorder = new EventRecorder();
        SocketOptionSetting[] settings = [.. Common.Select(option => new SocketOptionSetting(option, Sample(option)))];
        ITransport transport = Transport(new() { Options = settings, Events = recorder.Events });
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        await using ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, Cancelled).Guarded();
        await using ConnectionContext? server = await listener.AcceptAsync(Cancelled).Guarded();
        foreach (ConnectionContext connection in (ConnectionContext[])[client, server!])
        {
            if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
                continue; // the events are all there is to see
            foreach (SocketOptionSetting setting in settings)
                Assert.Equal(Real(setting), SocketOptionCodec.Read(socket, setting.Option));
        }

        foreach (SocketRole role in Enum.GetValues<SocketRole>())
        {
            // SO_REUSEADDR means something where an address is bound: not on a connection that was accepted.
            SocketOptionSetting[] set = [.. settings.Where(setting => role != SocketRole.Server || setting.Option != SocketOptions.ReuseAddress)];
            Assert.Superset(set.Select(setting => setting.Option.Name).ToHashSet(), recorder.Of(SocketCall.SetOption).Where(e => e.Role == role).Select(e => e.Option!).ToHashSet());
            foreach (SocketOptionSetting setting in set)
            {
                SocketEvent read = Assert.Single(recorder.Of(SocketCall.GetOption), e => e.Role == role && e.Option == setting.Option.Name);
                Assert.Equal((Real(setting).ToString(), Real(setting) == setting ? null : "kernel-doubles"), (read.Value, read.Reason));
            }
        }
    }

    [Fact]
    public async Task A_port_in_TIME_WAIT_is_in_use_without_reuse_address()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux looks again at listen(2)");
        ITransport transport = Transport(new());
        IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, Cancelled).Guarded();
        ConnectionContext server = (await listener.AcceptAsync(Cancelled).Guarded())!;
        await server.DisposeAsync().Guarded(); // who closes first waits in TIME_WAIT
        Assert.True((await client.Transport.Input.ReadAsync(Cancelled).Guarded()).IsCompleted);
        await client.DisposeAsync().Guarded();
        await listener.DisposeAsync();

        ITransport strict = Transport(new() { Options = [new(SocketOptions.ReuseAddress, 0)] });
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => strict.BindAsync(listener.EndPoint, Cancelled).Guarded());
        Assert.Equal("EADDRINUSE", failure.Error.Name);
        await (await transport.BindAsync(listener.EndPoint, Cancelled)).DisposeAsync();
    }

    [Fact]
    public async Task A_receive_timeout_is_a_deadline_and_the_connection_stays_whole()
    {
        var recorder = new EventRecorder();
        ITransport transport = Transport(new() { Options = [new(SocketOptions.ReceiveTimeout, 30)], Events = recorder.Events });
        await using IConnectionListener listener = await Transport(new()).BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        await using ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, Cancelled).Guarded();
        await using ConnectionContext? server = await listener.AcceptAsync(Cancelled).Guarded();
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => client.Transport.Input.ReadAsync(Cancelled).Guarded());
        Assert.Equal(SystemError.Timeout, failure.Error);
        Assert.Equal(SocketCall.Receive, failure.Call);
        await server!.Transport.Output.WriteAsync("late"u8.ToArray(), Cancelled).Guarded();

        // A machine that pauses lets the time pass once more before the bytes have come.
        using var limit = new CancellationTokenSource(Guard.Limit);
        Task<ReadResult> reading;
        do
            reading = client.Transport.Input.ReadAsync(limit.Token).AsTask();
        while (await Record.ExceptionAsync(() => reading.Guarded()) is SocketFailure again && again.Error == SystemError.Timeout);
        Assert.Equal(4, (await reading).Buffer.Length);
    }

    [Fact]
    public async Task A_send_timeout_ends_a_send_to_a_peer_that_does_not_read()
    {
        var recorder = new EventRecorder();
        ITransport transport = Transport(new() { Options = [new(SocketOptions.SendTimeout, 50), new(SocketOptions.SendBuffer, 8192)], Events = recorder.Events });
        await using IConnectionListener listener = await Transport(new() { Options = [new(SocketOptions.ReceiveBuffer, 8192)] }).BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        await using ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, Cancelled).Guarded();
        await using ConnectionContext? server = await listener.AcceptAsync(Cancelled).Guarded();
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => client.Transport.Output.WriteAsync(new byte[4 * 1024 * 1024], Cancelled).Guarded());
        Assert.Equal((SystemError.Timeout, SocketCall.Send), (failure.Error, failure.Call));
        Assert.Contains(recorder.Of(SocketCall.Send), e => e.Reason == "send-timeout");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.Infinite, client.ConnectionClosed).Guarded());
    }

    private static long Sample(SocketOption option) => option.Kind switch
    {
        SocketOptionKind.Flag => 1,
        SocketOptionKind.Timeout => 2000,
        SocketOptionKind.Linger => 3,
        _ => 40_000,
    };

    // What the system makes of it: Linux doubles the size of a buffer, socket(7).
    private static SocketOptionSetting Real(SocketOptionSetting setting) =>
        setting.Option.Kind == SocketOptionKind.Bytes && OperatingSystem.IsLinux() ? setting with { Value = 2 * setting.Value } : setting;
}
