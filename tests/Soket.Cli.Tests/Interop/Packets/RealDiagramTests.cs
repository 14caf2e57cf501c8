using Soket.Cli.Tests.Rendering;
using Xunit;

namespace Soket.Cli.Tests.Interop.Packets;

/// <summary>
/// What two kernels really send, drawn: a handshake with an orderly close, both ends closing at once, a reset, a refused connect and one that nobody answers. The
/// wire between them is the test's own, so that two FINs can cross on it.
/// </summary>
public sealed class RealDiagramTests : IDisposable
{
    // Two namespaces, each with a TUN link; what comes out of one is put into the other by hand.
    private const string Program =
        """
        import ctypes, fcntl, os, queue, select, signal, socket, struct, subprocess, sys, threading

        def run(line):
            subprocess.run(line.split(), check=True, stdout=subprocess.DEVNULL)
        there = subprocess.Popen(['unshare', '-n', 'cat'], stdin=subprocess.PIPE)
        while os.readlink('/proc/%d/ns/net' % there.pid) == os.readlink('/proc/self/ns/net') or open('/proc/%d/comm' % there.pid).read() != 'cat\n':
            os.sched_yield()
        enter = 'nsenter -t %d -n ' % there.pid
        def tun(name):
            f = os.open('/dev/net/tun', os.O_RDWR)
            fcntl.ioctl(f, 0x400454ca, struct.pack('16sH22x', name, 0x1001)) # TUNSETIFF: IFF_TUN | IFF_NO_PI
            return f
        a, b = tun(b'ta'), tun(b'tb')
        run('ip link set tb netns %d' % there.pid)
        for at, link, address in ('', 'ta', '10.9.0.1'), (enter, 'tb', '10.9.0.2'):
            run(at + 'sysctl -q -e -w net.ipv4.tcp_window_scaling=0 net.ipv4.tcp_timestamps=0 net.ipv4.tcp_syn_linear_timeouts=0')
            run(at + 'ip addr add %s/24 dev %s' % (address, link))
            run(at + 'ip link set %s up' % link)
        print('ready', flush=True)

        # Of the default length, 16 packets fill the buffer (2 MiB), and what comes while this reader has no time is dropped.
        dump = subprocess.Popen(['tcpdump', '-i', 'ta', '--immediate-mode', '-U', '-s2000', '-Z', 'root', '-w', 'wire.pcap', 'tcp'], stderr=subprocess.PIPE)
        while b'listening on' not in dump.stderr.readline():
            assert dump.poll() is None

        # The wire. FINs wait until there is one of each end where they are to cross; what goes to port 7009 is lost.
        crossing = False
        unanswered = 0
        def carry():
            global unanswered
            waiting = {}
            while True:
                for f in select.select([a, b], [], [])[0]:
                    packet, to = os.read(f, 2000), b if f == a else a
                    if packet[0] >> 4 != 4 or packet[9] != 6: continue
                    tcp = packet[(packet[0] & 15) * 4:]
                    if tcp[2:4] == struct.pack('!H', 7009): unanswered += 1; continue
                    if crossing and tcp[13] & 1:
                        waiting.setdefault(to, packet)
                        if len(waiting) < 2: continue
                        for to, packet in waiting.items(): os.write(to, packet)
                        waiting = {}
                    else:
                        os.write(to, packet)
        threading.Thread(target=carry, daemon=True).start()

        # A thread lives in the other namespace and makes its sockets there.
        jobs, done = queue.Queue(), queue.Queue()
        def live():
            if ctypes.CDLL(None, use_errno=True).setns(os.open('/proc/%d/ns/net' % there.pid, os.O_RDONLY), 0): os._exit(9)
            while True: done.put(jobs.get()())
        threading.Thread(target=live, daemon=True).start()
        def over_there(what):
            jobs.put(what); return done.get()

        def until(s, *states): # tcpi_state
            while s.getsockopt(socket.IPPROTO_TCP, 11, 104)[0] not in states: os.sched_yield()
        def listen(port):
            def make():
                s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('10.9.0.2', port)); s.listen(); return s
            return over_there(make)
        def dial(own, port):
            c = socket.socket(); c.bind(('10.9.0.1', own)); c.connect(('10.9.0.2', port)); return c
        def pair(own, port):
            l = listen(port); c = dial(own, port); s, _ = l.accept(); l.close(); return c, s
        def acknowledged(s):
            while struct.unpack('i', fcntl.ioctl(s, 0x5411, bytes(4)))[0]: os.sched_yield() # SIOCOUTQ

        # The handshake, data, an orderly close.
        c, s = pair(50001, 7001); c.sendall(b'halo'); s.recv(4); acknowledged(c)
        c.shutdown(socket.SHUT_WR); s.recv(1); until(c, 5); s.close(); c.recv(1); until(c, 7); c.close()
        # Both at once.
        c, s = pair(50002, 7002); crossing = True
        c.shutdown(socket.SHUT_WR); s.shutdown(socket.SHUT_WR); until(c, 7); until(s, 7); crossing = False; c.close(); s.close()
        # A reset in the middle.
        c, s = pair(50003, 7003); c.sendall(b'halo'); s.recv(4); acknowledged(c)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()
        try: c.recv(1)
        except ConnectionResetError: pass
        c.close()
        # Nobody listens.
        try: dial(50004, 7004)
        except ConnectionRefusedError: pass
        # Nobody answers.
        c = socket.socket(); c.setsockopt(socket.IPPROTO_TCP, 7, 1); c.bind(('10.9.0.1', 50005)) # TCP_SYNCNT
        try: c.connect(('10.9.0.2', 7009))
        except TimeoutError: pass
        dump.send_signal(signal.SIGINT); dump.wait()
        there.stdin.close()
        # A SYN is not sent again while the one before still waits to be read from the link: on a machine that had no time for this wire for a second.
        if unanswered < 2: sys.exit(75)
        """;

    private const int TooSlow = 75; // as the program says it

    private readonly string _folder = Directory.CreateTempSubdirectory("soket-diagram-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_two_kernels_send_is_drawn()
    {
        Peers.Require("tcpdump");
        Peers.Require("ip");
        Finished made;
        int tries = 0;
        do
        {
            await using SoketProcess unshare = SoketProcess.PeerIn(_folder, Peers.Require("unshare"), "-n", Peers.Require("python3"), "-c", Program);
            made = await unshare.FinishAsync();
        }
        while (made.ExitCode == TooSlow && ++tries < 3);
        if (made.ExitCode != 0 && !made.Out.Contains("ready", StringComparison.Ordinal))
            Assert.Skip($"no link of one's own here: {made.Error.Trim().Split('\n')[^1]}");
        Assert.True(made.ExitCode == 0, made.Error);

        string file = Path.Combine(_folder, "wire.pcap");
        foreach ((string language, string name) in ((string, string)[])[("en", "real-connections"), ("id", "real-connections.id")])
        {
            Finished drawn = await SoketProcess.RunAsync("trace", file, "--all", "--time", "none", "--lang", language);
            Assert.Equal(0, drawn.ExitCode);
            Snapshot.Matches(name, drawn.Out.TrimEnd('\n').Split('\n'));
        }
    }
}
