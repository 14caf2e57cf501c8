using System.Net;
using System.Net.Sockets;
using Soket.Capture;
using Soket.Events;
using Soket.Explain;
using static Soket.Capture.SegmentMarks;
using static Soket.Events.SocketState;
using static Soket.Protocols.Packets.TcpFlags;

namespace Soket.Tests.Capture.Diagrams;

/// <summary>The stories that every way of drawing is tried on.</summary>
internal static class TraceStories
{
    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, Func<TraceStory>> All { get; } = new Dictionary<string, Func<TraceStory>>(StringComparer.Ordinal)
    {
        ["echo"] = Echo,
        ["echo-calls"] = () => EchoWithCalls(inferred: false),
        ["echo-inferred"] = () => EchoWithCalls(inferred: true),
        ["simultaneous-close"] = SimultaneousClose,
        ["refused"] = Refused,
        ["reset"] = Reset,
        ["timed-out"] = TimedOut,
        ["pieces"] = Pieces,
        ["slow-reader"] = SlowReader,
        ["bulk"] = Bulk,
        ["web"] = Web,
        ["beginning-missed"] = BeginningMissed,
        ["hostile"] = Hostile,
        ["udp"] = Udp,
        ["udp-unanswered"] = UdpUnanswered,
        ["udp-refused"] = UdpRefused,
        ["udp-calls"] = UdpCalls,
    };

    /// <summary>The handshake, five bytes there and back, an orderly close; seen on the wire alone.</summary>
    public static TraceStory Echo() => EchoPackets(new TraceStory());

    /// <summary>The same, with the calls of both ends beside it.</summary>
    public static TraceStory EchoWithCalls(bool inferred)
    {
        var story = new TraceStory();
        SocketScope listener = story.Open(SocketRole.Listener, TraceStory.Server, null);
        story.At(-9).Call(listener, SocketCall.Socket, value: "AF_INET, SOCK_STREAM").At(-8.9).Call(listener, SocketCall.Bind).At(-8.8).Call(listener, SocketCall.Listen, value: "backlog 512");
        SocketScope client = story.OpenClient();
        story.At(-0.1).Call(client, SocketCall.Socket, value: "AF_INET, SOCK_STREAM").At(0.06, took: 0.1).Call(client, SocketCall.Connect);
        SocketScope server = story.OpenServer(listener);
        story.At(0.1, took: 9).Call(server, SocketCall.Accept);
        story.At(0.31).Send(client, "halo\n").At(0.4).Receive(server, "halo\n").At(0.5).Send(server, "halo\n").At(0.6).Receive(client, "halo\n");
        story.At(1.02, took: 0.03).Call(client, SocketCall.Shutdown, "half-close").At(1.1).Receive(server, "").At(1.22, took: 0.03).Call(server, SocketCall.Close);
        story.At(1.3).Receive(client, "").At(1.4).Call(client, SocketCall.Close);
        return EchoPackets(inferred ? story.Inferred() : story);
    }

    /// <summary>Both ends close at once: each FIN crosses the other.</summary>
    public static TraceStory SimultaneousClose() => new TraceStory().Handshake()
        .At(5).States(FinWait1, Established).ToServer(Fin | Ack, 1, 1)
        .At(5.01).States(FinWait1, FinWait1).ToClient(Fin | Ack, 1, 1)
        .At(5.03).States(FinWait1, Closing).ToServer(Ack, 2, 2)
        .At(5.04).States(TimeWait, TimeWait).ToClient(Ack, 2, 2);

    /// <summary>Nobody listens.</summary>
    public static TraceStory Refused()
    {
        var story = new TraceStory();
        SocketScope client = story.Open(SocketRole.Client, null, TraceStory.Server);
        story.At(0.2, took: 0.25).Fail(client, SocketCall.Connect, SocketError.ConnectionRefused).At(0.3).Call(client, SocketCall.Close);
        return story.At(0).States(SynSent, SocketState.None).ToServer(Syn, 0, window: 65495).At(0.02).States(Closed, Closed).ToClient(Rst | Ack, 0, 1, window: 0);
    }

    /// <summary>The server gives up in the middle of an answer.</summary>
    public static TraceStory Reset()
    {
        var story = new TraceStory();
        SocketScope client = story.OpenClient();
        story.At(0.06, took: 0.1).Call(client, SocketCall.Connect).At(0.31).Send(client, "GET").At(0.55).Receive(client, "HTTP/1.1 2").At(1.1).Fail(client, SocketCall.Receive, SocketError.ConnectionReset).At(1.2).Call(client, SocketCall.Close);
        return story.Handshake()
            .At(0.3).ToServer(Psh | Ack, 1, 1, "GET").At(0.32).ToClient(Ack, 1, 4)
            .At(0.5).ToClient(Psh | Ack, 1, 4, "HTTP/1.1 2").At(0.52).ToServer(Ack, 4, 11)
            .At(1).States(Closed, Closed).ToClient(Rst | Ack, 11, 4, window: 0);
    }

