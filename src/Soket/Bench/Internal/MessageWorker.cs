using System.Globalization;
using Soket.Explain;
using Soket.Protocols.Framing;

namespace Soket.Bench.Internal;

/// <summary>
/// Messages and their replies. The closed loop keeps so many in flight on each connection. The open loop sends a message when it is due, on the connection
/// that has had room the longest; one that finds no room waits, and its latency counts from when it was due all the same: no coordinated omission.
/// </summary>
internal class MessageWorker : BenchWorker
{
    private readonly Queue<(ExchangePeer Peer, int Epoch)> _room = new(); // open loop: places for one message each
    private readonly List<ExchangePeer> _dirty = [];
    private readonly long _think;
    private DueTimes _due;
    private bool _isBehind;

    public MessageWorker(TrafficRun run, BenchCarrier carrier, int index)
        : base(run, carrier, index)
    {
        bool keepsMessages = Plan.Endpoint.IsWebSocket || Plan.Endpoint.IsDatagram;
        Script = new(Plan, keepsMessages);

        // Where nothing tells replies apart but when they come, two under way could not be told apart either.
        bool blind = !keepsMessages && Plan.Framing is ChunkFraming && Plan.Verifier.ReplyLength(Plan.Payload.MaxLength) <= 0;
        InFlight = blind || Plan.Mode == BenchMode.Idle ? 1 : Plan.InFlight;
        ReplyTimeout = Nanoseconds(Plan.ReplyTimeout);
        _think = Nanoseconds(Plan.Think);
        IsOpenLoop = Plan.Arrivals is not null && Plan.Mode is BenchMode.Messages or BenchMode.Datagrams;
        if (Plan.Arrivals is { } arrivals)
            _due = new(arrivals, index, run.Workers);
    }

    /// <summary>What is said.</summary>
    public MessageScript Script { get; }

    /// <summary>How many messages may wait for their reply on one connection.</summary>
    public int InFlight { get; }

    /// <summary>How long a reply may take, ns.</summary>
    public long ReplyTimeout { get; }

    /// <summary>Whether messages are sent when they are due.</summary>
    public bool IsOpenLoop { get; }

    /// <summary>Messages begin.</summary>
    public void Begun(int messages) => Outstanding += messages;

    /// <summary>Messages have their replies.</summary>
    public void Answered(ExchangePeer peer, int replies, long now)
    {
        Outstanding -= replies;
        Spent(replies);
        if (!IsRunning)
            CheckDrained();
        else
            OnAnswered(peer, replies, now);
    }

    /// <summary>Messages have lost their connection.</summary>
    public void Dropped(int messages)
    {
        Outstanding -= messages;
        Spent(messages);
        OnDropped();
    }

    /// <summary>Messages were refused: they are over, and others follow after a pause.</summary>
    public void Refused(ExchangePeer peer, int messages)
    {
        Outstanding -= messages;
        Spent(messages);
        CheckDrained();
        if (!IsRunning)
            return;
        if (IsOpenLoop)
        {
            AddRoom(peer, messages);
            return;
        }

        for (int i = 0; i < messages; i++)
            Later(peer, Carrier.Now + Nanoseconds(Plan.ReconnectPause));
    }

    /// <summary>A connection stands.</summary>
    public void Connected(ExchangePeer peer)
    {
        if (IsRunning)
            OnConnected(peer, Carrier.Now);
    }

    /// <summary>The pause after a reply is over.</summary>
    public void Thought(ExchangePeer peer) => Begin(peer, 1, Carrier.Now);

    /// <summary>The server ended a connection on which it owed replies.</summary>
    /// <param name="channel">The connection.</param>
    /// <param name="messages">How many replies.</param>
    public SocketFailure Unanswered(IBenchChannel channel, int messages) => new(
        SocketCall.Receive,
        SystemError.Own("SOKET_UNANSWERED", "The server closed the connection without an answer"),
        new FailureContext
        {
            Endpoint = Plan.Endpoint.ToString(),
            Host = Plan.Endpoint.IsUnix ? null : Plan.Endpoint.Host,
            Transport = Plan.Endpoint.SchemeName,
            Sent = channel.BytesSent,
            Received = channel.BytesReceived,
            Facts = new Dictionary<string, string> { [FailureFacts.Unanswered] = messages.ToString(CultureInfo.InvariantCulture) },
        });

