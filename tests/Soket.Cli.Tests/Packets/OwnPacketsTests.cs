using System.Net;
using System.Net.Sockets;
using Soket.Cli.Commands.RunPackets;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Cli.Tests.Packets;

/// <summary>Which of the packets that pass are this run's.</summary>
public sealed class OwnPacketsTests
{
    private static readonly IPEndPoint _client = new(IPAddress.Parse("192.0.2.7"), 40_000), _server = new(IPAddress.Parse("192.0.2.1"), 80), _stranger = new(IPAddress.Parse("192.0.2.7"), 40_001);
    private static readonly DateTime _now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private readonly List<CapturedPacket> _taken = [];
    private readonly OwnPackets _own;

    public OwnPacketsTests() => _own = new OwnPackets(_taken.Add, address => address.Equals(_client.Address) || address.Equals(IPAddress.Loopback));

    [Fact]
    public void What_passed_before_a_client_told_its_port_is_kept_for_it_and_a_strangers_is_not()
    {
        _own.Take(Segment(_client, _server, TcpFlags.Syn));
        _own.Take(Segment(_stranger, _server, TcpFlags.Syn));
        _own.Take(Segment(_server, _client, TcpFlags.Syn | TcpFlags.Ack));
        Assert.Empty(_taken);
        _own.On(new() { Transport = "tcp", Role = SocketRole.Client, Call = SocketCall.Connect, Local = _client, Remote = _server, Utc = _now });
        Assert.Equal(2, _taken.Count);
        _own.Take(Segment(_client, _server, TcpFlags.Ack));
        _own.Take(Segment(_stranger, _server, TcpFlags.Ack));
        Assert.Equal(3, _taken.Count);
    }

    [Fact]
    public void Whoever_comes_to_a_socket_that_listens_is_its_own()
    {
        _own.On(new() { Transport = "tcp", Role = SocketRole.Listener, Call = SocketCall.Listen, Local = new IPEndPoint(IPAddress.Any, 80), Utc = _now });
        _own.Take(Segment(new(IPAddress.Parse("198.51.100.5"), 7), new(_client.Address, 80), TcpFlags.Syn));
        _own.Take(Segment(_client, _server, TcpFlags.Syn)); // this machine's own call at the same port of another one
        _own.Take(Datagram(new(IPAddress.Parse("198.51.100.5"), 7), new(_client.Address, 80)));
        Assert.Single(_taken);
    }

    [Fact]
    public void A_refused_connect_has_its_packets_whether_they_come_before_or_after_it_is_told()
    {
        SocketEvent refused = new()
        {
            Transport = "tcp", Role = SocketRole.Client, Call = SocketCall.Connect, Remote = _server, Utc = _now, Duration = TimeSpan.FromMilliseconds(1),
            Failure = SocketFailure.From(SocketCall.Connect, new SocketException((int)SocketError.ConnectionRefused)),
        };
        _own.Take(Segment(_client, _server, TcpFlags.Syn));
        _own.On(in refused);
        Assert.Single(_taken);
        _own.Take(Segment(_server, _client, TcpFlags.Rst | TcpFlags.Ack));
        Assert.Equal(2, _taken.Count);
        _own.Take(Segment(_stranger, _server, TcpFlags.Syn, _now.AddSeconds(1))); // later, and another program's
        _own.Take(Segment(_stranger, _server, TcpFlags.Ack));
        Assert.Equal(2, _taken.Count);
    }

