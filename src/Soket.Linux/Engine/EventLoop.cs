using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.Linux.Engine.Splicing;
using Soket.Linux.Native;
using Soket.Transports;

namespace Soket.Linux.Engine;

/// <summary>One thread that waits for all its descriptors at once, epoll(7), and calls whoever they belong to.</summary>
[SupportedOSPlatform("linux")]
#pragma warning disable CA1001 // What it lends memory by holds nothing; the descriptors are closed by its thread, at its end.
public sealed unsafe class EventLoop
#pragma warning restore CA1001
{
    /// <summary>The size of the receive buffer: one for all connections of the loop, which is what makes an idle one cheap.</summary>
    internal const int BufferSize = 64 * 1024;

    private const int MostEvents = 512;             // of one turn
    private const int Crowd = 4;                    // more than so many are many
    private const ulong SignalIdentity = ulong.MaxValue;

    private byte[] _memory = ReceiveBuffers.Rent(); // loop
    private readonly byte[] _eventMemory;
    private readonly byte* _events;
    private readonly EpollLayout _layout;
    private readonly LoopQueue _queue;
    private readonly Stack<Spill> _spills = new();  // loop
    private readonly LentMemory _lent = new();      // loop
    private readonly long _busyPoll;
    private int _thread;                            // written once, by the loop
    private int _poll = -1;                         // written once, before the loop runs
    private int _signal = -1;                       // written once, before the loop runs
    private long _now;                              // loop; 0: not read in this turn
    private bool _ending;                           // loop
    private int _ready;                             // written by the loop: how many had something in the last turn
    private SplicePipe? _pipe;                      // loop

    internal EventLoop(LoopGroup group, int index, LoopKernel kernel, TimeSpan busyPoll)
    {
        Group = group;
        Index = index;
        Kernel = kernel;
        _layout = kernel.Layout;
        _busyPoll = (long)busyPoll.TotalNanoseconds;
        _eventMemory = GC.AllocateUninitializedArray<byte>(MostEvents * _layout.Size, pinned: true);
        _events = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_eventMemory, 0);
        Buffer = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        Timers = new TimerWheel(Slots, kernel.Now);
        _queue = new LoopQueue(this);
    }

    /// <summary>Its place among the loops of its group, from 0.</summary>
    public int Index { get; }

    /// <summary>Whether the calling thread is this loop's.</summary>
    public bool IsCurrent => Environment.CurrentManagedThreadId == _thread;

    /// <summary>
    /// The time of this turn in nanoseconds, monotonic, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> counts on Linux: read once a turn, when it is
    /// first asked for. Loop's thread only.
    /// </summary>
    public long Now => _now != 0 ? _now : _now = Kernel.Now;

    /// <summary>Its group.</summary>
    public LoopGroup Group { get; }

    internal LoopKernel Kernel { get; }

    /// <summary>How many times it has waited. Loop's thread only.</summary>
    internal long Turns { get; private set; }

    /// <summary>Loop's thread only.</summary>
    internal SlotTable Slots { get; } = new();

    /// <summary>Loop's thread only.</summary>
    internal TimerWheel Timers { get; }

    /// <summary>Streams that something is to be done about once the call that runs has returned. Loop's thread only.</summary>
    internal List<LoopStream> Unsettled { get; } = [];

    /// <summary>The loop's one receive buffer, whose beginning <see cref="LoopStream.OnReceived"/> lends: for those who need memory and not a span.</summary>
    internal Memory<byte> ReceiveMemory => _memory;

    internal byte* Buffer { get; private set; }

    /// <summary>The loop's pipe for splicing, made when it is first needed; null when the system gives none. Loop's thread only.</summary>
    internal SplicePipe? SplicePipe => _pipe ??= Splicing.SplicePipe.Create(Kernel);

    /// <summary>
    /// Gives the receive buffer away, with what was received last at its beginning, and takes another one: for who needs the bytes for longer than
    /// <see cref="LoopStream.OnReceived"/> lasts, and would else copy them. It goes back to <see cref="ReceiveBuffers"/>. Loop's thread only.
    /// </summary>
    internal byte[] KeepReceiveMemory()
    {
        byte[] kept = _memory;
        _memory = ReceiveBuffers.Rent();
        Buffer = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        return kept;
    }


    /// <summary>Runs it on the loop's thread, after what was posted and sent before; any thread. What it throws is counted (<see cref="LoopGroup.HandlerFailures"/>).</summary>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public void Post(Action<object?> action, object? state) => ObjectDisposedException.ThrowIf(!PostTo(action, state), this);

    /// <summary>
    /// Connects to one address without waiting; any thread. <see cref="LoopStream.OnOpened"/> follows on the loop's thread, or <see cref="LoopStream.OnClosed"/> with
    /// what went wrong.
    /// </summary>
    /// <param name="stream">A stream that no loop has yet.</param>
    /// <param name="endpoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <param name="options">How the socket is made; its <see cref="ManagedTransportOptions.Native"/> is not needed here.</param>
    /// <param name="timeout">The deadline of the attempt (ETIMEDOUT); null leaves it to the system.</param>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public void Connect(LoopStream stream, EndPoint endpoint, ManagedTransportOptions? options = null, TimeSpan? timeout = null)
    {
        _ = SocketName.Number(endpoint.AddressFamily);
        var attempt = new ConnectAttempt(stream, endpoint, options ?? new(), timeout);
        stream.Prepare(this, attempt);
        Post(static attempt => ((ConnectAttempt)attempt!).Start(), attempt);
    }

    /// <summary>As <see cref="Post"/>; false when the loop has ended and it will not be run.</summary>
    internal bool PostTo(Action<object?> action, object? state) => _queue.Add(new(action, state, null, 0, false));

    /// <summary>Brings bytes of another thread to a stream; false when the loop has ended.</summary>
    internal bool PostSend(LoopStream stream, byte[] buffer, int length, bool waits) => _queue.Add(new(null, stream, buffer, length, waits));

    /// <summary>A time as the loop counts; what is longer than a hundred years is a hundred years.</summary>
    internal static long Nanoseconds(TimeSpan time) => Math.Min(time.Ticks, 36_525 * TimeSpan.TicksPerDay) * TimeSpan.NanosecondsPerTick;

    internal void MustBeCurrent()
    {
        if (!IsCurrent)
            throw new InvalidOperationException("Only the loop's own thread may do this.");
    }

    /// <summary>epoll_ctl(2) for one of the loop's sources.</summary>
    internal int Watch(int operation, LoopSource source, uint events) => Kernel.Watch(_poll, operation, source.Descriptor, events, Slots.Identity(source));

    /// <summary>Bytes at an address as memory, until the next call: for the event stream.</summary>
    internal ReadOnlyMemory<byte> Lend(byte* start, int length) => _lent.Over(start, length);

    internal Spill RentSpill() => _spills.TryPop(out Spill? spill) ? spill : new();

    internal void ReturnSpill(Spill spill)
    {
        spill.Release();
        if (_spills.Count < 64)
            _spills.Push(spill);
    }

    /// <summary>Makes what it waits with.</summary>
    /// <exception cref="SocketFailure">No descriptor is left.</exception>
    internal void Prepare()
    {
        _poll = Made(Kernel.CreatePoll());
        _signal = Kernel.CreateSignal();
        if (_signal < 0)
        {
            int error = _signal;
            _ = Kernel.Close(_poll);
            _poll = -1;
            Made(error);
        }

        int watched = Kernel.Watch(_poll, LibC.PollAdd, _signal, LibC.PollIn, SignalIdentity);
        if (watched < 0)
            Unprepare();
        Made(watched);
    }

    /// <summary>Takes <see cref="Prepare"/> back: another loop of the group could not be made.</summary>
    internal void Unprepare()
    {
        _ = Kernel.Close(_signal);
        _ = Kernel.Close(_poll);
        _signal = -1;
        _poll = -1;
    }

    /// <summary>The loop: until it is told to end.</summary>
    internal void Run()
    {
        _thread = Environment.CurrentManagedThreadId;
        while (!_ending)
            Turn(mayWait: true);
        End();
    }

    /// <summary>For a test that is the loop's thread itself.</summary>
    internal void Adopt() => _thread = Environment.CurrentManagedThreadId;

    /// <summary>Makes this turn the last. Loop's thread only.</summary>
    internal void Stop() => _ending = true;

    /// <summary>Waits once, and calls everybody who has something.</summary>
    internal void Turn(bool mayWait)
    {
        int ready = Wait(mayWait);
        Volatile.Write(ref _ready, ready);
        Turns++;
        _now = 0;
        byte* place = _events;
        for (int i = 0; i < ready; i++, place += _layout.Size)
        {
            ulong identity = *(ulong*)(place + _layout.DataAt); // x86 and ARM read it wherever it lies
            if (identity == SignalIdentity)
                TakeQueue();
            else
                Slots.Find(identity)?.OnReady(*(uint*)place);
            if (Unsettled.Count > 0)
                Settle();
        }

        if (Timers.Count == 0)
            return;
        Timers.Advance(Now);
        Settle();
    }

    /// <summary>
    /// Whether many had something in its last turn; any thread. Then what others have to send is quicker sent by the loop in one go, and else by themselves: they need
    /// not wake it.
    /// </summary>
    internal bool IsCrowded => Volatile.Read(ref _ready) > Crowd;

    /// <summary>Wakes the loop; any thread.</summary>
    internal void Wake() => Kernel.Raise(_signal);

    /// <summary>Closes everything that is left, and itself. Loop's thread only.</summary>
    internal void End()
    {
        _queue.Close();
        TakeQueue();
        Settle();
        for (int slot = 0; slot < Slots.Made; slot++)
            Slots[slot].Source?.OnLoopEnded();
        Settle();
        _pipe?.Close(Kernel);
        _pipe = null;
        Unprepare();
    }

    private static int Made(int result) =>
        result >= 0 ? result : throw LoopFailure.Of(SocketCall.None, -result, FailureContext.None);

    private int Wait(bool mayWait)
    {
        int ready = 0;
        if (mayWait && _busyPoll > 0)
            ready = LookAgainAndAgain();
        if (ready == 0)
            ready = Kernel.Wait(_poll, _events, MostEvents, !mayWait ? 0 : Timers.Count == 0 ? -1 : Timers.Sleep(Now));
        if (ready == -LoopKernel.Interrupted)
            return 0;
        return Made(ready);
    }

    private int LookAgainAndAgain()
    {
        long until = Kernel.Now + _busyPoll;
        if (Timers.Count > 0)
            until = Math.Min(until, Now + (Timers.Sleep(Now) * 1_000_000L));
        int ready;
        do
            ready = Kernel.Wait(_poll, _events, MostEvents, 0);
        while (ready == 0 && Kernel.Now < until);
        return ready;
    }

    private void TakeQueue()
    {
        Kernel.Clear(_signal);
        foreach (LoopWork work in _queue.Take())
        {
            try
            {
                work.Run();
            }
            catch (Exception e)
            {
                Group.Failed(e);
            }

            if (Unsettled.Count > 0)
                Settle();
        }
    }

    // Who is told of an end may end others.
    private void Settle()
    {
        for (int i = 0; i < Unsettled.Count; i++)
            Unsettled[i].Settle();
        Unsettled.Clear();
    }
}
