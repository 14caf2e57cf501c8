using System.Numerics;
using System.Runtime.Versioning;

namespace Soket.Linux.Engine;

/// <summary>
/// The timers of a loop's sources, one each, on a hashed wheel (Varghese and Lauck, 1987) of two rings: 256 buckets of one tick, 256 buckets of 256 ticks, and what is
/// farther away comes round again. A bucket is a list through the slots themselves, so that nothing is allocated; moving a timer into the future, which an idle
/// time-out does with every message, writes one number, and its bucket looks again when its turn comes. Loop's thread only.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class TimerWheel
{
    /// <summary>A tick, in nanoseconds: 4 ms, what a connection's time-out need not be better than.</summary>
    public const long Tick = 4_000_000;

    private const int Ring = 256;
    private const long Never = long.MaxValue;

    private readonly SlotTable _slots;
    private readonly long _origin;
    private readonly int[] _heads = new int[2 * Ring];
    private readonly ulong[] _occupied = new ulong[2 * Ring / 64];
    private long _current = 1; // the last tick whose bucket was emptied; 0 is no timer's time

    /// <summary>Creates a wheel.</summary>
    /// <param name="slots">Where the timers live.</param>
    /// <param name="now">Now, in nanoseconds.</param>
    public TimerWheel(SlotTable slots, long now)
    {
        _slots = slots;
        _origin = now - Tick;
        _heads.AsSpan().Fill(-1);
    }

    /// <summary>How many slots are in buckets, those included whose timer was taken back.</summary>
    public int Count { get; private set; }

    /// <summary>Sets a slot's timer, in place of the one it had.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="now">Now.</param>
    /// <param name="due">When it is due, in nanoseconds: it never goes off before, and at most two ticks after.</param>
    public void Set(int slot, long now, long due)
    {
        if (Count == 0)
            _current = Math.Max(_current, TickOf(now)); // nobody was looked after meanwhile
        ref LoopSlot place = ref _slots[slot];
        place.Due = Math.Max(_current + 1, due <= now ? TickOf(now) : TickOf(due) + 1);
        if (place.Bucket >= 0)
        {
            if (TurnOf(place.Bucket) <= place.Due)
                return;
            Unlink(slot);
        }

        Link(slot);
    }

    /// <summary>Takes a slot's timer back; its bucket learns of it in its turn.</summary>
    public void Clear(int slot) => _slots[slot].Due = 0;

    /// <summary>Takes the slot out of its bucket: it is given back.</summary>
    public void Remove(int slot)
    {
        ref LoopSlot place = ref _slots[slot];
        place.Due = 0;
        if (place.Bucket >= 0)
            Unlink(slot);
    }

    /// <summary>Calls every timer that is due.</summary>
    public void Advance(long now)
    {
        long until = TickOf(now);
        while (Count > 0 && _current < until)
        {
            long next = NextTick();
            if (next > until)
                break;
            _current = next;
            if ((next & (Ring - 1)) == 0)
                Empty(Ring + (int)((next / Ring) & (Ring - 1)));
            Empty((int)(next & (Ring - 1)));
        }

        _current = Math.Max(_current, until);
    }

    /// <summary>How long a loop may sleep, in milliseconds; -1: for ever.</summary>
    public int Sleep(long now)
    {
        if (Count == 0)
            return -1;
        long wait = _origin + (NextTick() * Tick) - now;
        return wait <= 0 ? 0 : (int)Math.Min(int.MaxValue, (wait + 999_999) / 1_000_000);
    }

    private long TickOf(long time) => Math.Max(0, time - _origin) / Tick;

    // Empties a bucket: those that are due are called, the others are put where they belong by now. Whoever is called may set, take back and give back any timer.
    private void Empty(int bucket)
    {
        while (_heads[bucket] is var slot and >= 0)
        {
            ref LoopSlot place = ref _slots[slot];
            Unlink(slot);
            if (place.Due > _current || (place.Due == _current && bucket >= Ring))
            {
                Link(slot);
            }
            else if (place.Due != 0)
            {
                place.Due = 0;
                place.Source!.OnTimer();
            }
        }
    }

    // The tick at which a bucket is emptied next.
    private long TurnOf(int bucket)
    {
        if (bucket < Ring)
            return _current + 1 + ((bucket - (_current + 1)) & (Ring - 1));
        long turn = (_current / Ring) + 1;
        return (turn + ((bucket - Ring - turn) & (Ring - 1))) * Ring;
    }

    private long NextTick()
    {
        long near = Nearest(0, (int)((_current + 1) & (Ring - 1)));
        long far = Nearest(Ring, (int)(((_current / Ring) + 1) & (Ring - 1)));
        return Math.Min(near < 0 ? Never : _current + 1 + near, far < 0 ? Never : ((_current / Ring) + 1 + far) * Ring);
    }

    // How many buckets after `from` the first one of the ring is that has somebody in it; -1: none.
    private int Nearest(int ring, int from)
    {
        int words = ring / 64;
        for (int i = 0; i <= Ring / 64; i++)
        {
            int word = ((from / 64) + i) % (Ring / 64);
            ulong bits = _occupied[words + word];
            if (i == 0)
                bits &= ulong.MaxValue << (from % 64);
            else if (i == Ring / 64)
                bits &= ~(ulong.MaxValue << (from % 64));
            if (bits != 0)
                return (((word * 64) + BitOperations.TrailingZeroCount(bits)) - from) & (Ring - 1);
        }

        return -1;
    }

    private void Link(int slot)
    {
        ref LoopSlot place = ref _slots[slot];
        long away = place.Due - _current;
        int bucket = away < Ring ? (int)(place.Due & (Ring - 1))
            : Ring + (int)(Math.Min(place.Due / Ring, (_current / Ring) + Ring - 1) & (Ring - 1));
        int head = _heads[bucket];
        place.Bucket = (short)bucket;
        place.Previous = -1;
        place.Next = head;
        if (head >= 0)
            _slots[head].Previous = slot;
        _heads[bucket] = slot;
        _occupied[bucket / 64] |= 1UL << (bucket % 64);
        Count++;
    }

    private void Unlink(int slot)
    {
        ref LoopSlot place = ref _slots[slot];
        if (place.Previous >= 0)
            _slots[place.Previous].Next = place.Next;
        else
            _heads[place.Bucket] = place.Next;
        if (place.Next >= 0)
            _slots[place.Next].Previous = place.Previous;
        if (_heads[place.Bucket] < 0)
            _occupied[place.Bucket / 64] &= ~(1UL << (place.Bucket % 64));
        place.Bucket = -1;
        place.Next = -1;
        place.Previous = -1;
        Count--;
    }
}