    [Fact]
    public void A_connect_that_was_given_up_has_one_port_whoever_else_tries_the_same_place()
    {
        _own.On(new() { Transport = "tcp", Role = SocketRole.Client, Connection = 7, Call = SocketCall.Socket, Utc = _now });
        _own.Take(Segment(_client, _server, TcpFlags.Syn, _now.AddMilliseconds(20)));
        _own.Take(Segment(_stranger, _server, TcpFlags.Syn, _now.AddMilliseconds(700))); // sent again, and another program's
        _own.Take(Segment(_client, _server, TcpFlags.Syn, _now.AddMilliseconds(1020)));
        _own.On(new() { Transport = "tcp", Role = SocketRole.Client, Connection = 7, Call = SocketCall.Close, Reason = "given-up", Remote = _server, Utc = _now.AddSeconds(2) });
        Assert.Equal([20, 1020], _taken.Select(packet => (packet.Nanoseconds - ((_now - DateTime.UnixEpoch).Ticks * 100)) / 1_000_000));
        _own.Take(Segment(_stranger, _server, TcpFlags.Syn, _now.AddMilliseconds(1900)));
        Assert.Equal(2, _taken.Count);
    }

    [Fact]
    public void An_ICMP_error_goes_with_what_it_is_about()
    {
        _own.On(new() { Transport = "udp", Role = SocketRole.Client, Call = SocketCall.Connect, Local = _client, Remote = _server, Utc = _now });
        byte[] about = Datagram(_client, _server).Bytes.ToArray(), other = Datagram(_stranger, _server).Bytes.ToArray();
        _own.Take(Unreachable(about));
        _own.Take(Unreachable(other));
        Assert.Single(_taken);
    }

    [Fact]
    public void What_is_held_is_bounded_and_the_oldest_goes_first()
    {
        byte[] big = new byte[60_000];
        _own.Take(Segment(_client, _server, TcpFlags.Syn));
        for (int i = 0; i < 400; i++)
            _own.Take(Segment(_stranger, _server, TcpFlags.Ack, data: big));
        _own.On(new() { Transport = "tcp", Role = SocketRole.Client, Call = SocketCall.Connect, Local = _client, Remote = _server, Utc = _now });
        Assert.Empty(_taken); // let go with 24 MB of others'
        _own.Take(Segment(_client, _server, TcpFlags.Ack));
        Assert.Single(_taken);
    }

    [Fact]
    public void Addresses_are_the_same_however_they_are_written()
    {
        IPEndPoint mapped = new(IPAddress.Parse("::ffff:192.0.2.7"), 40_000), server = new(IPAddress.Parse("::ffff:192.0.2.1"), 80);
        _own.On(new() { Transport = "tcp", Role = SocketRole.Server, Call = SocketCall.Accept, Local = mapped, Remote = server, Utc = _now });
        _own.Take(Segment(_client, _server, TcpFlags.Ack));
        Assert.Single(_taken);
    }

    private static CapturedPacket Segment(IPEndPoint from, IPEndPoint to, TcpFlags flags, DateTime? at = null, byte[]? data = null)
    {
        byte[] packet = new byte[100 + (data?.Length ?? 0)];
        int length = PacketWriter.WriteTcp(packet, from.Address, to.Address, (ushort)from.Port, (ushort)to.Port, 1, 1, flags, 1000, default, data);
        return Captured(packet[..length], at ?? _now);
    }

    private static CapturedPacket Datagram(IPEndPoint from, IPEndPoint to)
    {
        byte[] packet = new byte[100];
        int length = PacketWriter.WriteUdp(packet, from.Address, to.Address, (ushort)from.Port, (ushort)to.Port, "halo"u8);
        return Captured(packet[..length], _now);
    }

    private static CapturedPacket Unreachable(byte[] about)
    {
        byte[] packet = new byte[200];
        int header = PacketWriter.WriteIp(packet, _server.Address, _client.Address, IpProtocol.Icmp, 8 + about.Length);
        packet[header] = packet[header + 1] = 3;
        about.CopyTo(packet, header + 8);
        return Captured(packet[..(header + 8 + about.Length)], _now);
    }

    private static CapturedPacket Captured(byte[] bytes, DateTime at) => new() { Nanoseconds = (at - DateTime.UnixEpoch).Ticks * 100, Link = LinkType.RawIp, Bytes = bytes, OriginalLength = bytes.Length };
}
