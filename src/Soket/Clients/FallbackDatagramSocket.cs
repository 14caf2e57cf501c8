using System.Diagnostics;
using System.Net;
using Soket.Events;
using Soket.Explain;
using Soket.Transports;

namespace Soket.Clients;

/// <summary>
/// A datagram socket towards a name with several addresses: until something was received, ECONNREFUSED means that this address was the wrong one.
/// </summary>
internal sealed class FallbackDatagramSocket : IDatagramSocket
{
    private const int MostKept = 16; // who sends more without an answer does not wait for one
    private readonly IReadOnlyList<EndPoint> _addresses;
    private readonly ManagedTransportOptions _options;
    private readonly SemaphoreSlim _moving = new(1, 1);
    private readonly Lock _lock = new();
    private readonly List<byte[]> _unanswered = [];      // under _lock
    private readonly List<ConnectAttempt> _attempts = []; // under _moving
    private int _next;                                    // under _moving, or by the constructor
    private long _started = Stopwatch.GetTimestamp();     // under _moving
    private volatile bool _settled;
    private volatile bool _disposed;
    private volatile IDatagramSocket _socket;

    public FallbackDatagramSocket(IReadOnlyList<EndPoint> addresses, ManagedTransportOptions options)
    {
        _addresses = addresses;
        _options = options;
        _socket = Open();
    }

    public EndPoint LocalEndPoint => _socket.LocalEndPoint;

    public EndPoint? RemoteEndPoint => _socket.RemoteEndPoint;

    public SocketScope? Scope => _socket.Scope;

    public async ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            IDatagramSocket socket = _socket;
            try
            {
                ReceivedDatagram received = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
                Settle();
                return received;
            }
            catch (SocketFailure failure) when (IsWrongAddress(failure))
            {
                await MoveOnAsync(socket, failure, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!_disposed && _socket != socket && e is (SocketFailure or ObjectDisposedException))
            {
                // A send was told first and has moved on; the wait goes on there.
            }
        }
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> datagram, EndPoint? to = null, CancellationToken cancellationToken = default)
    {
        if (!_settled && to is null)
            Keep(datagram);
        IDatagramSocket socket = _socket;
        try
        {
            await socket.SendAsync(datagram, to, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketFailure failure) when (to is null && IsWrongAddress(failure))
        {
            await MoveOnAsync(socket, failure, cancellationToken).ConfigureAwait(false); // which sends this one too
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _moving.WaitAsync().ConfigureAwait(false);
        try
        {
            await _socket.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _moving.Release();
        }
    }

    private bool IsWrongAddress(SocketFailure failure) =>
        !_settled && failure.Error.Name is "ECONNREFUSED" or "ENETUNREACH" or "EHOSTUNREACH" or "EADDRNOTAVAIL";

    private void Settle()
    {
        if (_settled)
            return;
        _settled = true;
        lock (_lock)
            _unanswered.Clear();
    }

    private void Keep(ReadOnlyMemory<byte> datagram)
    {
        lock (_lock)
        {
            if (_unanswered.Count < MostKept)
                _unanswered.Add(datagram.ToArray());
        }
    }

    // An address that cannot even be connected to (no route of its family) is passed over.
    private IDatagramSocket Open()
    {
        while (true)
        {
            EndPoint address = _addresses[_next++];
            try
            {
                return ManagedDatagrams.Connect(address, _options);
            }
            catch (SocketFailure failure) when (_next < _addresses.Count)
            {
                _attempts.Add(new ConnectAttempt(address, Stopwatch.GetElapsedTime(_started), failure.Error));
            }
        }
    }

    private async ValueTask MoveOnAsync(IDatagramSocket refused, SocketFailure failure, CancellationToken cancellationToken)
    {
        await _moving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_socket != refused)
                return; // the other direction was told first
            if (_attempts.All(attempt => !attempt.Address.Equals(refused.RemoteEndPoint)))
                _attempts.Add(new ConnectAttempt(refused.RemoteEndPoint!, Stopwatch.GetElapsedTime(_started), failure.Error));
            if (_next >= _addresses.Count || _disposed)
                throw failure.With(failure.Context with { Attempts = [.. _attempts] });
            _started = Stopwatch.GetTimestamp();
            IDatagramSocket next = Open();
            byte[][] again;
            lock (_lock)
                again = [.. _unanswered];
            _socket = next;
            await refused.DisposeAsync().ConfigureAwait(false);
            foreach (byte[] datagram in again)
                await next.SendAsync(datagram, null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _moving.Release();
        }
    }
}
