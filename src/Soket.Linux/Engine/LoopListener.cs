using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Native;
using Soket.Options;
using Soket.Transports;

namespace Soket.Linux.Engine;

/// <summary>
/// The welcoming socket: one, exclusive, on one loop; what it accepts is dealt to the loops of the group in turn. Only where SO_REUSEPORT was asked for has each loop
/// a listening socket of its own on the same port, since shared ports hide that an address is in use.
/// </summary>
/// <remarks>Every method may be called by any thread.</remarks>
[SupportedOSPlatform("linux")]
public sealed class LoopListener : IAsyncDisposable
{
    private readonly LoopListenerOptions _options;
    private readonly List<ListeningSocket> _sockets = []; // written before anybody sees the listener
    private string? _path;                                // any thread, atomically: the file of a Unix socket that was bound here
    private volatile bool _pauses;                        // any thread: whether accepting is to stop; a turn that accepts many sees it before the loop is told
    private int _failed;                                  // any thread, atomically: whether accepting failed last time

    private LoopListener(LoopListenerOptions options, StreamSettings settings, FailureContext context)
    {
        _options = options;
        Settings = settings;
        Context = context;
        EndPoint = context.Local!;
        BackOff = EventLoop.Nanoseconds(options.BackOff);
    }

    /// <summary>Where it listens, with the real port when 0 was asked for.</summary>
    public EndPoint EndPoint { get; private set; }

    internal StreamSettings Settings { get; }

    internal FailureContext Context { get; private set; }

    internal LoopOption[] AcceptedOptions { get; private set; } = [];

    internal long BackOff { get; }

    /// <summary>Binds and listens.</summary>
    /// <param name="group">Whose loops.</param>
    /// <param name="endpoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <param name="options">What it makes of what it accepts.</param>
    /// <exception cref="SocketFailure">The address is in use, not this machine's, not permitted ...</exception>
    public static LoopListener Bind(LoopGroup group, EndPoint endpoint, LoopListenerOptions options)
    {
        Check(options);
        ManagedTransportOptions sockets = options.Sockets;
        string transport = endpoint is UnixDomainSocketEndPoint ? "unix" : "tcp";
        var context = new FailureContext { Endpoint = sockets.Endpoint, Local = endpoint, Transport = transport };
        bool shares = endpoint is IPEndPoint && sockets.Options.Any(setting => setting.Option.Name == "SO_REUSEPORT" && setting.Value != 0);
        LoopListener? listener = null;
        var bound = new List<(int Descriptor, SocketScope? Scope)>();
        LoopKernel kernel = group.Loops[0].Kernel;
        try
        {
            int count = shares ? group.Loops.Count : 1;
            for (int i = 0; i < count; i++)
            {
                SocketScope? scope = sockets.Events?.Open(SocketRole.Listener, transport);
                EndPoint address = listener?.EndPoint ?? endpoint; // the same port as the first when 0 was asked for
                int descriptor = LoopSockets.Create(kernel, endpoint.AddressFamily, scope, context);
                bound.Add((descriptor, scope));
                listener ??= new(options, LoopSockets.Settings(endpoint, sockets, scope, context), context);
                LoopOption[] own = LoopSockets.Ready(endpoint.AddressFamily, SocketOptionRoles.Listener, sockets.Options, scope, context);
                listener.AcceptedOptions = LoopSockets.Ready(endpoint.AddressFamily, SocketOptionRoles.Accepted, sockets.Options, scope, context);
                foreach (LoopOption option in own.Where(option => !option.Setting.Option.WhenConnected))
                    LoopSockets.Set(kernel, descriptor, option, scope, context);
                LoopSockets.Bind(kernel, descriptor, address, sockets, scope, context);
                if (endpoint is UnixDomainSocketEndPoint && endpoint.ToString() is { Length: > 0 } path && path[0] is not ('@' or '\0'))
                    listener._path = path;
                Listen(kernel, descriptor, sockets.Backlog, scope, context);
                LoopSockets.ReadBack(kernel, descriptor, own, scope);
                if (endpoint is IPEndPoint)
                    listener.EndPoint = LoopSockets.LocalName(kernel, descriptor) ?? endpoint;
            }
        }
        catch (SocketFailure)
        {
            listener?.Unlink();
            foreach ((int descriptor, _) in bound)
                _ = kernel.Close(descriptor);
            throw;
        }

        listener!.Start(group, bound);
        return listener;
    }

