using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Transports;
using Soket.Options;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Transports;

/// <summary>What a FIN that waits behind unread bytes makes of this end's own (RFC 9293, figure 5).</summary>
public sealed class UnreadEndTests
{
    private const int TcpInfo = 11;
    private const byte FinWait2 = 5;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_ends_after_the_peer_is_told_to_be_in_LAST_ACK_though_the_end_was_not_read(bool loops)
    {
        var recorder = new EventRecorder();
        var options = new ManagedTransportOptions { Events = recorder.Events, Options = [new(SocketOptions.ReceiveBuffer, 1024 * 1024)] };
        ITransport transport = loops ? new LinuxTransport(options) : new ManagedTransport(options);
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancelled);
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.EndPoint, Cancelled);
        await using ConnectionContext connection = (await listener.AcceptAsync(Cancelled).AsTask().Guarded())!;

        // More than is read ahead of a program that reads nothing, and less than the system keeps.
        await peer.SendAsync(new byte[192 * 1024], Cancelled);
        peer.Shutdown(SocketShutdown.Send);
        await Task.Run(() => SpinWait.SpinUntil(() => State(peer) == FinWait2), Cancelled).Guarded(); // the other system has acknowledged the FIN
        await connection.Transport.Output.CompleteAsync();
        await Task.Run(() => peer.Receive(new byte[1]), Cancelled).Guarded();

        Assert.Equal(SocketState.LastAck, Assert.Single(recorder.Of(SocketCall.Shutdown)).State);
        Assert.DoesNotContain(recorder.Of(SocketCall.Receive), e => e.Moved == 0);
    }

    private static byte State(Socket socket)
    {
        Span<byte> info = stackalloc byte[8];
        socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfo, info);
        return info[0];
    }
}
