using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;
using Soket.Linux.Engine;

namespace Soket.Linux.Transports.Internal;

/// <summary>
/// A listener whose connections are handed out one by one. The loop accepts some ahead of whoever takes them, and no more: the others wait in the system's
/// queue, where a full one slows who connects.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxListener : IConnectionListener, IStreamOwner
{
    // Few: whoever takes them may be counting descriptors, and gives some away only when there is none left (SpareDescriptors).
    private const int MostAhead = 4;
    private readonly Lock _lock = new();
    private readonly Queue<LinuxConnection> _ready = [];                            // under _lock
    private readonly Queue<TaskCompletionSource<ConnectionContext?>> _waiting = []; // under _lock
    private readonly LoopListener _listener;
    private readonly ConnectionSettings _settings;
    private SocketFailure? _failure; // under _lock: for who accepts next
    private int _ahead;              // under _lock: accepted, and not handed out
    private bool _paused = true;     // under _lock: nobody has asked yet
    private bool _closed;            // under _lock

    private LinuxListener(EndPoint? endpoint, Func<LoopListenerOptions, LoopListener> open, LinuxTransportOptions options, bool forKestrel)
    {
        _listener = open(new LoopListenerOptions
        {
            Create = Create,
            Sockets = options.Sockets,
            AcceptFailed = AcceptFailed,
            MayAccept = MayAccept,
            Accepted = Accepted,
            Paused = true,
        });
        EndPoint = endpoint is UnixDomainSocketEndPoint ? endpoint : _listener.EndPoint; // a path as it was given
        bool unix = EndPoint is UnixDomainSocketEndPoint;
        bool one = unix || EndPoint is IPEndPoint { Address: var address } && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);
        _settings = new ConnectionSettings(options, unix ? "unix" : "tcp", forKestrel) { Local = one ? EndPoint : null };
    }

    public EndPoint EndPoint { get; }

    public static LinuxListener Bind(LoopGroup loops, EndPoint endpoint, LinuxTransportOptions options, bool forKestrel) =>
        new(endpoint, made => LoopListener.Bind(loops, endpoint, made), options, forKestrel);

    public static LinuxListener Adopt(LoopGroup loops, Socket socket, LinuxTransportOptions options) =>
        new(null, made => LoopListener.Adopt(loops, socket, made), options, forKestrel: false);

    /// <summary>Takes the next connection. Null once unbound. Throws a <see cref="SocketFailure"/> when the system cannot give one (EMFILE), and may be called again.</summary>
    public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ConnectionContext?>(cancellationToken);
        TaskCompletionSource<ConnectionContext?>? waiting = null;
        LinuxConnection? ready;
        SocketFailure? failure = null;
        bool resume = false, closed;
        lock (_lock)
        {
            closed = _closed;
            if (_ready.TryDequeue(out ready))
            {
                _ahead--;
            }
            else
            {
                failure = _failure;
                _failure = null;
                if (failure is null && !closed)
                    _waiting.Enqueue(waiting = new(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            if (_paused && !closed && failure is null && _ready.Count == 0)
            {
                _paused = false;
                resume = true;
            }
        }

        if (resume)
            _listener.ResumeAccepting();
        if (ready is not null)
            return new(ready);
        if (failure is not null)
            return ValueTask.FromException<ConnectionContext?>(failure.With(failure.Context));
        if (waiting is null)
            return default;
        return cancellationToken.CanBeCanceled ? CancellableAsync(waiting, cancellationToken) : new(waiting.Task);
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        bool first;
        lock (_lock)
        {
            first = !_closed;
            _closed = true;
            while (_waiting.TryDequeue(out TaskCompletionSource<ConnectionContext?>? waiting))
                waiting.TrySetResult(null);
        }

        if (first)
            await _listener.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync().ConfigureAwait(false);
        while (true)
        {
            LinuxConnection? left;
            lock (_lock)
            {
                if (!_ready.TryDequeue(out left))
                    return;
            }

            // Nobody took it: as if it had stayed in the system's queue, which closing resets.
            left.Abort();
            await left.DisposeAsync().ConfigureAwait(false);
        }
    }

    void IStreamOwner.Opened(LinuxConnection connection)
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out TaskCompletionSource<ConnectionContext?>? waiting))
            {
                if (!waiting.TrySetResult(connection))
                    continue;
                _ahead--;
                return;
            }

            _ready.Enqueue(connection);
        }
    }

    void IStreamOwner.Failed(SocketFailure? failure)
    {
        // Gone before it was told to be here; the event stream has it.
        lock (_lock)
            _ahead--;
    }

    // Each who waits is a place more.
    private bool MayAccept()
    {
        lock (_lock)
        {
            if (_ahead - _waiting.Count < MostAhead)
                return true;
            _paused = true;
            return false;
        }
    }

    private void Accepted()
    {
        lock (_lock)
            _ahead++;
    }

    private ConnectionStream Create() => new(this, _settings);

    // Accepting goes on when somebody asks for it again, who may first have to find a descriptor.
    private void AcceptFailed(SocketFailure failure)
    {
        lock (_lock)
        {
            _paused = true;
            bool told = false;
            while (!told && _waiting.TryDequeue(out TaskCompletionSource<ConnectionContext?>? waiting))
                told = waiting.TrySetException(failure);
            if (!told)
                _failure = failure;
        }

        _listener.PauseAccepting();
    }

    private static async ValueTask<ConnectionContext?> CancellableAsync(TaskCompletionSource<ConnectionContext?> waiting, CancellationToken cancellationToken)
    {
        await using (cancellationToken.UnsafeRegister(static (source, token) => ((TaskCompletionSource<ConnectionContext?>)source!).TrySetCanceled(token), waiting).ConfigureAwait(false))
            return await waiting.Task.ConfigureAwait(false);
    }
}
