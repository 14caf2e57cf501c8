using System.Buffers.Binary;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Capture;
using Soket.Protocols.Dns;
using Soket.Protocols.WebSocket;
using Xunit;

namespace Soket.Tests.Capture;

/// <summary>The messages of applications: what they say, and in which packet they end.</summary>
public sealed class ApplicationTests
{
    private const string Get = "GET /index.html?q=1 HTTP/1.1\r\nHost: example.com\r\n\r\n";

    [Fact]
    public void A_request_ends_in_the_packet_that_brings_the_last_of_it()
    {
        Wire wire = new Wire().Handshake();
        List<TracedPacket> told = wire.Say(true, Get, segment: 20);
        Assert.All(told[..^1], packet => Assert.Empty(packet.Messages));
        Assert.Equal(new ApplicationMessage("HTTP", "GET /index.html?q=1 HTTP/1.1", Get.Length), Assert.Single(told[^1].Messages));
        Assert.Equal("HTTP", wire.Conversation.Application);
    }

    [Fact]
    public void A_head_and_its_body_are_two_messages()
    {
        Wire wire = new Wire().Handshake();
        wire.Say(true, Get);
        string body = new('x', 5000);
        List<TracedPacket> told = wire.Say(false, "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5000\r\n\r\n" + body);
        Assert.Equal(["HTTP/1.1 200 OK"], Summaries(told[0]));
        Assert.Equal([new ApplicationMessage("HTTP", "body, 5000 B, text/plain", 5000)], told[^1].Messages);
        Assert.Equal(2, told.Sum(packet => packet.Messages.Count));
    }

    [Fact]
    public void A_connection_that_stays_carries_one_exchange_after_the_other()
    {
        Wire wire = new Wire().Handshake();
        Assert.Equal(["GET /a HTTP/1.1", "HEAD /b HTTP/1.1", "POST /c HTTP/1.1", "body, 3 B"],
            Summaries(wire.Say(true, "GET /a HTTP/1.1\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nPOST /c HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")));
        Assert.Equal(["HTTP/1.1 200 OK", "body, 5 B", "HTTP/1.1 200 OK", "HTTP/1.1 100 Continue", "HTTP/1.1 204 No Content"],
            Summaries(wire.Say(false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
                + "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")));
    }

    [Fact]
    public void A_body_without_a_length_ends_with_the_connection()
    {
        Wire wire = new Wire().Handshake();
        wire.Say(true, "GET / HTTP/1.0\r\n\r\n");
        Assert.Equal(["HTTP/1.0 200 OK"], Summaries(wire.Say(false, "HTTP/1.0 200 OK\r\n\r\nhello")));
        Assert.Equal(["body, 5 B"], Summaries(wire.Close(false)));
    }

    [Fact]
    public void A_body_that_the_capture_lacks_in_part_still_ends_where_it_ends()
    {
        Wire wire = new Wire().Handshake();
        wire.Say(true, Get);
        wire.Say(false, "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n");
        wire.Miss(false, 2000);
        wire.Say(false, new string('x', 990));
        wire.Acknowledge(true);
        Assert.Equal(["body, 3000 B", "HTTP/1.1 404 Not Found"], Summaries(wire.Say(false, new string('x', 10) + "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")));
    }

