using System.Net;
using System.Text;
using Soket.Capture;
using Soket.Capture.Diagrams;
using Soket.Events;
using Soket.Languages;
using Soket.Protocols.Packets;
using Xunit;
using static Soket.Protocols.Packets.TcpFlags;

namespace Soket.Tests.Capture.Diagrams;

/// <summary>From the bytes of packets to the drawing: that calls find their segments by the numbers the tracker gives.</summary>
public sealed class TrackedDiagramTests
{
    private readonly ConversationTracker _tracker = new();

    [Fact]
    public void Sends_find_their_segments_also_where_the_sequence_numbers_begin_anew()
    {
        Segment(true, 0xFFFF_FFFD, 0, Syn);
        Segment(false, 0x7FFF_FFFF, 0xFFFF_FFFE, Syn | Ack);
        Segment(true, 0xFFFF_FFFE, 0x8000_0000, Ack);
        Segment(true, 0xFFFF_FFFE, 0x8000_0000, Psh | Ack, "satu dua"); // over the end of the numbers
        Segment(true, 6, 0x8000_0000, Psh | Ack, "tiga");
        Segment(false, 0x8000_0000, 10, Psh | Ack, "ya");
        Segment(true, 10, 0x8000_0002, Fin | Ack);
        Conversation conversation = Assert.Single(_tracker.Conversations);
        // The calls happened when their packets did: the story tells their times, and they are this conversation's.
        var story = new TraceStory();
        SocketScope client = story.OpenClient();
        story.At(3).Send(client, "satu dua").At(4).Send(client, "tiga").At(5).Receive(client, "ya").At(6).Call(client, Soket.Explain.SocketCall.Close);
        ConversationDiagram diagram = ConversationDiagram.Of(conversation, story.Calls);
        Assert.Equal(
            [
                "SYN seq=0 win=1000 mss=1460:",
                "SYN, ACK seq=0 ack=1 win=1000 mss=1460:",
                "ACK seq=1 ack=1:",
                "PSH, ACK seq=1 ack=1 len=8: send(8) = 8",
                "PSH, ACK seq=9 ack=1 len=4: send(4) = 4",
                "PSH, ACK seq=1 ack=13 len=2: recv(1024) = 2",
                "FIN, ACK seq=13 ack=3: close()",
            ],
            diagram.Rows.Select(Plain));
        Assert.Equal(SocketState.FinWait1, diagram.Rows[^1].InitiatorState);
    }

    [Fact]
    public void What_a_SYN_carries_is_the_first_send()
    {
        Segment(true, 1000, 0, Syn, "cepat");
        Segment(false, 5000, 1006, Syn | Ack);
        Segment(true, 1006, 5001, Ack);
        Segment(true, 1006, 5001, Psh | Ack, "lagi");
        var story = new TraceStory();
        SocketScope client = story.OpenClient();
        story.At(0).Send(client, "cepat").At(3).Send(client, "lagi");
        ConversationDiagram diagram = ConversationDiagram.Of(Assert.Single(_tracker.Conversations), story.Calls);
        Assert.Equal(["send(5) = 5", "", "", "send(4) = 4"], diagram.Rows.Select(row => string.Concat(row.InitiatorCalls.Select(call => DiagramWords.Call(call, Language.English)))));
    }

    private static string Plain(DiagramRow row) =>
        $"{string.Join(' ', DiagramWords.Label(row.Packet!, ConversationKind.Tcp, Language.English))}: {string.Join("; ", row.InitiatorCalls.Select(call => DiagramWords.Call(call, Language.English)))}".TrimEnd();

    private void Segment(bool fromClient, uint sequence, uint acknowledgment, TcpFlags flags, string data = "")
    {
        var bytes = new byte[200];
        (IPEndPoint from, IPEndPoint to) = fromClient ? (TraceStory.Client, TraceStory.Server) : (TraceStory.Server, TraceStory.Client);
        byte[] options = flags.HasFlag(Syn) ? [2, 4, 0x05, 0xB4] : [];
        int length = PacketWriter.WriteTcp(bytes, from.Address, to.Address, (ushort)from.Port, (ushort)to.Port, sequence, acknowledgment, flags, 1000, options, Encoding.UTF8.GetBytes(data));
        // A millisecond apart, from where the stories begin.
        long at = (new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).Ticks - DateTime.UnixEpoch.Ticks) * 100;
        _tracker.Add(Packet.Decode(new CapturedPacket { Nanoseconds = at + (_tracker.Packets * 1_000_000), Link = LinkType.RawIp, Bytes = bytes.AsMemory(0, length), OriginalLength = length }));
    }
}
