using System.Globalization;
using Soket.Capture;
using Soket.Events;
using Xunit;

namespace Soket.Linux.Tests.Capture;

/// <summary>That tshark sees the same conversations, numbers and marks in what the kernel really sends: with loss, without room, kept alive, reset.</summary>
public sealed class TsharkFlowTests
{
    // Each line is one thing to do; it answers when it is done. "hold" leaves a connection open until the next line.
    private const string Traffic = """
        import os, socket, struct, sys, threading
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}) # over two processors the loopback does not keep the order
        held = []
        def listen(port=0, room=None):
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if room: s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
            s.bind(('127.0.0.1', port)); s.listen(); return s
        def exchange6():
            l = socket.create_server(('::1', 0), family=socket.AF_INET6); c = socket.create_connection(l.getsockname()[:2]); s, _ = l.accept(); l.close()
            s.sendall(b'hello'); c.recv(5); s.close(); c.recv(1); c.close()
        def pair(port=0, source=None, room=None):
            l = listen(port, room); c = socket.socket()
            if source: c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); c.bind(('127.0.0.1', source))
            c.connect(l.getsockname()); s, _ = l.accept(); l.close(); return c, s
        def drain(s):
            n = 0
            while True:
                b = s.recv(65536)
                if not b: return n
                n += len(b)
        def move(c, s, size):
            t = threading.Thread(target=lambda: (c.sendall(b'a' * size), c.shutdown(socket.SHUT_WR))); t.start()
            n = drain(s); t.join(); s.sendall(b'%d' % n); s.close(); drain(c); c.close()
        def abort(s):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()
        def exchange():
            c, s = pair(); c.sendall(b'hello'); s.recv(5); s.sendall(b'hello you'); c.recv(9); c.close(); s.recv(1); s.close()
        def bulk(): move(*pair(), 1000000)
        def refused():
            l = listen(); at = l.getsockname(); l.close()
            try: socket.create_connection(at)
            except ConnectionRefusedError: pass
        def reset():
            c, s = pair(); c.sendall(b'unread'); s.recv(1); s.close()
            try: c.recv(1)
            except ConnectionResetError: pass
            c.close()
        def aborted():
            c, s = pair(); c.sendall(b'hello'); s.recv(5); abort(c)
            try: s.recv(1)
            except ConnectionResetError: pass
            s.close()
        def reused():
            for _ in range(3):
                c, s = pair(7001, 7002); c.sendall(b'hello'); s.recv(5); abort(c); s.close()
        def alive():
            c, s = pair(); c.sendall(b'hello'); s.recv(5)
            c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1); c.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
            held.append((c, s))
        def full():
            c, s = pair(room=4096); c.setblocking(False)
            try:
                while True: c.send(b'a' * 10000)
            except BlockingIOError: pass
            held.append((c, s))
        def emptied():
            c, s = held.pop(); c.setblocking(True); c.shutdown(socket.SHUT_WR); drain(s); s.close(); c.close()
        def both():
            c, s = pair(); t = threading.Thread(target=lambda: c.shutdown(socket.SHUT_WR)); t.start(); s.shutdown(socket.SHUT_WR); t.join()
            drain(c); drain(s); c.close(); s.close()
        def http():
            import http.client, http.server
            class H(http.server.BaseHTTPRequestHandler):
                protocol_version = 'HTTP/1.1'
                def do_GET(self):
                    b = b'x' * int(self.path.split('=')[1]); self.send_response(200); self.send_header('Content-Length', str(len(b))); self.end_headers(); self.wfile.write(b)
                def log_message(self, *a): pass
            w = http.server.HTTPServer(('127.0.0.1', 0), H); threading.Thread(target=w.serve_forever, daemon=True).start()
            c = http.client.HTTPConnection(*w.server_address)
            for n in (5, 20000, 0): c.request('GET', '/?n=%d' % n); c.getresponse().read()
            c.close(); w.shutdown()
        def dns():
            n = b'\x07example\x04test\x00\x00\x01\x00\x01'; q = bytes.fromhex('123401000001000000000000') + n
            a = bytes.fromhex('123481800001000100000000') + n + bytes.fromhex('c00c00010001000000010004c0000201')
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 53)); c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            c.sendto(q, ('127.0.0.1', 53)); _, who = s.recvfrom(512); s.sendto(a, who); c.recv(512); s.close()
            c.connect(('127.0.0.1', 53)); c.send(q)
            try: c.recv(512)
            except ConnectionRefusedError: pass
            c.close()
        def tls():
            import ssl, subprocess, tempfile
            with tempfile.TemporaryDirectory() as d:
                subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', d + '/k', '-out', d + '/c', '-subj', '/CN=example.test', '-days', '1'], check=True, capture_output=True)
                for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); theirs.load_cert_chain(d + '/c', d + '/k'); theirs.set_alpn_protocols(['http/1.1'])
                    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT); ours.check_hostname = False; ours.verify_mode = ssl.CERT_NONE; ours.set_alpn_protocols(['h2', 'http/1.1'])
                    ours.minimum_version = ours.maximum_version = version
                    c, s = pair()
                    def serve(): w = theirs.wrap_socket(s, server_side=True); w.recv(5); w.sendall(b'hello you'); w.close()
                    t = threading.Thread(target=serve); t.start()
                    w = ours.wrap_socket(c, server_hostname='www.example.test'); w.sendall(b'hello'); w.recv(9); w.close(); t.join()
        print('ready')
        for line in sys.stdin:
            for name in line.split(): globals()[name]()
            print('done')
        """;