    protected override IEnumerable<BenchPeer> CreatePeers() =>
        Run.NumbersOf(Index).Select(number => Plan.Endpoint.IsDatagram ? (BenchPeer)new DatagramMessagePeer(this, number) : new MessagePeer(this, number));

    protected override void OnBegin()
    {
        long now = Carrier.Now;
        if (IsOpenLoop)
            _due.Begin(Started);
        foreach (BenchPeer peer in Peers)
        {
            if (peer.Channel is not null)
                OnConnected((ExchangePeer)peer, now);
        }
    }

    protected override long OnWake(long now)
    {
        if (!IsOpenLoop || !IsRunning)
            return long.MaxValue;
        Dispatch(now);
        return _isBehind || !MayBegin ? long.MaxValue : _due.Next;
    }

    protected override void OnStop()
    {
        if (!IsOpenLoop || !_isBehind)
            return;
        long behind = _due.Behind(Carrier.Now);
        Tally.AddHeld(behind);
        Run.Unsent(behind);
    }

    /// <summary>A connection stands, and traffic is to be made.</summary>
    protected virtual void OnConnected(ExchangePeer peer, long now)
    {
        if (IsOpenLoop)
        {
            AddRoom(peer, InFlight);
            if (_isBehind)
                Dispatch(now);
            return;
        }

        Begin(peer, InFlight, now);
    }

    /// <summary>Replies came, and traffic is to be made.</summary>
    protected virtual void OnAnswered(ExchangePeer peer, int replies, long now)
    {
        if (IsOpenLoop)
        {
            AddRoom(peer, replies);
            if (_isBehind)
                Dispatch(now);
            return;
        }

        if (_think > 0)
        {
            for (int i = 0; i < replies; i++)
                Later(peer, now + _think);
            return;
        }

        Begin(peer, replies, now);
    }

    /// <summary>Messages have lost their connection, and are accounted for.</summary>
    protected virtual void OnDropped() => CheckDrained();

    /// <summary>Remembers that a connection has room for messages.</summary>
    protected virtual void AddRoom(ExchangePeer peer, int places)
    {
        for (int i = 0; i < places; i++)
            _room.Enqueue((peer, peer.Epoch));
    }

    /// <summary>Finds a connection that has room for one message more.</summary>
    protected virtual bool TryFindRoom([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ExchangePeer? peer)
    {
        while (_room.TryDequeue(out (ExchangePeer Peer, int Epoch) place))
        {
            peer = place.Peer;
            if (place.Epoch == peer.Epoch && peer.Room > 0)
                return true;
        }

        peer = null;
        return false;
    }

    private void Begin(ExchangePeer peer, int most, long now)
    {
        int messages = (int)Math.Min(Math.Min(most, peer.Room), MostToBegin);
        if (messages > 0)
            peer.Take(messages, now, now);
        peer.Flush();
    }

    // What is due at once goes to as many connections as can take it, and to each by as few calls as can be.
    private void Dispatch(long now)
    {
        bool wasBehind = _isBehind;
        _isBehind = false;
        while (_due.Next <= now && MayBegin)
        {
            if (!TryFindRoom(out ExchangePeer? peer))
            {
                _isBehind = true;
                break;
            }

            if (wasBehind)
                Tally.AddHeld();
            peer.Take(1, _due.Next, now);
            if (peer.MarkDirty())
                _dirty.Add(peer);
            _due.Advance();
        }

        if (!_isBehind)
            WakeBy(_due.Next);
        for (int i = 0; i < _dirty.Count; i++)
            _dirty[i].Flush();
        _dirty.Clear();
    }
}
