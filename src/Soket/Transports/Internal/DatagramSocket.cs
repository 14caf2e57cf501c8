using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Soket.Events;
using Soket.Explain;

namespace Soket.Transports.Internal;

/// <summary>A datagram socket on .NET's own.</summary>
internal sealed class DatagramSocket : IDatagramSocket
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(8);

    private readonly Socket _socket;
    private readonly FailureContext _context;
    private readonly TimeSpan? _receiveTimeout;
    private readonly SocketAddress _from;  // receiving side only
    private byte[] _room = [];             // receiving side only
    private EndPoint? _lastFrom;           // receiving side only: most datagrams come from the peer of the one before
    private SocketAddress? _lastAddress;   // receiving side only
    private SocketFailure? _overtaking;    // receiving side only
    private int _disposed;

    public DatagramSocket(Socket socket, EndPoint? remote, SocketScope? scope, ManagedTransportOptions options, FailureContext context)
    {
        _socket = socket;
        _context = context with { Local = socket.LocalEndPoint };
        _receiveTimeout = Sockets.ReceiveTimeout(options.Options);
        Scope = scope;
        LocalEndPoint = socket.LocalEndPoint!;
        RemoteEndPoint = remote;
        _from = new SocketAddress(socket.AddressFamily, socket.AddressFamily == AddressFamily.Unix ? 112 : SocketAddress.GetMaximumAddressSize(socket.AddressFamily));
    }

    /// <summary>The socket itself, for whoever makes its calls without this class.</summary>
    public Socket Socket => _socket;

    /// <summary>What is known of it, for failures.</summary>
    public FailureContext Context => _context;

    public EndPoint LocalEndPoint { get; }

    public EndPoint? RemoteEndPoint { get; }

    public SocketScope? Scope { get; }

    public ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        RemoteEndPoint is IPEndPoint ? ReceiveInOrderAsync(buffer, cancellationToken) : ReceiveNextAsync(buffer, cancellationToken);

    // A datagram of no bytes is one as well: what counts bytes does not see it.
    private bool HasWaiting => _socket.Poll(0, SelectMode.SelectRead);

    // An ICMP error is told before the datagrams that came ahead of it and wait (udp(7)); here they come first: a peer's last words, and then that he is gone.
    private async ValueTask<ReceivedDatagram> ReceiveInOrderAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_overtaking is { } failed && !HasWaiting)
            {
                _overtaking = null;
                throw failed;
            }

            try
            {
                return await ReceiveNextAsync(buffer, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketFailure failure) when (failure.Error.Name is "ECONNREFUSED" or "ECONNRESET" or "EHOSTUNREACH" or "ENETUNREACH" && HasWaiting)
            {
                _overtaking ??= failure;
            }
        }
    }

    private async ValueTask<ReceivedDatagram> ReceiveNextAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        // One byte more than asked for is how truncation is told on every platform: recvfrom(2) says nothing of it.
        if (_room.Length <= buffer.Length)
            _room = GC.AllocateUninitializedArray<byte>(buffer.Length + 1);

        long started = SocketScope.Now;
        using CancellationTokenSource? deadline = _receiveTimeout is null ? null : CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline?.CancelAfter(_receiveTimeout!.Value);
        try
        {
            // A sender without a name leaves the address as it was, so what an earlier one left must go first.
            _from.Size = _from.Buffer.Length;
            _from.Buffer.Span.Clear();
            int received;
            bool truncated;
            try
            {
                received = await _socket.ReceiveFromAsync(_room.AsMemory(0, buffer.Length + 1), SocketFlags.None, _from, deadline?.Token ?? cancellationToken).ConfigureAwait(false);
                truncated = received > buffer.Length;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.MessageSize && OperatingSystem.IsWindows())
            {
                received = buffer.Length + 1;
                truncated = true;
            }

            int length = Math.Min(received, buffer.Length);
            _room.AsMemory(0, length).CopyTo(buffer);
            EndPoint? from = RemoteEndPoint ?? Sender();
            Scope?.Datagram(RemoteEndPoint is null ? SocketCall.ReceiveFrom : SocketCall.Receive, started, buffer.Length, new ReadOnlySequence<byte>(buffer[..length]), from, truncated ? "truncated" : null);
            return new(length, from, truncated);
        }
        catch (SocketException e)
        {
            throw Failed(RemoteEndPoint is null ? SocketCall.ReceiveFrom : SocketCall.Receive, e, RemoteEndPoint, started);
        }
        catch (OperationCanceledException) when (deadline is { IsCancellationRequested: true } && !cancellationToken.IsCancellationRequested)
        {
            var failure = new SocketFailure(SocketCall.Receive, SystemError.Timeout, _context with { Elapsed = Stopwatch.GetElapsedTime(started), Sent = Scope?.Sent, Received = Scope?.Received });
            Scope?.Failed(SocketCall.Receive, started, failure, "receive-timeout");
            throw failure;
        }
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> datagram, EndPoint? to = null, CancellationToken cancellationToken = default)
    {
        long started = SocketScope.Now;
        SocketCall call = to is null ? SocketCall.Send : SocketCall.SendTo;
        try
        {
            if (Scope is null)
            {
                await StartSend(datagram, to, cancellationToken).ConfigureAwait(false);
                return;
            }

            ValueTask<int> sending;
            lock (Scope.Order)
            {
                sending = StartSend(datagram, to, cancellationToken);
                if (sending.IsCompletedSuccessfully)
                {
                    Tell(sending.Result);
                    return;
                }
            }

            Tell(await sending.ConfigureAwait(false));
        }
        catch (SocketException e)
        {
            throw Failed(call, e, to ?? RemoteEndPoint, started);
        }

        void Tell(int sent) => Scope!.Datagram(call, started, datagram.Length, new ReadOnlySequence<byte>(datagram[..sent]), to ?? RemoteEndPoint);
    }

    // A Unix datagram goes from the sender straight into the receiver's queue (unix(7)); who sends to anybody meets queues that are full.
    private bool SendsToFullQueues => RemoteEndPoint is null && LocalEndPoint.AddressFamily == AddressFamily.Unix;

    private ValueTask<int> StartSend(ReadOnlyMemory<byte> datagram, EndPoint? to, CancellationToken cancellationToken)
    {
        if (to is null)
            return _socket.SendAsync(datagram, SocketFlags.None, cancellationToken);
        return SendsToFullQueues ? SendWhenThereIsRoomAsync(datagram, to, cancellationToken) : _socket.SendToAsync(datagram, SocketFlags.None, to, cancellationToken);
    }

    // Nothing tells when a full queue has room: epoll(7) speaks of the sender's own buffer only, which each try that fails leaves as free as it was. .NET takes
    // that for news and tries without end, on a whole processor; and once it misses one, what is sent to others waits behind the full queue. So it is tried
    // from here, again and again, until the caller gives up.
    private async ValueTask<int> SendWhenThereIsRoomAsync(ReadOnlyMemory<byte> datagram, EndPoint to, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_socket.Blocking)
            _socket.Blocking = false;
        for (TimeSpan pause = TimeSpan.FromMilliseconds(1); ; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return _socket.SendTo(datagram.Span, SocketFlags.None, to);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable)
            {
                await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            long started = SocketScope.Now;
            _socket.Dispose();
            Scope?.Called(SocketCall.Close, started);
        }

        return ValueTask.CompletedTask;
    }

    private EndPoint? Sender()
    {
        if (_from.Size <= 2)
            return null; // sun_family alone, or nothing: unnamed (unix(7))
        if (_lastAddress is not null && _lastAddress.Equals(_from))
            return _lastFrom;

        EndPoint sender = LocalEndPoint is UnixDomainSocketEndPoint ? new UnixDomainSocketEndPoint("/").Create(_from) : LocalEndPoint.Create(_from);
        var copy = new SocketAddress(_from.Family, _from.Buffer.Length);
        _from.Buffer.CopyTo(copy.Buffer);
        copy.Size = _from.Size;
        _lastAddress = copy;
        return _lastFrom = sender;
    }

    private SocketFailure Failed(SocketCall call, SocketException e, EndPoint? peer, long started)
    {
        var failure = Sockets.Failure(call, e, peer, _context with { Remote = peer, Elapsed = Stopwatch.GetElapsedTime(started), Sent = Scope?.Sent, Received = Scope?.Received });
        Scope?.Failed(call, started, failure);
        return failure;
    }
}
