using System.Diagnostics;
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
/// How a stream comes to be connected: connect(2) without waiting, its end found by epoll, the time allowed for it on the wheel. Told as the managed transport tells it.
/// Loop's thread only.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class ConnectAttempt(LoopStream stream, EndPoint endpoint, ManagedTransportOptions options, TimeSpan? timeout)
{
    // A blocking connect(2) waits while a Unix listener's queue is full; a non-blocking one says EAGAIN (unix(7)) and is to be tried again.
    private const long ShortestPause = 1_000_000;
    private const long LongestPause = 50_000_000;

    private readonly FailureContext _context = new() { Endpoint = options.Endpoint, Remote = endpoint, Transport = endpoint is UnixDomainSocketEndPoint ? "unix" : "tcp" };
    private StreamSettings? _settings;
    private LoopOption[] _options = [];
    private SocketScope? _scope;
    private long _started;                // as the event stream counts
    private long _deadline = long.MaxValue;
    private long _pause = ShortestPause;

    /// <summary>Whether the system is at it: epoll tells the end.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Makes the socket and begins.</summary>
    public void Start()
    {
        if (stream.IsClosed)
            return;
        EventLoop loop = stream.Loop;
        if (timeout is { } allowed && allowed != Timeout.InfiniteTimeSpan)
            _deadline = loop.Now + EventLoop.Nanoseconds(allowed);
        _scope = options.Events?.Open(SocketRole.Client, _context.Transport!);
        stream.BeginConnecting(_scope);
        if (Make(_scope))
            Try();
    }

    /// <summary>epoll says that it has ended, one way or the other: SO_ERROR says which, connect(2).</summary>
    public void Ready()
    {
        if (!IsUnderWay)
            return;
        int error = 0;
        int length = sizeof(int);
        int result = stream.Loop.Kernel.GetOption(stream.Descriptor, LibC.SocketLevel, LibC.PendingError, (byte*)&error, &length);
        Ended(result < 0 ? -result : error);
    }

    /// <summary>Time is up, or a pause is over.</summary>
    public void Timer()
    {
        EventLoop loop = stream.Loop;
        if (loop.Now >= _deadline)
        {
            GiveUp(new SocketFailure(SocketCall.Connect, SystemError.Timeout, _context with { Elapsed = Stopwatch.GetElapsedTime(_started) }), tell: true);
            return;
        }

        if (IsUnderWay)
        {
            SetTimer();
            return;
        }

        // The socket that was refused for want of room is of no more use; that there is another one concerns nobody.
        _ = loop.Kernel.Close(stream.Descriptor);
        stream.Descriptor = -1;
        if (Make(null))
            Try();
    }

    // socket(2), its options, bind(2).
    private bool Make(SocketScope? scope)
    {
        LoopKernel kernel = stream.Loop.Kernel;
        SocketCall call = SocketCall.Socket;
        try
        {
            stream.Descriptor = LoopSockets.Create(kernel, endpoint.AddressFamily, scope, _context);
            call = SocketCall.SetOption;
            _settings ??= LoopSockets.Settings(endpoint, options, scope, _context);
            _options = LoopSockets.Ready(endpoint.AddressFamily, SocketOptionRoles.Client, options.Options, scope, _context);
            SetOptions(scope, connected: false);
            call = SocketCall.Bind;
            if (options.Source is { } source)
                LoopSockets.Bind(kernel, stream.Descriptor, source, options, scope, _context with { Local = source });
            return true;
        }
        catch (SocketFailure failure)
        {
            if (failure.Call == SocketCall.SetOption && call != SocketCall.Bind)
                scope?.Called(SocketCall.Close, SocketScope.Now, "given-up");
            GiveUp(failure, tell: false);
            return false;
        }
    }

    private void Try()
    {
        _scope?.Remote = endpoint;
        if (_started == 0)
            _started = SocketScope.Now;
        byte* name = stackalloc byte[SocketName.Longest];
        int result = stream.Loop.Kernel.Connect(stream.Descriptor, name, SocketName.Write(endpoint, name));
        switch (result)
        {
            case -LoopKernel.InProgress or -LoopKernel.Interrupted: // interrupted, it goes on by itself, connect(2)
                IsUnderWay = true;
                SetTimer();
                stream.MarkUnsettled();
                break;
            case -LoopKernel.Again when endpoint is UnixDomainSocketEndPoint:
                SetTimer();
                _pause = Math.Min(LongestPause, _pause * 2);
                break;
            default:
                Ended(-result);
                break;
        }
    }

    private void Ended(int error)
    {
        IsUnderWay = false;
        if (error != 0)
        {
            GiveUp(LoopFailure.Of(SocketCall.Connect, error, _context with { Elapsed = Stopwatch.GetElapsedTime(_started) }), tell: true);
            return;
        }

        EventLoop loop = stream.Loop;
        _scope?.Local = LoopSockets.LocalName(loop.Kernel, stream.Descriptor);
        _scope?.Called(SocketCall.Connect, _started);
        try
        {
            SetOptions(_scope, connected: true);
        }
        catch (SocketFailure failure)
        {
            _scope?.Called(SocketCall.Close, SocketScope.Now, "given-up");
            GiveUp(failure, tell: false);
            return;
        }

        LoopSockets.ReadBack(loop.Kernel, stream.Descriptor, _options, _scope);
        loop.Timers.Clear(stream.Slot);
        stream.EndConnecting(_settings!, endpoint);
    }

    private void SetOptions(SocketScope? scope, bool connected)
    {
        foreach (LoopOption option in _options)
        {
            if (option.Setting.Option.WhenConnected == connected)
                LoopSockets.Set(stream.Loop.Kernel, stream.Descriptor, option, scope, _context);
        }
    }

    private void SetTimer()
    {
        EventLoop loop = stream.Loop;
        long due = IsUnderWay ? _deadline : Math.Min(_deadline, loop.Now + _pause);
        if (due != long.MaxValue)
            loop.Timers.Set(stream.Slot, loop.Now, due);
    }

    private void GiveUp(SocketFailure failure, bool tell)
    {
        if (tell)
            _scope?.Failed(failure.Call, _started, failure);
        stream.NotConnected(failure);
    }
}
