using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Soket.Events;
using Soket.Explain;
using Soket.Options;

namespace Soket.Transports.Internal;

/// <summary>One connection on a .NET socket.</summary>
internal sealed class SocketConnection : StreamConnection, IConnectionSocketFeature
{
    private const int TcpInfo = 11;      // tcp(7): TCP_INFO, whose first byte is the state
    private const byte CloseWait = 8;

    private readonly bool _lingers;

    public SocketConnection(Socket socket, SocketScope? scope, string transport, ManagedTransportOptions options, EndPoint? asked = null)
        : base(scope, new SocketStream(socket, scope, transport, options), options)
    {
        Socket = socket;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = Peer(socket, asked);
        _lingers = options.Options.Any(setting => setting.Option == SocketOptions.Linger && setting.Value > 0);
    }

    public Socket Socket { get; }

    // A peer may have reset the connection before this end looks at it, and then it has no peer any more. It was made all the same: the first
    // receive says how it ended, and "not connected" would be no help to anybody.
    private static EndPoint? Peer(Socket socket, EndPoint? asked)
    {
        try
        {
            return socket.RemoteEndPoint;
        }
        catch (SocketException e) when (asked is not null && e.SocketErrorCode == SocketError.NotConnected)
        {
            return asked;
        }
    }

    protected override bool HasUnread
    {
        get
        {
            try
            {
                return Socket.Available > 0;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    public override ValueTask<SocketFailure?> FindFailureAsync()
    {
        SocketException? pending = null;
        try
        {
            if (Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int error and not 0)
                pending = new SocketException(error);
            // A Unix socket whose peer is gone has no error pending: only a send says so (EPIPE), one of nothing as well (unix(7)).
            else if (Socket.AddressFamily == AddressFamily.Unix)
                Socket.Send(ReadOnlySpan<byte>.Empty);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            pending = e as SocketException ?? new SocketException((int)SocketError.OperationAborted);
        }

        return new(pending is null ? null : SocketFailure.From(SocketCall.Receive, pending, new FailureContext { Local = LocalEndPoint, Remote = RemoteEndPoint, Transport = Scope?.Transport, Sent = BytesSent, Received = BytesReceived }));
    }

    protected override void AddFeatures(IFeatureCollection features)
    {
        base.AddFeatures(features);
        features.Set<IConnectionSocketFeature>(this);
    }

    protected override bool PeerHasEnded
    {
        get
        {
            if (!OperatingSystem.IsLinux() || Socket.ProtocolType != ProtocolType.Tcp)
                return false;
            Span<byte> info = stackalloc byte[8];
            try
            {
                return Socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfo, info) > 0 && info[0] == CloseWait;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    protected override void ShutdownSend() => Socket.Shutdown(SocketShutdown.Send);

    protected override ValueTask ReleaseAsync(bool reset)
    {
        if (!reset && _lingers)
            return new ValueTask(Task.Run(Socket.Dispose)); // SO_LINGER blocks even a non-blocking socket
        if (reset)
        {
            try
            {
                Socket.LingerState = new LingerOption(true, 0); // close(2) then sends RST instead of FIN
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                Scope?.Note("linger-not-set", e.Message);
            }
        }

        Socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
