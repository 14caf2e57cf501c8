using Soket.Capture;
using Soket.Events;
using Soket.Protocols.Packets;
using Xunit;
using static Soket.Tests.Capture.Wire;

namespace Soket.Tests.Capture;

/// <summary>The states that packets show (RFC 9293, figures 5 to 13).</summary>
public sealed class TcpStatesTests
{
    private static void Are(string initiator, string responder, TracedPacket packet) =>
        Assert.Equal((initiator, responder), (packet.InitiatorState.Name(), packet.ResponderState.Name()));

    [Fact]
    public void The_handshake_and_a_close_by_the_one_who_began()
    {
        var wire = new Wire();
        Are("SYN_SENT", "", wire.C(Syn, 0));
        Are("SYN_SENT", "SYN_RECV", wire.S(SynAck, 0, 1));
        Are("ESTABLISHED", "ESTABLISHED", wire.C(Ack, 1, 1));
        Are("FIN_WAIT_1", "ESTABLISHED", wire.C(Fin, 1, 1));
        Are("FIN_WAIT_2", "CLOSE_WAIT", wire.S(Ack, 1, 2));
        Are("FIN_WAIT_2", "CLOSE_WAIT", wire.S(Push, 1, 2, "still sending"));
        Are("FIN_WAIT_2", "CLOSE_WAIT", wire.C(Ack, 2, 14));
        Are("FIN_WAIT_2", "LAST_ACK", wire.S(Fin, 14, 2));
        Are("TIME_WAIT", "CLOSED", wire.C(Ack, 2, 15));
        Assert.Equal((SocketState.TimeWait, SocketState.Closed), (wire.Conversation.InitiatorState, wire.Conversation.ResponderState));
    }

    [Fact]
    public void A_close_by_the_other_end_in_three_segments()
    {
        Wire wire = new Wire().Handshake();
        Are("ESTABLISHED", "FIN_WAIT_1", wire.S(Fin, 1, 1));
        Are("LAST_ACK", "FIN_WAIT_2", wire.C(Fin, 1, 2));
        Are("CLOSED", "TIME_WAIT", wire.S(Ack, 2, 2));
    }

    [Fact]
    public void Both_open_at_once()
    {
        var wire = new Wire();
        Are("SYN_SENT", "", wire.C(Syn, 0));
        Are("SYN_SENT", "SYN_SENT", wire.S(Syn, 0));
        Are("SYN_RECV", "SYN_SENT", wire.C(SynAck, 0, 1));
        Are("ESTABLISHED", "ESTABLISHED", wire.S(SynAck, 0, 1));
        Assert.Single(wire.Tracker.Conversations);
    }

    [Fact]
    public void Both_close_at_once()
    {
        Wire wire = new Wire().Handshake();
        Are("FIN_WAIT_1", "ESTABLISHED", wire.C(Fin, 1, 1));
        Are("FIN_WAIT_1", "FIN_WAIT_1", wire.S(Fin, 1, 1));
        Are("CLOSING", "CLOSING", wire.C(Ack, 2, 2));
        Are("TIME_WAIT", "TIME_WAIT", wire.S(Ack, 2, 2));
    }

    [Fact]
    public void A_connection_that_is_refused()
    {
        var wire = new Wire();
        Are("SYN_SENT", "", wire.C(Syn, 0));
        TracedPacket refused = wire.Add(Refusal(wire), 1)!;
        Are("CLOSED", "CLOSED", refused);
        Assert.Equal((1, 1), (refused.Sequence, refused.Acknowledgment));
        Assert.Equal(SegmentMarks.None, refused.Marks);
    }

    [Fact]
    public void A_refusal_that_acknowledges_something_else_refuses_nothing()
    {
        var wire = new Wire();
        wire.C(Syn, 0);
        Are("SYN_SENT", "", wire.S(RstAck, 0, 77));
    }

    [Fact]
    public void A_connect_that_nobody_answers_leaves_the_other_end_unknown()
    {
        var wire = new Wire();
        wire.C(Syn, 0);
        Are("SYN_SENT", "", wire.C(Syn, 0, after: 1000));
        Are("SYN_SENT", "", wire.C(Syn, 0, after: 2000));
        Assert.Equal(0, wire.Conversation.ResponderPackets);
    }