    /// <summary>Takes over a stream socket that is bound already: one that whoever started this process handed over. It listens from now on, if it did not before.</summary>
    /// <param name="group">Whose loops.</param>
    /// <param name="socket">The socket; the listener owns it from now on, and it must not be used any more.</param>
    /// <param name="options">What it makes of what it accepts.</param>
    /// <exception cref="SocketFailure">It cannot listen.</exception>
    public static LoopListener Adopt(LoopGroup group, Socket socket, LoopListenerOptions options)
    {
        Check(options);
        EndPoint local = socket.LocalEndPoint!;
        string transport = local is UnixDomainSocketEndPoint ? "unix" : "tcp";
        SocketScope? scope = options.Sockets.Events?.Open(SocketRole.Listener, transport);
        scope?.Local = local;
        var context = new FailureContext { Endpoint = options.Sockets.Endpoint, Local = local, Transport = transport };
        LoopKernel kernel = group.Loops[0].Kernel;
        int descriptor = TakeOver(socket);
        try
        {
            bool listens = LoopSockets.Listens(kernel, descriptor);
            scope?.Note("handed-over");
            var listener = new LoopListener(options, LoopSockets.Settings(local, options.Sockets, scope, context), context)
            {
                AcceptedOptions = LoopSockets.Ready(local.AddressFamily, SocketOptionRoles.Accepted, options.Sockets.Options, scope, context),
            };
            foreach (LoopOption option in LoopSockets.Ready(local.AddressFamily, SocketOptionRoles.Listener, options.Sockets.Options, scope, context).Where(option => !option.Setting.Option.WhenConnected))
                LoopSockets.Set(kernel, descriptor, option, scope, context);
            if (!listens)
                Listen(kernel, descriptor, options.Sockets.Backlog, scope, context);
            listener.Start(group, [(descriptor, scope)]);
            return listener;
        }
        catch (SocketFailure)
        {
            _ = kernel.Close(descriptor);
            throw;
        }
    }

    /// <summary>Accepts no more until <see cref="ResumeAccepting"/>: what comes waits in the backlog. What was accepted a moment ago may still be delivered.</summary>
    public void PauseAccepting()
    {
        _pauses = true;
        foreach (ListeningSocket socket in _sockets)
            socket.Loop.PostTo(static socket => ((ListeningSocket)socket!).Pause(true), socket);
    }

    /// <summary>Accepts again.</summary>
    public void ResumeAccepting()
    {
        _pauses = false;
        foreach (ListeningSocket socket in _sockets)
            socket.Loop.PostTo(static socket => ((ListeningSocket)socket!).Pause(false), socket);
    }

    /// <summary>Stops listening; what was accepted goes on. Ends when the socket is closed.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (ListeningSocket socket in _sockets)
            socket.Loop.PostTo(static socket => ((ListeningSocket)socket!).Close(), socket); // a loop that has ended has closed it
        foreach (ListeningSocket socket in _sockets)
            await socket.Closed.ConfigureAwait(false);
    }

    internal LoopStream Create() => _options.Create();

    /// <summary>Whether accepting is to stop, which a turn that accepts many must know before it ends.</summary>
    internal bool Pauses => _pauses;

    internal bool MayAccept() => _options.MayAccept is null || _options.MayAccept();

    internal void Accepted() => _options.Accepted?.Invoke();

    /// <summary>Accepting failed; told once until it succeeds.</summary>
    internal void Failed(SocketFailure failure)
    {
        if (Interlocked.Exchange(ref _failed, 1) == 0)
            Tell(listener => listener._options.AcceptFailed?.Invoke(failure));
    }

    /// <summary>Accepting succeeded.</summary>
    internal void Succeeded()
    {
        if (Volatile.Read(ref _failed) != 0 && Interlocked.Exchange(ref _failed, 0) != 0)
            Tell(static listener => listener._options.AcceptResumed?.Invoke());
    }

    /// <summary>Removes the file of a Unix socket, as .NET does for its own.</summary>
    internal void Unlink()
    {
        if (Interlocked.Exchange(ref _path, null) is not { } path)
            return;
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its folder is not to be written to any more; whoever binds there next is told that the address is in use.
        }
    }

    private static void Check(LoopListenerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Sockets.Backlog, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Sockets.ReceiveSize, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.BackOff, TimeSpan.Zero, nameof(options));
    }

    private static void Listen(LoopKernel kernel, int descriptor, int backlog, SocketScope? scope, FailureContext context)
    {
        long started = SocketScope.Now;
        int result = kernel.Listen(descriptor, backlog);
        if (result < 0)
            throw LoopSockets.Told(scope, started, LoopFailure.Of(SocketCall.Listen, -result, context));
        scope?.Called(SocketCall.Listen, started, value: $"backlog {backlog}");
    }

    // The descriptor changes hands: .NET must neither close it nor shut it down.
    private static int TakeOver(Socket socket)
    {
        int descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        socket.SafeHandle.SetHandleAsInvalid();
#pragma warning disable CA1816 // Not a disposal: the descriptor has a new owner.
        GC.SuppressFinalize(socket);
#pragma warning restore CA1816
        int flags = LibC.Control(descriptor, LibC.GetStatusFlags, 0);
        _ = LibC.Control(descriptor, LibC.SetStatusFlags, flags | LibC.NonBlocking);
        _ = LibC.Control(descriptor, LibC.SetDescriptorFlags, LibC.CloseOnExec);
        return descriptor;
    }

    private void Start(LoopGroup group, List<(int Descriptor, SocketScope? Scope)> bound)
    {
        foreach ((int descriptor, SocketScope? scope) in bound)
        {
            var socket = new ListeningSocket(this, descriptor, scope, spreads: bound.Count == 1);
            socket.Attach(bound.Count == 1 ? group.Next() : group.Loops[_sockets.Count]);
            _sockets.Add(socket);
        }

        foreach (ListeningSocket socket in _sockets)
            socket.Loop.Post(_options.Paused ? static socket => ((ListeningSocket)socket!).Open(true) : static socket => ((ListeningSocket)socket!).Open(false), socket);
    }

    private void Tell(Action<LoopListener> tell)
    {
        try
        {
            tell(this);
        }
        catch (Exception e)
        {
            _sockets[0].Loop.Group.Failed(e);
        }
    }
}
