using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Capture;
using Soket.Protocols.Packets;
using Xunit;
using static Soket.Tests.Capture.Wire;

namespace Soket.Tests.Capture;

public sealed class ConversationTrackerTests
{
    [Fact]
    public void A_conversation_says_who_began_and_counts_what_went_each_way()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Push, 1, 1, "hello", after: 10);
        wire.S(Push, 1, 6, "hello you", after: 10);
        Conversation told = wire.Conversation;
        Assert.Equal((1, ConversationKind.Tcp, Client, Server, true), (told.Number, told.Kind, told.Initiator, told.Responder, told.SawBeginning));
        Assert.Equal((3, 2, 5, 9), (told.InitiatorPackets, told.ResponderPackets, told.InitiatorBytes, told.ResponderBytes));
        Assert.Equal([1, 2, 3, 4, 5], told.Packets.Select(packet => packet.Number));
        Assert.Equal([true, false, true, true, false], told.Packets.Select(packet => packet.FromInitiator));
        Assert.Equal(TimeSpan.FromMilliseconds(2), told.HandshakeRoundTrip);
        Assert.Equal(TimeSpan.FromMilliseconds(22), told.Duration);
    }

    [Fact]
    public void The_round_trip_counts_from_the_SYN_that_was_answered()
    {
        var wire = new Wire();
        wire.C(Syn, 0);
        wire.C(Syn, 0, after: 1000);
        wire.S(SynAck, 0, 1, after: 5);
        wire.C(Ack, 1, 1, after: 0.5);
        Assert.Equal(TimeSpan.FromMilliseconds(5.5), wire.Conversation.HandshakeRoundTrip);
    }

    [Fact]
    public void In_the_middle_of_a_connection_the_higher_port_is_taken_for_the_one_who_began()
    {
        var wire = new Wire();
        wire.S(Push, 900, 800, "from the server");
        Assert.Equal((Client, false), (wire.Conversation.Initiator, wire.Conversation.Packets[0].FromInitiator));
    }

    [Fact]
    public void The_same_ports_again_are_another_conversation()
    {
        Wire wire = new Wire().Handshake();
        wire.C(Fin, 1, 1);
        wire.S(Fin, 1, 2);
        wire.C(Ack, 2, 2);
        wire.ClientIsn += 90_000;
        wire.ServerIsn += 70_000;
        wire.Handshake();
        Assert.Equal([1, 2], wire.Tracker.Conversations.Select(conversation => conversation.Number));
        Assert.Equal([6, 3], wire.Tracker.Conversations.Select(conversation => conversation.Packets.Count));
        Assert.Equal("ESTABLISHED", Soket.Events.SocketStates.Name(wire.Conversation.ResponderState));
        Assert.Equal(SegmentMarks.None, wire.Conversation.Marks);
    }

    [Fact]
    public void IPv4_and_IPv6_are_apart_and_both_are_read()
    {
        var tracker = new ConversationTracker();
        new Wire { Tracker = tracker }.Handshake();
        new Wire { Tracker = tracker, From = new(IPAddress.Parse("2001:db8::1"), 50000), To = new(IPAddress.Parse("2001:db8::2"), 80) }.Handshake();
        Assert.Equal(["198.51.100.7:80", "[2001:db8::2]:80"], tracker.Conversations.Select(conversation => conversation.Responder.ToString()));
        Assert.Equal([3, 3], tracker.Conversations.Select(conversation => conversation.Packets.Count));
    }

    [Fact]
    public void A_datagram_has_neither_numbers_nor_states()
    {
        var wire = new Wire();
        TracedPacket asked = wire.Datagram(true, "hello"u8.ToArray())!;
        TracedPacket answered = wire.Datagram(false, "hello to you"u8.ToArray())!;
        Assert.Equal((true, 5, -1, -1, null), (asked.FromInitiator, asked.Length, asked.Acknowledgment, asked.Window, asked.Options));
        Assert.Equal("hello", Encoding.ASCII.GetString(asked.Preview.Span));
        Assert.Equal((false, 12), (answered.FromInitiator, answered.Length));
        Assert.Equal((ConversationKind.Udp, true, 1, 1), (wire.Conversation.Kind, wire.Conversation.SawBeginning, wire.Conversation.InitiatorPackets, wire.Conversation.ResponderPackets));
        Assert.Equal(Soket.Events.SocketState.None, answered.InitiatorState);
    }

    [Theory]
    [InlineData(3, 3, "port unreachable")]
    [InlineData(3, 1, "host unreachable")]
    [InlineData(11, 0, "time to live exceeded in transit")]
    public void An_error_of_ICMP_belongs_to_the_conversation_it_quotes(byte type, byte code, string words)
    {
        var wire = new Wire();
        byte[] asked = Datagram("anybody?");
        wire.Add(asked, 1);
        TracedPacket error = wire.Add(Icmp(type, code, asked), 1)!;
        Assert.False(error.FromInitiator);
        Assert.Contains(words[..4], error.Icmp, StringComparison.Ordinal);
        Assert.Equal((0, 0, 1), (error.Length, wire.Conversation.ResponderPackets, wire.Conversation.IcmpErrors));
        Assert.Equal(2, wire.Conversation.Packets.Count);
    }

    [Fact]
    public void An_error_about_a_SYN_leaves_the_state_as_it_is()
    {
        var wire = new Wire();
        byte[] syn = new byte[64];
        int length = PacketWriter.WriteTcp(syn, Client.Address, Server.Address, 50000, 80, wire.ClientIsn, 0, Syn, 1000, [], []);
        wire.Add(syn.AsMemory(0, length), 1);
        TracedPacket error = wire.Add(Icmp(3, 13, syn[..length]), 1)!;
        Assert.Equal(Soket.Events.SocketState.SynSent, error.InitiatorState);
    }

    [Fact]
    public void What_belongs_to_no_conversation_is_counted_and_no_more()
    {
        var wire = new Wire();
        Assert.Null(wire.Add(Icmp(3, 3, Datagram("never captured")), 1));
        Assert.Null(wire.Add(Icmp(8, 0, []), 1));
        Assert.Null(wire.Add(new byte[3], 1));
        Assert.Equal((3, 0), (wire.Tracker.Packets, wire.Tracker.Count));
        wire.C(Syn, 0);
        Assert.Equal(4, wire.Conversation.Packets[0].Number);
    }

    [Fact]
    public void The_fragments_of_a_datagram_are_told_as_such_and_its_message_with_the_last()
    {
        var wire = new Wire { To = new(Server.Address, 53) };
        byte[] query = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, .. "example"u8, 3, .. "com"u8, 0, 0, 1, 0, 1];
        byte[] whole = Datagram(query, 53);
        List<TracedPacket> told = [.. Fragments(whole, 16).Select(fragment => wire.Add(fragment, 1)!)];
        Assert.Equal(3, told.Count);
        Assert.All(told, packet => Assert.True(packet.Fragment));
        Assert.Equal(query.Length, told.Sum(packet => packet.Length));
        Assert.Equal(["QUERY example.com. A"], told[^1].Messages.Select(message => message.Summary));
        Assert.All(told[..^1], packet => Assert.Empty(packet.Messages));
        Assert.Equal((3, query.Length), (wire.Conversation.InitiatorPackets, wire.Conversation.InitiatorBytes));
    }

    [Fact]
    public void A_fragment_without_its_first_belongs_to_nobody()
    {
        var wire = new Wire();
        Assert.Null(wire.Add(Fragments(Datagram("a datagram in several pieces"), 16)[1], 1));
    }

    [Fact]
    public void What_is_kept_has_its_limits_and_what_is_let_go_is_told()
    {
        var gone = new List<Conversation>();
        var tracker = new ConversationTracker(new TrackerLimits { Conversations = 10, Packets = 5, PacketsInAll = 30 }) { OnLetGo = gone.Add };
        for (int port = 1; port <= 40; port++)
        {
            Wire wire = new Wire { Tracker = tracker, From = new(Client.Address, port), Now = port * 1_000_000_000L }.Handshake();
            for (int i = 0; i < 10; i++)
                wire.C(Push, 1 + i, 1, "x");
            Assert.Equal((5, 8), (wire.Conversation.Packets.Count, wire.Conversation.Dropped));
            Assert.InRange(tracker.Conversations.Sum(conversation => conversation.Packets.Count), 0, 30);
        }

        Assert.Equal((40, 6), (tracker.Count, tracker.Conversations.Count));
        Assert.Equal(Enumerable.Range(1, 34), gone.Select(conversation => conversation.Number));
        Assert.Equal(34, tracker.LetGo);
        Assert.All(gone, conversation => Assert.Equal(13, conversation.InitiatorPackets + conversation.ResponderPackets));
    }

    [Fact]
    public void The_one_that_was_silent_the_longest_goes_first()
    {
        var tracker = new ConversationTracker(new TrackerLimits { Conversations = 2 });
        var first = new Wire { Tracker = tracker, From = new(Client.Address, 1) };
        var second = new Wire { Tracker = tracker, From = new(Client.Address, 2) };
        first.C(Syn, 0);
        second.C(Syn, 0);
        first.S(SynAck, 0, 1);
        new Wire { Tracker = tracker, From = new(Client.Address, 3) }.C(Syn, 0);
        Assert.Equal([1, 3], tracker.Conversations.Select(conversation => conversation.Number));
    }

    [Fact]
    public void Streams_hold_no_more_memory_than_they_may()
    {
        var tracker = new ConversationTracker(new TrackerLimits { StreamBytes = 200_000 });
        for (int port = 1; port <= 50; port++)
        {
            Wire wire = new Wire { Tracker = tracker, From = new(Client.Address, port) }.Handshake();
            for (int i = 0; i < 10; i++)
                wire.C(Push, 1000 + (i * 1000), 1, new string('a', 1000));
        }

        Assert.InRange(tracker.Held, 1, 200_000);
        Assert.Equal(50, tracker.Conversations.Count);
    }

    [Fact]
    public void No_bytes_whatever_are_too_much() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(Segments.ToArbitrary(), segments =>
        {
            var wire = new Wire { Tracker = new(new TrackerLimits { Packets = 50, StreamBytes = 100_000 }) };
            foreach ((bool client, int flags, long at, long ack, byte[] data) in segments)
            {
                string text = Encoding.Latin1.GetString(data);
                TracedPacket packet = client ? wire.C((TcpFlags)flags, at, ack, text, (int)(ack % 3) * 100) : wire.S((TcpFlags)flags, at, ack, text, (int)(at % 3) * 100);
                _ = packet.InitiatorState.ToString() + packet.Marks;
            }

            return wire.Tracker.Packets == segments.Length && wire.Tracker.Held <= 100_000;
        }));

    // Near one another mostly, so that they have to do with each other.
    private static Gen<long> Numbers => Gen.Frequency(
        (8, Gen.Choose(0, 40).Select(number => (long)number)), (1, Gen.Choose(int.MinValue, int.MaxValue).Select(number => (long)(uint)number)));

    private static Gen<(bool Client, int Flags, long At, long Ack, byte[] Data)[]> Segments =>
        (from client in Gen.Elements(true, false)
         from flags in Gen.Frequency((4, Gen.Constant(0x10)), (1, Gen.Choose(0, 0x3f)))
         from at in Numbers
         from ack in Numbers
         from data in ArbMap.Default.ArbFor<byte[]>().Generator
         select (client, flags, at, ack, data)).ArrayOf();

    private static byte[] Datagram(string text) => Datagram(Encoding.ASCII.GetBytes(text), Server.Port);

    private static byte[] Datagram(byte[] data, int port)
    {
        byte[] bytes = new byte[data.Length + 64];
        return bytes[..PacketWriter.WriteUdp(bytes, Client.Address, Server.Address, (ushort)Client.Port, (ushort)port, data)];
    }

    private static byte[] Icmp(byte type, byte code, byte[] quoted)
    {
        byte[] message = [type, code, 0, 0, 0, 0, 0, 0, .. quoted];
        byte[] bytes = new byte[message.Length + 20];
        int header = PacketWriter.WriteIp(bytes, Server.Address, Client.Address, IpProtocol.Icmp, message.Length);
        message.CopyTo(bytes, header);
        return bytes;
    }

    // IPv4 by hand: the data cut into pieces of a multiple of eight, the first 20 bytes before each.
    private static List<byte[]> Fragments(byte[] whole, int size)
    {
        var fragments = new List<byte[]>();
        for (int at = 0; at < whole.Length - 20; at += size)
        {
            int length = Math.Min(size, whole.Length - 20 - at);
            byte[] fragment = [.. whole[..20], .. whole.AsSpan(20 + at, length)];
            fragment[3] = (byte)fragment.Length;
            int offset = (at / 8) | (at + length < whole.Length - 20 ? 0x2000 : 0);
            (fragment[4], fragment[5], fragment[6], fragment[7]) = (0, 99, (byte)(offset >> 8), (byte)offset);
            fragments.Add(fragment);
        }

        return fragments;
    }
}
