using System.Net;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Packets;

namespace Soket.Capture.Synthesis;

/// <summary>The packets of UDP sockets: one for each datagram that one end sent or received, and not two where both ends tell of it.</summary>
internal sealed class InferredDatagrams(InferredPacketWriter writer, EventPacketsOptions options)
{
    private const int MostOpen = 1024;

    private readonly Dictionary<long, IPEndPoint> _sockets = []; // every open one, with its own address
    private readonly Dictionary<long, byte[]> _quotes = [];      // the beginning of the last datagram that a socket sent, as a packet
    private readonly LinkedList<Told> _open = [];                // told by one end, and the other end is one of ours

    public void Add(in InferredStep step)
    {
        SocketEvent e = step.Event;
        if (e.Local is IPEndPoint own)
            _sockets[e.Connection] = EventPackets.Plain(own);
        bool sends = e.Call is SocketCall.Send or SocketCall.SendTo;
        if (e.Failure is { Error.Name: "ECONNREFUSED" } failure)
            Refused(in step, failure);
        else if (e.Failure is null && e.Moved >= 0 && (sends || e.Call is SocketCall.Receive or SocketCall.ReceiveFrom))
            Moved(in step, sends);
        if (e.Call != SocketCall.Close)
            return;
        _sockets.Remove(e.Connection);
        _quotes.Remove(e.Connection);
    }

    private void Moved(in InferredStep step, bool sends)
    {
        SocketEvent e = step.Event;
        if (e.Remote is not IPEndPoint remote)
            return;
        IPEndPoint peer = EventPackets.Plain(remote), own = EventPackets.Own(e.Local, peer, options);
        var told = new Told(sends, sends ? own : peer, sends ? peer : own, e.Moved, step.Bytes, e.Reason == "truncated");
        if (sends && e.Role == SocketRole.Client)
            _quotes[e.Connection] = InferredPacketWriter.Quoted(own, peer, step.Bytes.Span);
        bool bothTell = _sockets.Any(socket => socket.Key != e.Connection && Is(socket.Value, peer));
        if (bothTell && WasTold(told))
            return;
        if (bothTell)
        {
            _open.AddLast(told);
            if (_open.Count > MostOpen)
                _open.RemoveFirst();
        }

        string call = e.Call.Name() + "()" + (told.CutOff ? ", cut off by the buffer" : step.Bytes.Length < e.Moved ? $", {e.Moved - step.Bytes.Length} bytes not kept" : "");
        PacketDirection direction = bothTell ? PacketDirection.Unknown : sends ? PacketDirection.Outbound : PacketDirection.Inbound;
        writer.Udp(new InferredHeader(told.From, told.To, step.Ended, direction, call), step.Bytes, (int)e.Moved);
    }

    private bool WasTold(Told told)
    {
        for (LinkedListNode<Told>? node = _open.First; node is not null; node = node.Next)
        {
            if (!node.Value.IsTheSame(told))
                continue;
            _open.Remove(node);
            return true;
        }

        return false;
    }

    // RFC 1122 4.1.3.3: the error of a UDP socket is an ICMP message that came back.
    private void Refused(in InferredStep step, SocketFailure failure)
    {
        SocketEvent e = step.Event;
        if ((e.Remote ?? failure.Context.Remote) is not IPEndPoint remote || !_quotes.TryGetValue(e.Connection, out byte[]? about))
            return;
        IPEndPoint peer = EventPackets.Plain(remote), own = EventPackets.Own(e.Local ?? failure.Context.Local, peer, options);
        writer.PortUnreachable(new InferredHeader(peer, own, step.Ended, PacketDirection.Inbound, $"{e.Call.Name()}() = ECONNREFUSED"), about);
    }

    private static bool Is(IPEndPoint own, IPEndPoint meant) =>
        own.Port == meant.Port && (own.Address.Equals(meant.Address) || own.Address.Equals(IPAddress.Any) || own.Address.Equals(IPAddress.IPv6Any));

    private sealed record Told(bool Sent, IPEndPoint From, IPEndPoint To, long Length, ReadOnlyMemory<byte> Bytes, bool CutOff)
    {
        public bool IsTheSame(Told other)
        {
            if (Sent == other.Sent || !From.Equals(other.From) || To.Port != other.To.Port)
                return false;
            (Told sent, Told received) = Sent ? (this, other) : (other, this);
            if (received.Length != sent.Length && !(received.CutOff && received.Length < sent.Length))
                return false;
            int both = Math.Min(sent.Bytes.Length, received.Bytes.Length);
            return sent.Bytes.Span[..both].SequenceEqual(received.Bytes.Span[..both]);
        }
    }
}