    /// <summary>A SYN, sent again and again, that nobody answers.</summary>
    public static TraceStory TimedOut()
    {
        var story = new TraceStory(server: new IPEndPoint(IPAddress.Parse("192.0.2.1"), 80));
        SocketScope client = story.Open(SocketRole.Client, null, story.Conversation.Responder);
        story.At(10_000, took: 10_000.1).Fail(client, SocketCall.Connect, SocketError.TimedOut).At(10_001).Call(client, SocketCall.Close);
        return story.At(0).States(SynSent, SocketState.None).ToServer(Syn, 0, window: 64240)
            .At(1021).ToServer(Syn, 0, marks: Retransmission, window: 64240)
            .At(3063).ToServer(Syn, 0, marks: Retransmission, window: 64240)
            .At(7159).ToServer(Syn, 0, marks: Retransmission, window: 64240);
    }

    /// <summary>One send in three segments of which one is lost and one comes late, taken by one receive; then two sends in one segment, taken by two.</summary>
    public static TraceStory Pieces()
    {
        var story = new TraceStory();
        SocketScope client = story.OpenClient(), server = story.OpenServer();
        string first = new('a', 1448), second = new('b', 1448), third = new('c', 104);
        story.At(0.06, took: 0.1).Call(client, SocketCall.Connect).At(0.1).Call(server, SocketCall.Accept);
        story.At(1.01).Send(client, first + second + third).At(9).Receive(server, first + second + third, 65536);
        story.At(20).Send(client, "satu").At(20.01).Send(client, "dua").At(20.6).Receive(server, "sat", 3).At(20.7).Receive(server, "udua");
        return story.Handshake()
            .At(1).ToServer(Ack, 1, 1, first).At(1.02).ToServer(Psh | Ack, 2897, 1, third, Gap).At(1.05).ToClient(Ack, 1, 1449).At(1.06).ToClient(Ack, 1, 1449, marks: DuplicateAck)
            .At(8.5).ToServer(Ack, 1449, 1, second, Retransmission).At(8.52).ToClient(Ack, 1, 3001)
            .At(20.5).ToServer(Psh | Ack, 3001, 1, "satudua").At(20.52).ToClient(Ack, 1, 3008);
    }

    /// <summary>A program that reads late: the window closes, is asked for, opens.</summary>
    public static TraceStory SlowReader()
    {
        var story = new TraceStory();
        SocketScope server = story.OpenServer();
        story.At(0.1).Call(server, SocketCall.Accept).At(2600).Receive(server, new string('x', 2000), 65536);
        return story.Handshake()
            .At(1).ToServer(Psh | Ack, 1, 1, new string('x', 2000), WindowFull).At(1.1).ToClient(Ack, 1, 2001, marks: ZeroWindow, window: 0)
            .At(205).ToServer(Ack, 2000, 1, marks: ZeroWindowProbe).At(205.1).ToClient(Ack, 1, 2001, marks: ZeroWindow, window: 0)
            .At(2600.2).ToClient(Ack, 1, 2001, marks: WindowUpdate, window: 65536);
    }

    /// <summary>A thousand segments, a few of them lost.</summary>
    public static TraceStory Bulk()
    {
        TraceStory story = new TraceStory().Handshake();
        for (int i = 0; i < 1000; i++)
        {
            story.At(1 + (i * 0.1)).ToServer(Ack, 1 + (i * 1448L), 1, length: 1448, marks: i % 300 == 299 ? Retransmission : default);
            if (i % 2 == 1)
                story.At(1.05 + (i * 0.1)).ToClient(Ack, 1, 1 + ((i + 1) * 1448L));
        }

        return story.At(200).States(FinWait1, CloseWait).ToServer(Fin | Ack, 1_448_001, 1).Dropped(1234);

    }

    /// <summary>A request and an answer that were understood.</summary>
    public static TraceStory Web() => new TraceStory().Handshake()
        .At(0.3).ToServer(Psh | Ack, 1, 1, "GET /katalog/buku?halaman=2 HTTP/1.1\r\nHost: perpustakaan.example\r\n\r\n", messages: new ApplicationMessage("HTTP", "GET /katalog/buku?halaman=2 HTTP/1.1, Host: perpustakaan.example", 73))
        .At(0.32).ToClient(Ack, 1, 74)
        .At(2.5).ToClient(Psh | Ack, 1, 74, "HTTP/1.1 200 OK\r\n", length: 4096, messages: new ApplicationMessage("HTTP", "200 OK, text/html, 4012 bytes", 4096))
        .At(2.6).ToServer(Ack, 74, 4097);

