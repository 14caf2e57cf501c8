using Soket.Capture;
using Soket.Protocols.Packets;
using Xunit;
using static Soket.Tests.Capture.Wire;

namespace Soket.Tests.Capture;

/// <summary>What a segment is against those before it.</summary>
public sealed class SegmentMarksTests
{
    private const SegmentMarks None = SegmentMarks.None;

    [Fact]
    public void An_orderly_exchange_has_no_marks()
    {
        Wire wire = new Wire().Handshake();
        Assert.Equal(None, wire.C(Push, 1, 1, "hello").Marks);
        Assert.Equal(None, wire.S(Ack, 1, 6).Marks);
        Assert.Equal(None, wire.S(Push, 1, 6, "hello").Marks);
        Assert.Equal(None, wire.C(Ack, 6, 6).Marks);
        Assert.Equal(None, wire.C(Fin, 6, 6).Marks);
        Assert.Equal(None, wire.S(Fin, 6, 7).Marks);
        Assert.Equal(None, wire.C(Ack, 7, 7).Marks);
        Assert.Equal(None, wire.Conversation.Marks);
    }

    [Fact]
    public void Bytes_that_were_sent_before_are_a_retransmission()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "hello");
        Assert.Equal(SegmentMarks.Retransmission, wire.C(Push, 1, 1, "hello", after: 200).Marks);
        Assert.Equal(1, wire.Conversation.Retransmissions);
    }

    [Fact]
    public void A_SYN_its_answer_and_a_FIN_sent_again_are_retransmissions()
    {
        var wire = new Wire();
        wire.C(Syn, 0, options: Offer());
        Assert.Equal(SegmentMarks.Retransmission, wire.C(Syn, 0, options: Offer(), after: 1000).Marks);
        wire.S(SynAck, 0, 1, options: Offer());
        Assert.Equal(SegmentMarks.Retransmission, wire.S(SynAck, 0, 1, options: Offer(), after: 1000).Marks);
        wire.C(Ack, 1, 1);
        wire.C(Fin, 1, 1);
        Assert.Equal(SegmentMarks.Retransmission, wire.C(Fin, 1, 1, after: 200).Marks);
        Assert.Equal(3, wire.Conversation.Retransmissions);
    }

    [Fact]
    public void A_jump_over_bytes_is_a_gap_and_what_fills_it_at_once_was_only_late()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "aaaaa");
        Assert.Equal(SegmentMarks.Gap, wire.C(Push, 11, 1, "ccccc").Marks);
        Assert.Equal(SegmentMarks.OutOfOrder, wire.C(Push, 6, 1, "bbbbb", after: 0.5).Marks);
        Assert.Equal(None, wire.C(Push, 16, 1, "ddddd").Marks);
    }

    [Fact]
    public void What_fills_a_gap_after_more_than_a_round_trip_was_sent_twice()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 6, 1, "bbbbb");
        Assert.Equal(SegmentMarks.Retransmission, wire.C(Push, 1, 1, "aaaaa", after: 200).Marks);
    }

    [Fact]
    public void What_fills_a_gap_after_it_was_asked_for_twice_was_sent_twice()
    {
        Wire wire = new Wire().Handshake();
        wire.S(Ack, 1, 1);
        wire.C(Push, 6, 1, "bbbbb", after: 0.1);
        Assert.Equal(SegmentMarks.DuplicateAck, wire.S(Ack, 1, 1, after: 0.1).Marks);
        Assert.Equal(SegmentMarks.DuplicateAck, wire.S(Ack, 1, 1, after: 0.1).Marks);
        Assert.Equal(SegmentMarks.Retransmission, wire.C(Push, 1, 1, "aaaaa", after: 0.1).Marks);
    }

    [Theory]
    [InlineData(99, 0.1, SegmentMarks.OutOfOrder)]
    [InlineData(99, 5000, SegmentMarks.OutOfOrder)]
    [InlineData(101, 0.1, SegmentMarks.Retransmission)]
    [InlineData(101, 5000, SegmentMarks.Retransmission)]
    [InlineData(100, 0.1, SegmentMarks.OutOfOrder)]
    [InlineData(100, 5000, SegmentMarks.Retransmission)]
    public void The_clock_of_the_sender_tells_a_late_segment_from_one_sent_twice_and_time_only_where_it_does_not(uint stamp, double after, SegmentMarks expected)
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 6, 1, "bbbbb", options: Stamp(100));
        Assert.Equal(expected, wire.C(Push, 1, 1, "aaaaa", options: Stamp(stamp), after: after).Marks);
    }

    [Theory]
    [InlineData(-1, 5000, SegmentMarks.OutOfOrder)]
    [InlineData(1, 0.1, SegmentMarks.Retransmission)]
    public void A_sender_that_numbers_its_packets_tells_the_same_without_a_clock(int step, double after, SegmentMarks expected)
    {
        Wire wire = new Wire().Handshake();
        for (int i = 0; i < 4; i++)
            wire.C(Push, 1 + i, 1, "x", id: 100 + i);
        wire.C(Push, 10, 1, "bbbbb", id: 105);
        Assert.Equal(expected, wire.C(Push, 5, 1, "aaaaa", id: 105 + step, after: after).Marks);
    }

    [Fact]
    public void Packet_numbers_drawn_by_lot_tell_nothing()
    {
        Wire wire = new Wire().Handshake();
        foreach (int id in (int[])[7000, 120, 65000, 3])
            wire.C(Push, 1 + wire.Conversation.InitiatorBytes, 1, "x", id: id);
        wire.C(Push, 10, 1, "bbbbb", id: 900);
        Assert.Equal(SegmentMarks.OutOfOrder, wire.C(Push, 5, 1, "aaaaa", id: 901, after: 0.1).Marks);
    }

    [Fact]
    public void A_clock_that_has_come_around_counts_on()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 6, 1, "bbbbb", options: Stamp(uint.MaxValue));
        Assert.Equal(SegmentMarks.Retransmission, wire.C(Push, 1, 1, "aaaaa", options: Stamp(3), after: 0.1).Marks);
    }

    [Fact]
    public void Old_bytes_and_new_ones_together_overlap()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "hello");
        Assert.Equal(SegmentMarks.Overlap, wire.C(Push, 1, 1, "hello world").Marks);
        Assert.Equal(None, wire.C(Push, 12, 1, "!").Marks);
    }

    [Fact]
    public void Other_bytes_at_the_same_place_are_a_conflict()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "hello");
        Assert.Equal(SegmentMarks.Retransmission | SegmentMarks.Conflict, wire.C(Push, 1, 1, "hallo").Marks);
    }

    [Fact]
    public void Other_bytes_at_a_place_behind_a_gap_are_a_conflict()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 6, 1, "world");
        Assert.Equal(SegmentMarks.Retransmission | SegmentMarks.Conflict, wire.C(Push, 6, 1, "w0rld", after: 300).Marks);
    }

    [Fact]
    public void The_same_acknowledgement_again_is_a_duplicate()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "hello");
        wire.S(Ack, 1, 6);
        Assert.Equal(SegmentMarks.DuplicateAck, wire.S(Ack, 1, 6).Marks);
        Assert.Equal(None, wire.S(Push, 1, 6, "data is no duplicate").Marks);
    }

    [Fact]
    public void A_window_of_none_and_its_opening_are_told()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "hello");
        Assert.Equal(SegmentMarks.ZeroWindow, wire.S(Ack, 1, 6, window: 0).Marks);
        Assert.Equal(SegmentMarks.WindowUpdate, wire.S(Ack, 1, 6, window: 500).Marks);
        Assert.Equal(500 << 7, wire.Conversation.Packets[^1].Window);
    }

    [Fact]
    public void A_segment_that_uses_the_last_byte_of_the_window_fills_it()
    {
        Wire wire = new Wire().Handshake();
        wire.S(Ack, 1, 1, window: 2);
        Assert.Equal(None, wire.C(Push, 1, 1, new string('a', 255)).Marks);
        Assert.Equal(SegmentMarks.WindowFull, wire.C(Push, 256, 1, "b").Marks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("o")]
    public void A_keep_alive_and_its_answer_are_told(string old)
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "hello");
        wire.S(Ack, 1, 6);
        Assert.Equal(SegmentMarks.KeepAlive, wire.C(Ack, 5, 1, old, after: 7_200_000).Marks);
        Assert.Equal(SegmentMarks.KeepAliveAck, wire.S(Ack, 1, 6).Marks);
        Assert.Equal(SegmentMarks.KeepAlive, wire.C(Ack, 5, 1, old, after: 7_200_000).Marks);
        Assert.Equal(None, wire.C(Push, 6, 1, "on").Marks);
    }

    [Fact]
    public void A_single_byte_that_was_not_acknowledged_is_sent_again_and_keeps_nothing_alive()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "x");
        Assert.Equal(SegmentMarks.Retransmission, wire.C(Push, 1, 1, "x", after: 200).Marks);
    }

    [Fact]
    public void A_peer_without_room_is_asked_with_no_byte_or_with_one()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "hello");
        wire.S(Ack, 1, 6, window: 0);
        Assert.Equal(SegmentMarks.ZeroWindowProbe, wire.C(Ack, 5, 1, after: 200).Marks);
        Assert.Equal(SegmentMarks.ZeroWindow, wire.S(Ack, 1, 6, window: 0).Marks);
        Assert.Equal(SegmentMarks.ZeroWindowProbe, wire.C(Ack, 6, 1, "w", after: 400).Marks);
        Assert.Equal(SegmentMarks.ZeroWindow, wire.S(Ack, 1, 6, window: 0).Marks);
        wire.S(Ack, 1, 6, window: 10);
        Assert.Equal(None, wire.C(Push, 6, 1, "world").Marks);
    }

    [Fact]
    public void A_probe_that_was_taken_is_not_sent_again()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "hello");
        wire.S(Ack, 1, 6, window: 0);
        wire.C(Ack, 6, 1, "w", after: 400);
        Assert.Equal(None, wire.S(Ack, 1, 7, window: 10).Marks);
        Assert.Equal(None, wire.C(Push, 7, 1, "orld").Marks);
    }

    [Fact]
    public void An_acknowledgement_of_what_was_never_seen_says_that_the_capture_lacks_something()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "hello");
        Assert.Equal(SegmentMarks.AckOfUnseen, wire.S(Ack, 1, 106).Marks);
        wire.C(Push, 111, 1, "a gap of five");
        Assert.Equal(SegmentMarks.AckOfUnseen, wire.S(Ack, 1, 124).Marks);
        Assert.Equal(None, wire.C(Push, 124, 1, "and on").Marks);
        Assert.Equal(None, wire.S(Ack, 1, 130).Marks);
    }

    [Fact]
    public void A_segment_longer_than_the_peer_takes_was_not_one_on_the_wire()
    {
        Wire wire = new Wire().Handshake();
        wire.S(Ack, 1, 1, window: 2000);
        Assert.Equal(None, wire.C(Push, 1, 1, new string('a', 1460)).Marks);
        Assert.Equal(SegmentMarks.Coalesced, wire.C(Push, 1461, 1, new string('a', 1461)).Marks);
        Assert.Equal(None, wire.C(Push, 2922, 1, new string('a', 1448), options: Stamp(1)).Marks);
        Assert.Equal(SegmentMarks.Coalesced, wire.C(Push, 4370, 1, new string('a', 1449), options: Stamp(1)).Marks);
    }

    [Fact]
    public void What_lies_behind_the_window_is_outside_of_it()
    {
        Wire wire = new Wire().Handshake();
        wire.S(Ack, 1, 1, window: 2);
        long edge = 1 + (1000 << 7); // what the SYN-ACK's own window, which has no scale, does not reach
        Assert.Equal(SegmentMarks.None, wire.C(Push, 1, 1, "in it").Marks & SegmentMarks.OutOfWindow);
        Assert.NotEqual(SegmentMarks.None, wire.C(Push, edge, 1, "behind it").Marks & SegmentMarks.OutOfWindow);
    }

    [Fact]
    public void A_reset_that_does_not_fit_resets_nothing()
    {
        Wire wire = new Wire().Handshake();
        wire.S(Push, 1, 1, "hello");
        wire.C(Ack, 1, 6);
        TracedPacket blind = wire.S(Rst, 3);
        Assert.Equal(SegmentMarks.OutOfWindow, blind.Marks);
        Assert.Equal(Soket.Events.SocketState.Established, blind.InitiatorState);
        Assert.Equal(Soket.Events.SocketState.Closed, wire.S(Rst, 6).InitiatorState);
    }

    [Fact]
    public void After_a_reset_everything_comes_after_the_end()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Rst, 1);
        Assert.Equal(SegmentMarks.AfterClose, wire.S(Push, 1, 1, "too late").Marks);
        Assert.Equal(SegmentMarks.AfterClose, wire.C(Rst, 1).Marks);
    }

    [Fact]
    public void A_last_FIN_that_is_acknowledged_once_more_comes_not_after_the_end()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Fin, 1, 1);
        wire.S(Fin, 1, 2);
        wire.C(Ack, 2, 2);
        Assert.Equal(SegmentMarks.Retransmission, wire.S(Fin, 1, 2, after: 200).Marks);
        Assert.Equal(SegmentMarks.DuplicateAck, wire.C(Ack, 2, 2).Marks);
        Assert.Equal(SegmentMarks.AfterClose, wire.S(Push, 2, 2, "more").Marks & SegmentMarks.AfterClose);
    }

    [Fact]
    public void In_the_middle_of_a_connection_what_comes_first_counts_from_one()
    {
        var wire = new Wire();
        TracedPacket first = wire.C(Push, 5001, 9001, "hello");
        Assert.Equal((1, 1, None), (first.Sequence, first.Acknowledgment, first.Marks));
        TracedPacket answer = wire.S(Push, 9001, 5006, "hello");
        Assert.Equal((1, 6, None), (answer.Sequence, answer.Acknowledgment, answer.Marks));
        Assert.False(wire.Conversation.SawBeginning);
    }

    [Fact]
    public void What_is_acknowledged_from_before_the_capture_is_still_an_acknowledgement()
    {
        var wire = new Wire();
        wire.C(Push, 5001, 9001, "hello");
        Assert.Equal((0, None), (wire.S(Ack, 9001, 3000).Acknowledgment, wire.Conversation.Marks));
        Assert.Equal((0, None), (wire.S(Ack, 9001, 4000).Acknowledgment, wire.Conversation.Marks));
    }

    [Fact]
    public void Numbers_go_on_where_32_bits_end()
    {
        var wire = new Wire { ClientIsn = uint.MaxValue - 3, ServerIsn = uint.MaxValue };
        wire.Handshake();
        TracedPacket packet = wire.C(Push, 1, 1, "hello");
        Assert.Equal((1, None), (packet.Sequence, packet.Marks));
        packet = wire.S(Push, 1, 6, "hello");
        Assert.Equal((1, 6, None), (packet.Sequence, packet.Acknowledgment, packet.Marks));
        packet = wire.C(Push, 6, 6, "again");
        Assert.Equal((6, 6, None), (packet.Sequence, packet.Acknowledgment, packet.Marks));
    }

    [Fact]
    public void A_stream_of_more_than_four_gigabytes_counts_on()
    {
        Wire wire = new Wire().Handshake();
        long at = 1;
        for (; at <= uint.MaxValue; at += 1 << 30)
            Assert.Equal(at, wire.C(Ack, at, 1, "x").Sequence);
        Assert.Equal(at, wire.S(Ack, 1, at).Acknowledgment);
    }

    [Fact]
    public void The_window_is_scaled_as_both_ends_agreed_and_never_in_a_SYN()
    {
        Wire wire = new Wire().Handshake();
        Assert.Equal([64240, 65160, 1000 << 7], wire.Conversation.Packets.Select(packet => packet.Window));

        var plain = new Wire();
        plain.C(Syn, 0, options: Offer());
        plain.S(SynAck, 0, 1, options: Offer(scale: null));
        Assert.Equal(1000, plain.C(Ack, 1, 1).Window);
    }

    [Fact]
    public void Options_and_the_first_bytes_are_told()
    {
        Wire wire = new Wire().Handshake();
        Assert.Equal((ushort)1460, wire.Conversation.Packets[0].Options!.MaximumSegmentSize);
        TracedPacket packet = wire.C(Push, 1, 1, new string('x', 100));
        Assert.Equal((100, 64), (packet.Length, packet.Preview.Length));
        Assert.Equal(Push, packet.Flags);
    }
}
