using System.Diagnostics;
using Soket.Events;
using Soket.Explain;
using Soket.Languages;

namespace Soket.Cli.Rendering.Diagram;

/// <summary>
/// Turns the events of an exchange into steps: matches what one end sent with what the other received (streams by offset, datagrams by content and order), adds what
/// must have gone between as inferred, and puts all of it in an order that contradicts neither end.
/// </summary>
internal sealed partial class ExchangeSteps
{
    private readonly Exchange _exchange;
    private readonly Language _language;
    private readonly long _start;
    private readonly List<StepGroup> _groups = [];
    private readonly Dictionary<(bool OfClient, long Sequence), (StepGroup First, StepGroup Last)> _where = [];
    private readonly HashSet<(bool OfClient, long Sequence)> _hidden = [];
    private bool _encrypted;

    private ExchangeSteps(Exchange exchange, Language language)
    {
        _exchange = exchange;
        _language = language;
        _start = exchange.Client.Concat(exchange.Server).Min(recorded => Began(recorded.Event));
    }

    public static IReadOnlyList<Step> Of(Exchange exchange, Language language)
    {
        var steps = new ExchangeSteps(exchange, language);
        steps.Tls();
        steps.Connecting();
        if (exchange.IsDatagram)
        {
            steps.Datagrams(toServer: true);
            steps.Datagrams(toServer: false);
        }
        else
        {
            steps.Data(toServer: true);
            steps.Data(toServer: false);
            steps.Ending(toServer: true);
            steps.Ending(toServer: false);
        }

        steps.Others(ofClient: true);
        steps.Others(ofClient: false);
        return steps.Ordered();
    }

    private IReadOnlyList<RecordedEvent> Of(bool client) => client ? _exchange.Client : _exchange.Server;

    private IEnumerable<RecordedEvent> Open(bool client) => Of(client).Where(recorded => !_where.ContainsKey((client, recorded.Event.Sequence)) && !_hidden.Contains((client, recorded.Event.Sequence)));

    // The handshake is one pair of arrows: the bytes that carried it are left out, and so is cipher text where the plain text inside it is known.
    private void Tls()
    {
        bool plainTextKnown = _exchange.Client.Concat(_exchange.Server).Any(recorded => recorded.Event is { Transport: "tls", Moved: >= 0 });
        RecordedEvent? client = Handshake(client: true), server = Handshake(client: false);
        if (client is not { Event.Failure: null } && server is not { Event.Failure: null })
            return; // What a failed handshake sent and received is what a person wants to see.
        _encrypted = !plainTextKnown;
        foreach (bool side in (ReadOnlySpan<bool>)[true, false])
        {
            long done = Handshake(side) is { Event: { Failure: null } succeeded } ? succeeded.Sequence : 0;
            foreach (RecordedEvent recorded in Of(side))
            {
                SocketEvent e = recorded.Event;
                if (e.Transport != "tls" && e.Call is SocketCall.Send or SocketCall.Receive && e.Moved > 0 && (plainTextKnown || e.Sequence < done))
                    _hidden.Add((side, e.Sequence));
                // Who vouches for whom is no step of the exchange, and too wide for a column.
                if (e is { Call: SocketCall.None, Reason: "tls-certificate" })
                    _hidden.Add((side, e.Sequence));
                // close_notify ends the plain text; the connection's own end is drawn below it.
                if (e.Transport == "tls" && e.Call is SocketCall.Close or SocketCall.Shutdown)
                    _hidden.Add((side, e.Sequence));
                if (e is { Transport: "tls", Call: SocketCall.Receive, Moved: 0 })
                    _hidden.Add((side, e.Sequence));
            }
        }

        StepGroup group = New(client?.Event.Sequence ?? server!.Value.Event.Sequence);
        SocketEvent? c = client?.Event, s = server?.Event;
        bool done1 = c is { Failure: null }, done2 = s is { Failure: null };
        group.Steps.Add(new(c is { } began ? new Side(CallText.Call(in began, _language), At(Began(began))) : null, new Arrow(true, Text("tls-handshake"), c is null || s is null ? ArrowKind.Inferred : ArrowKind.Seen), s is { } begun ? new Side(CallText.Call(in begun, _language), At(Began(begun))) : null));
        SocketEvent known = done1 ? c!.Value : s ?? c!.Value;
        string version = known.Failure is null && CallText.TlsVersion(in known) is { } told ? string.Join(' ', told.Split(' ').Take(2)) : "";
        Arrow? answer = done1 || done2 ? new Arrow(false, version, c is null || s is null ? ArrowKind.Inferred : ArrowKind.Seen) : null;
        group.Steps.Add(new(c is { } ended ? Result(in ended) : null, answer, s is { } end ? Result(in end) : null));
        if (c is { } one)
            Put(group, client: true, one.Sequence);
        if (s is { } two)
            Put(group, client: false, two.Sequence);
    }

