using System.Globalization;
using Soket.Capture.Applications;
using Soket.Events;
using Soket.Protocols.Packets;

namespace Soket.Capture.Internal;

/// <summary>A TCP connection as its segments show it.</summary>
internal sealed class TcpFlow(Conversation conversation, FlowKey key, FlowEnd initiator, int streamLimit) : Flow(conversation, key, initiator)
{
    // An acknowledgement of more than was captured is believed up to here: beyond, it is more likely wrong than the capture that bad.
    private const long Believable = 16 << 20;

    // A segment can hold thousands of messages of a few bytes each. The last one that is named says how many more there are.
    private const int MostMessages = 100;

    private readonly TcpEnd _initiator = new();
    private readonly TcpEnd _responder = new();
    private readonly MessageReader _messages = new(conversation);
    private bool _reset;
    private bool _released; // no stream is held any longer

    public override long Held => (_initiator.Stream?.Held ?? 0) + (_responder.Stream?.Held ?? 0);

    /// <summary>Whether a segment begins another connection between the same two ends: a SYN that counts from elsewhere.</summary>
    public bool IsAnother(in TcpHeader tcp, bool fromInitiator)
    {
        if ((tcp.Flags & TcpFlags.Syn) == 0 || !(fromInitiator ? _initiator : _responder).IsOtherBase(tcp.Sequence))
            return false;
        return (tcp.Flags & TcpFlags.Ack) == 0 || HasEnded;
    }

    private bool HasEnded => _reset || (Conversation.InitiatorState is SocketState.TimeWait or SocketState.Closed && Conversation.ResponderState is SocketState.TimeWait or SocketState.Closed);

    public override TracedPacket Add(long number, Packet packet, Packet? last, bool fromInitiator)
    {
        TcpHeader tcp = packet.Tcp!.Value;
        (TcpEnd from, TcpEnd to) = fromInitiator ? (_initiator, _responder) : (_responder, _initiator);
        Segment segment = Placed(packet, tcp, from, to);
        if (segment.Sequence == from.Next + 1 && from.ProbeAt == from.Next)
            from.Next++; // The byte that asked for room was taken, and the stream goes on behind it.

        SegmentMarks marks = SegmentReader.Read(segment, from, to, RoundTrip);
        if (IsCoalesced(packet, tcp, segment, to))
            marks |= SegmentMarks.Coalesced;
        if (IsAfterClose(segment, marks, from))
            marks |= SegmentMarks.AfterClose;
        List<ApplicationMessage> found = [];
        bool isOld = (marks & SegmentMarks.KeepAlive) != 0 || ((marks & SegmentMarks.ZeroWindowProbe) != 0 && segment.Sequence < from.Next);
        if (segment.Length > 0 && !isOld && !Feed(packet, segment, from, fromInitiator, found))
            marks |= SegmentMarks.Conflict;
        Note(segment, marks, from, to);
        if (segment.Ack && !segment.Rst && segment.Acknowledgment - to.Next < Believable)
            GiveUp(to, segment.Acknowledgment, !fromInitiator, found);
        if (_reset)
            Release();
        else
            End(from, fromInitiator, found);
        Tell(segment, marks, fromInitiator);
        Shorten(found);

        return Begin(number, packet, fromInitiator) with
        {
            Fragment = last is not null,
            Flags = tcp.Flags,
            Sequence = segment.Sequence,
            Acknowledgment = segment.Ack ? Math.Max(0, segment.Acknowledgment) : -1,
            Window = Scaled(segment, from, to),
            Options = tcp.Options,
            Marks = marks,
            Messages = found.Count == 0 ? [] : found,
        };
    }

    public override void Release()
    {
        _released = true;
        _initiator.Stream = _responder.Stream = null;
        _messages.Stop();
    }

    private long? RoundTrip => Conversation.HandshakeRoundTrip?.Ticks * TimeSpan.NanosecondsPerTick;

    private static Segment Placed(Packet packet, in TcpHeader tcp, TcpEnd from, TcpEnd to)
    {
        bool syn = (tcp.Flags & TcpFlags.Syn) != 0, rst = (tcp.Flags & TcpFlags.Rst) != 0, ack = (tcp.Flags & TcpFlags.Ack) != 0;
        if (syn && !rst)
        {
            from.TakeOptions(tcp.Options);
            from.SynAt = packet.Captured.Nanoseconds;
        }

        return new()
        {
            Flags = tcp.Flags,
            Sequence = rst && !from.HasBase ? 1 : from.Place(tcp.Sequence, syn), // a refusal has no numbers of its own
            Length = rst ? 0 : Math.Max(0, packet.PayloadLength),
            Acknowledgment = ack ? to.PlaceAcked(tcp.Acknowledgment) : -1,
            RawWindow = tcp.Window,
            Clock = new(tcp.Options.Timestamp?.Value, packet.Ipv4 is { } ipv4 ? from.Counted(ipv4.Id) : null),
            At = packet.Captured.Nanoseconds,
        };
    }

