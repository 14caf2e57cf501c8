using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;
using Soket.Capture;
using Soket.Capture.Diagrams;
using Soket.Events;
using Soket.Explain;
using Soket.Languages;
using Soket.Protocols.Packets;
using Xunit;
using static Soket.Protocols.Packets.TcpFlags;

namespace Soket.Tests.Capture.Diagrams;

public sealed class ConversationDiagramTests
{
    [Fact]
    public void A_connection_without_calls_is_its_packets_with_the_states_that_change()
    {
        ConversationDiagram diagram = TraceStories.Echo().Diagram();
        Assert.All(diagram.Rows, row => Assert.Equal(DiagramRowKind.Packet, row.Kind));
        Assert.Equal(11, diagram.Rows.Count);
        Assert.Equal("SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT", States(diagram, row => row.InitiatorState));
        Assert.Equal("SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED", States(diagram, row => row.ResponderState));
        Assert.False(diagram.InitiatorWatched || diagram.ResponderWatched || diagram.HasInferred);
        Assert.Equal(1_240_000, diagram.Rows[^1].Since);
        Assert.Equal(40_000, diagram.Rows[^1].Delay);
    }

    [Fact]
    public void Each_call_stands_beside_the_packet_that_it_caused_or_took()
    {
        ConversationDiagram diagram = TraceStories.EchoWithCalls(inferred: false).Diagram();
        Assert.Equal(
            [
                "- | socket(AF_INET, SOCK_STREAM)",
                "- | bind(127.0.0.1:8080) BOUND",
                "- | listen(512) LISTEN",
                "socket(AF_INET, SOCK_STREAM) | -",
                "connect(127.0.0.1:8080) > SYN |",
                "= 0 < SYN, ACK |",
                "> ACK | accept() = 127.0.0.1:53122",
                "send(5) = 5 > PSH, ACK | recv(1024) = 5",
                "< ACK |",
                "recv(1024) = 5 < PSH, ACK | send(5) = 5",
                "> ACK |",
                "shutdown(SHUT_WR) > FIN, ACK | recv(1024) = 0",
                "< ACK |",
                "recv(1024) = 0 < FIN, ACK | close()",
                "> ACK |",
                "close() | -",
            ],
            diagram.Rows.Select(Plain));
    }

    [Fact]
    public void What_was_drawn_from_the_calls_alone_says_so()
    {
        ConversationDiagram diagram = TraceStories.EchoWithCalls(inferred: true).Diagram();
        Assert.True(diagram.HasInferred);
        Assert.All(diagram.Rows.Where(row => row.Packet is not null), row => Assert.True(row.Packet!.Inferred));
        Assert.Contains(DiagramWords.Legend(diagram, new()), line => line.Contains("inferred, not captured", StringComparison.Ordinal));
        Assert.Contains("states: concluded from the calls", DiagramWords.Legend(diagram, new()));
        // The comment that carries it in a capture file is not told once more.
        Assert.All(diagram.Rows, row => Assert.Empty(DiagramWords.Remarks(row, Language.English)));
    }

    [Fact]
    public void One_receive_stands_beside_the_last_of_the_segments_it_drained()
    {
        ConversationDiagram diagram = TraceStories.Pieces().Diagram();
        DiagramRow row = Assert.Single(diagram.Rows, row => row.ResponderCalls.Any(call => call.Event.Call == SocketCall.Receive && call.Event.Moved == 3000));
        Assert.Equal(8, row.Packet!.Number); // The one that was lost and sent again: only with it could the bytes be given out.
        DiagramCall call = Assert.Single(row.ResponderCalls);
        Assert.Equal((3, 4L), (call.Segments, call.FirstPacket));
        Assert.Equal("recv(65536) = 3000 (3 segments)", DiagramWords.Call(call, Language.English));
        DiagramRow sent = Assert.Single(diagram.Rows, row => row.InitiatorCalls.Any(call => call.Event is { Call: SocketCall.Send, Moved: 3000 }));
        Assert.Equal(4, sent.Packet!.Number);
    }

    [Fact]
    public void Several_sends_in_one_segment_and_several_receives_from_it_stand_there_together()
    {
        DiagramRow row = Assert.Single(TraceStories.Pieces().Diagram().Rows, row => row.Packet is { Length: 7 });
        Assert.Equal(["send(4) = 4", "send(3) = 3"], row.InitiatorCalls.Select(Words));
        Assert.Equal(["recv(3) = 3", "recv(1024) = 4"], row.ResponderCalls.Select(Words));
    }