    private RecordedEvent? Handshake(bool client)
    {
        foreach (RecordedEvent recorded in Of(client))
        {
            if (recorded.Event.Call == SocketCall.TlsHandshake)
                return recorded;
        }

        return null;
    }

    private void Connecting()
    {
        if (_exchange.IsDatagram)
            return;
        RecordedEvent? connect = Find(client: true, e => e.Call == SocketCall.Connect);
        RecordedEvent? accept = Find(client: false, e => e.Call == SocketCall.Accept && e.Failure is null);
        if (connect is null && accept is null)
            return;

        StepGroup group = New(connect?.Event.Sequence ?? accept!.Value.Event.Sequence);
        if (!_exchange.IsTcp)
        {
            // No packets: connect(2) puts the connection in the listener's queue, accept(2) takes it out.
            SocketEvent? c = connect?.Event, s = accept?.Event;
            Arrow? arrow = c is { Failure: not null } ? null : new Arrow(true, "connect", c is null || s is null ? ArrowKind.Inferred : ArrowKind.Seen);
            group.Steps.Add(new(c is { } one ? Whole(in one) : null, arrow, s is { } two ? Whole(in two) : null));
            if (c is not null)
                Put(group, client: true, c.Value.Sequence);
            if (s is not null)
                Put(group, client: false, s.Value.Sequence);
            return;
        }

        if (connect?.Event is { Failure: { } failure } failed)
        {
            // What is drawn depends on what the error shows: a refusal is an RST (RFC 9293 3.10.7.1); a time-out, that nothing came; the rest show no packet at all.
            string? answer = failure.Error.Name switch { "ECONNREFUSED" => "RST", "ETIMEDOUT" => Text("no-answer"), _ => null };
            if (answer is null)
            {
                group.Steps.Add(new(Whole(in failed), null, null));
            }
            else
            {
                group.Steps.Add(new(Start(in failed) with { StateName = "SYN_SENT", StateInferred = true }, new Arrow(true, "SYN", ArrowKind.Inferred), null));
                group.Steps.Add(new(Result(in failed), answer == "RST" ? new Arrow(false, "RST", ArrowKind.Inferred) : new Arrow(false, answer, ArrowKind.Nothing), null));
            }

            Put(group, client: true, failed.Sequence);
            return;
        }

        SocketEvent? connected = connect?.Event;
        group.Steps.Add(new(connected is { } started ? Start(in started) with { StateName = "SYN_SENT", StateInferred = true } : null, new Arrow(true, "SYN", ArrowKind.Inferred), null));
        group.Steps.Add(new(null, new Arrow(false, "SYN, ACK", ArrowKind.Inferred), _exchange.SawServer ? new Side("", -1, StateName: "SYN_RECEIVED", StateInferred: true) : null));
        group.Steps.Add(new(connected is { } ended ? Result(in ended) : null, new Arrow(true, "ACK", ArrowKind.Inferred), null));
        if (connected is { } e)
            Put(group, client: true, e.Sequence);
        if (accept is { Event: var taken })
        {
            StepGroup accepted = New(taken.Sequence);
            accepted.Steps.Add(new(null, null, Whole(in taken)));
            accepted.Before.Add(group);
            Put(accepted, client: false, taken.Sequence);
            foreach (RecordedEvent recorded in _exchange.Server.Where(recorded => recorded.Event.Role == SocketRole.Listener && recorded.Event.Call is SocketCall.Bind or SocketCall.Listen))
                group.Before.Add(Plain(client: false, recorded.Event));
        }
    }