    // RFC 7323 2.2: a scale counts when both SYNs offer one, and never for the window of a SYN itself.
    private static long Scaled(in Segment segment, TcpEnd from, TcpEnd to) =>
        !segment.Syn && from.SynSeen && to.SynSeen && from.Scale is { } scale && to.Scale is not null ? (long)segment.RawWindow << scale : segment.RawWindow;

    // RFC 9293 3.7.1: the peer's MSS counts data and options. A total length of 0 is a packet that the card was yet to cut.
    private static bool IsCoalesced(Packet packet, in TcpHeader tcp, in Segment segment, TcpEnd to) =>
        segment.Length > 0 && ((to.MaximumSegmentSize is { } most && segment.Length > most - (tcp.HeaderLength - TcpHeader.MinLength))
            || packet.Ipv4 is { TotalLength: 0 } || packet.Ipv6 is { PayloadLength: 0 });

    private bool IsAfterClose(in Segment segment, SegmentMarks marks, TcpEnd from)
    {
        if (from.FinAt >= 0 && segment.Length > 0 && segment.DataAt > from.FinAt)
            return true;
        if (!HasEnded)
            return false;
        // A FIN that comes again because its acknowledgement was lost, and that acknowledgement, are part of an orderly end.
        return _reset || !(segment.IsBare || (segment.Fin && (marks & SegmentMarks.Retransmission) != 0));
    }

    private void Note(in Segment segment, SegmentMarks marks, TcpEnd from, TcpEnd to)
    {
        bool reset = segment.Rst && IsAccepted(segment, marks, from, to);
        if (!segment.Rst)
        {
            NoteNumbers(segment, marks, from);
            from.RawWindow = segment.RawWindow;
            from.Window = Scaled(segment, from, to);
        }

        if (segment.Ack && !segment.Rst)
            NoteAcknowledgment(segment, marks, from, to);
        if (segment.Fin && !segment.Rst && from.FinAt < 0 && (marks & SegmentMarks.OutOfWindow) == 0)
            (from.FinAt, from.FinAnswers) = (segment.End - 1, to.FinAt >= 0 && segment.Acknowledgment > to.FinAt);
        from.LastMarks = marks;
        from.Sent |= !segment.Rst;
        _reset |= reset;
        if (Conversation.HandshakeRoundTrip is null && from == _initiator && from.SynSeen && to.SynSeen && segment is { Ack: true, Syn: false, Rst: false, Acknowledgment: >= 1 })
            Conversation.HandshakeRoundTrip = TimeSpan.FromTicks((segment.At - from.SynAt) / TimeSpan.NanosecondsPerTick);
    }

    private static void NoteNumbers(in Segment segment, SegmentMarks marks, TcpEnd from)
    {
        if ((marks & SegmentMarks.ZeroWindowProbe) != 0)
        {
            if (segment.Length == 1)
                from.ProbeAt = segment.Sequence;
            return;
        }

        if (!from.Sent)
            (from.First, from.FirstClock) = (segment.Sequence, segment.Clock);
        if (!from.Sent || segment.End > from.Next)
            (from.Next, from.NextAt) = (segment.End, segment.At);
        from.First = Math.Min(from.First, segment.Sequence);
        // Who sends again has not heard that it came. Where both open at once, the SYN comes again with its first acknowledgement, for no such reason.
        bool answers = segment is { Syn: true, Ack: true } && from.HighestAck < 1;
        if ((marks & (SegmentMarks.Retransmission | SegmentMarks.Overlap)) != 0 && !answers)
            from.KnownAcked = Math.Min(from.KnownAcked, segment.Sequence);
    }

    private static void NoteAcknowledgment(in Segment segment, SegmentMarks marks, TcpEnd from, TcpEnd to)
    {
        from.DuplicateAcks = segment.Acknowledgment != from.LastAck ? 0 : from.DuplicateAcks + ((marks & SegmentMarks.DuplicateAck) != 0 ? 1 : 0);
        from.LastAck = segment.Acknowledgment;
        if (to.Sent && segment.Acknowledgment - to.Next >= Believable)
            return;
        if (to.ProbeAt == to.Next && segment.Acknowledgment == to.Next + 1)
            to.Next++;
        from.Edge = Math.Max(from.Edge, segment.Acknowledgment + from.Window);
        from.HighestAck = Math.Max(from.HighestAck, segment.Acknowledgment);
        to.KnownAcked = Math.Max(to.KnownAcked, segment.Acknowledgment);
        if (!segment.Syn)
        {
            // Whoever sends this is past the handshake, and so both SYNs were acknowledged, captured or not.
            from.KnownAcked = Math.Max(from.KnownAcked, 1);
            to.HighestAck = Math.Max(to.HighestAck, 1);
        }
    }

