using System.Security.Cryptography;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Transports;

namespace Soket.Chat.Internal;

/// <summary>Lines of JSON in numbered, acknowledged datagrams.</summary>
internal sealed class ChatNumberedLink : IChatLink
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(5);

    private readonly IDatagramSocket _socket;
    private readonly SocketUri _endpoint;
    private readonly NumberedLink _link = new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))); // under _gate
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Queue<byte[]> _came = new();       // receiving only
    private readonly List<ReadOnlyMemory<byte>> _next = [];
    private readonly byte[] _room = new byte[65_535];
    private readonly CancellationTokenSource _over = new();
    private readonly Task _time;
    private readonly TimeSpan _begun = Now;
    private volatile bool _proved;
    private volatile bool _dead;

    public ChatNumberedLink(IDatagramSocket socket, SocketUri endpoint)
    {
        (_socket, _endpoint) = (socket, endpoint);
        _time = KeepTimeAsync();
    }

    public ChatManner Manner => ChatManner.Rooms;

    private static TimeSpan Now => TimeProvider.System.GetElapsedTime(0);

    public async Task<byte[]?> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _over.Token);
        while (_came.Count == 0)
        {
            try
            {
                ReceivedDatagram datagram = await _socket.ReceiveAsync(_room, either.Token).ConfigureAwait(false);
                if (NumberedDatagram.TryRead(_room.AsMemory(0, datagram.Length), out NumberedDatagram? numbered) && numbered.Session == _link.Session)
                    await TakeAsync(numbered).ConfigureAwait(false);
                if (_dead)
                    return null;
            }
            catch (OperationCanceledException) when (_dead && !cancellationToken.IsCancellationRequested)
            {
                if (!_proved)
                    throw NoReply();
                return null;
            }
        }

        return _came.Dequeue();
    }

    public async Task SendAsync(byte[] line, CancellationToken cancellationToken)
    {
        // The window is small; a person types slower, a script waits.
        while (true)
        {
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            byte[]? datagram = null;
            try
            {
                if (_link.HasRoom)
                    datagram = _link.Send(line, Now);
            }
            finally
            {
                _gate.Release();
            }

            if (datagram is not null)
            {
                await PutAsync(datagram).ConfigureAwait(false);
                return;
            }

            await Task.Delay(Tick, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _time.ConfigureAwait(false);
        await _socket.DisposeAsync().ConfigureAwait(false);
        _gate.Dispose();
        _over.Dispose();
    }

    private async Task TakeAsync(NumberedDatagram datagram)
    {
        var send = new List<byte[]>();
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (datagram is { Number: 0, Ack: 0 } && datagram.Cookie != _link.Cookie)
            {
                // Asked for a proof: at the beginning it is given, later the server that asks has forgotten this conversation.
                if (_proved)
                {
                    _dead = true;
                    return;
                }

                _link.Cookie = datagram.Cookie;
                send.AddRange(_link.Again());
            }
            else
            {
                _proved = true;
                _next.Clear();
                if (_link.Receive(datagram, _next))
                    send.Add(_link.Ack());
                foreach (ReadOnlyMemory<byte> line in _next)
                    _came.Enqueue(line.ToArray());
            }
        }
        finally
        {
            _gate.Release();
        }

        foreach (byte[] one in send)
            await PutAsync(one).ConfigureAwait(false);
    }

    private async Task KeepTimeAsync()
    {
        using var timer = new PeriodicTimer(Tick);
        try
        {
            while (await timer.WaitForNextTickAsync(_over.Token).ConfigureAwait(false))
            {
                byte[][] due;
                await _gate.WaitAsync(_over.Token).ConfigureAwait(false);
                try
                {
                    due = [.. _link.Due(Now)];
                    _dead = _dead || _link.IsDead(Now) || (!_proved && Now - _begun > HandshakePatience);
                }
                finally
                {
                    _gate.Release();
                }

                foreach (byte[] datagram in due)
                    await PutAsync(datagram).ConfigureAwait(false);
                if (_dead)
                    await _over.CancelAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    private async Task PutAsync(byte[] datagram)
    {
        try
        {
            await _socket.SendAsync(datagram).ConfigureAwait(false);
        }
        catch (SocketFailure)
        {
            // Told by the socket; it is sent again.
        }
    }

    private SocketFailure NoReply() => new(SocketCall.Receive, SystemError.Own("SOKET_NO_REPLY", "No answer to the chat's first datagram"), new FailureContext
    {
        Endpoint = _endpoint.ToString(),
        Host = _endpoint.IsUnix ? null : _endpoint.Host,
        Transport = _endpoint.SchemeName,
        Local = _socket.LocalEndPoint,
        Remote = _socket.RemoteEndPoint,
        Elapsed = HandshakePatience,
    });
}