    private void Datagrams(bool toServer)
    {
        List<RecordedEvent> receives = [.. Open(!toServer).Where(recorded => recorded.Event is { Call: SocketCall.Receive or SocketCall.ReceiveFrom, Moved: >= 0 })];
        bool watched = toServer ? _exchange.SawServer : _exchange.SawClient;
        foreach (RecordedEvent send in Open(toServer).Where(recorded => recorded.Event is { Call: SocketCall.Send or SocketCall.SendTo, Moved: >= 0 }).ToList())
        {
            int match = receives.FindIndex(receive => Arrived(send, receive));
            StepGroup group = New(send.Event.Sequence);
            Side? to = null;
            if (match >= 0)
            {
                RecordedEvent receive = receives[match];
                receives.RemoveAt(match);
                to = Whole(receive.Event);
                group.Joins(receive.Event.Sequence);
                Put(group, !toServer, receive.Event.Sequence);
            }

            // The program at the other end was watched and got nothing: that is seen. Whether the network or a full buffer lost it is not.
            ArrowKind kind = match >= 0 ? ArrowKind.Seen : watched ? ArrowKind.Lost : ArrowKind.Inferred;
            var arrow = new Arrow(toServer, Label(send, 0, send.Event.Moved), kind);
            Side from = Whole(send.Event);
            group.Steps.Add(toServer ? new(from, arrow, to) : new(to, arrow, from));
            Put(group, toServer, send.Event.Sequence);
        }

        foreach (RecordedEvent receive in receives)
        {
            StepGroup group = New(receive.Event.Sequence);
            Side to = Whole(receive.Event);
            var arrow = new Arrow(toServer, Label(receive, 0, receive.Event.Moved), ArrowKind.Seen);
            group.Steps.Add(toServer ? new(null, arrow, to) : new(to, arrow, null));
            Put(group, !toServer, receive.Event.Sequence);
        }

        // RFC 1122 4.1.3.3: the error of a connected UDP socket is an ICMP message that came back.
        foreach (RecordedEvent refused in Open(!toServer).Where(recorded => _exchange.Transport == "udp" && recorded.Event.Failure?.Error.Name == "ECONNREFUSED").ToList())
        {
            StepGroup group = New(refused.Event.Sequence);
            Side to = Whole(refused.Event);
            var arrow = new Arrow(toServer, Text("port-unreachable"), ArrowKind.Inferred);
            group.Steps.Add(toServer ? new(null, arrow, to) : new(to, arrow, null));
            Put(group, !toServer, refused.Event.Sequence);
        }
    }

    private void Others(bool ofClient)
    {
        foreach (RecordedEvent recorded in Open(ofClient).ToList())
            Plain(ofClient, recorded.Event);
    }

    private StepGroup Plain(bool client, in SocketEvent e)
    {
        if (_where.TryGetValue((client, e.Sequence), out (StepGroup First, StepGroup Last) known))
            return known.First;
        StepGroup group = New(e.Sequence);
        Side side = Whole(in e);
        group.Steps.Add(client ? new(side, null, null) : new(null, null, side));
        Put(group, client, e.Sequence);
        return group;
    }

    // Each end keeps the order of its own calls, one chain a direction: sending and receiving run side by side, and which of two calls that end
    // together is told first means nothing.
    private List<Step> Ordered()
    {
        foreach (bool client in (ReadOnlySpan<bool>)[true, false])
        {
            Chain(client, static call => call is not (SocketCall.Receive or SocketCall.ReceiveFrom));
            Chain(client, static call => call is not (SocketCall.Send or SocketCall.SendTo or SocketCall.Shutdown));
        }

        var steps = new List<Step>();
        var waiting = new List<StepGroup>(_groups.OrderBy(group => group.Order));
        var done = new HashSet<StepGroup>();
        while (waiting.Count > 0)
        {
            // Should two ends contradict each other all the same, what was told first comes first.
            int next = Math.Max(0, waiting.FindIndex(group => group.Before.TrueForAll(done.Contains)));
            StepGroup group = waiting[next];
            waiting.RemoveAt(next);
            done.Add(group);
            steps.AddRange(group.Steps);
        }

        return steps;
    }