    // RFC 9293 3.10.7.3 and 3.10.7.4: to an end in SYN_SENT a reset must acknowledge the SYN, to any other it must lie in the window.
    private static bool IsAccepted(in Segment segment, SegmentMarks marks, TcpEnd from, TcpEnd to)
    {
        if (!to.Sent)
            return true;
        if (to.SynSeen && to.HighestAck < 1)
            return segment.Ack ? segment.Acknowledgment <= to.Next && segment.Acknowledgment >= 1 : from.SynSeen;
        return (marks & SegmentMarks.OutOfWindow) == 0;
    }

    private static void Shorten(List<ApplicationMessage> found)
    {
        int more = found.Count - MostMessages + 1;
        if (more <= 1)
            return;
        long length = 0;
        for (int i = MostMessages - 1; i < found.Count; i++)
            length += found[i].Length;
        string protocol = found[^1].Protocol;
        found.RemoveRange(MostMessages - 1, more);
        found.Add(new(protocol, string.Create(CultureInfo.InvariantCulture, $"… +{more}"), length));
        found.TrimExcess();
    }

    private bool Feed(Packet packet, in Segment segment, TcpEnd from, bool fromInitiator, List<ApplicationMessage> found)
    {
        if (_released || (from.FinAt >= 0 && segment.DataAt > from.FinAt))
            return true;
        from.Stream ??= new TcpStream(from.SynSeen ? 1 : segment.DataAt, streamLimit);
        TcpStream stream = from.Stream;
        // A wrong number far ahead would wait for ever for what is not to come.
        if (segment.DataAt - stream.Next > Believable)
            return true;
        bool same = stream.Write(segment.DataAt, packet.Payload.Span);
        _messages.Read(stream, fromInitiator, ended: false, found);
        long cut = segment.DataAt + segment.Length;
        if (packet.Payload.Length < segment.Length && cut > stream.Next && segment.DataAt + packet.Payload.Length <= stream.Next)
            Missing(stream, stream.GiveUp(cut), fromInitiator, found); // The capture kept only the first bytes of it.
        while (stream.IsFull)
            Missing(stream, stream.GiveUpGap(), fromInitiator, found);
        return same;
    }

    // What the peer has acknowledged and was not captured, or not whole, will not come again.
    private void GiveUp(TcpEnd end, long acknowledged, bool isInitiator, List<ApplicationMessage> found)
    {
        end.Holes.Forget(acknowledged);
        if (end.Stream is not { } stream)
            return;
        long until = end.FinAt >= 0 ? Math.Min(acknowledged, end.FinAt) : acknowledged;
        if (until > stream.Next)
            Missing(stream, stream.GiveUp(until), isInitiator, found);
    }

    private void Missing(TcpStream stream, long missed, bool fromInitiator, List<ApplicationMessage> found)
    {
        if (missed > 0)
            _messages.Lost(fromInitiator);
        _messages.Read(stream, fromInitiator, ended: false, found);
    }

    // Only when everything before the FIN is there has the stream ended.
    private void End(TcpEnd from, bool fromInitiator, List<ApplicationMessage> found)
    {
        if (from.FinAt < 0 || from.EndTold || (from.Stream is { } stream && stream.Next < from.FinAt))
            return;
        from.EndTold = true;
        if (from.Stream is not null)
            _messages.Read(from.Stream, fromInitiator, ended: true, found);
        if (_initiator.EndTold && _responder.EndTold)
            Release();
    }

    private void Tell(in Segment segment, SegmentMarks marks, bool fromInitiator)
    {
        Conversation told = Conversation;
        Count(fromInitiator, segment.Length);
        told.Marks |= marks;
        if ((marks & SegmentMarks.Retransmission) != 0)
            told.Retransmissions++;
        told.SawBeginning |= segment.Syn && !segment.Ack;
        told.InitiatorState = _reset ? SocketState.Closed : TcpStates.Of(_initiator, _responder);
        told.ResponderState = _reset ? SocketState.Closed : TcpStates.Of(_responder, _initiator);
        if (_messages.Protocol is { } protocol)
            told.Application = protocol;
    }
}
