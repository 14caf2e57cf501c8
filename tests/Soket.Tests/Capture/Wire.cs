using System.Net;
using System.Text;
using Soket.Capture;
using Soket.Protocols.Packets;

namespace Soket.Tests.Capture;

/// <summary>A client and a server whose packets a test writes by hand. Numbers count from each end's SYN, which is 0; a millisecond goes by between packets.</summary>
internal sealed class Wire
{
    public const TcpFlags Syn = TcpFlags.Syn, SynAck = TcpFlags.Syn | TcpFlags.Ack, Ack = TcpFlags.Ack, Push = TcpFlags.Psh | TcpFlags.Ack, Fin = TcpFlags.Fin | TcpFlags.Ack, Rst = TcpFlags.Rst, RstAck = TcpFlags.Rst | TcpFlags.Ack;

    private const long Millisecond = 1_000_000;

    private long _clientNext = 1;
    private long _serverNext = 1;

    public static readonly IPEndPoint Client = new(IPAddress.Parse("192.0.2.1"), 50000);
    public static readonly IPEndPoint Server = new(IPAddress.Parse("198.51.100.7"), 80);

    public uint ClientIsn { get; set; } = 1_000_000;

    public uint ServerIsn { get; set; } = 4_000_000_000;

    public IPEndPoint From { get; init; } = Client;

    public IPEndPoint To { get; init; } = Server;

    public ConversationTracker Tracker { get; init; } = new();

    public long Now { get; set; } = 1_700_000_000_000_000_000;

    public Conversation Conversation => Tracker.Conversations.Last();

    /// <summary>How many bytes of a packet the capture keeps.</summary>
    public int Snap { get; set; } = int.MaxValue;

    /// <summary>The client sends.</summary>
    public TracedPacket C(TcpFlags flags, long sequence, long acknowledgment = 0, string data = "", int window = 1000, byte[]? options = null, double after = 1, int id = 0) =>
        Send(From, To, flags, ClientIsn + (uint)sequence, (flags & TcpFlags.Ack) != 0 ? ServerIsn + (uint)acknowledgment : 0, data, window, options, after, id);

    /// <summary>The server sends.</summary>
    public TracedPacket S(TcpFlags flags, long sequence, long acknowledgment = 0, string data = "", int window = 1000, byte[]? options = null, double after = 1, int id = 0) =>
        Send(To, From, flags, ServerIsn + (uint)sequence, (flags & TcpFlags.Ack) != 0 ? ClientIsn + (uint)acknowledgment : 0, data, window, options, after, id);

    /// <summary>The three-way handshake, with a maximum of 1460 bytes a segment and windows in units of 128 bytes.</summary>
    public Wire Handshake()
    {
        C(Syn, 0, window: 64240, options: Offer());
        S(SynAck, 0, 1, window: 65160, options: Offer());
        C(Ack, 1, 1);
        return this;
    }

    /// <summary>One end says something, in segments one after the other.</summary>
    public List<TracedPacket> Say(bool client, byte[] bytes, int segment = 1460)
    {
        var told = new List<TracedPacket>();
        foreach (byte[] piece in bytes.Chunk(segment))
        {
            string data = Encoding.Latin1.GetString(piece);
            told.Add(client ? C(Push, _clientNext, _serverNext, data) : S(Push, _serverNext, _clientNext, data));
            if (client)
                _clientNext += piece.Length;
            else
                _serverNext += piece.Length;
        }

        return told;
    }

    public List<TracedPacket> Say(bool client, string text, int segment = 1460) => Say(client, Encoding.Latin1.GetBytes(text), segment);

    /// <summary>Bytes that one end says and the capture lacks.</summary>
    public void Miss(bool client, int bytes)
    {
        if (client)
            _clientNext += bytes;
        else
            _serverNext += bytes;
    }

    /// <summary>One end closes.</summary>
    public TracedPacket Close(bool client) => client ? C(Fin, _clientNext, _serverNext) : S(Fin, _serverNext, _clientNext);

    /// <summary>One end acknowledges everything.</summary>
    public TracedPacket Acknowledge(bool client) => client ? C(Ack, _clientNext, _serverNext) : S(Ack, _serverNext, _clientNext);

    public static byte[] Offer(ushort? most = 1460, byte? scale = 7)
    {
        byte[] options = new byte[TcpOptions.MaxLength];
        return options[..TcpOptions.Write(options, most, scale)];
    }

    public static byte[] Stamp(uint value)
    {
        byte[] options = new byte[TcpOptions.MaxLength];
        return options[..TcpOptions.Write(options, timestamp: (value, 0))];
    }

    public TracedPacket? Datagram(bool fromClient, byte[] data)
    {
        byte[] bytes = new byte[data.Length + 64];
        (IPEndPoint from, IPEndPoint to) = fromClient ? (From, To) : (To, From);
        int length = PacketWriter.WriteUdp(bytes, from.Address, to.Address, (ushort)from.Port, (ushort)to.Port, data);
        return Add(bytes.AsMemory(0, length), 1);
    }

    /// <summary>Whatever is on the wire.</summary>
    public TracedPacket? Add(ReadOnlyMemory<byte> bytes, double after)
    {
        Now += (long)(after * Millisecond);
        return Tracker.Add(Packet.Decode(new CapturedPacket
        {
            Nanoseconds = Now,
            Link = LinkType.RawIp,
            Bytes = bytes[..Math.Min(Snap, bytes.Length)],
            OriginalLength = bytes.Length,
        }));
    }

    private TracedPacket Send(IPEndPoint from, IPEndPoint to, TcpFlags flags, uint sequence, uint acknowledgment, string data, int window, byte[]? options, double after, int id)
    {
        byte[] payload = Encoding.Latin1.GetBytes(data);
        byte[] bytes = new byte[payload.Length + 120];
        int length = PacketWriter.WriteTcp(bytes, from.Address, to.Address, (ushort)from.Port, (ushort)to.Port, sequence, acknowledgment, flags, (ushort)window, options ?? [], payload);
        if (from.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)
            (bytes[4], bytes[5]) = ((byte)(id >> 8), (byte)id);
        return Add(bytes.AsMemory(0, length), after)!;
    }
}