    [Fact]
    public void An_answer_that_was_lost_behind_the_capture_is_seen_by_the_SYN_that_comes_again()
    {
        var wire = new Wire();
        wire.C(Syn, 0);
        Are("SYN_SENT", "SYN_RECV", wire.S(SynAck, 0, 1));
        Are("SYN_SENT", "SYN_RECV", wire.C(Syn, 0, after: 1000));
        wire.S(SynAck, 0, 1);
        Are("ESTABLISHED", "ESTABLISHED", wire.C(Ack, 1, 1));
        Are("ESTABLISHED", "SYN_RECV", wire.S(SynAck, 0, 1, after: 1000));
        Are("ESTABLISHED", "ESTABLISHED", wire.C(Ack, 1, 1));
    }

    [Fact]
    public void A_FIN_that_nobody_answers_leaves_the_peer_where_it_was()
    {
        Wire wire = new Wire().Handshake();
        Are("FIN_WAIT_1", "ESTABLISHED", wire.C(Fin, 1, 1));
        Are("FIN_WAIT_1", "ESTABLISHED", wire.C(Fin, 1, 1, after: 200));
    }

    [Fact]
    public void A_last_acknowledgement_that_was_lost_is_seen_by_the_FIN_that_comes_again()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Fin, 1, 1);
        wire.S(Fin, 1, 2);
        Are("TIME_WAIT", "CLOSED", wire.C(Ack, 2, 2));
        Are("TIME_WAIT", "LAST_ACK", wire.S(Fin, 1, 2, after: 200));
        Are("TIME_WAIT", "CLOSED", wire.C(Ack, 2, 2));
    }

    [Fact]
    public void A_reset_ends_both()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "unread");
        Are("CLOSED", "CLOSED", wire.S(RstAck, 1, 7));
    }

    [Fact]
    public void In_the_middle_both_are_taken_as_established()
    {
        var wire = new Wire();
        Are("ESTABLISHED", "ESTABLISHED", wire.C(Push, 500, 700, "hello"));
        Are("ESTABLISHED", "FIN_WAIT_1", wire.S(Fin, 700, 505));
    }

    [Fact]
    public void Of_a_capture_of_one_direction_as_much_is_told_as_it_shows()
    {
        var client = new Wire();
        client.C(Syn, 0);
        Are("ESTABLISHED", "ESTABLISHED", client.C(Ack, 1, 1));

        var server = new Wire();
        Are("SYN_SENT", "SYN_RECV", server.S(SynAck, 0, 1));
        Are("ESTABLISHED", "ESTABLISHED", server.S(Push, 1, 1, "220 ready\r\n"));
        Assert.Equal(Client, server.Conversation.Initiator);
        Assert.False(server.Conversation.SawBeginning);
    }

    [Fact]
    public void A_fast_open_carries_data_in_its_SYN()
    {
        var wire = new Wire();
        TracedPacket syn = wire.C(Syn, 0, data: "GET / HTTP/1.1\r\n\r\n");
        Are("SYN_SENT", "", syn);
        Assert.Equal(["GET / HTTP/1.1"], syn.Messages.Select(message => message.Summary));
        Are("SYN_SENT", "SYN_RECV", wire.S(SynAck, 0, 19));
        TracedPacket ack = wire.C(Ack, 19, 1);
        Are("ESTABLISHED", "ESTABLISHED", ack);
        Assert.Equal(SegmentMarks.None, ack.Marks);
    }

    [Theory]
    [InlineData(SocketState.SynReceived, "SYN_RECV")]
    [InlineData(SocketState.Closing, "CLOSING")]
    public void States_that_only_packets_show_have_their_names(SocketState state, string name) => Assert.Equal(name, state.Name());

    // What a system without a listener answers: from number 0, which no SYN of it explains.
    private static byte[] Refusal(Wire wire)
    {
        byte[] bytes = new byte[64];
        int length = PacketWriter.WriteTcp(bytes, Server.Address, Client.Address, (ushort)Server.Port, (ushort)Client.Port, 0, wire.ClientIsn + 1, RstAck, 0, [], []);
        return bytes[..length];
    }
}
