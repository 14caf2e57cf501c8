using Xunit;

namespace Soket.Cli.Tests.Interop.Packets;

/// <summary>Packets that a kernel made: two network namespaces with a cable between them, and tcpdump on both of its kinds of interface.</summary>
internal static class RealTraffic
{
    /// <summary>The captures, in a folder: <c>lo.pcap</c> and <c>cable.pcap</c> (Ethernet), <c>any1.pcap</c> and <c>any2.pcap</c> (both cooked kinds).</summary>
    public static async Task CaptureAsync(string folder)
    {
        Peers.Require("tcpdump");
        Peers.Require("ip");
        Peers.Require("nft");
        await using SoketProcess unshare = SoketProcess.PeerIn(folder, Peers.Require("unshare"), "-n", Peers.Require("python3"), "-c", Program);
        Finished finished = await unshare.FinishAsync();
        if (finished.ExitCode != 0 && !finished.Out.Contains("ready", StringComparison.Ordinal))
            Assert.Skip($"no network namespace of one's own here: {finished.Error.Trim().Split('\n')[^1]}");
        Assert.True(finished.ExitCode == 0, finished.Error);
    }

    private const string Program =
        """
        import os, signal, socket, struct, subprocess, sys, threading, traceback

        def run(line):
            subprocess.run(line.split(), check=True, stdout=subprocess.DEVNULL)

        # Two namespaces: this one, and that of a process that waits for the end of its input.
        there = subprocess.Popen(['unshare', '-n', 'cat'], stdin=subprocess.PIPE)
        while os.readlink('/proc/%d/ns/net' % there.pid) == os.readlink('/proc/self/ns/net') or open('/proc/%d/comm' % there.pid).read() != 'cat\n':
            os.sched_yield()
        enter = 'nsenter -t %d -n ' % there.pid
        run('ip link set lo mtu 1500 up')
        run(enter + 'ip link set lo up')
        run('ip link add va type veth peer name vb netns %d' % there.pid)
        run('ip addr add 10.9.0.1/24 dev va')
        run('ip addr add 2001:db8::1/64 dev va nodad')
        run(enter + 'ip addr add 10.9.0.2/24 dev vb')
        run(enter + 'ip addr add 2001:db8::2/64 dev vb nodad')
        run(enter + 'ip link set vb up')
        run('ip link set va up')
        run('ip route add 10.9.1.0/24 via 10.9.0.2')
        run('ip route add 2001:db8:1::/64 via 2001:db8::2')
        run(enter + 'ip route add 10.9.1.0/24 via 10.9.0.9')
        run(enter + 'ip route add 2001:db8:1::/64 via 2001:db8::9')
        run(enter + 'sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1')
        run('sysctl -q -w net.ipv4.tcp_fastopen=3 net.ipv4.tcp_ecn=1')
        print('ready', flush=True)

        # Whatever goes wrong, nothing that was started stays behind.
        started = [there]
        def end(kind, value, trace):
            traceback.print_exception(kind, value, trace)
            for p in started: p.kill()
            os._exit(1)
        sys.excepthook = end

        # What a capture writes goes through here into its file, and whoever waits for a packet waits for the next piece.
        def dump(file, *options):
            p = subprocess.Popen(['tcpdump', '--immediate-mode', '-U', '-s66000', '-B32768', '-Z', 'root', '-w', '-', *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            started.append(p)
            while b'listening on' not in p.stderr.readline():
                assert p.poll() is None
            kept, came = open(file, 'wb', 0), threading.Event()
            def keep():
                while piece := os.read(p.stdout.fileno(), 65536):
                    kept.write(piece)
                    came.set()
            keeping = threading.Thread(target=keep)
            keeping.start()
            return p, came, keeping
        dumps = {f: dump(f, *o) for f, o in {'lo.pcap': ['-i', 'lo'], 'cable.pcap': ['-i', 'va'],
            'any1.pcap': ['-i', 'any', '-y', 'LINUX_SLL'], 'any2.pcap': ['-i', 'any', '-y', 'LINUX_SLL2']}.items()}

        # TCP on loopback, both families, with loss: retransmissions and selective acknowledgments. Segments are not joined
        # there: of forty small ones some are lost between others, of ten large ones perhaps none. No more than that: a
        # capture has room for some hundred packets (-B by -s), and a busy machine lets it wait.
        for line in ['add table inet t', 'add chain inet t in { type filter hook input priority 0 ; }',
                     'add rule inet t in iif lo tcp dport 7000 numgen random mod 8 == 0 drop']:
            subprocess.run(['nft', line], check=True)

        def serve(family, address, port, size):
            listener = socket.socket(family)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.IPPROTO_TCP, 23, 5)   # TCP_FASTOPEN
            listener.bind((address, port))
            listener.listen()
            def answer():
                while True:
                    c, _ = listener.accept()
                    got = 0
                    try:
                        while got < size:
                            data = c.recv(65536)
                            if not data: break
                            got += len(data)
                    except ConnectionResetError: pass
                    c.close()
            threading.Thread(target=answer, daemon=True).start()

        for family, address in (socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1'):
            for port in 7000, 7001:
                size = 60000 if port == 7000 else 300000
                serve(family, address, port, size)
                run('ip link set lo gso_max_segs ' + ('1' if port == 7000 else '65535'))
                c = socket.create_connection((address, port))
                c.sendall(bytes(size))
                c.shutdown(socket.SHUT_WR)
                c.recv(1)
                c.close()
            c = socket.create_connection((address, 7001))
            c.send(b'x', socket.MSG_OOB)
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            c.close()                                        # RST
            try: socket.create_connection((address, 9))      # refused
            except ConnectionRefusedError: pass
            for i in range(3):                               # a cookie is asked for, then used
                f = socket.socket(family)
                f.sendto(b'fast', 0x20000000, (address, 7001))
                f.shutdown(socket.SHUT_WR)
                f.recv(1)
                f.close()

        # UDP: fragments, a port that nobody listens on, options, and how it wants to be treated.
        for family, address in (socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1'), (socket.AF_INET, '10.9.0.2'), (socket.AF_INET6, '2001:db8::2'):
            u = socket.socket(family, socket.SOCK_DGRAM)
            u.sendto(bytes(range(250)) * 40, (address, 7002))
            u.sendto(b'', (address, 7002))
            v = socket.socket(family, socket.SOCK_DGRAM)
            if family == socket.AF_INET:
                v.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, bytes([7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
                v.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0xb9)
                v.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 9)
                v.sendto(b'options', (address, 7002))
            else:
                v.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, 0xb9)
                v.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 9)
                v.sendmsg([b'options'], [(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, bytes([0, 0, 5, 2, 0, 0, 1, 0])),
                                         (socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, bytes([0, 1, 1, 12]) + bytes(12))], 0, (address, 7002))

        # Echoes; a router that says that time is over.
        def echo(family, protocol, type, address, hops=64):
            s = socket.socket(family, socket.SOCK_RAW, protocol)
            if family == socket.AF_INET: s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)
            else: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
            message = struct.pack('>BBHHH', type, 0, 0, 0x1234, 5) + b'echo'
            total = sum(struct.unpack('>6H', message))
            total = (total & 0xffff) + (total >> 16)
            s.sendto(message[:2] + struct.pack('>H', 0xffff - total) + message[4:], (address, 0))
        for address in '127.0.0.1', '10.9.0.2': echo(socket.AF_INET, socket.IPPROTO_ICMP, 8, address)
        for address in '::1', '2001:db8::2': echo(socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, address)
        echo(socket.AF_INET, socket.IPPROTO_ICMP, 8, '10.9.1.1', 1)
        echo(socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, '2001:db8:1::1', 1)

        # Frames with tags, as a switch would send them.
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        raw.bind(('va', 0))
        arp = bytes.fromhex('0001080006040001020000000002c0000201000000000000c0000202')
        for tags in '8100600a', '88a870148100201e', '81000001810000028100e003':
            raw.send(bytes.fromhex('ffffffffffff020000000002' + tags + '0806') + arp)

        # The last packet of each capture: when it is in the file, so is all before it. One that found no room in a capture is lost; then what fills it is still
        # to come, and another is sent after that.
        last = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for file, (p, came, keeping) in dumps.items():
            while b'here it ends' not in open(file, 'rb').read():
                came.clear()
                for address in '127.0.0.1', '10.9.0.2':
                    try: last.sendto(b'here it ends', (address, 7003))
                    except ConnectionRefusedError: pass
                came.wait()
            p.send_signal(signal.SIGTERM)
            p.wait()
            keeping.join()
        there.stdin.close()
        there.wait()
        os._exit(0)
        """;
}