    private static readonly (SegmentMarks Marks, string[] Fields)[] Same =
    [
        (SegmentMarks.Retransmission | SegmentMarks.OutOfOrder | SegmentMarks.Overlap, ["retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order"]),
        (SegmentMarks.Gap, ["lost_segment"]),
        (SegmentMarks.AckOfUnseen, ["ack_lost_segment"]),
        (SegmentMarks.DuplicateAck, ["duplicate_ack"]),
        (SegmentMarks.ZeroWindow, ["zero_window"]),
        (SegmentMarks.WindowUpdate, ["window_update"]),
        (SegmentMarks.WindowFull, ["window_full"]),
        // Linux asks a peer without room with a segment that has the form of a keep-alive, and tshark calls it one.
        (SegmentMarks.KeepAlive | SegmentMarks.ZeroWindowProbe, ["keep_alive", "zero_window_probe"]),
        (SegmentMarks.KeepAliveAck, ["keep_alive_ack"]),
    ];

    private static readonly string[] Names = [.. Same.SelectMany(pair => pair.Fields).Distinct().Select(name => "tcp.analysis." + name)];

    [Fact]
    public void Exchanges_closes_refusals_and_resets() => Captured("exchange bulk refused reset aborted both exchange6", null, (capture, tracker) =>
    {
        List<TracedPacket?> traced = Compare(capture);
        None(traced, SegmentMarks.Gap | SegmentMarks.OutOfOrder | SegmentMarks.OutOfWindow | SegmentMarks.AckOfUnseen | SegmentMarks.Conflict);
        Conversation[] told = [.. tracker.Conversations.Where(conversation => conversation.Kind == ConversationKind.Tcp)];
        Assert.Equal(7, told.Length);
        Assert.All(told, conversation => Assert.True(conversation.SawBeginning));
        Assert.All(told.Where(conversation => conversation != told[2]), conversation => Assert.NotNull(conversation.HandshakeRoundTrip));
        Assert.Equal((SocketState.TimeWait, SocketState.Closed), (told[0].InitiatorState, told[0].ResponderState));
        // On a busy machine an acknowledgement comes late, and bytes are sent again though nothing was lost.
        Assert.Equal(1_000_000, told[1].Packets.Where(packet => packet.FromInitiator && (packet.Marks & SegmentMarks.Retransmission) == 0).Sum(packet => packet.Length));
        Assert.All(told[2..5], conversation => Assert.Equal((SocketState.Closed, SocketState.Closed), (conversation.InitiatorState, conversation.ResponderState)));
        Assert.Contains(traced, packet => packet!.ResponderState == SocketState.SynReceived);
        Assert.Contains(told[5].InitiatorState, (SocketState[])[SocketState.TimeWait, SocketState.Closed]);
    });

    [Theory]
    [InlineData(false)] // behind the capture: what is lost was seen, and is seen again
    [InlineData(true)] // before it: what is lost leaves a gap
    public void Loss(bool before) => Captured("bulk bulk exchange exchange", before, (capture, _) =>
    {
        List<TracedPacket?> traced = Compare(capture);
        Assert.Contains(traced, packet => (packet!.Marks & SegmentMarks.Retransmission) != 0);
        Assert.Equal(before, traced.Any(packet => (packet!.Marks & SegmentMarks.Gap) != 0));
        // On one processor the loopback keeps the order: whatever comes late was sent twice. Of what fills a gap soon enough nobody can tell, tshark neither.
        None(traced, (before ? SegmentMarks.None : SegmentMarks.OutOfOrder) | SegmentMarks.Conflict | SegmentMarks.OutOfWindow);
    });