    [Fact]
    public void A_receive_long_after_its_segment_is_drawn_when_it_was()
    {
        ConversationDiagram diagram = TraceStories.SlowReader().Diagram();
        int receive = diagram.Rows.ToList().FindIndex(row => row.ResponderCalls.Any(call => call.Event.Call == SocketCall.Receive));
        Assert.Equal(DiagramRowKind.Call, diagram.Rows[receive].Kind);
        Assert.Equal(SegmentMarks.WindowUpdate, diagram.Rows[receive + 1].Packet!.Marks);
        Assert.Equal(2_600_000_000, diagram.Rows[receive].Since);
    }

    [Fact]
    public void A_refused_connect_returns_at_the_reset()
    {
        ConversationDiagram diagram = TraceStories.Refused().Diagram();
        Assert.Equal(["connect(127.0.0.1:8080) > SYN |", "= -1 ECONNREFUSED (111) < RST, ACK |", "close() | -"], diagram.Rows.Select(Plain).Select(OnLinux));
    }

    [Fact]
    public void A_port_that_nobody_knows_is_not_drawn_as_0()
    {
        var conversation = new Conversation { Number = 1, Kind = ConversationKind.Tcp, Initiator = new IPEndPoint(IPAddress.Loopback, 0), Responder = TraceStory.Server, SawBeginning = true };
        ConversationDiagram diagram = ConversationDiagram.Of(conversation);
        Assert.Equal(("127.0.0.1", "127.0.0.1:8080"), DiagramLayout.Of(diagram, new()).Headings[^1]);
        Assert.DoesNotContain("127.0.0.1:0", HtmlDiagram.Draw([diagram], new()));
        Assert.DoesNotContain("127.0.0.1:0", SvgDiagram.Draw([diagram], new()));
    }

    [Fact]
    public void A_connect_that_nobody_answers_ends_in_silence()
    {
        ConversationDiagram diagram = TraceStories.TimedOut().Diagram();
        Assert.Equal(
            ["connect(192.0.2.1:80) > SYN |", "> SYN |", "> SYN |", "> SYN |", "= -1 ETIMEDOUT (110) | Silence", "close() | -"],
            diagram.Rows.Select(Plain).Select(OnLinux));
        Assert.Equal(SocketState.Closed, diagram.Rows[4].InitiatorState);
    }

    [Fact]
    public void A_reset_in_mid_stream_stands_beside_the_call_that_was_told()
    {
        DiagramRow row = Assert.Single(TraceStories.Reset().Diagram().Rows, row => row.Packet?.Flags.HasFlag(Rst) == true);
        Assert.Equal("ECONNRESET", Assert.Single(row.InitiatorCalls).Event.Failure!.Error.Name);
    }

    [Fact]
    public void Calls_of_other_connections_are_left_out_and_so_are_those_of_another_time()
    {
        TraceStory story = TraceStories.Echo();
        SocketScope other = story.Open(SocketRole.Client, new IPEndPoint(IPAddress.Loopback, 53123), TraceStory.Server);
        story.At(0.3).Send(other, "halo\n");
        // The same pair of addresses, an hour before.
        SocketScope earlier = story.Open(SocketRole.Client, TraceStory.Client, TraceStory.Server);
        story.At(-3_600_000).Send(earlier, "halo\n").At(-3_599_000).Call(earlier, SocketCall.Close);
        Assert.False(story.Diagram().InitiatorWatched);
        Assert.All(story.Diagram().Rows, row => Assert.Empty(row.InitiatorCalls));
    }

    [Fact]
    public void An_address_that_a_dual_mode_socket_tells_as_mapped_is_the_same()
    {
        TraceStory story = TraceStories.Echo();
        SocketScope client = story.Open(SocketRole.Client, new IPEndPoint(IPAddress.Loopback.MapToIPv6(), 53122), new IPEndPoint(IPAddress.Loopback.MapToIPv6(), 8080));
        story.At(0.31).Send(client, "halo\n");
        Assert.Equal("send(5) = 5", Words(Assert.Single(Assert.Single(story.Diagram().Rows, row => row.InitiatorCalls.Count > 0).InitiatorCalls)));
    }

    [Fact]
    public void A_long_run_is_folded_and_counted()
    {
        ConversationDiagram diagram = TraceStories.Bulk().Diagram();
        DiagramRow row = Assert.Single(diagram.Rows, row => row.Kind == DiagramRowKind.Fold);
        Assert.Equal(1495, row.Fold!.Packets.Count); // 1,500 less the three before and the two after
        Assert.Equal(3, row.Fold.Count(SegmentMarks.Retransmission));
        Assert.Equal("1 495 segments, 1.4 MiB →, 3 retransmissions", DiagramWords.Fold(row.Fold, ConversationKind.Tcp, new()));
        Assert.Equal("1 495 segmen, 1.4 MiB ->, 3 retransmisi", DiagramWords.Fold(row.Fold, ConversationKind.Tcp, new() { Language = Language.Indonesian, Unicode = false }));
        Assert.Equal(1234, diagram.Rows[^1].Dropped);
        Assert.Equal(1505, TraceStories.Bulk().Diagram(foldAfter: 0).Rows.Count);
    }

