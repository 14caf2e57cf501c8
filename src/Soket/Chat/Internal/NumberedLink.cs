namespace Soket.Chat.Internal;

/// <summary>
/// One end of a conversation in numbered, acknowledged datagrams: what is lost is sent again, what comes twice is taken once, what comes early waits for what is
/// before it. No sockets and no clock of its own. One thread at a time.
/// </summary>
internal sealed class NumberedLink(string session)
{
    private const int Window = 32;
    private const int MostEarly = 64 * 1024; // bytes; what is beyond it comes again
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Queue<Waiting> _waiting = new();
    private readonly SortedDictionary<long, ReadOnlyMemory<byte>> _early = [];
    private long _next = 1;
    private long _taken;
    private int _earlyBytes;

    private sealed class Waiting(long number, byte[] payload, TimeSpan now)
    {
        public long Number { get; } = number;

        public byte[] Payload { get; } = payload;

        public TimeSpan Begun { get; } = now;

        public TimeSpan Due { get; set; } = now + First;

        public TimeSpan Pause { get; set; } = First;
    }

    public string Session { get; } = session;

    /// <summary>What the server gave to show that this end receives at its address; <c>-</c> before.</summary>
    public string Cookie { get; set; } = "-";

    /// <summary>Whether more may be sent before something is acknowledged.</summary>
    public bool HasRoom => _waiting.Count < Window;

    public bool IsIdle => _waiting.Count == 0;

    /// <summary>The datagram that carries this, to be sent now.</summary>
    public byte[] Send(byte[] payload, TimeSpan now)
    {
        var waiting = new Waiting(_next++, payload, now);
        _waiting.Enqueue(waiting);
        return Datagram(waiting);
    }

    /// <summary>A datagram that only tells how much has come.</summary>
    public byte[] Ack() => new NumberedDatagram(Session, 0, _taken, Cookie, default).Write();

    /// <summary>Takes a datagram; adds what it brings in order, and tells whether it is to be acknowledged.</summary>
    public bool Receive(NumberedDatagram datagram, List<ReadOnlyMemory<byte>> into)
    {
        while (_waiting.TryPeek(out Waiting? oldest) && oldest.Number <= datagram.Ack)
            _waiting.Dequeue();
        if (datagram.Number == 0)
            return false;
        bool isNext = datagram.Number == _taken + 1, isInWindow = datagram.Number > _taken && datagram.Number <= _taken + Window;
        if (isInWindow && (isNext || _earlyBytes + datagram.Payload.Length <= MostEarly) && _early.TryAdd(datagram.Number, datagram.Payload.ToArray()))
            _earlyBytes += datagram.Payload.Length;
        while (_early.Remove(_taken + 1, out ReadOnlyMemory<byte> next))
        {
            into.Add(next);
            _earlyBytes -= next.Length;
            _taken++;
        }

        return true;
    }

    /// <summary>What is to be sent again now.</summary>
    public IEnumerable<byte[]> Due(TimeSpan now)
    {
        foreach (Waiting waiting in _waiting)
        {
            if (waiting.Due > now)
                continue;
            waiting.Pause = waiting.Pause * 2 < Longest ? waiting.Pause * 2 : Longest;
            waiting.Due = now + waiting.Pause;
            yield return Datagram(waiting);
        }
    }

    /// <summary>All that waits, at once: after the server asked for a proof that this end is there.</summary>
    public IEnumerable<byte[]> Again() => _waiting.Select(Datagram);

    /// <summary>Whether nothing was acknowledged for so long that nobody is there.</summary>
    public bool IsDead(TimeSpan now) => _waiting.TryPeek(out Waiting? oldest) && now - oldest.Begun > Patience;

    private byte[] Datagram(Waiting waiting) => new NumberedDatagram(Session, waiting.Number, _taken, Cookie, waiting.Payload).Write();
}
