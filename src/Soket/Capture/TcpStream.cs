namespace Soket.Capture;

/// <summary>
/// One direction of a TCP connection, put together from its segments in whatever order they were captured. Where two segments tell different bytes
/// for the same place, those captured first stay (systems differ in this; RFC 9293 leaves it open), and the conflict is told.
/// </summary>
/// <remarks>Bounded: what waits behind a gap, and what was told in order and not taken, have a limit each. Not for several threads.</remarks>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "A stream of TCP is what the field calls it; it is no System.IO.Stream.")]
public sealed class TcpStream
{
    /// <summary>How many bytes may wait behind a gap, and how many in order for whoever reads them, where nothing else is said.</summary>
    public const int DefaultLimit = 512 * 1024;

    // How far back a repeated byte can be compared with what was sent before.
    private const int History = 16 * 1024;

    // What waits is looked through with each segment.
    private const int MostPieces = 1024;

    private readonly int _limit;
    private readonly List<(long At, byte[] Bytes)> _waiting = []; // in order, without overlap, all behind Next
    private byte[] _buffer = [];
    private int _start; // where in the buffer the stream's byte _from stands
    private int _length;
    private long _from;
    private long _pass; // bytes that nobody wants, yet to come

    /// <summary>Begins a stream.</summary>
    /// <param name="first">The sequence number of its first byte: 1 behind a SYN that is 0.</param>
    /// <param name="limit">How many bytes may wait behind a gap, and how many in order; 1 or more.</param>
    public TcpStream(long first, int limit = DefaultLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        (_from, Taken, _limit) = (first, first, limit);
    }

    /// <summary>The number of the byte that is awaited: everything before it came, or was given up.</summary>
    public long Next => _from + _length;

    /// <summary>The number of the first byte in <see cref="Ready"/>.</summary>
    public long Taken { get; private set; }

    /// <summary>The bytes in order that nobody has taken. Good until the next call.</summary>
    public ReadOnlyMemory<byte> Ready => _buffer.AsMemory(_start + (int)(Taken - _from), (int)(Next - Taken));

    /// <summary>Bytes that wait behind a gap.</summary>
    public int Waiting { get; private set; }

    /// <summary>Memory held, bytes.</summary>
    public long Held => _buffer.Length + Waiting;

    /// <summary>Bytes that were never captured and are no longer awaited.</summary>
    public long Lost { get; private set; }

    /// <summary>Takes note of a segment's bytes.</summary>
    /// <param name="at">The sequence number of the first.</param>
    /// <param name="bytes">The bytes.</param>
    /// <returns>Whether they say the same as what came before, as far as that is still held.</returns>
    public bool Write(long at, ReadOnlySpan<byte> bytes)
    {
        bool same = Compare(_from, _buffer.AsSpan(_start, _length), at, bytes);
        if (at < Next)
        {
            int known = (int)Math.Min(Next - at, bytes.Length);
            at += known;
            bytes = bytes[known..];
        }

        foreach ((long place, byte[] waiting) in _waiting)
            same &= Compare(place, waiting, at, bytes);
        if (bytes.IsEmpty)
            return same;
        if (at == Next && _waiting.Count == 0)
            Append(bytes);
        else
            Wait(at, bytes);
        Join();
        return same;
    }

    /// <summary>Takes bytes off the front of <see cref="Ready"/>; more than there are: those that come next pass by unread, captured or not.</summary>
    /// <param name="count">How many, 0 or more.</param>
    public void Take(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        long here = Math.Min(count, Next - Taken);
        Taken += here;
        _pass = count - here > long.MaxValue - _pass ? long.MaxValue : _pass + count - here;
    }

    /// <summary>Bytes that pass by unread, yet to come.</summary>
    public long Passing => _pass;

