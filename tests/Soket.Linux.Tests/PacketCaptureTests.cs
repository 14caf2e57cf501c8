using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Soket.Capture;
using Soket.Explain;
using Soket.Languages;
using Soket.Linux.Capture;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Linux.Tests;

/// <summary>Captures of real traffic, in networks of the tests' own, beside tcpdump.</summary>
public sealed partial class PacketCaptureTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly CancellationToken Now = new(canceled: true);

    [Fact]
    public void Loopback_gives_every_packet_once_as_tcpdump_sees_it() => Namespace.Run(() =>
    {
        Namespace.Tool("ip link set lo up");
        string file = Path.GetTempFileName();
        try
        {
            using LinuxPacketCapture capture = LinuxPacketCapture.Open("lo");
            List<CapturedPacket> ours;
            using (Process tcpdump = Tcpdump("lo", file))
            {
                Exchange(IPAddress.Loopback, 100_000);
                Exchange(IPAddress.IPv6Loopback, 5);
                ours = Take(capture);
                for (int i = 0; i < ours.Count; i++)
                    Assert.True(tcpdump.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Wait(Patience, TestContext.Current.CancellationToken)); // a line for each packet that is in the file
                Stop(tcpdump);
            }

            List<CapturedPacket> theirs = Read(file);
            Assert.Equal(theirs.Select(Seen), ours.Select(Seen));
            Assert.Equal(2, ours.Count(packet => Packet.Decode(packet).Tcp is { Flags: TcpFlags.Syn }));
            Assert.All(ours, packet => Assert.Equal((LinkType.Ethernet, PacketDirection.Unknown), (packet.Link, packet.Direction)));
            Assert.All(ours.Zip(theirs), pair => Assert.InRange(pair.First.Nanoseconds - pair.Second.Nanoseconds, -1_000_000_000, 1_000_000_000));
            Assert.Equal("lo", Assert.Single(capture.Interfaces).Name);
            Assert.Equal(new CaptureCounts(ours.Count, 0), capture.Counts);
        }
        finally
        {
            File.Delete(file);
        }
    });

    [Fact]
    public void All_interfaces_give_every_packet_once_too() => Namespace.Run(() =>
    {
        Namespace.Tool("ip link set lo up");
        using LinuxPacketCapture capture = LinuxPacketCapture.Open(null);
        int port = Exchange(IPAddress.Loopback, 10);
        Packet[] packets = [.. Take(capture).Select(packet => Packet.Decode(packet))];
        Assert.Equal("lo", Assert.Single(capture.Interfaces).Name);
        Assert.All(packets, packet => Assert.Equal((LinkType.LinuxCooked2, PacketProblem.None), (packet.Captured.Link, packet.Problem)));
        Packet first = Assert.Single(packets, packet => packet.Tcp is { Flags: TcpFlags.Syn });
        Assert.Equal(((ushort)port, IPAddress.Loopback), (first.Tcp!.Value.DestinationPort, first.Destination));
        Assert.Equal("hello", packets.Where(packet => packet.PayloadLength > 0).Select(packet => Encoding.ASCII.GetString(packet.Payload.Span)).First()[..5]);
    });

    [Fact]
    public void The_kernel_filters_and_lets_the_refusal_of_a_datagram_through() => Namespace.Run(() =>
    {
        Namespace.Tool("ip link set lo up");
        using var wanted = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        wanted.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endpoint = (IPEndPoint)wanted.LocalEndPoint!;
        wanted.Close(); // nobody is there: what is sent is refused
        var filter = new CaptureFilter { Kind = ConversationKind.Udp, Hosts = [IPAddress.Loopback], Port = endpoint.Port };
        foreach (string? name in (string?[])["lo", null])
        {
            using LinuxPacketCapture capture = LinuxPacketCapture.Open(name, filter);
            Exchange(IPAddress.Loopback, 10);
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            client.SendTo("hello"u8, endpoint);
            Packet[] packets = [.. Take(capture).Select(packet => Packet.Decode(packet))];
            Assert.Equal(2, packets.Length);
            Assert.Equal("hello", Encoding.ASCII.GetString(packets[0].Payload.Span));
            Assert.Equal((ushort)endpoint.Port, packets[1].Icmp!.Value.Quote!.DestinationPort);
            Assert.Equal(new CaptureCounts(2, 0), capture.Counts);
        }
    });

    [Fact]
    public void A_snap_length_keeps_the_beginning_and_tells_the_length() => Namespace.Run(() =>
    {
        Namespace.Tool("ip link set lo up");
        using LinuxPacketCapture capture = LinuxPacketCapture.Open("lo", snapLength: 60);
        Exchange(IPAddress.Loopback, 1_000);
        List<CapturedPacket> packets = Take(capture);
        Assert.All(packets, packet => Assert.InRange(packet.Bytes.Length, 54, 60));
        Assert.Contains(packets, packet => packet.OriginalLength > 1_000);
    });

    [Fact]
    public void What_is_lost_for_want_of_room_is_told() => Namespace.Run(() =>
    {
        Namespace.Tool("ip link set lo up");
        using LinuxPacketCapture capture = LinuxPacketCapture.Open("lo");
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var nobody = new IPEndPoint(IPAddress.Loopback, 9);
        const int sent = 400;
        byte[] datagram = new byte[60_000];
        for (int i = 0; i < sent; i++) // 24 MB into 8 MiB
            sender.SendTo(datagram, nobody);
        List<CapturedPacket> packets = Take(capture);
        CaptureCounts counts = capture.Counts;
        Assert.True(counts.Dropped > 0);
        Assert.Equal(counts.Seen - counts.Dropped, packets.Count);
        capture.Dispose();
        Assert.Equal(counts, capture.Counts); // and it stays told
    });

    [Fact]
    public void Between_two_machines_directions_and_joined_segments_are_told() => Namespace.Run(() =>
    {
        using Child other = OtherMachine();
        using LinuxPacketCapture capture = LinuxPacketCapture.Open("v0", new CaptureFilter { Port = 7 });
        using LinuxPacketCapture cooked = LinuxPacketCapture.Open(null, new CaptureFilter { Port = 7 });
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Parse("10.9.0.2"), 7);
        socket.Send(new byte[200_000]);
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, socket.Receive(new byte[1]));

        List<CapturedPacket> captured = Take(capture);
        Packet[] packets = [.. captured.Select(packet => Packet.Decode(packet))];
        Assert.Equal((TcpFlags.Syn, PacketDirection.Outbound), (packets[0].Tcp!.Value.Flags, packets[0].Captured.Direction));
        Assert.Equal((TcpFlags.Syn | TcpFlags.Ack, PacketDirection.Inbound), (packets[1].Tcp!.Value.Flags, packets[1].Captured.Direction));
        Assert.Contains(packets, packet => packet.Captured is { Coalesced: true, SegmentSize: 1448 } && packet.PayloadLength > 1500);
        Assert.All(packets, packet => Assert.True(packet.PayloadLength <= 1448 || packet.Captured.Coalesced));
        Assert.Contains(packets, packet => packet.Captured is { ChecksumPending: true, Direction: PacketDirection.Outbound });
        Assert.Equal(200_000, packets.Where(packet => packet.Captured.Direction == PacketDirection.Outbound).Sum(packet => packet.PayloadLength));
        Assert.All(captured, packet => Assert.Equal(packet.OriginalLength, packet.Bytes.Length));

        // The same packets without the header of their link; how long each joined segment was is not told there.
        List<CapturedPacket> same = Take(cooked);
        Assert.Equal(captured.Select(packet => (packet.OriginalLength - 14, packet.Direction, packet.Coalesced)), same.Select(packet => (packet.OriginalLength - 20, packet.Direction, packet.Coalesced)));
        Assert.Equal(captured.Select(packet => Convert.ToHexString(packet.Bytes.Span[14..])), same.Select(packet => Convert.ToHexString(packet.Bytes.Span[20..])));
        Assert.Equal("v0", Assert.Single(cooked.Interfaces).Name);
        GC.KeepAlive(other);
    });

    [Fact]
    public void A_VLAN_tag_that_was_taken_off_is_put_back() => Namespace.Run(() =>
    {
        const string ip = "4500001d00000000401166ad0a0900020a090001 0050005000090000 78";
        using Child other = OtherMachine();
        using var patience = new CancellationTokenSource(Patience);
        foreach ((string tags, int[] expected) in (ReadOnlySpan<(string, int[])>)[("81000005", [5]), ("88a80007 81002005", [7, 5])])
        {
            byte[] frame = Convert.FromHexString($"ffffffffffff020000000009{tags}0800{ip}".Replace(" ", "", StringComparison.Ordinal));
            var filter = new CaptureFilter { Kind = ConversationKind.Udp, Port = 80 };
            using LinuxPacketCapture capture = LinuxPacketCapture.Open("v0", filter), cooked = LinuxPacketCapture.Open(null, filter);
            Assert.Equal("sent", other.Tell(Convert.ToHexString(frame)));
            Assert.True(capture.TryNext(out CapturedPacket packet, patience.Token));
            Assert.Equal(Convert.ToHexString(frame), Convert.ToHexString(packet.Bytes.Span));
            Assert.Equal((frame.Length, PacketDirection.Inbound), (packet.OriginalLength, packet.Direction));
            Assert.Equal(expected, Packet.Decode(packet).Vlans.Select(tag => (int)tag.Id));
            if (expected.Length > 1)
                continue; // the inner tag lies where a cooked capture looks for IP
            Assert.True(cooked.TryNext(out packet, patience.Token));
            Packet decoded = Packet.Decode(packet);
            Assert.Equal((5, (ushort)80), (Assert.Single(decoded.Vlans).Id, decoded.Udp!.Value.DestinationPort));
        }
    });

    [Fact]
    public void The_interface_towards_an_address_is_the_one_its_packets_pass() => Namespace.Run(() =>
    {
        using Child other = OtherMachine();
        Assert.Equal("v0", LinuxPacketCapture.InterfaceTowards(IPAddress.Parse("10.9.0.2")));
        Assert.Equal("lo", LinuxPacketCapture.InterfaceTowards(IPAddress.Parse("10.9.0.1"))); // an address of its own
        Assert.Equal("lo", LinuxPacketCapture.InterfaceTowards(IPAddress.Parse("127.0.0.5")));
        Assert.Null(LinuxPacketCapture.InterfaceTowards(IPAddress.Parse("198.51.100.1")));
        Assert.Equal("lo", LinuxPacketCapture.InterfaceTowards([IPAddress.Loopback, IPAddress.IPv6Loopback]));
        Assert.Null(LinuxPacketCapture.InterfaceTowards([IPAddress.Loopback, IPAddress.Parse("10.9.0.2")]));
        GC.KeepAlive(other);
    });

    [Fact]
    public void A_link_without_a_header_is_captured_as_IP() => Namespace.Run(() =>
    {
        Namespace.Tool("ip tuntap add mode tun name t0");
        Namespace.Tool("ip link set t0 up");
        using LinuxPacketCapture capture = LinuxPacketCapture.Open("t0", new CaptureFilter { Port = 80 });
        Assert.Equal((LinkType.RawIp, "t0"), (capture.Interfaces[0].Link, capture.Interfaces[0].Name));
    });

    [Fact]
    public void The_kernel_takes_every_program() => Namespace.Run(() =>
    {
        IPAddress[] many = [.. Enumerable.Range(1, CaptureFilter.HostLimit).Select(i => IPAddress.Parse(i % 2 == 0 ? $"2001:db8::{i:x}" : $"192.0.2.{i}"))];
        CaptureFilter[] filters =
        [
            CaptureFilter.Everything, new() { Port = 80 }, new() { Kind = ConversationKind.Tcp }, new() { Hosts = many }, new() { Kind = ConversationKind.Udp, Hosts = many, Port = 53 },
            new() { Hosts = [IPAddress.Loopback], Port = 1 }, new() { Hosts = [IPAddress.IPv6Loopback] },
        ];
        foreach (CaptureFilter filter in filters)
        {
            foreach (LinkType link in Enum.GetValues<LinkType>())
            {
                using PacketSocket socket = PacketSocket.Open(null, cooked: false);
                socket.Attach(filter.Compile(link));
            }
        }
    });

    [Fact]
    public void A_user_without_the_privilege_is_told_how_to_have_it() => Namespace.Run(() =>
    {
        Assert.True(DropRaw(), "capset(2)");
        SocketFailure failure = Assert.Throws<SocketFailure>(() => LinuxPacketCapture.Open("lo"));
        Assert.Equal((SocketCall.Socket, "EPERM"), (failure.Call, failure.Error.Name));
        Explanation told = new Explainer(new LinuxSystemFacts()).Explain(failure, Language.English);
        Assert.Equal(("capture-not-permitted", 111), (told.Code, told.ExitCode));
        Assert.Contains("does not have the privilege CAP_NET_RAW", told.Cause, StringComparison.Ordinal);
        foreach (string way in (string[])["sudo", "setcap cap_net_raw+ep", "unshare -rn", "soket connect --trace"])
            Assert.Contains(way, told.Remedy, StringComparison.Ordinal);
    });

    [Fact]
    public void An_interface_that_is_not_there_is_told_with_those_that_are() => Namespace.Run(() =>
    {
        SocketFailure failure = Assert.Throws<SocketFailure>(() => LinuxPacketCapture.Open("eth99"));
        Explanation told = new Explainer(new LinuxSystemFacts()).Explain(failure, Language.English);
        Assert.Equal("option-value", told.Code);
        Assert.Contains("no network interface for --interface = eth99. It has: lo", told.Cause, StringComparison.Ordinal);
        Assert.Throws<SocketFailure>(() => LinuxPacketCapture.Open("a-name-longer-than-fifteen"));
    });

    [Fact]
    public void An_interface_that_goes_down_ends_the_waiting() => Namespace.Run(() =>
    {
        Namespace.Tool("ip link set lo up");
        using LinuxPacketCapture capture = LinuxPacketCapture.Open("lo");
        Namespace.Tool("ip link set lo down");
        SocketFailure failure = Assert.Throws<SocketFailure>(() => capture.TryNext(out _, TestContext.Current.CancellationToken));
        Assert.Equal("ENETDOWN", failure.Error.Name);
        Assert.Contains("interface lo is down", new Explainer(new LinuxSystemFacts()).Explain(failure, Language.English).Cause, StringComparison.Ordinal);
    });

    [Fact]
    public void Waiting_ends_when_it_is_cancelled_or_the_capture_is_disposed() => Namespace.Run(() =>
    {
        Namespace.Tool("ip link set lo up");
        LinuxPacketCapture capture = LinuxPacketCapture.Open("lo");
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(1));
        Assert.False(capture.TryNext(out _, cancel.Token));
        Task disposed = Task.Run(capture.Dispose, TestContext.Current.CancellationToken);
        Assert.False(capture.TryNext(out _, TestContext.Current.CancellationToken));
        Assert.True(disposed.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.False(capture.TryNext(out _, TestContext.Current.CancellationToken));
    });

    // A veth link to a network namespace of another process; a sink listens on port 7 there, and frames can be sent from there.
    private static Child OtherMachine()
    {
        Child other = Child.Start("""
            import ctypes, socket, subprocess, sys, threading
            ctypes.CDLL(None).unshare(0x40000000)
            print('ready', flush=True)
            sys.stdin.readline()
            for command in ('ip link set lo up', 'ip addr add 10.9.0.2/24 dev v1', 'ip link set v1 up'):
                subprocess.run(command.split(), check=True)
            server = socket.create_server(('0.0.0.0', 7))
            def sink():
                while True:
                    one, _ = server.accept()
                    while one.recv(65536):
                        pass
                    one.close()
            threading.Thread(target=sink, daemon=True).start()
            frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            frames.bind(('v1', 0))
            print('up', flush=True)
            for line in sys.stdin:
                frames.send(bytes.fromhex(line))
                print('sent', flush=True)
            """, out _);
        Namespace.Tool("ip link add v0 type veth peer name v1");
        Namespace.Tool($"ip link set v1 netns {other.Id}");
        Namespace.Tool("ip link set lo up");
        Namespace.Tool("ip addr add 10.9.0.1/24 dev v0");
        Namespace.Tool("ip link set v0 up");
        Assert.Equal("up", other.Tell("go"));
        return other;
    }

    // A connection on which a client says hello and so many bytes, and both ends close.
    private static int Exchange(IPAddress address, int bytes)
    {
        using var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        client.Send([.. "hello"u8, .. new byte[bytes]]);
        client.Shutdown(SocketShutdown.Send);
        byte[] room = new byte[64 * 1024];
        while (server.Receive(room) > 0)
        {
        }

        server.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, client.Receive(room));
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private static List<CapturedPacket> Take(LinuxPacketCapture capture)
    {
        var packets = new List<CapturedPacket>();
        while (capture.TryNext(out CapturedPacket packet, Now))
            packets.Add(packet with { Bytes = packet.Bytes.ToArray() });
        return packets;
    }

    private static List<CapturedPacket> Read(string file)
    {
        using CaptureReader reader = CaptureReader.Open(File.OpenRead(file));
        var packets = new List<CapturedPacket>();
        while (reader.TryRead(out CapturedPacket packet))
            packets.Add(packet with { Bytes = packet.Bytes.ToArray() });
        return packets;
    }

    private static (int, string) Seen(CapturedPacket packet) => (packet.OriginalLength, Convert.ToHexString(packet.Bytes.Span));

    // It says when it listens.
    private static Process Tcpdump(string name, string file)
    {
        var start = new ProcessStartInfo("tcpdump") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (ReadOnlySpan<string>)["-n", "-i", name, "-Z", Environment.UserName, "--immediate-mode", "-B", "65536", "-U", "-w", file, "--print", "-l"])
            start.ArgumentList.Add(argument);
        Process? tcpdump = null;
        try
        {
            tcpdump = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Needs.That(false, "tcpdump is not installed");
        }

        while (tcpdump!.StandardError.ReadLine() is { } line)
        {
            if (line.Contains("listening on", StringComparison.Ordinal))
                return tcpdump;
        }

        tcpdump.WaitForExit();
        throw new InvalidOperationException("tcpdump ended");
    }

    private static void Stop(Process tcpdump)
    {
        Namespace.Tool($"kill -TERM {tcpdump.Id}");
        tcpdump.StandardError.ReadToEnd();
        Assert.True(tcpdump.WaitForExit(Patience));
    }

    // This thread alone gives CAP_NET_RAW away; it ends with the test.
    private static bool DropRaw()
    {
        uint[] header = [0x20080522, 0], sets = new uint[6]; // _LINUX_CAPABILITY_VERSION_3; effective, permitted, inheritable, twice
        if (GetCapabilities(header, sets) != 0)
            return false;
        sets[0] &= ~(1u << 13);
        return SetCapabilities(header, sets) == 0;
    }

    [LibraryImport("libc", EntryPoint = "capget", SetLastError = true)]
    private static partial int GetCapabilities([In] uint[] header, [Out] uint[] sets);

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    private static partial int SetCapabilities([In] uint[] header, [In] uint[] sets);
}