    [Fact]
    public void A_reader_that_does_not_read() => Captured("full", null, (capture, _) =>
    {
        List<TracedPacket?> traced = Compare(capture);
        foreach (SegmentMarks mark in (SegmentMarks[])[SegmentMarks.ZeroWindow, SegmentMarks.ZeroWindowProbe, SegmentMarks.WindowUpdate])
            Assert.Contains(traced, packet => (packet!.Marks & mark) != 0);
        None(traced, SegmentMarks.OutOfWindow | SegmentMarks.KeepAlive);
    }, packet => (packet.Marks & SegmentMarks.ZeroWindowProbe) != 0, "emptied");

    [Fact]
    public void A_connection_that_is_kept_alive() => Captured("alive", null, (capture, _) =>
        Assert.Contains(Compare(capture), packet => (packet!.Marks & SegmentMarks.KeepAliveAck) != 0),
        packet => (packet.Marks & SegmentMarks.KeepAliveAck) != 0, "emptied");

    [Fact]
    public void The_same_ports_again() => Captured("reused", null, (capture, tracker) =>
    {
        Compare(capture);
        Assert.Equal(3, tracker.Conversations.Count(conversation => conversation.Kind == ConversationKind.Tcp));
    });

    [Fact]
    public void Requests_responses_queries_and_an_error_of_ICMP() => Captured("http dns", null, (capture, tracker) =>
    {
        List<TracedPacket?> traced = Compare(capture);
        List<Dictionary<string, string>> rows = Tshark.Fields(capture.File, "http.request.uri", "dns.qry.name", "icmp.code");
        for (int i = 0; i < rows.Count; i++)
        {
            string[] messages = [.. traced[i]!.Messages.Select(message => message.Summary)];
            string uri = rows[i]["http.request.uri"];
            Assert.Equal(uri.Length > 0 ? [$"GET {uri} HTTP/1.1"] : [], messages.Where(message => message.StartsWith("GET", StringComparison.Ordinal)));
            if (rows[i]["icmp.code"].Length > 0)
                Assert.Equal(("port unreachable", false), (traced[i]!.Icmp, traced[i]!.FromInitiator));
            else
                Assert.Equal(rows[i]["dns.qry.name"].Length > 0, messages.Any(message => message.Contains($" {rows[i]["dns.qry.name"]}. A", StringComparison.Ordinal)));
        }

        string[] all = [.. traced.SelectMany(packet => packet!.Messages).Select(message => message.Summary)];
        Assert.Equal(["body, 5 B", "body, 20000 B"], all.Where(message => message.StartsWith("body", StringComparison.Ordinal)));
        Assert.Equal(3, all.Count(message => message == "HTTP/1.1 200 OK"));
        Assert.Contains("NOERROR example.test. A 192.0.2.1", all);
        Assert.Contains(tracker.Conversations, conversation => conversation.IcmpErrors == 1);
    });