    /// <summary>A conversation that ran already.</summary>
    public static TraceStory BeginningMissed() => new TraceStory(sawBeginning: false).States(Established, Established)
        .At(0).ToServer(Psh | Ack, 0, 0, "lagi\n").At(0.1).ToClient(Ack, 0, 5).At(45_000).ToServer(Ack, 4, 0, marks: KeepAlive).At(45_000.1).ToClient(Ack, 0, 5, marks: KeepAliveAck);

    /// <summary>A peer that writes what terminals, pages and diagrams obey.</summary>
    public static TraceStory Hostile() => new TraceStory().Handshake()
        .At(1).ToServer(Psh | Ack, 1, 1, "</td><script>alert(1)</script><img src=x onerror=alert(1)>")
        .At(2).ToClient(Psh | Ack, 1, 60, "\u202eabc `" + new string('`', 3) + " no break " + new string('w', 40))
        .At(3).ToServer(Psh | Ack, 60, 60, "x", messages: new ApplicationMessage("HTTP", "GET /\u001b[2J\u0007\u009b31m`" + new string('m', 300) + "` \"&amp;' 世界 שלום HTTP/1.1", 1));

    /// <summary>A question, a question sent again, answers.</summary>
    public static TraceStory Udp() => new TraceStory(ConversationKind.Udp)
        .At(0).Datagram(true, "satu").At(0.2).Datagram(false, "SATU")
        .At(1000).Datagram(true, "dua").At(6000).Datagram(true, "dua").At(6000.3).Datagram(false, "DUA")
        .At(7000).Datagram(true, "tiga");

    /// <summary>Nobody answers.</summary>
    public static TraceStory UdpUnanswered() => new TraceStory(ConversationKind.Udp).At(0).Datagram(true, "satu").At(1000).Datagram(true, "satu").At(2000).Datagram(true, "satu");

    /// <summary>Nobody is there.</summary>
    public static TraceStory UdpRefused()
    {
        var story = new TraceStory(ConversationKind.Udp);
        SocketScope client = story.Open(SocketRole.Client, TraceStory.Client, TraceStory.Server, transport: "udp");
        story.At(-0.1).Call(client, SocketCall.Connect).At(0.01).Datagram(client, SocketCall.Send, "satu", TraceStory.Server).At(0.1).Fail(client, SocketCall.Receive, SocketError.ConnectionRefused).At(0.2).Call(client, SocketCall.Close);
        return story.At(0).Datagram(true, "satu").At(0.03).Icmp(false, "port unreachable");
    }

    /// <summary>Both ends are watched; the second datagram never comes to the server's program.</summary>
    public static TraceStory UdpCalls()
    {
        var story = new TraceStory(ConversationKind.Udp);
        SocketScope server = story.Open(SocketRole.Server, new IPEndPoint(IPAddress.Any, 8080), null, transport: "udp");
        story.At(-2).Call(server, SocketCall.Bind);
        SocketScope client = story.Open(SocketRole.Client, TraceStory.Client, TraceStory.Server, transport: "udp");
        story.At(-0.1).Call(client, SocketCall.Connect);
        story.At(0.01).Datagram(client, SocketCall.Send, "satu", TraceStory.Server).At(0.1).Datagram(server, SocketCall.ReceiveFrom, "satu", TraceStory.Client);
        story.At(0.21).Datagram(server, SocketCall.SendTo, "SATU", TraceStory.Client).At(0.3).Datagram(client, SocketCall.Receive, "SATU", TraceStory.Server);
        story.At(1.01).Datagram(client, SocketCall.Send, "dua", TraceStory.Server);
        story.At(2.01).Datagram(client, SocketCall.Send, "tiga empat", TraceStory.Server).At(2.1).Datagram(server, SocketCall.ReceiveFrom, "tiga", TraceStory.Client, "truncated");
        story.At(4).Call(client, SocketCall.Close).At(5).Call(server, SocketCall.Close);
        return story.Inferred().At(0).Datagram(true, "satu").At(0.2).Datagram(false, "SATU").At(1).Datagram(true, "dua").At(2).Datagram(true, "tiga empat");
    }

    private static TraceStory EchoPackets(TraceStory story) => story.Handshake()
        .At(0.3).ToServer(Psh | Ack, 1, 1, "halo\n").At(0.32).ToClient(Ack, 1, 6)
        .At(0.49).ToClient(Psh | Ack, 1, 6, "halo\n").At(0.51).ToServer(Ack, 6, 6)
        .At(1).States(FinWait1, CloseWait).ToServer(Fin | Ack, 6, 6).At(1.04).States(FinWait2, CloseWait).ToClient(Ack, 6, 7)
        .At(1.2).States(TimeWait, LastAck).ToClient(Fin | Ack, 6, 7).At(1.24).States(TimeWait, Closed).ToServer(Ack, 7, 7);
}
