using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Hosting;
using Soket.Services;
using Soket.Transports.Internal;

namespace Soket.Linux.Engine.Messages;

/// <summary>What the conversations of one listener on one loop share: the buffers of the answer that is being made, the counts.</summary>
/// <remarks>Its loop's thread only, but for the counts, which anybody may read.</remarks>
[SupportedOSPlatform("linux")]
internal sealed class MessageLane : IMessageMeter
{
    // A reply that was longer than this gives its room back: one loop has one for all its connections, and most need no such room.
    private const int RoomKept = 256 * 1024;
    private const int MostSpares = 64;
    private readonly Stack<HeldBytes> _spares = new();
    private PooledBuffer? _room;
    private Counts _counts;

    public MessageLane(LoopMessageListener listener, MessageHost host)
    {
        Listener = listener;
        Host = host;
        Messages = new StreamMessages(host.Service, host.Framing, this);
        WatchesIdle = host.IdleTimeout > TimeSpan.Zero;
    }

    public LoopMessageListener Listener { get; }

    public MessageHost Host { get; }

    public StreamMessages Messages { get; }

    /// <summary>Whether it has to be known when a connection moved its last byte.</summary>
    public bool WatchesIdle { get; }

    /// <summary>Replies on their way to one send(2); empty between two calls of the loop.</summary>
    public PooledBuffer Output { get; } = new();

    /// <summary>Where a reply is put before it is framed.</summary>
    public ref PooledBuffer? Room => ref _room;

    public MessageTotals Totals => new(Volatile.Read(ref _counts.Messages), Volatile.Read(ref _counts.Received), Volatile.Read(ref _counts.Sent));

    /// <summary>Does something with every conversation of this lane; one may end by it.</summary>
    /// <returns>How many there were.</returns>
    public int ForEach<T>(EventLoop loop, Action<MessageConversation, T> action, T with)
    {
        // The loop's own table: a list beside it would cost every connection 16 bytes for what is needed at the end.
        int count = 0;
        for (int slot = 0; slot < loop.Slots.Made; slot++)
        {
            if (loop.Slots[slot].Source is not MessageConversation { IsClosed: false } one || one.Lane != this)
                continue;
            action(one, with);
            count++;
        }

        return count;
    }

    public HeldBytes Hold() => _spares.TryPop(out HeldBytes? spare) ? spare : new HeldBytes();

    public void Release(HeldBytes held)
    {
        held.Reset();
        if (_spares.Count < MostSpares)
            _spares.Push(held);
    }

    /// <summary>The replies were sent.</summary>
    public void Sent()
    {
        Output.Clear();
        if (Output.Capacity > RoomKept)
            Output.Release();
        if (_room?.Capacity > RoomKept)
            _room.Release();
    }

    public void Message(long received, long sent) => Count(1, received, sent);

    /// <summary>Counts several messages at once.</summary>
    public void Count(int messages, long received, long sent)
    {
        _counts.Messages += messages;
        _counts.Received += received;
        _counts.Sent += sent;
    }

    public bool TryHold(long change) => Host.TryHold(change);

    // Written with every message: on lines of its own, so that no other loop waits for them.
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct Counts
    {
        [FieldOffset(64)]
        public long Messages;

        [FieldOffset(72)]
        public long Received;

        [FieldOffset(80)]
        public long Sent;
    }
}
