using System.Runtime.Versioning;
using Soket.Explain;

namespace Soket.Linux.Engine;

/// <summary>The loops of a process, or of a part of it. Their threads start when they are first needed. Any thread.</summary>
[SupportedOSPlatform("linux")]
public sealed class LoopGroup : IAsyncDisposable
{
    private static readonly Lazy<LoopGroup> Shared = new(static () => new());

    private readonly Lock _lock = new();
    private readonly EventLoop[] _loops;
    private readonly TaskCompletionSource[] _ended;
    private readonly bool _threads;
    private List<ListeningSocket>? _starving; // under _lock: they could not accept for want of descriptors or memory
    private volatile bool _someStarve;
    private bool _started;                    // under _lock
    private Task? _disposal;                  // under _lock
    private int _next;
    private long _failures;
    private Exception? _failure;              // written once

    /// <summary>Creates a group.</summary>
    /// <param name="options">How.</param>
    public LoopGroup(LoopGroupOptions? options = null)
        : this(options ?? new(), LinuxKernel.Instance, threads: true)
    {
    }

    /// <summary>Creates a group on a kernel of a test's own; without threads, the test makes the turns.</summary>
    internal LoopGroup(LoopGroupOptions options, LoopKernel kernel, bool threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Loops, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BusyPoll, TimeSpan.Zero, nameof(options));
        _threads = threads;
        _loops = new EventLoop[options.Loops];
        _ended = new TaskCompletionSource[options.Loops];
        for (int i = 0; i < _loops.Length; i++)
        {
            _loops[i] = new EventLoop(this, i, kernel, options.BusyPoll);
            _ended[i] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>The group that is used where none is given: one loop a core, never disposed of.</summary>
    public static LoopGroup Default => Shared.Value;

    /// <summary>The loops.</summary>
    /// <exception cref="SocketFailure">No descriptor was left to start them.</exception>
    public IReadOnlyList<EventLoop> Loops
    {
        get
        {
            Start();
            return _loops;
        }
    }

    /// <summary>How many times something called by a loop threw. It ends its own connection, and nothing else.</summary>
    public long HandlerFailures => Interlocked.Read(ref _failures);

    /// <summary>What was thrown first; null when nothing was.</summary>
    public Exception? FirstHandlerFailure => Volatile.Read(ref _failure);

    /// <summary>The loop whose turn it is: each in its turn.</summary>
    /// <exception cref="SocketFailure">No descriptor was left to start them.</exception>
    public EventLoop Next()
    {
        Start();
        return _loops[(int)((uint)(Interlocked.Increment(ref _next) - 1) % (uint)_loops.Length)];
    }

    /// <summary>Ends the loops: what is still open is aborted, and every stream is told.</summary>
    public async ValueTask DisposeAsync()
    {
        Task disposal;
        lock (_lock)
            disposal = _disposal ??= EndAsync();
        await disposal.ConfigureAwait(false);
    }

    internal void Failed(Exception e)
    {
        Interlocked.Increment(ref _failures);
        Interlocked.CompareExchange(ref _failure, e, null);
    }

    /// <summary>A listener could not accept: it is told when a descriptor becomes free.</summary>
    internal void Starves(ListeningSocket listener)
    {
        lock (_lock)
        {
            (_starving ??= []).Add(listener);
            _someStarve = true;
        }
    }

    /// <summary>A connection was closed.</summary>
    internal void DescriptorFreed()
    {
        if (_someStarve)
            WakeStarving();
    }

    private void WakeStarving()
    {
        List<ListeningSocket>? starving;
        lock (_lock)
        {
            starving = _starving;
            _starving = null;
            _someStarve = false;
        }

        foreach (ListeningSocket listener in starving ?? [])
            listener.Loop.PostTo(static socket => ((ListeningSocket)socket!).TryAgain(), listener);
    }

    private void Start()
    {
        if (Volatile.Read(ref _started))
            return;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
            if (_started)
                return;
            int prepared = 0;
            try
            {
                for (; prepared < _loops.Length; prepared++)
                    _loops[prepared].Prepare();
            }
            catch (SocketFailure)
            {
                while (prepared-- > 0)
                    _loops[prepared].Unprepare();
                throw;
            }

            for (int i = 0; i < _loops.Length && _threads; i++)
                StartThread(_loops[i], _ended[i]);
            Volatile.Write(ref _started, true);
        }
    }

    private static void StartThread(EventLoop loop, TaskCompletionSource ended) => new Thread(() =>
    {
        loop.Run();
        ended.SetResult();
    })
    {
        IsBackground = true,
        Name = $"soket loop {loop.Index}",
    }.Start();

    // Under the lock as far as it need not wait.
    private Task EndAsync()
    {
        if (!_started)
            return Task.CompletedTask;
        foreach (EventLoop loop in _loops)
            loop.PostTo(static loop => ((EventLoop)loop!).Stop(), loop);
        return _threads ? Task.WhenAll(_ended.Select(ended => ended.Task)) : Task.CompletedTask;
    }
}