    [Fact]
    public void Handshakes_of_TLS() => Captured("tls", null, (capture, _) =>
    {
        List<TracedPacket?> traced = Compare(capture);
        List<Dictionary<string, string>> rows = Tshark.Fields(capture.File, "tls.handshake.type", "tls.handshake.extensions_server_name", "tls.handshake.ciphersuite");
        Dictionary<string, string> types = new() { ["1"] = "ClientHello", ["2"] = "ServerHello", ["4"] = "NewSessionTicket", ["11"] = "Certificate", ["12"] = "ServerKeyExchange", ["14"] = "ServerHelloDone", ["16"] = "ClientKeyExchange" };
        for (int i = 0; i < rows.Count; i++)
        {
            string[] messages = [.. traced[i]!.Messages.Select(message => message.Summary)];
            string[] theirs = rows[i]["tls.handshake.type"].Split('|', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(theirs.Select(type => types[type]), messages.Where(message => types.ContainsValue(message.Split(',')[0])).Select(message => message.Split(',')[0]));
            if (rows[i]["tls.handshake.extensions_server_name"] is { Length: > 0 } name)
                Assert.Contains($", SNI {name}, ALPN h2 http/1.1, ", messages[0], StringComparison.Ordinal);
            if (theirs.Contains("2"))
                Assert.Contains(((System.Net.Security.TlsCipherSuite)Convert.ToInt32(rows[i]["tls.handshake.ciphersuite"], 16)).ToString(), messages[0], StringComparison.Ordinal);
        }

        string[] all = [.. traced.SelectMany(packet => packet!.Messages).Select(message => message.Summary)];
        Assert.Equal(2, all.Count(message => message.StartsWith("ClientHello", StringComparison.Ordinal)));
        Assert.Contains("Certificate, CN=example.test", all);
    });

    // Numbers, windows, streams and marks of every TCP segment, and the round trip of every handshake.
    private static List<TracedPacket?> Compare(LoopbackCapture capture)
    {
        var conversations = new List<Conversation?>();
        List<TracedPacket?> traced = capture.Read(out _, conversations);
        List<Dictionary<string, string>> rows = Tshark.Fields(
            capture.File, ["tcp.stream", "tcp.seq", "tcp.ack", "tcp.len", "tcp.window_size", "tcp.flags", "tcp.analysis.initial_rtt", .. Names]);
        Assert.Equal(rows.Count, traced.Count);
        var streams = new Dictionary<string, Conversation>();
        for (int i = 0; i < rows.Count; i++)
        {
            Dictionary<string, string> row = rows[i];
            // Of an ICMP error tshark takes the segment apart that it quotes.
            if (row["tcp.stream"].Length == 0 || traced[i]!.Icmp is not null)
                continue;
            TracedPacket packet = traced[i]!;
            string frame = $"frame {i + 1}";
            Assert.True(streams.TryAdd(row["tcp.stream"], conversations[i]!) || streams[row["tcp.stream"]] == conversations[i], frame + ": another conversation");
            string acknowledged = (packet.Flags & Soket.Protocols.Packets.TcpFlags.Ack) != 0 ? row["tcp.ack"] : "-1";
            Assert.Equal((frame, row["tcp.seq"], acknowledged, row["tcp.len"], row["tcp.window_size"]),
                (frame, Text(packet.Sequence), Text(packet.Acknowledgment), Text(packet.Length), Text(packet.Window)));
            Assert.Equal(Convert.ToInt32(row["tcp.flags"], 16), (int)packet.Flags);
            foreach ((SegmentMarks marks, string[] fields) in Same)
            {
                bool theirs = fields.Any(field => row["tcp.analysis." + field].Length > 0);
                Assert.True(theirs == ((packet.Marks & marks) != 0), $"{frame}: {packet.Marks}, and tshark: {string.Join(' ', Names.Where(name => row[name].Length > 0))}");
            }

            // Of a refusal tshark counts a round trip too, though there is no handshake.
            if (row["tcp.analysis.initial_rtt"] is { Length: > 0 } roundTrip && conversations[i]!.HandshakeRoundTrip is { } own)
                Assert.Equal(double.Parse(roundTrip, CultureInfo.InvariantCulture), own.TotalSeconds, tolerance: 2e-7);
        }

        return traced;
    }

    private static void None(List<TracedPacket?> traced, SegmentMarks marks) =>
        Assert.Empty(traced.Where(packet => (packet!.Marks & marks) != 0).Select(packet => $"frame {packet!.Number}: {packet.Marks}"));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Captured(string lines, bool? lossBefore, Action<LoopbackCapture, ConversationTracker> check, Func<TracedPacket, bool>? awaited = null, string? then = null)
    {
        LoopbackCapture.Require("tshark");
        Namespace.Run(() =>
        {
            // Segments as a network has them, and not the kernel's own of 64 KiB.
            Namespace.Tool("ip link set lo mtu 1500 gso_max_size 1500 up");
            if (lossBefore is not null)
            {
                LoopbackCapture.Require("nft");
                Namespace.Tool("nft add table inet loss");
                Namespace.Tool("nft add chain inet loss some { type filter hook input priority 0 ; }");
                // By IP's own number, which counts up: so the capture can be told to leave out the very packets that are lost.
                Namespace.Tool("nft add rule inet loss some meta l4proto tcp ip id & 31 == 7 drop");
            }

            // On a busy machine tcpdump loses packets, and then the capture shows nothing of the kind that is asked for.
            for (int tries = 0; tries < 10; tries++)
            {
                using LoopbackCapture capture = LoopbackCapture.Start(lossBefore == true ? "tcp and ip[4:2] & 31 = 7" : null);
                using Child traffic = Child.Start(Traffic, out _);
                Assert.Equal("done", traffic.Tell(lines));
                if (awaited is not null)
                {
                    capture.Until(awaited);
                    Assert.Equal("done", traffic.Tell(then!));
                }

                if (!capture.Stop())
                    continue;
                capture.Read(out ConversationTracker tracker);
                check(capture, tracker);
                return;
            }

            Assert.Fail("tcpdump dropped packets in every capture");
        });
    }
}
