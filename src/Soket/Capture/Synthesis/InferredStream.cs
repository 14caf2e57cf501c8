using System.Net;
using System.Net.Sockets;
using Soket.Protocols.Packets;

namespace Soket.Capture.Synthesis;

/// <summary>The packets of one TCP connection, concluded from what one or both of its ends tell. What both tell is written once.</summary>
internal sealed class InferredStream
{
    private const int Window = ushort.MaxValue;
    private const byte Scale = 7;

    private readonly InferredPacketWriter _writer;
    private readonly string _about;
    private readonly int _longest;
    private readonly byte[] _options; // of a SYN
    private long _last;               // the time of the packet before: they are told in order, and written so
    private bool _began;
    private bool _reset;

    /// <summary>Begins; nothing is written yet.</summary>
    /// <param name="writer">Takes the packets.</param>
    /// <param name="client">Whoever connects.</param>
    /// <param name="server">Whom it connects to.</param>
    /// <param name="number">Its number: what makes the numbers of its SYNs differ from those of the connection before between the same ports.</param>
    /// <param name="about">What is to be said of each of its packets, or nothing.</param>
    public InferredStream(InferredPacketWriter writer, IPEndPoint client, IPEndPoint server, uint number, string about)
    {
        _writer = writer;
        _about = about;
        Client = new(client, number * 0x9E37_79B1);
        Server = new(server, (number * 0x85EB_CA77) ^ 0x5555_5555);
        // Linux on its loopback (MTU 65536), Ethernet elsewhere; RFC 9293 3.7.1.
        bool v4 = client.AddressFamily == AddressFamily.InterNetwork;
        _longest = IPAddress.IsLoopback(server.Address) ? (v4 ? 65_495 : 65_475) : v4 ? 1460 : 1440;
        _options = new byte[TcpOptions.MaxLength];
        _options = _options[..TcpOptions.Write(_options, (ushort)_longest, Scale)];
    }

    public InferredEnd Client { get; }

    public InferredEnd Server { get; }

    /// <summary>Whether nothing more can come of it.</summary>
    public bool IsOver => (Client.IsClosed || !Client.IsSeen) && (Server.IsClosed || !Server.IsSeen);

    public InferredEnd Other(InferredEnd end) => end == Client ? Server : Client;

    /// <summary>The three-way handshake.</summary>
    public void Handshake(long started, long ended, string call)
    {
        if (_began)
            return;
        _began = true;
        Syn(started, call);
        Segment(Server, ended, TcpFlags.Syn | TcpFlags.Ack, Server.FirstNumber, call, options: _options);
        Client.Next = Math.Max(0, Client.Next);
        Server.Next = Math.Max(0, Server.Next);
        Segment(Client, ended, TcpFlags.Ack, Client.FirstNumber + 1, call);
    }

    /// <summary>A SYN on its own: the first one, or the same again.</summary>
    public void Syn(long at, string call) => Segment(Client, at, TcpFlags.Syn, Client.FirstNumber, call, options: _options);

    /// <summary>The answer of a machine on which nobody listens at the port (RFC 9293 3.10.7.1).</summary>
    public void Refuse(long at, string call)
    {
        _reset = true;
        _writer.Tcp(Header(Server, at, call), 0, Client.FirstNumber + 1, TcpFlags.Rst | TcpFlags.Ack, default, default, 0);
    }

    /// <summary>One end sent bytes; told by itself or by whoever received them.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="offset">Where in its stream.</param>
    /// <param name="bytes">What is known of them.</param>
    /// <param name="length">How many.</param>
    /// <param name="at">When.</param>
    /// <param name="call">The call that told it.</param>
    public void Data(InferredEnd from, long offset, ReadOnlyMemory<byte> bytes, long length, long at, string call)
    {
        InferredEnd to = Other(from);
        if (from.Next < 0 || offset > from.Next)
        {
            // Told from the middle on, or some of it was not recorded: the numbers show it.
            from.Next = offset;
            to.Acknowledged = Math.Max(to.Acknowledged, offset);
        }

        long told = Math.Min(length, from.Next - offset); // the other end had told it before
        long left = length - told;
        bytes = bytes[(int)Math.Min(bytes.Length, told)..];
        if (_reset || from.Finished)
            return;
        for (; left > 0; left -= Math.Min(left, _longest))
        {
            int size = (int)Math.Min(left, _longest);
            ReadOnlyMemory<byte> known = bytes[..Math.Min(size, bytes.Length)];
            bytes = bytes[known.Length..];
            // More than a window has room for is never under way: what was before must have been acknowledged.
            if (from.Next + size - to.Acknowledged >= (to.Scales ? Window << Scale : Window))
                Acknowledge(to, from.Next, at, "the window has no room for more");
            string comment = known.Length == size ? call : $"{call}, {size - known.Length} bytes not kept";
            Segment(from, at, size == left ? TcpFlags.Ack | TcpFlags.Psh : TcpFlags.Ack, Number(from, from.Next), comment, known, size);
            from.Next += size;
        }
    }