    [Fact]
    public void A_stall_and_a_long_wait_are_not_folded_away()
    {
        TraceStory story = new TraceStory().Handshake();
        for (int i = 0; i < 60; i++)
            story.At(1 + i + (i >= 30 ? 500 : 0)).ToServer(Ack, 1 + (i * 10), 1, length: 10, marks: i == 15 ? SegmentMarks.WindowFull : SegmentMarks.None);
        ConversationDiagram diagram = story.Diagram();
        Assert.Equal(["10", "9", "25"], diagram.Rows.Where(row => row.Fold is not null).Select(row => row.Fold!.Packets.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Contains(diagram.Rows, row => row.Packet?.Marks == SegmentMarks.WindowFull);
        Assert.Contains(diagram.Rows, row => row.Packet is not null && row.Delay == 501_000_000);
        Assert.Equal(63, diagram.Rows.Sum(row => row.Fold?.Packets.Count ?? 1));
        // Where it stalls all the time, it is too much again.
        story = new TraceStory().Handshake();
        for (int i = 0; i < 600; i++)
            story.At(1 + i).ToServer(Ack, 1 + (i * 10), 1, length: 10, marks: SegmentMarks.WindowFull);
        Assert.Equal(9, story.Diagram().Rows.Count);
    }

    [Fact]
    public void A_long_conversation_of_messages_folds_as_well()
    {
        TraceStory story = new TraceStory(ConversationKind.Udp);
        for (int i = 0; i < 500; i++)
            story.At(i).Datagram(true, "?", messages: new ApplicationMessage("DNS", "A example.com", 1)).At(i + 0.5).Datagram(false, "!", messages: new ApplicationMessage("DNS", "A 192.0.2.1", 1));
        ConversationDiagram diagram = story.Diagram();
        Assert.Equal(6, diagram.Rows.Count);
        Assert.Equal("995 datagrams, 497 B →, 498 B ←, 995 messages", DiagramWords.Fold(diagram.Rows[3].Fold!, ConversationKind.Udp, new()));
    }

    [Fact]
    public void Of_datagrams_is_said_which_had_no_answer_and_no_more()
    {
        Assert.Equal([DatagramFate.None, DatagramFate.None, DatagramFate.NoAnswerBeforeNext, DatagramFate.None, DatagramFate.None, DatagramFate.NoAnswer], TraceStories.Udp().Diagram().Rows.Select(row => row.Fate));
        // Two questions at once, two answers: both are answered.
        TraceStory pipelined = new TraceStory(ConversationKind.Udp).At(0).Datagram(true, "a").At(0.1).Datagram(true, "b").At(1).Datagram(false, "A").At(1.1).Datagram(false, "B");
        Assert.All(pipelined.Diagram().Rows, row => Assert.Equal(DatagramFate.None, row.Fate));
        // Whom nobody ever answers is told once.
        ConversationDiagram unanswered = TraceStories.UdpUnanswered().Diagram();
        Assert.Equal([DiagramRowKind.Packet, DiagramRowKind.Packet, DiagramRowKind.Packet, DiagramRowKind.Silence], unanswered.Rows.Select(row => row.Kind));
        // A group answers nobody.
        TraceStory group = new TraceStory(ConversationKind.Udp, new IPEndPoint(IPAddress.Parse("224.0.0.251"), 5353)).At(0).Datagram(true, "a");
        Assert.Equal(DiagramRowKind.Packet, Assert.Single(group.Diagram().Rows).Kind);
    }

    [Fact]
    public void A_datagram_that_a_watched_socket_never_took_is_lost_and_others_are_not_called_so()
    {
        ConversationDiagram diagram = TraceStories.UdpCalls().Diagram();
        Assert.Equal([DatagramFate.None, DatagramFate.None, DatagramFate.NotReceived, DatagramFate.NoAnswer], diagram.Rows.Where(row => row.Packet is not null).Select(row => row.Fate));
        Assert.Equal("send(10) = 10 > 10 B | recvfrom(65535) = 4", Plain(diagram.Rows.Last(row => row.Packet is not null)));
    }

    [Fact]
    public void A_port_that_is_not_there_is_told_beside_its_ICMP_message()
    {
        Assert.Equal(
            ["connect(127.0.0.1:8080) | - BOUND", "send(4) = 4 > 4 B |", "recv() = -1 ECONNREFUSED (111) < ICMP |", "close() | -"],
            TraceStories.UdpRefused().Diagram().Rows.Select(Plain).Select(OnLinux));
    }

    [Fact]
    public void Whatever_was_captured_and_called_every_packet_and_every_call_is_drawn_once()
    {
        SocketCall[] kinds = [SocketCall.Connect, SocketCall.Send, SocketCall.Receive, SocketCall.Shutdown, SocketCall.Close, SocketCall.Accept];
        Prop.ForAll<int, bool>((seed, udp) =>
        {
            var random = new System.Random(seed);
            var story = new TraceStory(udp ? ConversationKind.Udp : ConversationKind.Tcp);
            int packets = random.Next(30), calls = random.Next(30);
            for (int i = 0; i < packets; i++)
            {
                story.At(i);
                var marks = (SegmentMarks)random.Next(0x10000);
                if (udp)
                    story.Datagram(random.Next(2) == 0, new string('x', random.Next(20)), fragment: random.Next(7) == 0);
                else if (random.Next(2) == 0)
                    story.ToServer((TcpFlags)random.Next(0x200), random.Next(100) - 10, random.Next(100), length: random.Next(50), marks: marks);
                else
                    story.ToClient((TcpFlags)random.Next(0x200), random.Next(100) - 10, random.Next(100), length: random.Next(50), marks: marks);
            }

            SocketScope client = story.Open(SocketRole.Client, TraceStory.Client, TraceStory.Server, transport: udp ? "udp" : "tcp"), server = story.Open(SocketRole.Server, TraceStory.Server, TraceStory.Client, transport: udp ? "udp" : "tcp");
            for (int i = 0; i < calls; i++)
            {
                bool ofClient = random.Next(2) == 0;
                SocketScope scope = ofClient ? client : server;
                SocketCall call = kinds[random.Next(udp ? kinds.Length - 1 : kinds.Length)];
                story.At(random.Next(-20, 60));
                if (call is SocketCall.Send or SocketCall.Receive && udp)
                    story.Datagram(scope, call, new string('x', random.Next(20)), ofClient ? TraceStory.Server : TraceStory.Client);
                else if (call == SocketCall.Send)
                    story.Send(scope, new string('x', random.Next(1, 50)));
                else if (call == SocketCall.Receive)
                    story.Receive(scope, new string('x', random.Next(50)));
                else
                    story.Call(scope, call);
            }

            ConversationDiagram diagram = story.Diagram(foldAfter: 0);
            Assert.Equal(story.Conversation.Packets, diagram.Rows.Where(row => row.Packet is not null).Select(row => row.Packet!));
            List<DiagramCall> drawn = [.. diagram.Rows.SelectMany(row => row.InitiatorCalls.Concat(row.ResponderCalls))];
            if (diagram.InitiatorWatched && diagram.ResponderWatched)
                Assert.Equal(story.Calls.Select(e => e.Sequence).Order(), drawn.Where(call => call.Part != DiagramCallPart.Ended).Select(call => call.Event.Sequence).Order());
            Assert.Equal(drawn.Count(call => call.Part == DiagramCallPart.Began), drawn.Count(call => call.Part == DiagramCallPart.Ended));
            Assert.All(diagram.Rows, row => Assert.True(row.Delay >= 0));
            ConversationDiagram folded = story.Diagram();
            Assert.Equal(story.Conversation.Packets.Count, folded.Rows.Sum(row => row.Fold?.Packets.Count ?? (row.Packet is null ? 0 : 1)));
        }).QuickCheckThrowOnFailure();
    }

    private static string States(ConversationDiagram diagram, Func<DiagramRow, SocketState> state) =>
        string.Join(' ', diagram.Rows.Select(state).Where(one => one != SocketState.None).Select(one => one.Name()));

    // "send(5) = 5 > PSH, ACK | recv(1024) = 5": what stands left of the lanes, the arrow, what stands right of them.
    private static string Plain(DiagramRow row)
    {
        string left = string.Join("; ", row.InitiatorCalls.Select(Words)), right = string.Join("; ", row.ResponderCalls.Select(Words));
        if (row.Kind == DiagramRowKind.Call)
        {
            string state = row.InitiatorState != SocketState.None ? " " + row.InitiatorState.Name() : row.ResponderState != SocketState.None ? " " + row.ResponderState.Name() : "";
            return left.Length > 0 ? $"{left} | -{state}" : $"- | {right}{state}";
        }

        if (row.Packet is not { } packet)
            return $"{left} | {row.Kind}";
        return $"{left} {(packet.FromInitiator ? '>' : '<')} {DiagramWords.Label(packet, packet.Window < 0 ? ConversationKind.Udp : ConversationKind.Tcp, Language.English)[0]} | {right}".Trim();
    }

    private static string Words(DiagramCall call) => DiagramWords.Call(call, Language.English);

    // Other systems have other numbers for the same errors.
    private static string OnLinux(string text) => System.Text.RegularExpressions.Regex.Replace(text, @"(ECONNREFUSED|ETIMEDOUT) \(\d+\)", match => match.Groups[1].Value == "ECONNREFUSED" ? "ECONNREFUSED (111)" : "ETIMEDOUT (110)");
}
