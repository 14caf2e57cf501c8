using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.Versioning;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Native;

namespace Soket.Linux.Engine;

/// <summary>
/// One stream socket (TCP, Unix) on one loop. Subclass it: its <c>On</c> methods are called on the loop's thread, inline, one at a time, and never again after
/// <see cref="OnClosed"/>. They must not block: while one runs, no other connection of the loop is served. One that throws ends its own connection and no other.
/// </summary>
/// <remarks>
/// Every other method may be called by any thread, those excepted that say so. On the loop's own thread a call takes effect at once; those of other threads are
/// queued in the order they were made, and wake the loop once for as many as there are. After the end they do nothing
/// (<see cref="Send(ReadOnlySpan{byte})"/> gives true: nobody need wait). No <c>On</c> method is ever called from inside another method.
/// </remarks>
[SupportedOSPlatform("linux")]
[SuppressMessage("Naming", "CA1711", Justification = "A stream socket, in the words of the socket interface (SOCK_STREAM).")]
public abstract partial class LoopStream : LoopSource
{
    // An idle connection is this object and a slot of 32 bytes: a field here is paid for by everybody.
    private StreamSettings? _settings; // written once, when it is opened
    private SocketScope? _scope;       // written once, when it is opened
    private StreamExtras? _extras;     // loop
    private Spill? _spill;             // loop; whether there is one is read by any thread
    private long _received;            // written by the loop
    private long _sent;                // written by the loop
    private PeerName _peer;            // written once, when it is opened
    private StreamFlags _flags;        // loop
    private int _foreign;              // any thread, atomically: bytes of other threads that the loop has not taken yet

    /// <summary>The socket's own address, asked of the system each time (nothing of it is kept, so that an idle connection stays small). Null before it has one and after the end. Loop's thread only.</summary>
    public EndPoint? LocalEndPoint
    {
        get
        {
            if ((_scope?.Local ?? _settings?.Local) is { } known)
                return known;
            if (LoopOrNull is not { } loop || Descriptor < 0)
                return null;
            loop.MustBeCurrent();
            return LoopSockets.LocalName(loop.Kernel, Descriptor);
        }
    }

    /// <summary>The peer's address, made anew each time from a few bytes; it stays known after a reset and after the end. Null before it is known; a Unix peer without a name has the empty path.</summary>
    public EndPoint? RemoteEndPoint => _extras?.Remote ?? _peer.ToEndPoint() ?? (EndPoint?)(_settings?.Transport == "unix" ? NamelessPeer.EndPoint : null);

    /// <summary>Its place in the event stream; null when nobody looks.</summary>
    public SocketScope? Scope => _scope;

    /// <summary>Whether bytes wait for the peer to take them. Loop's thread: exact; any other: a moment ago.</summary>
    public bool IsBlocked => Volatile.Read(ref _spill) is not null;

    /// <summary>Whether the end has come: nothing will be delivered any more.</summary>
    public bool IsClosed => (_flags & (StreamFlags.Dead | StreamFlags.Closed)) != 0;

    /// <summary>Bytes received so far.</summary>
    public long BytesReceived => Volatile.Read(ref _received);

    /// <summary>Bytes the system has taken for sending so far.</summary>
    public long BytesSent => Volatile.Read(ref _sent);

    /// <summary>Receives no more until <see cref="ResumeReceiving"/>: the peer is slowed by its full window. Bytes that are being delivered just now are not taken back.</summary>
    public void PauseReceiving()
    {
        if (!Loop.IsCurrent)
            Loop.PostTo(static stream => ((LoopStream)stream!).PauseReceiving(), this);
        else if ((_flags & StreamFlags.Paused) == 0)
            Change(StreamFlags.Paused, set: true);
    }

    /// <summary>Receives again.</summary>
    public void ResumeReceiving()
    {
        if (!Loop.IsCurrent)
            Loop.PostTo(static stream => ((LoopStream)stream!).ResumeReceiving(), this);
        else if ((_flags & StreamFlags.Paused) != 0)
            Change(StreamFlags.Paused, set: false);
    }

