using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Rendering.Diagram;

/// <content>Streams: which bytes are which, and how each direction ended.</content>
internal sealed partial class ExchangeSteps
{
    // Bytes of a stream have places: what was sent at 0..9 is what was received at 0..9, in however many calls. One arrow for each stretch that one
    // send and one receive share.
    private void Data(bool toServer)
    {
        List<RecordedEvent> sends = [.. Open(toServer).Where(recorded => recorded.Event is { Call: SocketCall.Send, Moved: > 0 })];
        List<RecordedEvent> receives = [.. Open(!toServer).Where(recorded => recorded.Event is { Call: SocketCall.Receive, Moved: > 0 })];
        sends.Sort(static (a, b) => a.Event.StreamOffset.CompareTo(b.Event.StreamOffset));
        receives.Sort(static (a, b) => a.Event.StreamOffset.CompareTo(b.Event.StreamOffset));
        StepGroup? last = null;
        int s = 0, r = 0;
        long at = 0;
        while (s < sends.Count || r < receives.Count)
        {
            RecordedEvent? send = s < sends.Count ? sends[s] : null, receive = r < receives.Count ? receives[r] : null;
            at = Math.Max(at, Math.Min(send?.Event.StreamOffset ?? long.MaxValue, receive?.Event.StreamOffset ?? long.MaxValue));
            bool sent = send is { } one && one.Event.StreamOffset <= at, received = receive is { } two && two.Event.StreamOffset <= at;
            long end = Math.Min(
                sent ? End(send!.Value) : send?.Event.StreamOffset ?? long.MaxValue,
                received ? End(receive!.Value) : receive?.Event.StreamOffset ?? long.MaxValue);
            if (end > at)
            {
                StepGroup group = New(Math.Min(sent ? send!.Value.Event.Sequence : long.MaxValue, received ? receive!.Value.Event.Sequence : long.MaxValue));
                Side? from = sent && at == send!.Value.Event.StreamOffset ? Whole(send.Value.Event) : null;
                Side? to = received && end == End(receive!.Value) ? Whole(receive.Value.Event) : null;
                bool watched = toServer ? _exchange.SawServer : _exchange.SawClient;
                if (!received && watched)
                    to = new Side($"({Text("not-read")})", -1);
                RecordedEvent source = sent ? send!.Value : receive!.Value;
                var arrow = new Arrow(toServer, Label(source, at - source.Event.StreamOffset, end - at), received ? ArrowKind.Seen : ArrowKind.Inferred);
                group.Steps.Add(toServer ? new(from, arrow, to) : new(to, arrow, from));
                if (last is not null)
                    group.Before.Add(last);
                last = group;
                if (sent)
                    Put(group, toServer, send!.Value.Event.Sequence);
                if (received)
                    Put(group, !toServer, receive!.Value.Event.Sequence);
            }

            at = end;
            if (sent && End(send!.Value) <= at)
                s++;
            if (received && End(receive!.Value) <= at)
                r++;
        }
    }

    private void Ending(bool toServer)
    {
        RecordedEvent? abort = FirstOpen(toServer, e => e.Call == SocketCall.Abort);
        RecordedEvent? reset = FirstOpen(!toServer, e => e.Failure is { IsReset: true } && e.Call is SocketCall.Receive or SocketCall.Send or SocketCall.Shutdown);
        RecordedEvent? ended = FirstOpen(toServer, e => e.Failure is null && (_exchange.IsTcp
            ? e.Call is SocketCall.Shutdown or SocketCall.Close && e.State is SocketState.FinWait1 or SocketState.LastAck
            : e.Call is SocketCall.Shutdown or SocketCall.Close && e.Role != SocketRole.Listener));
        RecordedEvent? noticed = FirstOpen(!toServer, e => e is { Call: SocketCall.Receive, Moved: 0, Requested: not 0, Reason: null or "peer-closed" });

        // An end that was noticed before it was made is another one: this end's own, made by shutting its receiving side.
        if (ended is { } fin && noticed is { } eof && eof.Event.Timestamp < Began(fin.Event))
        {
            Crossing(toServer, Text("end-of-stream"), null, noticed, ArrowKind.Seen, draw: false);
            noticed = null;
        }

        // Closing with bytes still unread sends RST instead of FIN (RFC 2525 2.17); the other end saw which it was.
        bool closedWithReset = abort is null && ended is { Event.Call: SocketCall.Close } && noticed is null && reset is { Event.Failure.Error.Name: "ECONNRESET" };
        if (closedWithReset)
            abort = ended;
        else if (ended is not null || noticed is not null)
            Crossing(toServer, _exchange.IsTcp ? "FIN" : Text("end-of-stream"), ended, noticed, _exchange.IsTcp || ended is null || noticed is null ? ArrowKind.Inferred : ArrowKind.Seen);
        if (abort is not null || reset is { Event.Failure.Error.Name: "ECONNRESET" })
            Crossing(toServer, _exchange.IsTcp ? "RST" : Text("end-of-stream"), abort, reset, ArrowKind.Inferred, closed: closedWithReset);
    }

    private void Crossing(bool toServer, string label, RecordedEvent? made, RecordedEvent? noticed, ArrowKind kind, bool draw = true, bool closed = false)
    {
        StepGroup group = New(Math.Min(made?.Event.Sequence ?? long.MaxValue, noticed?.Event.Sequence ?? long.MaxValue));
        // It had arrived before this end went on to end its own stream, and was read only then: the call stands below, where its time is.
        if (made is { } sent && noticed is { } read && Find(!toServer, e => e.Call is SocketCall.Shutdown && e.Failure is null && e.Transport != "tls" && e.Sequence > sent.Event.Sequence && e.Sequence < read.Event.Sequence) is not null)
        {
            Plain(!toServer, read.Event).Before.Add(group);
            noticed = null;
        }

        Side? from = made is { } one ? Whole(one.Event) : null, to = noticed is { } two ? Whole(two.Event) : null;
        if (closed)
            from = from! with { State = SocketState.Closed }; // The calls alone said FIN_WAIT_1; the other end says otherwise.
        Arrow? arrow = draw ? new Arrow(toServer, label, kind) : null;
        group.Steps.Add(toServer ? new(from, arrow, to) : new(to, arrow, from));
        if (made is not null)
            Put(group, toServer, made.Value.Event.Sequence);
        if (noticed is not null)
            Put(group, !toServer, noticed.Value.Event.Sequence);
    }
}
