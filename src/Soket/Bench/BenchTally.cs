using System.Buffers;
using System.Runtime.CompilerServices;
using Soket.Explain;

namespace Soket.Bench;

/// <summary>
/// What one worker of a generator has counted since it began. One thread writes (the worker's), any thread reads: numbers only grow, each is whole, and
/// the failures, which are rare, stand behind a lock. Warm-up and seconds are differences of two readings.
/// </summary>
public sealed class BenchTally
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(SocketCall Call, string Error), BenchFailure> _failures = [];
    private long _sent;
    private long _bytesSent;
    private long _completed;
    private long _bytesReceived;
    private long _opened;
    private long _closed;
    private long _wrong;
    private long _timedOut;
    private long _failed;
    private long _lost;
    private long _duplicates;
    private long _reordered;
    private long _held;
    private long _jitter;
    private long _cpu;
    private WrongReply? _wrongReply;

    internal BenchTally(string name) => Name = name;

    /// <summary>The worker's name: <c>loop 0</c>.</summary>
    public string Name { get; }

    /// <summary>Latencies of what was completed: messages, connections, datagrams that came back, wakings.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Open loop: how long after it was due each message was handed to the system. What makes it late is the generator, or the in-flight limit.</summary>
    public LatencyHistogram Lateness { get; } = new();

    /// <summary>Messages handed to the system.</summary>
    public long Sent => Volatile.Read(in _sent);

    /// <summary>Bytes handed to the system, framing included.</summary>
    public long BytesSent => Volatile.Read(in _bytesSent);

    /// <summary>Replies that came and were right; with <see cref="BenchMode.Connect"/> connections that were made.</summary>
    public long Completed => Volatile.Read(in _completed);

    /// <summary>Bytes received, right or wrong.</summary>
    public long BytesReceived => Volatile.Read(in _bytesReceived);

    /// <summary>Connections made.</summary>
    public long Opened => Volatile.Read(in _opened);

    /// <summary>Connections that are no more.</summary>
    public long Closed => Volatile.Read(in _closed);

    /// <summary>Replies that were not what they had to be.</summary>
    public long Wrong => Volatile.Read(in _wrong);

    /// <summary>Messages without a reply in time.</summary>
    public long TimedOut => Volatile.Read(in _timedOut);

    /// <summary>Failures, of whatever code; what is wrong or timed out is counted there and not here.</summary>
    public long Failed => Volatile.Read(in _failed);

    /// <summary>Datagrams that did not come back.</summary>
    public long Lost => Volatile.Read(in _lost);

    /// <summary>Datagrams that came back more than once.</summary>
    public long Duplicates => Volatile.Read(in _duplicates);

    /// <summary>Datagrams that came back after one that was sent later.</summary>
    public long Reordered => Volatile.Read(in _reordered);

    /// <summary>Open loop: messages that were due and had to wait, because <see cref="BenchPlan.InFlight"/> others still waited for their reply on every connection.</summary>
    public long Held => Volatile.Read(in _held);

    /// <summary>The interarrival jitter as RFC 3550, section 6.4.1, smooths it, ns: the mean over the worker's sockets now.</summary>
    public long Jitter
    {
        get => Volatile.Read(in _jitter);
        set => Volatile.Write(ref _jitter, value);
    }

    /// <summary>The processor time the worker's thread has used, ns; -1 where it cannot be known by itself.</summary>
    public long Cpu
    {
        get => Volatile.Read(in _cpu);
        set => Volatile.Write(ref _cpu, value);
    }

    /// <summary>Counts messages handed to the system.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSent(long messages, long bytes)
    {
        _sent += messages;
        _bytesSent += bytes;
    }

    /// <summary>Counts bytes received.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddReceived(long bytes) => _bytesReceived += bytes;

    /// <summary>Counts a right reply (a connection, a waking).</summary>
    /// <param name="nanoseconds">Its latency, from when it was sent, or with the open loop from when it was due.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddCompleted(long nanoseconds)
    {
        _completed++;
        Latency.Record(nanoseconds);
    }

    /// <summary>Counts a connection that was made.</summary>
    public void AddOpened() => _opened++;

    /// <summary>Counts a connection that is no more.</summary>
    public void AddClosed() => _closed++;

    /// <summary>Counts a reply that is not what it had to be.</summary>
    public void AddWrong() => _wrong++;

    /// <summary>Keeps the beginning of a wrong reply, if it is the first.</summary>
    /// <param name="expected">What it had to be; empty where no bytes say that.</param>
    /// <param name="reply">What came instead.</param>
    public void KeepWrong(ReadOnlySpan<byte> expected, in ReadOnlySequence<byte> reply)
    {
        if (_wrongReply is null)
            Volatile.Write(ref _wrongReply, Bench.WrongReply.Of(expected, reply));
    }

    /// <summary>The first reply that was not what it had to be; null while there is none, or none was kept.</summary>
    public WrongReply? WrongReply => Volatile.Read(in _wrongReply);

    /// <summary>Counts messages without a reply in time.</summary>
    public void AddTimedOut(long messages = 1) => _timedOut += messages;

    /// <summary>Counts datagrams that did not come back.</summary>
    public void AddLost(long datagrams) => _lost += datagrams;

    /// <summary>Counts a datagram that came back once more.</summary>
    public void AddDuplicate() => _duplicates++;

    /// <summary>Counts a datagram that came back after one that was sent later.</summary>
    public void AddReordered() => _reordered++;

    /// <summary>Counts messages that were due and had to wait for the in-flight limit; each once.</summary>
    public void AddHeld(long messages = 1) => _held += messages;

    /// <summary>Counts a failure. The first of each call and error is kept, for its explanation.</summary>
    public void AddFailed(SocketFailure failure)
    {
        _failed++;
        lock (_lock)
        {
            (SocketCall, string) key = (failure.Call, failure.Error.Name); // as BenchFailure.Kind
            _failures[key] = _failures.TryGetValue(key, out BenchFailure? known) ? known with { Count = known.Count + 1 } : new BenchFailure(failure, 1);
        }
    }

    /// <summary>The failures so far, one of each call and error.</summary>
    public IReadOnlyList<BenchFailure> Failures
    {
        get
        {
            lock (_lock)
                return [.. _failures.Values];
        }
    }
}