    /// <summary>
    /// Calls <see cref="OnTimeout"/> once when this time has passed, and not before; setting it again moves it, which costs next to nothing. Good to some
    /// milliseconds. Nothing comes of it while the stream is being connected or closed. Loop's thread only.
    /// </summary>
    /// <param name="time">Zero or more; <see cref="Timeout.InfiniteTimeSpan"/> takes the time-out back.</param>
    public void SetTimeout(TimeSpan time)
    {
        if (time == Timeout.InfiniteTimeSpan)
        {
            ClearTimeout();
            return;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        EventLoop loop = Loop;
        loop.MustBeCurrent();
        if (Slot < 0 || (_flags & (StreamFlags.Connecting | StreamFlags.Closing | StreamFlags.Dead | StreamFlags.Closed)) != 0)
            return;
        long now = loop.Now;
        loop.Timers.Set(Slot, now, now + EventLoop.Nanoseconds(time));
    }

    /// <summary>Takes the time-out back. Loop's thread only.</summary>
    public void ClearTimeout()
    {
        Loop.MustBeCurrent();
        if (Slot >= 0 && (_flags & (StreamFlags.Connecting | StreamFlags.Closing)) == 0)
            Loop.Timers.Clear(Slot);
    }

    /// <summary>It was accepted, or has connected.</summary>
    protected internal virtual void OnOpened()
    {
    }

    /// <summary>Bytes came.</summary>
    /// <param name="bytes">Lent for the time of the call: the loop's one receive buffer.</param>
    protected internal abstract void OnReceived(ReadOnlySpan<byte> bytes);

    /// <summary>The peer's FIN: it sends no more. By default the connection is closed once what waits is sent.</summary>
    protected internal virtual void OnEnd() => Close();

    /// <summary>What waited is sent, after a send that gave false.</summary>
    protected internal virtual void OnDrained()
    {
    }

    /// <summary>The time set by <see cref="SetTimeout"/> has passed.</summary>
    protected internal virtual void OnTimeout()
    {
    }

    /// <summary>
    /// The descriptor is closed. The last call, made exactly once for every stream that was given to a loop, also when it never connected.
    /// </summary>
    /// <param name="failure">
    /// Null for an orderly end. Else how it ended, with call, errno and endpoints: ECONNRESET (the peer's reset), ETIMEDOUT (the network gave up, or a connect's
    /// deadline), ECONNREFUSED ..., the reason given to <see cref="Abort"/> (a plain abort: <c>SOKET_ABORTED</c>), or <c>SOKET_SERVICE</c> around what a method of
    /// this object threw.
    /// </param>
    protected internal virtual void OnClosed(SocketFailure? failure)
    {
    }

    internal override void OnReady(uint events)
    {
        if ((_flags & StreamFlags.Connecting) != 0)
        {
            _extras!.Connecting!.Ready();
            return;
        }

        // An error is told whether or not anybody looks for room; sending tells which.
        if ((events & ~LibC.PollIn) != 0 && _spill is not null)
            Flush();
        if ((events & ~LibC.PollOut) == 0)
            return;
        if ((_flags & StreamFlags.NoReceiving) == 0)
            Receive();
        else if ((_flags & StreamFlags.Lingering) != 0)
            Discard();
    }

    internal override void OnTimer()
    {
        if ((_flags & (StreamFlags.Dead | StreamFlags.Closed)) != 0)
            return;
        if ((_flags & StreamFlags.Connecting) != 0)
            _extras!.Connecting!.Timer();
        else if ((_flags & StreamFlags.Closing) != 0)
            ClosingTimer();
        else
            Call(static stream => stream.OnTimeout());
    }

    internal override void OnLoopEnded() => Abort();

    /// <summary>Begins its life on a loop: an accepted connection.</summary>
    internal void Open(EventLoop loop, int descriptor, StreamSettings settings, SocketScope? scope, PeerName peer, EndPoint? remote)
    {
        Attach(loop);
        Descriptor = descriptor;
        _settings = settings;
        _scope = scope;
        _peer = peer;
        if (remote is not null)
            Extras.Remote = remote;
        if (scope is not null)
            Extras.Waiting = SocketScope.Now;
        loop.Slots.Take(this);
        Unsettle();
        Call(static stream => stream.OnOpened());
    }

    /// <summary>Does what was put off while somebody was being called: changes what epoll looks for, half-closes, closes.</summary>
    internal void Settle()
    {
        _flags &= ~StreamFlags.Unsettled;
        if ((_flags & StreamFlags.Closed) != 0)
            return;
        if ((_flags & StreamFlags.Dead) != 0 || ((_flags & StreamFlags.Closing) != 0 && CloseOn()))
        {
            Release();
            return;
        }

        if ((_flags & (StreamFlags.ShutdownAsked | StreamFlags.OutputEnded)) == StreamFlags.ShutdownAsked && _spill is null && (_flags & StreamFlags.Connecting) == 0)
            HalfClose();
        Watch();
    }

    private StreamExtras Extras => _extras ??= new();

    /// <summary>Calls one of the methods of whoever made this stream.</summary>
    private void Call(Action<LoopStream> method)
    {
        try
        {
            method(this);
        }
        catch (Exception e)
        {
            Threw(e);
        }
    }

    // Whoever wrote it failed, and this connection ends: what was sent goes out, and the peer is told the end in order.
    private void Threw(Exception e)
    {
        Loop.Group.Failed(e);
        SocketFailure failure = e as SocketFailure ?? new SocketFailure(
            SocketCall.None,
            SystemError.Own("SOKET_SERVICE", e.Message),
            Context(0) with { Facts = new Dictionary<string, string> { ["exception"] = e.GetType().Name } },
            e);
        if (ReferenceEquals(e, failure))
            _scope?.Note("callback-failed", e.Message);
        else
            _scope?.Failed(SocketCall.None, SocketScope.Now, failure);
        Extras.Failure ??= failure;
        StartClose();
    }

    private void Change(StreamFlags flag, bool set)
    {
        _flags = set ? _flags | flag : _flags & ~flag;
        Unsettle();
    }

    private void Unsettle()
    {
        if ((_flags & StreamFlags.Unsettled) != 0)
            return;
        _flags |= StreamFlags.Unsettled;
        Loop.Unsettled.Add(this);
    }

    // Tells epoll what to look for, if that has changed. What looks for nothing is taken out: errors and hang-ups are told unasked, for ever.
    private void Watch()
    {
        uint wanted = 0;
        if ((_flags & StreamFlags.Connecting) != 0)
            wanted = _extras!.Connecting!.IsUnderWay ? LibC.PollOut : 0;
        else if ((_flags & StreamFlags.NoReceiving) == 0 || (_flags & StreamFlags.Lingering) != 0)
            wanted = LibC.PollIn;
        if (_spill is not null)
            wanted |= (_flags & StreamFlags.Connecting) == 0 ? LibC.PollOut : 0;

        uint watched = ((_flags & StreamFlags.WatchedIn) != 0 ? LibC.PollIn : 0) | ((_flags & StreamFlags.WatchedOut) != 0 ? LibC.PollOut : 0);
        if (wanted == watched)
            return;
        EventLoop loop = Loop;
        int operation = (_flags & StreamFlags.Watched) == 0 ? LibC.PollAdd : wanted == 0 ? LibC.PollDelete : LibC.PollModify;
        int result = loop.Watch(operation, this, wanted);
        _flags &= ~(StreamFlags.Watched | StreamFlags.WatchedIn | StreamFlags.WatchedOut);
        if (result < 0)
        {
            Die(LoopFailure.Of(SocketCall.None, -result, Context(0))); // ENOMEM, or more than fs.epoll.max_user_watches
            return;
        }

        if (wanted != 0)
            _flags |= StreamFlags.Watched | ((wanted & LibC.PollIn) != 0 ? StreamFlags.WatchedIn : 0) | ((wanted & LibC.PollOut) != 0 ? StreamFlags.WatchedOut : 0);
    }

    private void Failed(SocketCall call, int errno, long started)
    {
        ShutGate(); // what another thread has just sent is counted and told first
        SocketFailure failure = LoopFailure.Of(call, errno, Context(started));
        _scope?.Failed(call, started == 0 ? SocketScope.Now : started, failure);
        Die(failure);
    }

    private void Die(SocketFailure failure)
    {
        Extras.Failure ??= failure;
        _flags |= StreamFlags.Dead;
        Unsettle();
    }

    // What is known now, for a failure.
    private FailureContext Context(long started) => new()
    {
        Endpoint = _settings?.Options.Endpoint,
        Transport = _settings?.Transport,
        Local = LocalEndPoint,
        Remote = RemoteEndPoint,
        Sent = _sent,
        Received = _received,
        Elapsed = started == 0 ? null : System.Diagnostics.Stopwatch.GetElapsedTime(started),
    };
}