    /// <summary>One end has read its peer's stream up to a place.</summary>
    public void HasRead(InferredEnd end, long upTo, long at, string call)
    {
        end.Read = Math.Max(end.Read, upTo);
        if (end.Read > end.Acknowledged && !_reset)
            Acknowledge(end, end.Read, at, call);
    }

    /// <summary>One end has sent its FIN.</summary>
    public void Finish(InferredEnd end, long at, string call)
    {
        end.ClosesSilently = false;
        if (end.Finished || _reset)
            return;
        end.Next = Math.Max(0, end.Next);
        Segment(end, at, TcpFlags.Fin | TcpFlags.Ack, Number(end, end.Next), call);
        end.Finished = true;
    }

    /// <summary>One end has seen the other's FIN.</summary>
    public void SawFinish(InferredEnd end, long at, string call)
    {
        Finish(Other(end), at, call);
        HasRead(end, Other(end).Sent, at, call);
    }

    /// <summary>One end's socket is gone; what is left goes on in its system (RFC 9293 3.6).</summary>
    public void Close(InferredEnd end, bool sendsFinish, long at, string call)
    {
        InferredEnd other = Other(end);
        end.IsClosed = true;
        if (other.ClosesSilently)
            Finish(other, at, "close()");
        if (sendsFinish && !end.Finished && other is { IsSeen: true, IsClosed: false, Finished: false })
            end.ClosesSilently = true; // With bytes unread it is an RST (RFC 2525 2.17): the other end will tell which.
        else if (sendsFinish)
            Finish(end, at, call);
        LastAcknowledgements(at);
    }

    /// <summary>One end has sent an RST.</summary>
    public void Reset(InferredEnd end, long at, string call)
    {
        end.ClosesSilently = false;
        if (_reset)
            return;
        Segment(end, at, TcpFlags.Rst | TcpFlags.Ack, Number(end, end.Sent), call);
        _reset = true;
    }

    /// <summary>Nothing more will be told.</summary>
    public void End()
    {
        foreach (InferredEnd end in (ReadOnlySpan<InferredEnd>)[Client, Server])
        {
            if (end.ClosesSilently)
                Finish(end, _last, "close()");
        }

        LastAcknowledgements(_last);
    }

    // Both have sent their FIN, and no call will say that it was acknowledged: an end that is closed calls nothing, one that is not seen tells nothing.
    private void LastAcknowledgements(long at)
    {
        if (_reset || !Client.Finished || !Server.Finished)
            return;
        foreach (InferredEnd end in (ReadOnlySpan<InferredEnd>)[Client, Server])
        {
            if ((end.IsClosed || !end.IsSeen) && end.Acknowledged < Other(end).Sent)
                Acknowledge(end, Other(end).Sent, at, "the last acknowledgement, which no call shows");
        }
    }

    private void Acknowledge(InferredEnd end, long upTo, long at, string call)
    {
        end.Acknowledged = Math.Max(end.Acknowledged, upTo);
        Segment(end, at, TcpFlags.Ack, Number(end, end.Sent), call);
    }

    private void Segment(InferredEnd from, long at, TcpFlags flags, uint number, string call, ReadOnlyMemory<byte> data = default, int length = 0, ReadOnlySpan<byte> options = default)
    {
        InferredEnd to = Other(from);
        uint acknowledgment = 0;
        if ((flags & TcpFlags.Ack) != 0)
        {
            // Of an end that is not seen, the system has taken what was sent to it by the time it sends something itself.
            from.Acknowledged = Math.Max(from.Acknowledged, from.IsSeen ? from.Read : to.Sent);
            acknowledgment = Number(to, from.Acknowledged);
        }

        from.Scales = _began && (flags & TcpFlags.Syn) == 0;
        _writer.Tcp(Header(from, at, call), number, acknowledgment, flags, options, data, length);
    }

    private InferredHeader Header(InferredEnd from, long at, string call)
    {
        _last = Math.Max(_last, at);
        PacketDirection direction = Client.IsSeen && Server.IsSeen ? PacketDirection.Unknown : from.IsSeen ? PacketDirection.Outbound : PacketDirection.Inbound;
        return new(from.Address, Other(from).Address, _last, direction, call + _about);
    }

    private static uint Number(InferredEnd end, long place) => unchecked(end.FirstNumber + 1 + (uint)place);
}
