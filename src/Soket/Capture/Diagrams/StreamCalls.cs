using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Packets;

namespace Soket.Capture.Diagrams;

/// <summary>
/// Puts the calls of one end of a TCP connection beside its segments. The first byte of a connection has the sequence number 1 after the SYN, so that
/// the byte at offset n of the stream is the one of number 1 + n (RFC 9293 3.4): a send stands beside the segment that first carried its first byte,
/// a receive beside the last of the segments whose bytes it took.
/// </summary>
internal sealed class StreamCalls
{
    private const long Tolerance = 1_000_000;

    private readonly IReadOnlyList<TracedPacket> _packets;
    private readonly bool _ofInitiator;
    private readonly bool _sawBeginning;
    private readonly CallPlaces _places;
    private readonly StreamSegments _sent;
    private readonly StreamSegments _received;
    private int _earliest;
    private bool _ended;

    private StreamCalls(Conversation conversation, bool ofInitiator, CallPlaces places)
    {
        _packets = conversation.Packets;
        _ofInitiator = ofInitiator;
        _sawBeginning = conversation.SawBeginning;
        _places = places;
        _sent = new(_packets, ofInitiator);
        _received = new(_packets, !ofInitiator);
    }

    public static void Place(Conversation conversation, IReadOnlyList<SocketEvent> calls, bool ofInitiator, CallPlaces places)
    {
        if (calls.Count == 0)
            return;
        var stream = new StreamCalls(conversation, ofInitiator, places);
        foreach (SocketEvent e in calls)
            stream.Place(in e);
    }

    private void Place(in SocketEvent e)
    {
        var whole = new DiagramCall(e, DiagramCallPart.Whole);
        switch (e.Call)
        {
            case SocketCall.TlsHandshake:
                Leave(whole);
                break;
            case var _ when e.Transport != "tcp":
                break; // The plain text: its bytes are in no segment.
            case SocketCall.Connect:
                Connect(in e);
                break;
            case SocketCall.Accept when e.Failure is null:
                Take(Find(0, static packet => (packet.Flags & (TcpFlags.Ack | TcpFlags.Syn | TcpFlags.Rst)) == TcpFlags.Ack, !_ofInitiator), whole); // the third segment of the handshake
                break;
            case SocketCall.Send or SocketCall.Receive when e.Failure is { IsReset: true }:
                Take(Last(!_ofInitiator, TcpFlags.Rst, Participants.Ended(in e) + Tolerance), whole);
                break;
            case SocketCall.Send when e is { Failure: null, Moved: > 0 }:
                Beside(_sawBeginning ? _sent.Carrying(1 + e.StreamOffset) : -1, whole);
                break;
            case SocketCall.Receive when e is { Failure: null, Moved: > 0 }:
                Receive(in e);
                break;
            case SocketCall.Receive when e is { Failure: null, Moved: 0, Requested: not 0, Reason: null or "peer-closed" }:
                Take(Find(0, static packet => packet.Flags.HasFlag(TcpFlags.Fin), !_ofInitiator), whole);
                break;
            case SocketCall.Shutdown or SocketCall.Close or SocketCall.Abort when e.Failure is null:
                End(in e);
                break;
            case SocketCall.Socket or SocketCall.Bind or SocketCall.Listen or SocketCall.Send or SocketCall.Receive or SocketCall.Shutdown or SocketCall.Close:
                Leave(whole);
                break;
        }
    }

    private void Connect(in SocketEvent e)
    {
        int syn = Find(0, static packet => packet.Flags.HasFlag(TcpFlags.Syn) && !packet.Flags.HasFlag(TcpFlags.Ack), _ofInitiator);
        if (syn < 0)
        {
            Leave(new(e, DiagramCallPart.Whole));
            return;
        }

        Beside(syn, new(e, DiagramCallPart.Began));
        var end = new DiagramCall(e, DiagramCallPart.Ended);
        TcpFlags awaited = e.Failure is null ? TcpFlags.Syn : TcpFlags.Rst;
        int answer = Find(syn + 1, packet => (packet.Flags & awaited) != 0 || (awaited == TcpFlags.Rst && packet.Icmp is not null), !_ofInitiator);
        if (answer >= 0)
            _places.AttachTaking(answer, _ofInitiator, end);
        else if (e.Failure is not null && !_packets.Any(packet => packet.FromInitiator != _ofInitiator))
            _places.AtSilence.Add((_ofInitiator, end));
        else
            Leave(end);
        _earliest = Math.Max(_earliest, answer + 1);
    }

    private void Receive(in SocketEvent e)
    {
        (int first, int last, int count) = _sawBeginning ? _received.Carrying(1 + e.StreamOffset, e.Moved) : (-1, -1, 0);
        Take(last, new(e, DiagramCallPart.Whole) { Segments = count, FirstPacket = count > 1 ? _packets[first].Number : 0 });
    }

    // The first of the calls that end the stream sends the FIN, or the RST where bytes were left unread (RFC 2525 2.17) or the connection is given up.
    private void End(in SocketEvent e)
    {
        long began = Participants.Began(in e) - Tolerance;
        var whole = new DiagramCall(e, DiagramCallPart.Whole);
        int fin = _ended || e.Call == SocketCall.Abort ? -1 : Find(0, packet => packet.Flags.HasFlag(TcpFlags.Fin) && packet.Nanoseconds >= began, _ofInitiator);
        int rst = e.Call == SocketCall.Shutdown ? -1 : Find(0, packet => packet.Flags.HasFlag(TcpFlags.Rst) && packet.Nanoseconds >= began, _ofInitiator);
        int place = fin >= 0 ? fin : rst;
        if (place < 0)
        {
            Leave(whole);
            return;
        }

        _ended |= fin >= 0;
        Beside(place, whole);
    }

    private void Take(int index, DiagramCall call)
    {
        if (index < 0)
        {
            Leave(call);
            return;
        }

        _places.AttachTaking(index, _ofInitiator, call);
        _earliest = Math.Max(_earliest, index + 1);
    }

    private void Beside(int index, DiagramCall call)
    {
        if (index < 0)
        {
            Leave(call);
            return;
        }

        _places.Attach(index, _ofInitiator, call);
        _earliest = Math.Max(_earliest, index + 1);
    }

    // Whatever the clocks say: not before what this end did before.
    private void Leave(DiagramCall call) => _places.Leave(_ofInitiator, call, _earliest);

    private int Find(int from, Func<TracedPacket, bool> condition, bool? fromInitiator = null)
    {
        for (int i = from; i < _packets.Count; i++)
        {
            if ((fromInitiator is null || _packets[i].FromInitiator == fromInitiator) && condition(_packets[i]))
                return i;
        }

        return -1;
    }

    private int Last(bool fromInitiator, TcpFlags flag, long until)
    {
        for (int i = _packets.Count - 1; i >= 0; i--)
        {
            if (_packets[i].FromInitiator == fromInitiator && _packets[i].Flags.HasFlag(flag) && _packets[i].Nanoseconds <= until)
                return i;
        }

        return -1;
    }
}