    [Fact]
    public void After_bytes_that_are_missing_the_next_head_is_found()
    {
        Wire wire = new Wire().Handshake();
        wire.Say(true, Get);
        wire.Say(false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe");
        wire.Miss(false, 100);
        wire.Acknowledge(true);
        Assert.Empty(Summaries(wire.Say(false, "in the middle of something")));
        Assert.Equal(["HTTP/1.1 200 OK"], Summaries(wire.Say(false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")));
    }

    [Fact]
    public void A_capture_that_keeps_the_first_bytes_of_packets_still_shows_heads_that_fit()
    {
        Wire wire = new Wire { Snap = 120 }.Handshake();
        Assert.Equal(["GET / HTTP/1.1"], Summaries(wire.Say(true, "GET / HTTP/1.1\r\n\r\n")));
        Assert.Equal(["HTTP/1.1 200 OK", "body, 4000 B"], Summaries(wire.Say(false, "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + new string('x', 4000))));
        Assert.Equal(["GET /2 HTTP/1.1"], Summaries(wire.Say(true, "GET /2 HTTP/1.1\r\n\r\n")));
    }

    [Fact]
    public void Out_of_order_segments_are_read_in_their_order()
    {
        Wire wire = new Wire().Handshake();
        Assert.Empty(wire.C(Wire.Push, 11, 1, Get[10..]).Messages);
        Assert.Equal(["GET /index.html?q=1 HTTP/1.1"], Summaries(wire.C(Wire.Push, 1, 1, Get[..10])));
    }

    [Fact]
    public void What_only_looks_like_a_protocol_is_none()
    {
        Wire wire = new Wire().Handshake();
        Assert.Empty(Summaries(wire.Say(true, "HELLO\r\nthis is a chat\r\n")));
        Assert.Empty(Summaries(wire.Say(false, "220 mail.example ESMTP\r\n")));
        Assert.Null(wire.Conversation.Application);
    }

    [Fact]
    public void A_long_line_of_a_peer_is_cut()
    {
        Wire wire = new Wire().Handshake();
        string summary = Assert.Single(Summaries(wire.Say(true, $"GET /{new string('a', 3000)} HTTP/1.1\r\n\r\n")));
        Assert.Equal(120, summary.Length);
    }

    [Fact]
    public void After_an_upgrade_the_messages_of_a_WebSocket_are_told()
    {
        Wire wire = new Wire().Handshake();
        wire.Say(true, "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
        wire.Say(false, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
        Assert.Equal(["Text, 5 B: Hello"], Summaries(wire.Say(true, Convert.FromHexString("818537fa213d7f9f4d5158"))));
        Assert.Equal(["Text, 5 B: Hello"], Summaries(wire.Say(false, Convert.FromHexString("010348656c80026c6f"), segment: 3)));
        List<TracedPacket> binary = wire.Say(false, [0x82, 0x7E, 0x0F, 0xA0, .. new byte[4000]]);
        Assert.Equal(["Binary, 4000 B"], Summaries(binary[^1]));
        Assert.Equal(["Ping, 0 B"], Summaries(wire.Say(false, [0x89, 0])));
        byte[] close = CloseCode.Write(1000, "bye");
        Assert.Equal(["Close 1000 bye"], Summaries(wire.Say(false, [0x88, (byte)close.Length, .. close])));
        Assert.Equal("WebSocket", wire.Conversation.Application);
    }

    [Fact]
    public void Compressed_text_is_not_shown_as_text()
    {
        Wire wire = new Wire().Handshake();
        wire.Say(true, "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
        wire.Say(false, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
        Assert.Equal(["Text, permessage-deflate, 7 B"], Summaries(wire.Say(false, Convert.FromHexString("c107f248cdc9c90700"))));
    }

    [Fact]
    public void A_query_and_its_reply_in_datagrams()
    {
        var wire = new Wire { To = new(IPAddress.Parse("198.51.100.53"), 53) };
        Assert.Equal(["QUERY example.com. A"], Summaries(wire.Datagram(true, Query())!));
        Assert.Equal(["NOERROR example.com. A 192.0.2.10"], Summaries(wire.Datagram(false, Reply())!));
    }

    [Fact]
    public void On_another_port_a_query_is_known_by_its_form_and_other_bytes_are_not()
    {
        var wire = new Wire { To = new(IPAddress.Parse("198.51.100.53"), 5300) };
        Assert.Equal(["QUERY example.com. A"], Summaries(wire.Datagram(true, Query())!));
        Assert.Empty(Summaries(wire.Datagram(true, "hello, is there anybody out there?"u8.ToArray())!));
        Assert.Empty(Summaries(wire.Datagram(true, Query()[..^1])!));
    }

    [Theory]
    [InlineData(53)]
    [InlineData(5300)]
    public void On_a_stream_each_message_has_its_length_before_it(int port)
    {
        Wire wire = new Wire { To = new(IPAddress.Parse("198.51.100.53"), port) }.Handshake();
        Assert.Equal(["QUERY example.com. A", "QUERY example.com. A"], Summaries(wire.Say(true, [.. Prefixed(Query()), .. Prefixed(Query())], segment: port == 53 ? 7 : 1460)));
        Assert.Equal(["NOERROR example.com. A 192.0.2.10"], Summaries(wire.Say(false, Prefixed(Reply()))));
    }

    [Fact]
    public void Whatever_bytes_come_nothing_fails() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500),
        Prop.ForAll(Sayings.ToArbitrary(), said =>
        {
            Wire wire = new Wire().Handshake();
            foreach ((bool client, int kind, byte[] bytes) in said)
            {
                byte[] begin = (kind % 8) switch
                {
                    0 => "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
                    1 => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(),
                    2 => [0x16, 3, 1, 0, 8, 1, 0, 0, 4],
                    3 => [0x17, 3, 3, 0, 4],
                    4 => "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"u8.ToArray(),
                    5 => Prefixed(Query()),
                    6 => "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n"u8.ToArray(),
                    _ => [],
                };
                wire.Say(client, [.. begin, .. bytes], segment: 1 + (kind / 8));
                if (kind > 250)
                    wire.Miss(client, kind);
            }

            return true;
        }));

    private static Gen<(bool Client, int Kind, byte[] Bytes)[]> Sayings =>
        (from client in Gen.Elements(true, false)
         from kind in Gen.Choose(0, 255)
         from bytes in ArbMap.Default.ArbFor<byte[]>().Generator
         select (client, kind, bytes)).ArrayOf();

    private static byte[] Query() => new DnsMessage { Id = 7, Flags = DnsHeaderBits.RecursionDesired, Questions = [Question] }.ToBytes();

    private static byte[] Reply() => new DnsMessage
    {
        Id = 7,
        Flags = DnsHeaderBits.Response,
        Questions = [Question],
        Answers = [new(Question.Name, DnsType.A, Question.Class, 60, new Soket.Protocols.Dns.Records.AddressData(IPAddress.Parse("192.0.2.10")))],
    }.ToBytes();

    private static DnsQuestion Question => new(DnsName.Parse("example.com."), DnsType.A, new(1));

    private static byte[] Prefixed(byte[] message)
    {
        byte[] bytes = [0, 0, .. message];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)message.Length);
        return bytes;
    }

    private static string[] Summaries(TracedPacket packet) => [.. packet.Messages.Select(message => message.Summary)];

    private static string[] Summaries(List<TracedPacket> packets) => [.. packets.SelectMany(Summaries)];
}
