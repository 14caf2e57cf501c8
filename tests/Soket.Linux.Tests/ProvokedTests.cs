using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Soket.Explain;
using Soket.Languages;
using Xunit;

namespace Soket.Linux.Tests;

/// <summary>Each classic failure, provoked on real sockets, and what is said of it with the real machine to look at.</summary>
public sealed partial class ProvokedTests : IDisposable
{
    private readonly Explainer _explainer = new(new LinuxSystemFacts());
    private readonly string _folder = Directory.CreateTempSubdirectory("soket").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Refused_with_nothing_there_says_so_and_how_to_serve()
    {
        int port = FreePort();
        Explanation told = Explain(Connect(Loopback(port)), "connection-refused", 7);
        Assert.Contains($"Nothing on this machine waits on TCP port {port}", told.Cause, StringComparison.Ordinal);
        Assert.Contains($"soket serve echo tcp://127.0.0.1:{port}", told.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain(told.RuledOut, line => line.Contains("on any address", StringComparison.Ordinal)); // the cause says it already
    }

    [Fact]
    public void Refused_tells_the_server_on_the_other_family()
    {
        NeedsIPv6();
        using Child server = Child.Start("""
            import socket
            s = socket.socket(socket.AF_INET6); s.setsockopt(41, 26, 1); s.bind(('::1', 0)); s.listen(5); print(s.getsockname()[1]); input()
            """, out string line);
        int port = int.Parse(line);
        Explanation told = Explain(Connect(Loopback(port)), "connection-refused", 7);
        Assert.Contains($"PID {server.Id}", told.Cause, StringComparison.Ordinal);
        Assert.Contains("python", told.Cause, StringComparison.Ordinal);
        Assert.Contains("other address family", told.Cause, StringComparison.Ordinal);
        Assert.Contains($"soket connect tcp://[::1]:{port}", told.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Refused_tells_the_server_on_another_address()
    {
        using Socket listener = Listener(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0), out int port);
        Explanation told = Explain(Connect(Loopback(port)), "connection-refused", 7);
        Assert.Contains($"listens on 127.0.0.2:{port} only", told.Cause, StringComparison.Ordinal);
        Assert.Contains($"soket connect tcp://127.0.0.2:{port}", told.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Refused_tells_when_the_port_is_one_of_UDP()
    {
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(Loopback(0));
        int port = ((IPEndPoint)udp.LocalEndPoint!).Port;
        Explanation told = Explain(Connect(Loopback(port)), "connection-refused", 7);
        Assert.Contains($"Port {port} belongs to a UDP socket", told.Cause, StringComparison.Ordinal);
        Assert.Contains($"soket connect udp://127.0.0.1:{port}", told.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Refused_tells_the_server_on_a_port_close_by() => Namespace.Run(() =>
    {
        Namespace.Tool("ip link set lo up");
        using Child server = Child.Start("""
            import socket
            s = socket.socket(); s.bind(('127.0.0.1', 8081)); s.listen(5); print('ready', flush=True); input()
            """, out _);
        Explanation told = Explain(Connect(Loopback(8080), "tcp://localhost:8080"), "connection-refused", 7);
        Assert.Contains("listens on port 8081", told.Cause, StringComparison.Ordinal);
        Assert.Contains("soket connect tcp://localhost:8081", told.Remedy, StringComparison.Ordinal);
    });

    [Fact]
    public void Refused_over_UDP_is_told_by_ICMP()
    {
        int port = FreePort();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(Loopback(port));
        SocketFailure failure = Fails(SocketCall.Receive, () =>
        {
            socket.Send("x"u8);
            socket.Receive(new byte[10]);
        }, new FailureContext { Remote = Loopback(port), Transport = "udp" });
        Explanation told = Explain(failure, "connection-refused", 7);
        Assert.Contains($"UDP port {port}", told.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_backlog_is_why_connecting_times_out()
    {
        using Socket listener = Listener(Loopback(0), out int port, backlog: 0);
        var waiting = new List<Socket>();
        try
        {
            // The queue takes one more than the backlog; then the system drops the SYN. One second until TCP_USER_TIMEOUT gives up.
            SocketFailure? failure = null;
            for (int i = 0; i < 8 && failure is null; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                waiting.Add(socket);
                socket.SetRawSocketOption(6, 18, BitConverter.GetBytes(1)); // IPPROTO_TCP, TCP_USER_TIMEOUT: 1 ms
                try
                {
                    socket.Connect(Loopback(port));
                }
                catch (SocketException e)
                {
                    failure = SocketFailure.From(SocketCall.Connect, e, new FailureContext { Remote = Loopback(port), Elapsed = TimeSpan.FromSeconds(1) });
                }
            }

            Explanation told = Explain(failure!, "connect-timed-out", 28);
            Assert.Contains("backlog", told.Cause, StringComparison.Ordinal);
            Assert.Contains("this very program", told.Cause, StringComparison.Ordinal);
        }
        finally
        {
            waiting.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public void A_silent_host_says_how_far_it_got() => Namespace.Run(() =>
    {
        // What is sent to 192.0.2.2 comes back in on the loopback device, belongs to nobody there, and is dropped without a word.
        Namespace.Tool("ip link set lo up");
        Namespace.Tool("ip addr add 192.0.2.1/32 dev lo");
        Namespace.Tool("ip route add 192.0.2.2/32 dev lo src 192.0.2.1");
        var peer = new IPEndPoint(IPAddress.Parse("192.0.2.2"), 80);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetRawSocketOption(6, 18, BitConverter.GetBytes(1));
        SocketFailure failure = Fails(SocketCall.Connect, () => socket.Connect(peer), new FailureContext { Remote = peer, Host = "quiet.example", Elapsed = TimeSpan.FromSeconds(1) });
        Explanation told = Explain(failure, "connect-timed-out", 28);
        Assert.Contains("192.0.2.1", told.Cause, StringComparison.Ordinal);
        Assert.Contains(told.RuledOut, line => line.Contains("quiet.example was resolved", StringComparison.Ordinal));
        Assert.Contains(told.RuledOut, line => line.Contains("has a route", StringComparison.Ordinal));
    });

    [Fact]
    public void A_read_times_out_on_a_server_that_read_everything_and_on_one_that_did_not()
    {
        using Child server = Child.Start("""
            import socket
            s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(5); print(s.getsockname()[1])
            c, _ = s.accept(); input(); c.recv(5); print('read'); input()
            """, out string line);
        IPEndPoint peer = Loopback(int.Parse(line));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20 };
        socket.Connect(peer);
        socket.Send("hello"u8);
        var context = new FailureContext { Local = socket.LocalEndPoint, Remote = peer, Sent = 5, Received = 0, Elapsed = TimeSpan.FromMilliseconds(20) };

        Explanation unread = Explain(Fails(SocketCall.Receive, () => socket.Receive(new byte[9]), context), "read-timed-out", 28);
        Assert.Contains("5 bytes that were sent lie unread", unread.Cause, StringComparison.Ordinal);
        Assert.Contains($"PID {server.Id}", unread.Cause, StringComparison.Ordinal);

        Assert.Equal("read", server.Tell("go"));
        Explanation read = Explain(Fails(SocketCall.Receive, () => socket.Receive(new byte[9]), context), "read-timed-out", 28);
        Assert.Contains("has read all 5 bytes and has not answered", read.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void No_reply_over_UDP_tells_that_the_datagram_lies_unread()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(Loopback(0));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        client.SendTo("hello"u8.ToArray(), server.LocalEndPoint!);
        var failure = new SocketFailure(SocketCall.ReceiveFrom, SystemError.Own("SOKET_NO_REPLY", "No reply"), new FailureContext { Remote = server.LocalEndPoint, Transport = "udp", Elapsed = TimeSpan.FromSeconds(1) });
        Explanation told = Explain(failure, "no-reply", 28);
        Assert.Contains("arrived but was not read", told.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reset_tells_how_far_it_was_and_that_the_server_is_still_there()
    {
        using Socket listener = Listener(Loopback(0), out int port);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(Loopback(port));
        using (Socket accepted = listener.Accept())
        {
            client.Send("hello"u8);
            accepted.LingerState = new LingerOption(true, 0);
        }

        SocketFailure failure = Fails(SocketCall.Receive, () => client.Receive(new byte[9]), new FailureContext { Remote = Loopback(port), Sent = 5, Received = 0 });
        Explanation told = Explain(failure, "connection-reset", 56);
        Assert.Contains("after 5 bytes had been sent", told.Cause, StringComparison.Ordinal);
        Assert.Contains(told.RuledOut, line => line.Contains("still listens", StringComparison.Ordinal));

        SocketFailure pipe = Fails(SocketCall.Send, () => client.Send("again"u8), new FailureContext { Remote = Loopback(port), Sent = 5, Received = 0 });
        Assert.Contains("after 5 bytes", Explain(pipe, "broken-pipe", 56).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void In_use_names_the_process_and_the_next_free_port()
    {
        using Child server = Child.Start("import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(5); print(s.getsockname()[1]); input()", out string line);
        int port = int.Parse(line);
        SocketFailure failure = Bind(Loopback(port));
        Explanation told = Explain(failure, "address-in-use", 110);
        Assert.Contains($"PID {server.Id}", told.Cause, StringComparison.Ordinal);
        Assert.Contains("python", told.Cause, StringComparison.Ordinal);
        Assert.Contains($"user {SocketHolders.Describe(server.Id).User}", told.Cause, StringComparison.Ordinal);
        Assert.Contains($"kill {server.Id}", told.Remedy, StringComparison.Ordinal);
        Assert.Matches($"`soket serve echo tcp://127\\.0\\.0\\.1:{"\\d+"}`", told.Remedy);

        Explanation indonesian = _explainer.Explain(failure, Language.Indonesian);
        Assert.Contains("sudah bind", indonesian.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_of_this_program_is_known_as_that_however_little_time_there_is()
    {
        using Socket listener = Listener(Loopback(0), out _);
        string link = new FileInfo($"/proc/self/fd/{listener.Handle}").LinkTarget!; // socket:[4711]
        long inode = long.Parse(link["socket:[".Length..^1]);
        Assert.Equal(Environment.ProcessId, SocketHolders.Find(new HashSet<long> { inode }, TimeSpan.Zero)[inode].Id);
    }

    [Fact]
    public void In_use_by_this_program_itself_is_told()
    {
        using Socket listener = Listener(Loopback(0), out int port);
        Assert.Contains("This very program", Explain(Bind(Loopback(port)), "address-in-use", 110).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_leftover_in_TIME_WAIT_is_told_from_a_live_holder() => Namespace.Run(() =>
    {
        Namespace.Tool("ip link set lo up");
        using Child server = Child.Start("""
            import socket
            s = socket.socket(); s.bind(('127.0.0.1', 8080)); s.listen(5); print('ready')
            c, _ = s.accept(); s.close(); c.close(); print('closed'); input()
            t = socket.socket()
            try: t.bind(('127.0.0.1', 8080)); print('bound')
            except OSError as e: print(e.errno)
            input()
            """, out _);
        using (var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            client.Connect(Loopback(8080));
            Assert.Equal(0, client.Receive(new byte[1]));
        }

        // The client has closed as well, so the server's end is in TIME_WAIT; a socket without SO_REUSEADDR cannot have the port (.NET always sets it).
        Assert.Equal("closed", server.Tell(""));
        Assert.Equal("98", server.Tell(""));
        var failure = new SocketFailure(SocketCall.Bind, new SystemError("EADDRINUSE", 98, "Address already in use"), new FailureContext { Local = Loopback(8080) });
        Explanation told = Explain(failure, "address-in-use", 110);
        Assert.Contains("TIME_WAIT", told.Cause, StringComparison.Ordinal);
        Assert.Contains("SO_REUSEADDR", told.Remedy, StringComparison.Ordinal);
        Assert.Contains(told.RuledOut, line => line.Contains("No running process", StringComparison.Ordinal));
    });

    [Fact]
    public void A_socket_bound_but_not_listening_is_not_called_a_leftover()
    {
        using Child holder = Child.Start("import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1]); input()", out string line);
        string cause = Explain(Bind(Loopback(int.Parse(line))), "address-in-use", 110).Cause;
        Assert.Contains("without listening", cause, StringComparison.Ordinal);
        // Linux tells of such sockets from 6.8 on.
        if (Environment.OSVersion.Version >= new Version(6, 8))
            Assert.Contains($"PID {holder.Id}", cause, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_of_another_machine_is_told_with_the_own_ones() =>
        Assert.Contains("192.0.2.7 is not an address of this machine", Explain(Bind(new(IPAddress.Parse("192.0.2.7"), 0)), "address-not-available", 113).Cause, StringComparison.Ordinal);

    [Fact]
    public void No_route_is_told_from_the_routing_table() => Namespace.Run(() =>
    {
        var peer = new IPEndPoint(IPAddress.Parse("192.0.2.2"), 80);
        Explanation network = Explain(Connect(peer), "network-unreachable", 7);
        Assert.Contains("routing table has no way to 192.0.2.2", network.Cause, StringComparison.Ordinal);

        Namespace.Tool("ip link set lo up");
        Namespace.Tool("ip route add unreachable 192.0.2.0/24");
        Assert.Contains("192.0.2.2", Explain(Connect(peer), "host-unreachable", 7).Cause, StringComparison.Ordinal);
        Namespace.Tool("ip route add prohibit 198.51.100.0/24");
        Assert.Contains("forbids the way", Explain(Connect(new(IPAddress.Parse("198.51.100.1"), 80)), "permission-denied", 111).Cause, StringComparison.Ordinal);
    });

    [Fact]
    public void A_neighbour_that_does_not_answer_is_told() => Namespace.Run(() =>
    {
        Namespace.Tool("ip link set lo up"); // the system tells itself by ICMP
        Namespace.Tool("ip link add near0 type veth peer name near1");
        Namespace.Tool("ip addr add 192.0.2.1/24 dev near0");
        Namespace.Tool("ip link set near0 up");
        Namespace.Tool("ip link set near1 up");
        Namespace.Tool("sysctl -qw net.ipv4.neigh.near0.retrans_time_ms=20");
        Explanation told = Explain(Connect(new(IPAddress.Parse("192.0.2.9"), 80)), "host-unreachable", 7);
        Assert.Contains("nobody there answers for that address", told.Cause, StringComparison.Ordinal);
    });

    [Fact]
    public void Names_that_no_server_answers_for_and_names_that_do_not_exist() => Namespace.Run(() =>
    {
        string resolvers = Path.Combine(_folder, "resolv.conf");
        File.WriteAllText(resolvers, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
        Namespace.Tool($"mount --bind {resolvers} /etc/resolv.conf");
        Namespace.Tool("ip link set lo up");
        Explanation dead = Explain(Resolve("school.example"), "name-temporary-failure", 6);
        Assert.Contains("no socket has UDP port 53", dead.Cause, StringComparison.Ordinal);

        using Child server = Child.Start("""
            import socket, threading
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 53)); print('ready')
            def answer():
                while True:
                    q, a = s.recvfrom(512); s.sendto(q[:2] + b'\x81\x83' + q[4:6] + b'\0\0\0\0\0\0' + q[12:].split(b'\0\0\x29')[0], a)
            threading.Thread(target=answer, daemon=True).start(); input()
            """, out _);
        Assert.Contains("there is no name school.example", Explain(Resolve("school.example"), "name-not-found", 6).Cause, StringComparison.Ordinal);
        Assert.Contains("hosts file has localhost", Explain(Resolve("lcoalhost"), "name-not-found", 6).Cause, StringComparison.Ordinal);
    }, ownFiles: true);

    // In a network of its own, where the rule is the kernel's usual one whatever this machine says.
    [Fact]
    public void A_low_port_names_the_rule_and_three_ways_out() => Namespace.Run(() =>
    {
        Namespace.Tool("ip link set lo up");
        using Child child = Child.Start("""
            import os, socket
            os.setuid(65534)
            s = socket.socket()
            try: s.bind(('127.0.0.1', 80)); print('bound')
            except OSError as e: print(e.errno)
            input()
            """, out string line);
        Assert.Equal("13", line);
        var failure = new SocketFailure(SocketCall.Bind, new SystemError("EACCES", 13, "Permission denied"), new FailureContext { Local = Loopback(80), Endpoint = "tcp://localhost:80" });
        Explanation told = Explain(failure, "permission-denied-port", 111);
        Assert.Contains("net.ipv4.ip_unprivileged_port_start", told.Cause, StringComparison.Ordinal);
        Assert.Contains("tcp://localhost:80", told.Remedy, StringComparison.Ordinal);
        Assert.Contains("sysctl", told.Remedy, StringComparison.Ordinal);
        Assert.Contains("setcap", told.Remedy, StringComparison.Ordinal);
    });

    [Fact]
    public void A_broadcast_without_permission_is_told()
    {
        var everybody = new IPEndPoint(IPAddress.Parse("127.255.255.255"), 9);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Assert.Contains("SO_BROADCAST", Explain(Fails(SocketCall.SendTo, () => socket.SendTo("x"u8.ToArray(), everybody), new() { Remote = everybody, Transport = "udp" }), "broadcast-not-permitted", 111).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_datagram_too_long_tells_the_limit()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        SocketFailure failure = Fails(SocketCall.SendTo, () => socket.SendTo(new byte[70_000], Loopback(9)), new() { Remote = Loopback(9), Transport = "udp" });
        Assert.Contains("65507 bytes at most", Explain(failure, "datagram-too-long", 115).Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_protocols_and_families_the_system_lacks_are_told()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var context = new FailureContext { Transport = "tcp", Facts = new Dictionary<string, string> { [FailureFacts.Option] = "TCP_NOSUCH" } };
        Assert.Contains("TCP_NOSUCH", Explain(Fails(SocketCall.SetOption, () => socket.SetRawSocketOption(6, 9999, new byte[4]), context), "option-not-available", 118).Cause, StringComparison.Ordinal);
        using var datagrams = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        datagrams.Bind(Loopback(0));
        Assert.Contains("listen", Explain(Fails(SocketCall.Listen, () => datagrams.Listen(1)), "option-not-available", 118).Cause, StringComparison.Ordinal);
        Explain(Fails(SocketCall.Socket, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Udp).Dispose()), "protocol-not-supported", 118);
        Explain(Fails(SocketCall.Socket, () => new Socket(AddressFamily.AppleTalk, SocketType.Dgram, ProtocolType.Udp).Dispose()), "address-family-not-supported", 118);
        using var fresh = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Explain(Fails(SocketCall.Shutdown, () => fresh.Shutdown(SocketShutdown.Both)), "not-connected", 1);
        Explain(Fails(SocketCall.Send, () => fresh.Send("x"u8)), "broken-pipe", 56);
    }

    [Fact]
    public void Unix_paths_missing_stale_and_no_sockets_are_told_apart()
    {
        string missing = Path.Combine(_folder, "missing.sock"), nowhere = Path.Combine(_folder, "no", "x.sock"), file = Path.Combine(_folder, "file"), stale = Path.Combine(_folder, "stale.sock");
        File.WriteAllText(file, "text");
        using (Child server = Child.Start($"import socket; s = socket.socket(socket.AF_UNIX); s.bind('{stale}'); s.listen(1); print('ready'); input()", out _))
        {
            Explanation held = Explain(Fails(SocketCall.Bind, () => Unix().Bind(new UnixDomainSocketEndPoint(stale)), new() { Local = new UnixDomainSocketEndPoint(stale) }), "address-in-use", 110);
            Assert.Contains($"PID {server.Id}", held.Cause, StringComparison.Ordinal);
            server.Kill();
        }

        Assert.Contains("There is nothing at", ConnectUnix(missing, "unix-path-missing").Cause, StringComparison.Ordinal);
        Assert.Contains("mkdir -p", ConnectUnix(nowhere, "unix-path-missing").Remedy, StringComparison.Ordinal);
        Assert.Contains("is a file (-rw", ConnectUnix(file, "unix-not-a-socket").Cause, StringComparison.Ordinal);
        Assert.Contains("leftover", ConnectUnix(stale, "unix-stale-socket").Cause, StringComparison.Ordinal);
        Explanation bind = Explain(Fails(SocketCall.Bind, () => Unix().Bind(new UnixDomainSocketEndPoint(stale)), new() { Local = new UnixDomainSocketEndPoint(stale) }), "address-in-use", 110);
        Assert.Contains($"rm {stale}", bind.Remedy, StringComparison.Ordinal);
        Explain(Fails(SocketCall.Bind, () => Unix().Bind(new UnixDomainSocketEndPoint(file)), new() { Local = new UnixDomainSocketEndPoint(file) }), "address-in-use", 110);
    }

    [Fact]
    public void A_full_queue_of_a_unix_server_is_told()
    {
        string path = Path.Combine(_folder, "full.sock");
        using Socket listener = Unix();
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(0);
        var clients = new List<Socket>();
        SocketFailure failure = Fails(SocketCall.Connect, () =>
        {
            for (int i = 0; i < 8; i++)
            {
                clients.Add(Unix());
                clients[i].Blocking = false;
                clients[i].Connect(new UnixDomainSocketEndPoint(path));
            }
        }, new() { Remote = new UnixDomainSocketEndPoint(path), Transport = "unix" });
        Assert.Contains("backlog", Explain(failure, "unix-backlog-full", 7).Cause, StringComparison.Ordinal);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public void A_unix_path_without_permission_names_what_is_in_the_way()
    {
        Needs.That(Environment.UserName == "root", "giving up privilege needs root");
        string closed = Path.Combine(_folder, "closed"), path = Path.Combine(closed, "x.sock"), open = Path.Combine(_folder, "mine.sock");
        Directory.CreateDirectory(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using Socket first = Unix(), second = Unix();
        first.Bind(new UnixDomainSocketEndPoint(path));
        second.Bind(new UnixDomainSocketEndPoint(open));
        second.Listen(1);
        File.SetUnixFileMode(open, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(_folder, (UnixFileMode)0x1ED);
        AsNobody(() =>
        {
            Explanation directory = ConnectUnix(path, "permission-denied-path", 111);
            Assert.Contains($"may not pass through the directory {closed}", directory.Cause, StringComparison.Ordinal);
            Explanation socket = ConnectUnix(open, "permission-denied-path", 111);
            Assert.Contains("srw-------", socket.Cause, StringComparison.Ordinal);
            Assert.Contains("root", socket.Cause, StringComparison.Ordinal);
            string made = Path.Combine(_folder, "made.sock");
            Explanation bind = Explain(Fails(SocketCall.Bind, () => Unix().Bind(new UnixDomainSocketEndPoint(made)), new() { Local = new UnixDomainSocketEndPoint(made) }), "permission-denied-path", 111);
            Assert.Contains($"in the directory {_folder}", bind.Cause, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Looking_takes_a_bounded_time()
    {
        long started = Stopwatch.GetTimestamp();
        Explain(Connect(Loopback(FreePort())), "connection-refused", 7);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "an explanation took too long");
    }

    private static IPEndPoint Loopback(int port) => new(IPAddress.Loopback, port);

    private static Socket Unix() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static int FreePort()
    {
        // Chosen by the system and given back. Every port around it is ephemeral, so a neighbour may be told; 127.0.0.1 stays without a listener.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(Loopback(0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static Socket Listener(IPEndPoint address, out int port, int backlog = 5)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(address);
        socket.Listen(backlog);
        port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        return socket;
    }

    private static SocketFailure Connect(IPEndPoint peer, string? endpoint = null) => Fails(SocketCall.Connect, () =>
    {
        using var socket = new Socket(peer.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(peer);
    }, new() { Remote = peer, Endpoint = endpoint, Transport = "tcp" });

    private static SocketFailure Bind(IPEndPoint local) => Fails(SocketCall.Bind, () =>
    {
        using var socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(local);
        socket.Listen(1);
    }, new() { Local = local, Transport = "tcp" });

    private static SocketFailure Resolve(string name) =>
        Fails(SocketCall.Resolve, () => System.Net.Dns.GetHostAddresses(name), new() { Host = name, Endpoint = $"tcp://{name}:80" });

    private Explanation ConnectUnix(string path, string code, int exit = 7) => Explain(Fails(SocketCall.Connect, () =>
    {
        using Socket socket = Unix();
        socket.Connect(new UnixDomainSocketEndPoint(path));
    }, new() { Remote = new UnixDomainSocketEndPoint(path), Transport = "unix" }), code, exit);

    private static SocketFailure Fails(SocketCall call, Action action, FailureContext? context = null) =>
        SocketFailure.From(call, Assert.Throws<SocketException>(action), context);

    // What holds for every explanation: both languages, the same code, no placeholder left, nothing empty.
    private Explanation Explain(SocketFailure failure, string code, int exit)
    {
        Explanation told = _explainer.Explain(failure, Language.English), indonesian = _explainer.Explain(failure, Language.Indonesian);
        Assert.Equal(code, told.Code);
        Assert.Equal(code, indonesian.Code);
        Assert.Equal(exit, told.ExitCode);
        foreach (string text in (string[])[told.Cause, told.Remedy, indonesian.Cause, indonesian.Remedy, .. told.RuledOut, .. indonesian.RuledOut])
        {
            Assert.NotEmpty(text);
            Assert.DoesNotContain('{', text);
        }

        return told;
    }

    private static void NeedsIPv6()
    {
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        }
        catch (SocketException)
        {
            Needs.That(false, "this machine has no IPv6 loopback");
        }
    }

    // setfsuid(2) changes what the calling thread may do with files, and nothing else.
    private static void AsNobody(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            _ = SetEffectiveUser(-1, 65534, -1);
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    // The system call, not the C library's function: that one changes every thread of the process.
    private static long SetEffectiveUser(int real, int effective, int saved) =>
        SystemCall(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 117 : 147, real, effective, saved);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SystemCall(long number, long first, long second, long third);
}
