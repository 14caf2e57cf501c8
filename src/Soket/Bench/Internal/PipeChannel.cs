using System.Buffers;
using Soket.Explain;

namespace Soket.Bench.Internal;

/// <summary>
/// A channel on something asynchronous: what cannot be sent at once waits here, and a task sends it on. Fields are touched in the worker's turn only, but for what
/// says otherwise.
/// </summary>
/// <param name="turn">The worker's turn.</param>
/// <param name="peer">Whose.</param>
internal abstract class PipeChannel(Lock turn, BenchPeer peer) : IBenchChannel
{
    private static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(1);

    private readonly Queue<int> _lengths = new(); // of the messages that wait, where they are to be kept apart
    private ArrayBufferWriter<byte> _one = new();
    private ArrayBufferWriter<byte> _queued = new();
    private Task _pump = Task.CompletedTask;
    private bool _isPumping;
    private bool _isShut;

    public abstract bool KeepsMessages { get; }

    public long BytesSent { get; private set; }

    public long BytesReceived { get; private set; }

    /// <summary>What sending ended with; null while it goes well.</summary>
    public SocketFailure? Failure { get; private set; }

    /// <summary>The worker's turn.</summary>
    protected Lock Turn => turn;

    /// <summary>Whose it is.</summary>
    protected BenchPeer Peer => peer;

    /// <summary>Whether this end is closing: what comes is not handed on.</summary>
    protected bool IsEnding { get; private set; }

    public bool Send(ReadOnlySpan<byte> bytes)
    {
        BytesSent += bytes.Length;
        if (_isPumping)
        {
            _queued.Write(bytes);
            if (KeepsMessages)
                _lengths.Enqueue(bytes.Length);
            return false;
        }

        _one.ResetWrittenCount();
        _one.Write(bytes);
        ValueTask sending;
        try
        {
            sending = SendAsync(_one.WrittenMemory);
        }
        catch (Exception e) when (IsLoss(e))
        {
            Lost(e);
            return true; // nothing will be drained any more
        }

        if (sending.IsCompletedSuccessfully)
            return true;
        _isPumping = true;
        _pump = PumpAsync(sending);
        return false;
    }

    public virtual void Flush()
    {
    }

    public void ShutdownSend()
    {
        _isShut = true;
        if (_isPumping)
            return;
        _isPumping = true;
        _pump = PumpAsync(ValueTask.CompletedTask);
    }

    public void Close()
    {
        IsEnding = true;
        Break();
    }

    public void Abort()
    {
        IsEnding = true;
        Reset();
        Break();
    }

    /// <summary>Hands what comes to the peer until nothing more does.</summary>
    /// <exception cref="IOException">It was lost.</exception>
    public abstract Task ReceiveAsync();

    /// <summary>Ends a receive that waits. Any thread.</summary>
    public abstract void Break();

    /// <summary>Closes it, in order where that was not given up.</summary>
    public async ValueTask EndAsync()
    {
        // A peer that takes nothing is not waited for.
        Task pump;
        lock (turn)
            pump = _pump;
        if (await Task.WhenAny(pump, Task.Delay(SendLimit)).ConfigureAwait(false) != pump)
            Reset();
        await DisposeAsync().ConfigureAwait(false);
        await pump.ConfigureAwait(false);
    }

    /// <summary>Sends bytes, or one message.</summary>
    protected abstract ValueTask SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Half-closes.</summary>
    protected abstract ValueTask ShutdownAsync();

    /// <summary>Gives it up at once. Any thread.</summary>
    protected abstract void Reset();

    /// <summary>Closes what it stands on.</summary>
    protected abstract ValueTask DisposeAsync();

    /// <summary>Sending failed. In the worker's turn.</summary>
    protected virtual void Lost(Exception exception)
    {
        Failure ??= SocketFailure.Find(exception);
        Break();
    }

    /// <summary>Hands bytes, or one message, to the peer. Any thread.</summary>
    protected void Hand(ReadOnlyMemory<byte> bytes)
    {
        lock (turn)
        {
            BytesReceived += bytes.Length;
            if (!IsEnding)
                peer.OnReceived(bytes);
        }
    }

    /// <summary>Tells the peer that nothing more comes.</summary>
    protected void HandEnd()
    {
        lock (turn)
        {
            if (!IsEnding)
                peer.OnEnd();
        }
    }

    private static bool IsLoss(Exception e) => e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;

    // Only one of it runs at a time.
    private async Task PumpAsync(ValueTask sending)
    {
        try
        {
            // Never at once: what this calls back must not come while the peer is still sending.
            await sending.AsTask().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            while (true)
            {
                ReadOnlyMemory<byte> next = default;
                bool shut = false;
                lock (turn)
                {
                    if (_lengths.Count > 0 || _queued.WrittenCount > 0)
                    {
                        next = TakeQueued();
                    }
                    else if (_isShut)
                    {
                        shut = true;
                    }
                    else
                    {
                        _isPumping = false;
                        if (!IsEnding)
                            peer.OnDrained();
                        return;
                    }
                }

                if (shut)
                {
                    await ShutdownAsync().ConfigureAwait(false);
                    return; // it never sends again
                }

                if (!KeepsMessages)
                {
                    await SendAsync(next).ConfigureAwait(false);
                    continue;
                }

                while (TryTakeLength(out int length))
                {
                    await SendAsync(next[..length]).ConfigureAwait(false);
                    next = next[length..];
                    if (next.IsEmpty)
                        break;
                }
            }
        }
        catch (Exception e) when (IsLoss(e))
        {
            lock (turn)
                Lost(e);
        }
    }

    private ReadOnlyMemory<byte> TakeQueued()
    {
        (_one, _queued) = (_queued, _one);
        _queued.ResetWrittenCount();
        return _one.WrittenMemory;
    }

    private bool TryTakeLength(out int length)
    {
        lock (turn)
            return _lengths.TryDequeue(out length);
    }
}
