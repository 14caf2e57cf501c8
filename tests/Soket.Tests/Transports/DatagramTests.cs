using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Explain;
using Soket.Options;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Transports;

public sealed class DatagramTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("unix")]
    public async Task Datagrams_keep_their_boundaries_and_can_be_answered(string where)
    {
        Assert.SkipUnless(where != "::1" || Socket.OSSupportsIPv6, "no IPv6 here");
        var recorder = new EventRecorder();
        EndPoint place = where == "unix" ? new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), $"soket-{Guid.NewGuid():N}.sock")) : new IPEndPoint(IPAddress.Parse(where), 0);
        await using IDatagramSocket server = Services.DatagramPlaces.Bind(place, new() { Events = recorder.Events });
        await using IDatagramSocket client = ManagedDatagrams.Connect(server.LocalEndPoint, new() { Events = recorder.Events });
        byte[] room = new byte[8];

        foreach (int length in (int[])[3, 0, 8, 12])
        {
            await client.SendAsync(new byte[length], cancellationToken: Cancelled).Guarded();
            ReceivedDatagram received = await server.ReceiveAsync(room, Cancelled).Guarded();
            Assert.Equal(Math.Min(length, 8), received.Length);
            Assert.Equal(length > 8, received.Truncated);
            Assert.Equal(client.LocalEndPoint.ToString(), received.From?.ToString());
            await server.SendAsync(room.AsMemory(0, 1), received.From, Cancelled).Guarded();
            Assert.Equal(1, (await client.ReceiveAsync(room, Cancelled).Guarded()).Length);
        }

        Assert.Equal([3, 0, 8, 8], recorder.Of(SocketCall.ReceiveFrom).Select(e => e.Moved));
        Assert.Equal("truncated", recorder.Of(SocketCall.ReceiveFrom).Last().Reason);
    }

    [Fact]
    public async Task A_sender_without_a_name_has_no_address_also_after_one_that_had()
    {
        await using IDatagramSocket server = Services.DatagramPlaces.Bind(new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), $"soket-{Guid.NewGuid():N}.sock")));
        await using IDatagramSocket named = ManagedDatagrams.Connect(server.LocalEndPoint);
        using var unnamed = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        byte[] room = new byte[8];
        await named.SendAsync("a"u8.ToArray(), cancellationToken: Cancelled);
        Assert.NotNull((await server.ReceiveAsync(room, Cancelled).Guarded()).From);
        await unnamed.SendToAsync("b"u8.ToArray(), SocketFlags.None, server.LocalEndPoint, Cancelled);
        Assert.Null((await server.ReceiveAsync(room, Cancelled).Guarded()).From);
    }

    [Fact]
    public async Task A_Unix_datagram_that_waits_for_room_does_not_make_those_to_others_wait()
    {
        int queue = await UnixQueues.ShortAsync(Cancelled);
        await using IDatagramSocket server = Services.DatagramPlaces.Bind(new UnixDomainSocketEndPoint("\0soket-" + Guid.NewGuid()));
        await using IDatagramSocket other = ManagedDatagrams.Connect(server.LocalEndPoint);
        using var deaf = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        deaf.Bind(new UnixDomainSocketEndPoint("\0soket-deaf-" + Guid.NewGuid()));

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        ValueTask waiting;
        int sent = 0;
        do
            waiting = server.SendAsync("x"u8.ToArray(), deaf.LocalEndPoint, enough.Token);
        while (waiting.IsCompletedSuccessfully && ++sent <= queue + 1);
        Assert.False(waiting.IsCompleted);

        await server.SendAsync("y"u8.ToArray(), other.LocalEndPoint, Cancelled).Guarded();
        byte[] room = new byte[8];
        Assert.Equal(1, (await other.ReceiveAsync(room, Cancelled).Guarded()).Length);

        await deaf.ReceiveAsync(room, Cancelled).Guarded();
        await waiting.Guarded();
        ValueTask never = server.SendAsync("x"u8.ToArray(), deaf.LocalEndPoint, enough.Token);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await never.Guarded());
    }

    [Fact]
    public async Task A_refused_datagram_is_told_and_the_socket_stays_usable()
    {
        await using IDatagramSocket server = Services.DatagramPlaces.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint place = server.LocalEndPoint;
        await using IDatagramSocket client = ManagedDatagrams.Connect(place);
        await server.DisposeAsync();
        await client.SendAsync("x"u8.ToArray(), cancellationToken: Cancelled).Guarded();
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => client.ReceiveAsync(new byte[8], Cancelled).Guarded());
        Assert.Equal("ECONNREFUSED", failure.Error.Name);
        Assert.Equal(place, failure.Context.Remote);

        await using IDatagramSocket again = Services.DatagramPlaces.Bind(place);
        await client.SendAsync("y"u8.ToArray(), cancellationToken: Cancelled).Guarded();
        Assert.Equal(1, (await again.ReceiveAsync(new byte[8], Cancelled).Guarded()).Length);
    }

    // The kernel tells the refusal first, and the last words of whoever has gone wait behind it.
    [Theory]
    [InlineData("goodbye")]
    [InlineData("")]
    public async Task What_came_before_a_refusal_is_received_before_it(string first)
    {
        await using IDatagramSocket server = Services.DatagramPlaces.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using IDatagramSocket client = ManagedDatagrams.Connect(server.LocalEndPoint);
        await server.SendAsync(Encoding.ASCII.GetBytes(first), client.LocalEndPoint, Cancelled).Guarded();
        await server.SendAsync("!"u8.ToArray(), client.LocalEndPoint, Cancelled).Guarded();
        await server.DisposeAsync();
        await client.SendAsync("x"u8.ToArray(), cancellationToken: Cancelled).Guarded();
        Assert.Equal(first.Length, (await client.ReceiveAsync(new byte[8], Cancelled).Guarded()).Length);
        Assert.Equal(1, (await client.ReceiveAsync(new byte[8], Cancelled).Guarded()).Length);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => client.ReceiveAsync(new byte[8], Cancelled).Guarded());
        Assert.Equal("ECONNREFUSED", failure.Error.Name);
    }

    [Fact]
    public async Task A_datagram_that_is_too_long_and_a_path_that_is_not_there_are_told()
    {
        await using IDatagramSocket server = Services.DatagramPlaces.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using IDatagramSocket client = ManagedDatagrams.Connect(server.LocalEndPoint);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => client.SendAsync(new byte[70_000], cancellationToken: Cancelled).Guarded());
        Assert.Equal("EMSGSIZE", failure.Error.Name);

        SocketFailure missing = Assert.Throws<SocketFailure>(() => ManagedDatagrams.Connect(new UnixDomainSocketEndPoint("/nowhere/at.all")));
        Assert.Equal("ENOENT", missing.Error.Name);
        Assert.Equal(SocketCall.Connect, missing.Call);
    }

    [Fact]
    public async Task A_cancelled_receive_loses_nothing_and_a_deadline_is_a_time_out()
    {
        await using IDatagramSocket server = Services.DatagramPlaces.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using IDatagramSocket client = ManagedDatagrams.Connect(server.LocalEndPoint, new() { Options = [new(SocketOptions.ReceiveTimeout, 30)] });
        using var cancel = new CancellationTokenSource();
        Task<ReceivedDatagram> receiving = server.ReceiveAsync(new byte[8], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving.Guarded());
        await client.SendAsync("z"u8.ToArray(), cancellationToken: Cancelled).Guarded();
        Assert.Equal(1, (await server.ReceiveAsync(new byte[8], Cancelled).Guarded()).Length);
        Assert.Equal(SystemError.Timeout, (await Assert.ThrowsAsync<SocketFailure>(() => client.ReceiveAsync(new byte[8], Cancelled).Guarded())).Error);
    }
}