    /// <summary>Waits no longer for bytes that were not captured.</summary>
    /// <param name="before">The number behind the last of them.</param>
    /// <returns>How many bytes are missing that somebody would have read.</returns>
    public long GiveUp(long before)
    {
        long missed = 0;
        while (Next < before)
        {
            // What waits in between is there, and only the gaps are lost.
            long to = _waiting.Count > 0 ? Math.Min(before, _waiting[0].At) : before;
            missed += Jump(to);
            Join();
        }

        return missed;
    }

    /// <summary>Waits no longer for the first gap, if there is one.</summary>
    /// <returns>How many bytes are missing that somebody would have read.</returns>
    public long GiveUpGap()
    {
        if (_waiting.Count == 0)
            return 0;
        long missed = Jump(_waiting[0].At);
        Join();
        return missed;
    }

    /// <summary>Whether more waits than may: the first gap is to be given up.</summary>
    public bool IsFull => Waiting > _limit || _waiting.Count > MostPieces;

    /// <summary>Whether more lies in order than may, because nobody takes it.</summary>
    public bool IsUnread => Next - Taken > _limit;

    private long Jump(long to)
    {
        long gap = to - Next, passed = Math.Min(gap, _pass), missed = gap - passed;
        _pass -= passed;
        Lost += gap;
        if (missed > 0)
            _pass = 0;
        // The history ends at a gap, and so does what was ready before it: nothing that spans a gap can be read.
        (_from, Taken, _start, _length) = (to, to, 0, 0);
        return missed;
    }

    private void Join()
    {
        while (_waiting.Count > 0 && _waiting[0].At <= Next)
        {
            byte[] bytes = _waiting[0].Bytes;
            long at = _waiting[0].At;
            _waiting.RemoveAt(0);
            Waiting -= bytes.Length;
            Append(bytes.AsSpan((int)(Next - at)));
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bool idle = Taken == Next;
        Room(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_start + _length));
        _length += bytes.Length;
        if (idle && _pass > 0)
        {
            long passed = Math.Min(_pass, bytes.Length);
            Taken += passed;
            _pass -= passed;
        }
    }

    private void Room(int more)
    {
        if (_start + _length + more <= _buffer.Length)
            return;
        // What is taken stays only as history, and only as much of it as is worth it.
        int old = (int)Math.Clamp(Taken - _from - History, 0, _length);
        (_start, _length, _from) = (_start + old, _length - old, _from + old);
        if (_length + more > _buffer.Length || _buffer.Length > 4 * (_length + more + History))
        {
            byte[] larger = new byte[Math.Max(4096, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(_length + more)))];
            _buffer.AsSpan(_start, _length).CopyTo(larger);
            _buffer = larger;
        }
        else
        {
            _buffer.AsSpan(_start, _length).CopyTo(_buffer);
        }

        _start = 0;
    }

    private void Wait(long at, ReadOnlySpan<byte> bytes)
    {
        int i = 0;
        while (!bytes.IsEmpty)
        {
            while (i < _waiting.Count && _waiting[i].At + _waiting[i].Bytes.Length <= at)
                i++;
            long end = at + bytes.Length;
            if (i < _waiting.Count && _waiting[i].At <= at)
            {
                // Known already: what came first stays.
                int known = (int)(Math.Min(end, _waiting[i].At + _waiting[i].Bytes.Length) - at);
                at += known;
                bytes = bytes[known..];
                continue;
            }

            int free = (int)((i < _waiting.Count ? Math.Min(end, _waiting[i].At) : end) - at);
            _waiting.Insert(i++, (at, bytes[..free].ToArray()));
            Waiting += free;
            at += free;
            bytes = bytes[free..];
        }
    }

    private static bool Compare(long at, ReadOnlySpan<byte> bytes, long otherAt, ReadOnlySpan<byte> other)
    {
        long left = Math.Max(at, otherAt), right = Math.Min(at + bytes.Length, otherAt + other.Length);
        return left >= right || bytes[(int)(left - at)..(int)(right - at)].SequenceEqual(other[(int)(left - otherAt)..(int)(right - otherAt)]);
    }
}
