using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Capture;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Packets;
using Soket.Tests.Events;
using Xunit;

namespace Soket.Tests.Capture;

/// <summary>The packets that a capture would have shown, from what sockets told.</summary>
public sealed class EventPacketsTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void An_echo_is_the_same_conversation_whoever_tells_it(bool client, bool server)
    {
        IReadOnlyList<CapturedPacket> packets = EventPackets.Of(Echo().Recorded.Where(recorded => recorded.Event.Role == SocketRole.Client ? client : server));
        string[] data = [.. PacketLines.Of(packets).Where(line => !line.Contains(" A seq", StringComparison.Ordinal))];
        Assert.Equal(["53122>8080 S seq=0", "8080>53122 SA seq=0 ack=1", "53122>8080 PA seq=1 ack=1 \"halo\n\""], data[..3]);
        Assert.Equal("8080>53122 PA seq=1 ack=6 \"HALO\n\"", data[3]);
        Assert.Equal(["53122>8080 FA seq=6 ack=6", "8080>53122 FA seq=6 ack=7"], data[4..]);
        Assert.Equal("53122>8080 A seq=7 ack=7", PacketLines.Of(packets)[^1]);
        Assert.All(packets, packet =>
        {
            Assert.True(packet.Inferred);
            Assert.StartsWith("inferred: ", packet.Comment, StringComparison.Ordinal);
            Assert.Equal(LinkType.RawIp, packet.Link);
        });
    }

    [Fact]
    public void One_end_tells_the_whole_of_it()
    {
        IReadOnlyList<CapturedPacket> packets = EventPackets.Of(Echo().Recorded.Where(recorded => recorded.Event.Role == SocketRole.Client));
        Assert.Equal(
            [
                "53122>8080 S seq=0",
                "8080>53122 SA seq=0 ack=1",
                "53122>8080 A seq=1 ack=1",
                "53122>8080 PA seq=1 ack=1 \"halo\n\"",
                "8080>53122 PA seq=1 ack=6 \"HALO\n\"",
                "53122>8080 A seq=6 ack=6",
                "53122>8080 FA seq=6 ack=6",
                "8080>53122 FA seq=6 ack=7",
                "53122>8080 A seq=7 ack=7",
            ],
            PacketLines.Of(packets));
        Assert.Equal(
            ["connect()", "connect()", "connect()", "send()", "recv()", "recv()", "shutdown()", "recv() = 0", "recv() = 0"],
            packets.Select(packet => packet.Comment!["inferred: ".Length..]));
        Assert.Equal(
            [PacketDirection.Outbound, PacketDirection.Inbound, PacketDirection.Outbound, PacketDirection.Outbound, PacketDirection.Inbound],
            packets.Take(5).Select(packet => packet.Direction));
        // The SYN left when connect(2) began, the answer was there when it ended.
        Assert.Equal([1.0, 1.25, 1.25, 1.5, 1.8], packets.Take(5).Select(Milliseconds));
    }

    [Fact]
    public void The_SYN_tells_how_its_segments_are_cut()
    {
        foreach ((string address, int most) in (ReadOnlySpan<(string, int)>)[("127.0.0.1", 65_495), ("192.0.2.1", 1460), ("2001:db8::1", 1440), ("::1", 65_475)])
        {
            var story = new ToldStory();
            IPEndPoint server = new(IPAddress.Parse(address), 80), client = new(server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Parse("192.0.2.2") : IPAddress.Parse("2001:db8::2"), 5000);
            SocketScope scope = story.Open(SocketRole.Client, "tcp", client, server);
            story.At(1).Call(scope, SocketCall.Connect).Send(scope, new byte[100_000]);
            List<Packet> packets = [.. EventPackets.Of(story.Recorded).Select(packet => Packet.Decode(packet))];
            Assert.Equal((ushort)most, packets[0].Tcp!.Value.Options.MaximumSegmentSize);
            Assert.Equal((ushort)most, packets[1].Tcp!.Value.Options.MaximumSegmentSize);
            Assert.Equal(100_000, packets.Sum(packet => packet.PayloadLength));
            Assert.All(packets, packet => Assert.InRange(packet.PayloadLength, 0, most));
            Assert.Equal((100_000 + most - 1) / most, packets.Count(packet => packet.PayloadLength > 0));
            Assert.True(packets[^1].Tcp!.Value.Flags.HasFlag(TcpFlags.Psh));
        }
    }

    [Fact]
    public void More_than_a_window_is_never_under_way()
    {
        var story = new ToldStory();
        SocketScope client = story.Open(SocketRole.Client);
        story.At(1).Call(client, SocketCall.Connect);
        for (int i = 0; i < 40; i++)
            story.Send(client, new byte[1_000_000]);
        var tracker = new ConversationTracker();
        foreach (CapturedPacket captured in EventPackets.Of(story.Recorded))
            Assert.Equal(SegmentMarks.None, tracker.Add(Packet.Decode(captured))!.Marks); // neither full nor outside of it
        Assert.Equal(40_000_000, Assert.Single(tracker.Conversations).InitiatorBytes);
    }

    [Fact]
    public void A_refusal_is_a_SYN_and_an_RST()
    {
        var story = new ToldStory();
        SocketScope client = story.OpenBare(SocketRole.Client, "tcp", null, ToldStory.Server);
        story.At(1).Call(client, SocketCall.Socket).At(2, took: 0.5).Fail(client, SocketCall.Connect, SocketError.ConnectionRefused).Call(client, SocketCall.Close);
        IReadOnlyList<CapturedPacket> packets = EventPackets.Of(story.Recorded);
        Assert.Equal(["0>8080 S seq=0", "8080>0 RA seq=0 ack=1"], PacketLines.Of(packets));
        Assert.All(packets, packet => Assert.EndsWith("its port is not known", packet.Comment, StringComparison.Ordinal)); // the system takes it back at once
        Assert.Equal([1.5, 2.0], packets.Select(Milliseconds));
        Assert.All(packets, packet => Assert.Equal(IPAddress.Loopback, Packet.Decode(packet).Source));
    }

    [Theory]
    [InlineData(0, new double[] { 0, 1000, 3000, 7000 })] // RFC 6298: 1, 2, 4 s
    [InlineData(4, new double[] { 0, 1000, 2000, 3000, 4000, 5000, 7000 })] // Linux 6.5 and later
    public void A_connect_that_nobody_answers_sends_its_SYN_again(int linear, double[] times)
    {
        var peer = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 80);
        foreach (bool givenUp in (ReadOnlySpan<bool>)[false, true])
        {
            var story = new ToldStory();
            SocketScope client = story.OpenBare(SocketRole.Client, "tcp", null, peer);
            story.At(0).Call(client, SocketCall.Socket);
            if (givenUp)
                story.At(10_000).Call(client, SocketCall.Close, "given-up");
            else
                story.At(10_000, took: 10_000).Fail(client, SocketCall.Connect, SocketError.TimedOut);
            IReadOnlyList<CapturedPacket> packets = EventPackets.Of(story.Recorded, new() { LinearSynTimeouts = linear, SourceFor = _ => IPAddress.Parse("192.0.2.7") });
            Assert.Equal(times, packets.Select(packet => Math.Round(Milliseconds(packet), 1)));
            Assert.All(PacketLines.Of(packets), line => Assert.Equal("0>80 S seq=0", line));
            Assert.All(packets, packet => Assert.Equal(IPAddress.Parse("192.0.2.7"), Packet.Decode(packet).Source));
        }
    }

    [Fact]
    public void An_address_that_cannot_be_reached_shows_no_packet()
    {
        var story = new ToldStory();
        SocketScope client = story.OpenBare(SocketRole.Client, "tcp", null, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 80));
        story.At(0).Call(client, SocketCall.Socket).Fail(client, SocketCall.Connect, SocketError.NetworkUnreachable);
        Assert.Empty(EventPackets.Of(story.Recorded));
    }

    [Fact]
    public void A_reset_is_written_once_and_ends_it()
    {
        var story = new ToldStory();
        SocketScope client = story.Open(SocketRole.Client), server = story.Open(SocketRole.Server);
        story.At(1).Call(client, SocketCall.Connect).Call(server, SocketCall.Accept).At(2).Send(client, "x");
        story.At(3).Call(client, SocketCall.Abort, "abort").At(4).Fail(server, SocketCall.Receive, SocketError.ConnectionReset).Call(server, SocketCall.Close);
        Assert.Equal(["53122>8080 PA seq=1 ack=1 \"x\"", "53122>8080 RA seq=2 ack=1"], PacketLines.Of(EventPackets.Of(story.Recorded))[^2..]);
        // Told by the one who suffers it alone.
        Assert.Equal("53122>8080 RA seq=1 ack=1", PacketLines.Of(EventPackets.Of(story.Recorded.Where(recorded => recorded.Event.Role == SocketRole.Server)))[^1]);
    }

    [Fact]
    public void A_close_with_bytes_unread_is_what_the_other_end_says_it_was()
    {
        foreach (bool reset in (ReadOnlySpan<bool>)[true, false])
        {
            var story = new ToldStory();
            SocketScope client = story.Open(SocketRole.Client), server = story.Open(SocketRole.Server);
            story.At(1).Call(client, SocketCall.Connect).Call(server, SocketCall.Accept).At(2).Send(client, "x").At(3).Call(server, SocketCall.Close);
            if (reset)
                story.At(4).Fail(client, SocketCall.Receive, SocketError.ConnectionReset).Call(client, SocketCall.Close);
            else
                story.At(4).Receive(client, "").Call(client, SocketCall.Close);
            string[] ends = [.. PacketLines.Of(EventPackets.Of(story.Recorded)).Where(line => line.Contains(" FA ", StringComparison.Ordinal) || line.Contains(" RA ", StringComparison.Ordinal))];
            Assert.Equal(reset ? ["8080>53122 RA seq=1 ack=1"] : ["8080>53122 FA seq=1 ack=1", "53122>8080 FA seq=2 ack=2"], ends);
        }
    }

    [Fact]
    public void Who_closes_last_gets_the_last_acknowledgement()
    {
        var story = new ToldStory();
        SocketScope server = story.Open(SocketRole.Server);
        story.At(1).Call(server, SocketCall.Accept).At(2).Receive(server, "").At(3).Call(server, SocketCall.Shutdown, "half-close").Call(server, SocketCall.Close);
        IReadOnlyList<CapturedPacket> packets = EventPackets.Of(story.Recorded);
        Assert.Equal(["53122>8080 FA seq=1 ack=1", "8080>53122 A seq=1 ack=2", "8080>53122 FA seq=1 ack=2", "53122>8080 A seq=2 ack=2"], PacketLines.Of(packets)[^4..]);
        Assert.Equal("inferred: the last acknowledgement, which no call shows", packets[^1].Comment);
    }

    [Fact]
    public void An_end_that_never_answers_our_FIN_gets_none_made_up()
    {
        var story = new ToldStory();
        SocketScope client = story.Open(SocketRole.Client);
        story.At(1).Call(client, SocketCall.Connect).At(2).Call(client, SocketCall.Shutdown, "half-close").At(3).Call(client, SocketCall.Close);
        Assert.Equal("53122>8080 FA seq=1 ack=1", PacketLines.Of(EventPackets.Of(story.Recorded))[^1]);
    }

    [Fact]
    public void Bytes_that_were_not_kept_count_and_are_cut_off()
    {
        var story = new ToldStory();
        SocketScope client = story.Open(SocketRole.Client);
        story.At(1).Call(client, SocketCall.Connect).Keeping(3).Send(client, "abcdefgh").Keeping(100).Send(client, "xy");
        IReadOnlyList<CapturedPacket> packets = EventPackets.Of(story.Recorded);
        Assert.Equal(["53122>8080 PA seq=1 ack=1 8 bytes", "53122>8080 PA seq=9 ack=1 \"xy\""], PacketLines.Of(packets)[^2..]);
        Assert.Equal("abc", Encoding.ASCII.GetString(Packet.Decode(packets[^2]).Payload.Span));
        Assert.Equal("inferred: send(), 5 bytes not kept", packets[^2].Comment);
    }

    [Fact]
    public void A_recording_that_begins_late_or_has_a_gap_keeps_its_numbers()
    {
        var story = new ToldStory();
        SocketScope client = story.Open(SocketRole.Client);
        story.At(1).Call(client, SocketCall.Connect).At(2).Send(client, "abc").At(3).Send(client, "defg").At(4).Send(client, "h");
        string[] from = [.. PacketLines.Of(EventPackets.Of(story.Recorded.Where((_, index) => index != 2)))];
        Assert.Equal(["53122>8080 PA seq=1 ack=1 \"abc\"", "53122>8080 PA seq=8 ack=1 \"h\""], from[^2..]);
        Assert.Equal(2, EventPackets.Of(story.Recorded.Skip(2)).Count); // no SYN is made up for a beginning that was not told
    }

    [Fact]
    public void The_same_ports_again_are_another_connection()
    {
        var story = new ToldStory();
        for (int i = 0; i < 2; i++)
        {
            SocketScope client = story.Open(SocketRole.Client), server = story.Open(SocketRole.Server);
            story.At(1 + i).Call(client, SocketCall.Connect).Call(server, SocketCall.Accept).Call(client, SocketCall.Abort, "abort").Fail(server, SocketCall.Receive, SocketError.ConnectionReset);
        }

        List<TcpHeader> begins = [.. EventPackets.Of(story.Recorded).Select(packet => Packet.Decode(packet).Tcp!.Value).Where(tcp => tcp.Flags == TcpFlags.Syn)];
        Assert.Equal(2, begins.Count);
        Assert.NotEqual(begins[0].Sequence, begins[1].Sequence);
    }

    [Fact]
    public void What_TLS_carried_stands_in_the_clear_on_another_port()
    {
        var story = new ToldStory();
        SocketScope client = story.Open(SocketRole.Client, "tcp", ToldStory.Client, new IPEndPoint(IPAddress.Loopback, 443));
        SocketScope above = story.Open(SocketRole.Client, "tls", client.Local, client.Remote, client);
        story.At(1).Call(client, SocketCall.Connect).At(2).Send(client, "\u0016hello").At(3).Receive(client, "\u0016hello").At(4).Call(above, SocketCall.TlsHandshake, value: "TLSv1.3");
        story.At(5).Send(client, "\u0017????").Send(above, "GET /").At(6).Receive(client, "\u0017??").Receive(above, "200");
        story.At(7).Call(above, SocketCall.Shutdown, "close-notify").Call(client, SocketCall.Shutdown, "half-close").At(8).Receive(above, "").Receive(client, "").At(9).Call(above, SocketCall.Close).Call(client, SocketCall.Close);
        IReadOnlyList<CapturedPacket> packets = EventPackets.Of(story.Recorded);
        Assert.Equal(
            ["53122>80 S seq=0", "80>53122 SA seq=0 ack=1", "53122>80 A seq=1 ack=1", "53122>80 PA seq=1 ack=1 \"GET /\"", "80>53122 PA seq=1 ack=6 \"200\"", "53122>80 A seq=6 ack=4", "53122>80 FA seq=6 ack=4", "80>53122 FA seq=4 ack=7", "53122>80 A seq=7 ack=5"],
            PacketLines.Of(packets).Where(line => line.Contains(">80 ", StringComparison.Ordinal) || line.StartsWith("80>", StringComparison.Ordinal)));
        Assert.Contains("53122>443 PA seq=7 ack=7 \"\u0017????\"", PacketLines.Of(packets));
        Assert.All(
            packets.Where(packet => Packet.Decode(packet).Tcp is { SourcePort: 80 } or { DestinationPort: 80 }),
            packet => Assert.EndsWith("; plain text of the TLS between 127.0.0.1:53122 and 127.0.0.1:443", packet.Comment, StringComparison.Ordinal));
        Assert.DoesNotContain(PacketLines.Of(EventPackets.Of(story.Recorded, new() { PlainText = false })), line => line.Contains("GET", StringComparison.Ordinal));
        Assert.DoesNotContain(PacketLines.Of(EventPackets.Of(story.Recorded, new() { Carriers = false })), line => line.Contains("443", StringComparison.Ordinal));
    }

    [Fact]
    public void The_reset_of_a_connection_is_that_of_what_stood_on_it()
    {
        var story = new ToldStory();
        SocketScope client = story.Open(SocketRole.Client), above = story.Open(SocketRole.Client, "tls", parent: client);
        story.At(1).Call(client, SocketCall.Connect).Call(above, SocketCall.TlsHandshake).At(2).Send(above, "halo").At(3).Fail(client, SocketCall.Receive, SocketError.ConnectionReset);
        Assert.Equal("18080>53122 RA seq=1 ack=5", PacketLines.Of(EventPackets.Of(story.Recorded, new() { Carriers = false }))[^1]);
    }

    [Fact]
    public void Datagrams_are_one_packet_each_and_the_lost_one_is_there()
    {
        var story = new ToldStory();
        SocketScope server = story.OpenBare(SocketRole.Server, "udp", new IPEndPoint(IPAddress.Any, 8080), null), client = story.Open(SocketRole.Client, "udp");
        story.At(0).Call(server, SocketCall.Bind).Call(client, SocketCall.Connect);
        story.At(1).Datagram(client, SocketCall.Send, "satu", ToldStory.Server).At(1.1).Datagram(server, SocketCall.ReceiveFrom, "satu", ToldStory.Client);
        story.At(1.2).Datagram(server, SocketCall.SendTo, "SATU", ToldStory.Client).At(1.3).Datagram(client, SocketCall.Receive, "SATU", ToldStory.Server);
        story.At(2).Datagram(client, SocketCall.Send, "dua", ToldStory.Server);
        story.At(3).Datagram(client, SocketCall.Send, "tiga", ToldStory.Server).At(3.1).Datagram(server, SocketCall.ReceiveFrom, "ti", ToldStory.Client, "truncated");
        string[] both =
        [
            "127.0.0.1:53122>127.0.0.1:8080 UDP \"satu\"",
            "127.0.0.1:8080>127.0.0.1:53122 UDP \"SATU\"",
            "127.0.0.1:53122>127.0.0.1:8080 UDP \"dua\"",
            "127.0.0.1:53122>127.0.0.1:8080 UDP \"tiga\"",
        ];
        Assert.Equal(both, PacketLines.Of(EventPackets.Of(story.Recorded)));
        Assert.Equal(both, PacketLines.Of(EventPackets.Of(story.Recorded.Where(recorded => recorded.Event.Role == SocketRole.Client))));
        // The server alone knows neither what never came nor what did not fit.
        Assert.Equal([both[0], both[1], "127.0.0.1:53122>127.0.0.1:8080 UDP \"ti\""], PacketLines.Of(EventPackets.Of(story.Recorded.Where(recorded => recorded.Event.Role == SocketRole.Server))));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void A_refused_datagram_has_its_ICMP_message(string address)
    {
        var story = new ToldStory();
        var loopback = IPAddress.Parse(address);
        IPEndPoint own = new(loopback, 5000), peer = new(loopback, 53);
        SocketScope client = story.Open(SocketRole.Client, "udp", own, peer);
        story.At(0).Call(client, SocketCall.Connect).At(1).Datagram(client, SocketCall.Send, "halo", peer).At(2).Fail(client, SocketCall.Receive, SocketError.ConnectionRefused);
        IReadOnlyList<CapturedPacket> packets = EventPackets.Of(story.Recorded);
        Assert.Equal([$"{loopback}:5000>{loopback}:53 UDP \"halo\"", $"{loopback}>{loopback} port unreachable: {loopback}:5000>{loopback}:53"], PacketLines.Of(packets));
    }

    [Fact]
    public void Addresses_stand_as_they_go_over_the_wire()
    {
        var story = new ToldStory();
        IPAddress linkLocal = IPAddress.Parse("fe80::1%7"), other = IPAddress.Parse("fe80::2%7");
        SocketScope client = story.Open(SocketRole.Client, "tcp", new IPEndPoint(linkLocal, 5000), new IPEndPoint(other, 80));
        SocketScope server = story.Open(SocketRole.Server, "tcp", new IPEndPoint(IPAddress.Parse("::ffff:192.0.2.1"), 80), new IPEndPoint(IPAddress.Parse("::ffff:192.0.2.9"), 6000));
        story.At(1).Call(client, SocketCall.Connect).Call(server, SocketCall.Accept);
        IReadOnlyList<CapturedPacket> packets = EventPackets.Of(story.Recorded);
        Assert.Equal((IPAddress.Parse("fe80::1"), IPAddress.Parse("fe80::2")), (Packet.Decode(packets[0]).Source, Packet.Decode(packets[0]).Destination));
        Assert.Equal((IPAddress.Parse("192.0.2.9"), IPAddress.Parse("192.0.2.1")), (Packet.Decode(packets[3]).Source, Packet.Decode(packets[3]).Destination));
    }

    [Fact]
    public void A_Unix_socket_has_no_packets_and_is_counted()
    {
        var story = new ToldStory();
        SocketScope client = story.Open(SocketRole.Client, "unix", new UnixDomainSocketEndPoint("/tmp/a"), new UnixDomainSocketEndPoint("/tmp/b"));
        story.At(1).Call(client, SocketCall.Connect).Send(client, "halo").Receive(client, "halo");
        var packets = new List<CapturedPacket>();
        var made = new EventPackets(packets.Add);
        foreach (RecordedEvent recorded in story.Recorded)
            made.Add(in recorded);
        made.End();
        Assert.Empty(packets);
        Assert.Equal(1, made.WithoutPackets);
    }

    [Fact]
    public async Task A_real_exchange_is_whole()
    {
        var recording = new RecordingObserver(capacity: 100_000, bytesPerEvent: 1_000_000);
        byte[] message = new byte[200_000];
        Random.Shared.NextBytes(message);
        await EchoExchange.RunAsync(new SocketEvents(recording), message, TestContext.Current.CancellationToken);
        IReadOnlyList<CapturedPacket> packets = EventPackets.Of(recording.Snapshot());
        List<Packet> decoded = [.. packets.Select(packet => Packet.Decode(packet))];
        ushort port = decoded[0].Tcp!.Value.DestinationPort;
        Assert.Equal(TcpFlags.Syn, decoded[0].Tcp!.Value.Flags);
        foreach (bool toServer in (ReadOnlySpan<bool>)[true, false])
        {
            List<Packet> there = [.. decoded.Where(packet => (packet.Tcp!.Value.DestinationPort == port) == toServer && packet.Tcp.Value is not { SourcePort: 0 } and not { DestinationPort: 0 })];
            Assert.Equal(message, there.SelectMany(packet => packet.Payload.ToArray()));
            uint next = there[0].Tcp!.Value.Sequence;
            foreach (Packet packet in there.Where(packet => packet.PayloadLength > 0 || (packet.Tcp!.Value.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0))
            {
                Assert.Equal(next, packet.Tcp!.Value.Sequence);
                next += (uint)packet.PayloadLength + ((packet.Tcp.Value.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1u : 0);
            }

            Assert.Single(there, packet => packet.Tcp!.Value.Flags.HasFlag(TcpFlags.Fin));
        }

        Assert.Equal([TcpFlags.Syn, TcpFlags.Rst | TcpFlags.Ack], decoded.Where(packet => packet.Tcp!.Value is { SourcePort: 0 } or { DestinationPort: 0 }).Select(packet => packet.Tcp!.Value.Flags)); // the refused one
    }

    [Fact]
    public void Whatever_the_pieces_and_whoever_tells_first_each_byte_is_there_once_and_in_its_place()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var story = new ToldStory();
            SocketScope client = story.Open(SocketRole.Client), server = story.Open(SocketRole.Server);
            byte[][] streams = [new byte[random.Next(200_000)], new byte[random.Next(3000)]];
            random.NextBytes(streams[0]);
            random.NextBytes(streams[1]);
            // Four threads that each keep their own order: who sends and who receives, both ways.
            List<Queue<Action>> threads = [Pieces(client, SocketCall.Send, streams[0]), Pieces(server, SocketCall.Receive, streams[0]), Pieces(server, SocketCall.Send, streams[1]), Pieces(client, SocketCall.Receive, streams[1])];
            bool first = random.Next(2) == 0;
            story.At(1).Call(first ? client : server, first ? SocketCall.Connect : SocketCall.Accept).Call(first ? server : client, first ? SocketCall.Accept : SocketCall.Connect);
            while (threads.Exists(thread => thread.Count > 0))
            {
                if (threads[random.Next(4)].TryDequeue(out Action? step))
                    step();
            }

            List<Packet> packets = [.. EventPackets.Of(story.Recorded).Select(packet => Packet.Decode(packet))];
            var tracker = new ConversationTracker();
            Assert.All(packets, packet => Assert.Equal(SegmentMarks.None, tracker.Add(packet)!.Marks));
            Assert.Equal(2, packets.Count(packet => packet.Tcp!.Value.Flags.HasFlag(TcpFlags.Syn)));
            Assert.Equal(2, packets.Count(packet => packet.Tcp!.Value.Flags.HasFlag(TcpFlags.Fin)));
            for (int i = 0; i < 2; i++)
            {
                List<Packet> there = [.. packets.Where(packet => packet.Tcp!.Value.DestinationPort == (i == 0 ? 8080 : 53122))];
                uint begin = there.First(packet => packet.Tcp!.Value.Flags.HasFlag(TcpFlags.Syn)).Tcp!.Value.Sequence + 1;
                byte[] found = new byte[streams[i].Length];
                int bytes = 0;
                foreach (Packet packet in there.Where(packet => packet.PayloadLength > 0))
                {
                    packet.Payload.CopyTo(found.AsMemory((int)(packet.Tcp!.Value.Sequence - begin)));
                    bytes += packet.PayloadLength;
                }

                Assert.Equal(streams[i].Length, bytes);
                Assert.Equal(streams[i], found);
            }

            Queue<Action> Pieces(SocketScope scope, SocketCall call, byte[] stream)
            {
                var pieces = new Queue<Action>();
                for (int at = 0; at < stream.Length;)
                {
                    byte[] piece = stream[at..Math.Min(stream.Length, at + random.Next(1, 90_000))];
                    pieces.Enqueue(() => _ = call == SocketCall.Send ? story.Send(scope, piece) : story.Receive(scope, piece));
                    at += piece.Length;
                }

                pieces.Enqueue(() => _ = call == SocketCall.Send ? story.Call(scope, SocketCall.Shutdown, "half-close") : story.Receive(scope, ""));
                return pieces;
            }
        }
    }

    private static double Milliseconds(CapturedPacket packet) => (packet.Nanoseconds - ((ToldStory.Start - DateTime.UnixEpoch).Ticks * 100)) / 1e6;

    private static ToldStory Echo()
    {
        var story = new ToldStory();
        SocketScope client = story.Open(SocketRole.Client), server = story.Open(SocketRole.Server);
        story.At(0.5).Call(client, SocketCall.Socket).At(1.25, took: 0.25).Call(client, SocketCall.Connect).At(1.3).Call(server, SocketCall.Accept);
        story.At(1.5).Send(client, "halo\n").At(1.6).Receive(server, "halo\n").At(1.7).Send(server, "HALO\n").At(1.8).Receive(client, "HALO\n");
        story.At(2).Call(client, SocketCall.Shutdown, "half-close").At(2.1).Receive(server, "").At(2.2).Call(server, SocketCall.Shutdown, "half-close").Call(server, SocketCall.Close);
        return story.At(2.4).Receive(client, "").At(2.5).Call(client, SocketCall.Close);
    }
}