    private void Chain(bool client, Func<SocketCall, bool> belongs)
    {
        StepGroup? last = null;
        foreach (RecordedEvent recorded in Of(client).Where(recorded => belongs(recorded.Event.Call)))
        {
            if (!_where.TryGetValue((client, recorded.Event.Sequence), out (StepGroup First, StepGroup Last) place))
                continue;
            if (last is not null && last != place.First)
                place.First.Before.Add(last);
            last = place.Last;
        }
    }

    private StepGroup New(long order)
    {
        var group = new StepGroup(order);
        _groups.Add(group);
        return group;
    }

    private void Put(StepGroup group, bool client, long sequence) =>
        _where[(client, sequence)] = _where.TryGetValue((client, sequence), out (StepGroup First, StepGroup Last) known) ? (known.First, group) : (group, group);

    private RecordedEvent? Find(bool client, Func<SocketEvent, bool> condition)
    {
        foreach (RecordedEvent recorded in Of(client))
        {
            if (condition(recorded.Event))
                return recorded;
        }

        return null;
    }

    private RecordedEvent? FirstOpen(bool client, Func<SocketEvent, bool> condition)
    {
        foreach (RecordedEvent recorded in Open(client))
        {
            if (condition(recorded.Event))
                return recorded;
        }

        return null;
    }

    private static bool Arrived(in RecordedEvent send, in RecordedEvent receive)
    {
        SocketEvent s = send.Event, r = receive.Event;
        if (r.Timestamp < s.Timestamp - Ticks(s))
            return false; // It had arrived before this one was sent.
        if (r.Moved != s.Moved && !(r.Reason == "truncated" && r.Moved < s.Moved))
            return false;
        int both = Math.Min(send.Bytes.Length, receive.Bytes.Length);
        return send.Bytes.Span[..both].SequenceEqual(receive.Bytes.Span[..both]);
    }

    private string Label(in RecordedEvent recorded, long from, long count)
    {
        string label = RenderingTexts.All.Get(_language, "data-bytes", ("count", count));
        if (_encrypted && recorded.Event.Transport == "tcp")
            return $"{label} {Text("encrypted")}";
        if (from >= recorded.Bytes.Length)
            return label;
        ReadOnlySpan<byte> bytes = recorded.Bytes.Span[(int)from..];
        return $"{label} {TerminalText.Quote(bytes[..(int)Math.Min(bytes.Length, count)])}";
    }

    private Side Whole(in SocketEvent e)
    {
        string call = CallText.Call(in e, _language), result = CallText.Result(in e, _language);
        string text = call.Length == 0 && e.Failure is { } refused ? $"({CallText.Error(refused)})"
            : call.Length == 0 ? $"({(e.Reason is { } reason ? ReasonText.Of(reason, e.Transport, _language) : CallText.Value(in e))})"
            : e.Call == SocketCall.Abort ? $"{call} {(_exchange.IsTcp ? "RST" : "")}".TrimEnd()
            : result.Length == 0 || (result == "= 0" && e.Moved < 0) ? call : $"{call} {result}"; // That a call succeeded needs no words, where there is little room.
        if (e.Reason == "truncated")
            text += $" ({ReasonText.Of("truncated", e.Transport, _language)})";
        return new(text, At(e.Timestamp), e.State, e.StateInferred, e.Failure is not null);
    }

    private Side Start(in SocketEvent e) => new(CallText.Call(in e, _language), At(Began(in e)));

    private Side Result(in SocketEvent e) => new(Brief(CallText.Result(in e, _language), in e), At(e.Timestamp), e.State, e.StateInferred, e.Failure is not null);

    // Of TLS, the version and the cipher suite; the certificate is for the log.
    private static string Brief(string result, in SocketEvent e) =>
        e.Call == SocketCall.TlsHandshake && e.Failure is null ? string.Join(' ', result.Split(' ').Take(4)) : result;

    private double At(long timestamp) => Math.Max(0, Stopwatch.GetElapsedTime(_start, timestamp).TotalMilliseconds);

    private static long Began(in SocketEvent e) => e.Timestamp - Ticks(in e);

    private static long Ticks(in SocketEvent e) => (long)(e.Duration.TotalSeconds * Stopwatch.Frequency);

    private static long End(in RecordedEvent recorded) => recorded.Event.StreamOffset + recorded.Event.Moved;

    private string Text(string key) => RenderingTexts.All.Get(_language, key);
}
