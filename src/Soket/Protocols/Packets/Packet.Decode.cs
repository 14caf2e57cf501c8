namespace Soket.Protocols.Packets;

public sealed partial class Packet
{
    /// <summary>The most VLAN tags that are read.</summary>
    public const int MaxVlans = 8;

    /// <summary>Takes a packet apart, layer by layer, as far as it goes. Never fails: why it stopped is in <see cref="Problem"/>.</summary>
    /// <param name="captured">The packet. Its bytes are not copied: what is lent stays lent.</param>
    public static Packet Decode(in CapturedPacket captured)
    {
        var layers = new Layers(captured);
        layers.Link(captured.Link);
        return layers.ToPacket(captured);
    }

    internal static Packet DecodeWhole(in CapturedPacket captured, Packet last, int fragments)
    {
        var layers = new Layers(captured);
        layers.Over(last, fragments);
        layers.Link(LinkType.RawIp);
        return layers.ToPacket(captured);
    }

    // What has been read so far, and the bytes not read yet.
    private struct Layers(in CapturedPacket captured)
    {
        private ReadOnlyMemory<byte> _rest = captured.Bytes;

        // On the wire. A capture file may say less than it holds.
        private int _length = Math.Max(captured.OriginalLength, captured.Bytes.Length);

        private EthernetHeader? _ethernet;
        private LinuxCookedHeader? _cooked;
        private List<VlanTag>? _vlans;
        private EtherType _type;
        private ArpMessage? _arp;
        private Ipv4Header? _ipv4;
        private Ipv6Header? _ipv6;
        private IcmpMessage? _icmp;
        private TcpHeader? _tcp;
        private UdpHeader? _udp;
        private ReadOnlyMemory<byte> _ip;
        private int _ipLength;
        private int _transportOffset;
        private int _missing;
        private PacketProblem _problem;
        private int _fragments;

        // What Linux writes in a cooked header before LLC (ETH_P_802_2).
        private const ushort CookedLlc = 4;

        public readonly Packet ToPacket(in CapturedPacket captured) => new()
        {
            Captured = captured,
            Ethernet = _ethernet,
            Cooked = _cooked,
            Vlans = _vlans ?? (IReadOnlyList<VlanTag>)[],
            Type = _type,
            Arp = _arp,
            Ipv4 = _ipv4,
            Ipv6 = _ipv6,
            Icmp = _icmp,
            Tcp = _tcp,
            Udp = _udp,
            Ip = _ip,
            IpLength = _ipLength,
            TransportOffset = _transportOffset,
            Payload = _rest,
            PayloadLength = _length,
            Problem = _problem,
            Fragments = _fragments,
        };

        // What was put together came over the link of its last fragment.
        public void Over(Packet last, int fragments)
        {
            _ethernet = last.Ethernet;
            _cooked = last.Cooked;
            _vlans = last.Vlans.Count == 0 ? null : [.. last.Vlans];
            _type = last.Type;
            _fragments = fragments;
        }

        public void Link(LinkType link)
        {
            switch (link)
            {
                case LinkType.Ethernet:
                    ReadEthernet();
                    break;
                case LinkType.RawIp or LinkType.Ipv4 or LinkType.Ipv6:
                    ReadIp();
                    break;
                case LinkType.Null or LinkType.Loop:
                    if (LoopbackHeader.TryParse(_rest.Span, out LoopbackHeader loopback, out _problem))
                        Skip(LoopbackHeader.Length, loopback.Type);
                    break;
                case LinkType.LinuxCooked or LinkType.LinuxCooked2:
                    ReadCooked(link == LinkType.LinuxCooked2);
                    break;
                default:
                    _problem = PacketProblem.UnknownLink;
                    break;
            }
        }

        private void ReadEthernet()
        {
            if (!EthernetHeader.TryParse(_rest.Span, out EthernetHeader header, out _problem))
                return;
            _ethernet = header;
            Skip(EthernetHeader.Length, header.Type);
        }

        private void ReadCooked(bool second)
        {
            LinuxCookedHeader header;
            bool read = second
                ? LinuxCookedHeader.TryParse2(_rest.Span, out header, out _problem)
                : LinuxCookedHeader.TryParse(_rest.Span, out header, out _problem);
            if (!read)
                return;
            _cooked = header;
            Skip(second ? LinuxCookedHeader.Length2 : LinuxCookedHeader.Length1, header.Type);
        }

        // Past a link's header, to what it says it carries.
        private void Skip(int header, EtherType type)
        {
            Advance(header);
            _type = type;
            while (VlanTag.IsTag(_type))
            {
                if (_vlans?.Count == MaxVlans)
                {
                    _problem = PacketProblem.TooManyHeaders;
                    return;
                }

                // A tag begins with the type before it, which has been passed.
                if (!ReadVlan())
                    return;
            }

            if (_type == EtherType.None && (_ethernet is not null || _vlans is not null || _cooked is { Protocol: CookedLlc }) && SnapHeader.TryParse(_rest.Span, out SnapHeader snap, out _))
            {
                Advance(SnapHeader.Length);
                _type = snap.Type;
            }

            switch (_type)
            {
                case EtherType.Arp:
                    ReadArp();
                    break;
                case EtherType.Ipv4 or EtherType.Ipv6:
                    ReadIp();
                    break;
                default:
                    _problem = PacketProblem.UnknownProtocol;
                    break;
            }
        }

        private bool ReadVlan()
        {
            Span<byte> tagged = stackalloc byte[VlanTag.Length + 2];
            tagged[0] = (byte)((ushort)_type >> 8);
            tagged[1] = (byte)_type;
            ReadOnlySpan<byte> bytes = _rest.Span[..Math.Min(VlanTag.Length, _rest.Length)];
            bytes.CopyTo(tagged[2..]);
            if (!VlanTag.TryParse(tagged[..(2 + bytes.Length)], out VlanTag tag, out _problem))
                return false;
            (_vlans ??= []).Add(tag);
            Advance(VlanTag.Length);
            _type = tag.Type;
            return true;
        }

        private void ReadArp()
        {
            if (!ArpMessage.TryParse(_rest.Span, out ArpMessage message, out _problem))
                return;
            _arp = message;

            // What follows on Ethernet only fills the frame.
            Advance(Math.Min(ArpMessage.Length, _rest.Length));
            End(0);
        }

        // By the version in the packet itself: a link that names the wrong one is seen in Type.
        private void ReadIp()
        {
            if (_rest.IsEmpty)
                _problem = PacketProblem.Truncated;
            else if (_rest.Span[0] >> 4 == 6)
                ReadIpv6();
            else
                ReadIpv4();
        }

        private void ReadIpv4()
        {
            if (!Ipv4Header.TryParse(_rest.Span, out Ipv4Header header, out _problem))
                return;
            _ipv4 = header;

            // 0 is a packet that the card was yet to cut into segments: it is as long as the frame says.
            Enter(header.HeaderLength, header.TotalLength == 0 ? _length : header.TotalLength);
            if (_problem == PacketProblem.None)
                ReadTransport(header.Protocol, header.FragmentOffset > 0);
            TellLength();
        }

        private void ReadIpv6()
        {
            if (!Ipv6Header.TryParse(_rest.Span, out Ipv6Header header, out _problem))
                return;
            _ipv6 = header;
            Enter(header.HeaderLength, header.LengthIsElsewhere ? _length : Ipv6Header.FixedLength + header.PayloadLength);
            if (_problem == PacketProblem.None)
                ReadTransport(header.Protocol, header.Fragment is { Offset: > 0 });
            TellLength();
        }

        private void Enter(int header, int told)
        {
            _missing = Math.Max(0, told - _length);
            End(told);
            _ip = _rest;
            _ipLength = told;
            _transportOffset = Math.Min(header, _rest.Length);

            // What IP says and the frame never had was not sent, and is no payload.
            _length -= _missing;
            Advance(Math.Min(header, _length));
        }

        // Told last: the headers are there to be read all the same.
        private void TellLength()
        {
            if (_problem == PacketProblem.None && _missing > 0)
                _problem = PacketProblem.Length;
        }

        private void ReadTransport(IpProtocol protocol, bool later)
        {
            if (later)
            {
                _problem = PacketProblem.Fragment;
                return;
            }

            switch (protocol)
            {
                case IpProtocol.Tcp:
                    ReadTcp();
                    break;
                case IpProtocol.Udp:
                    ReadUdp();
                    break;
                case IpProtocol.Icmp when _ipv4 is not null:
                case IpProtocol.Icmpv6 when _ipv6 is not null:
                    ReadIcmp();
                    break;
                case IpProtocol.NoNextHeader when _ipv6 is not null:
                    break;
                default:
                    _problem = PacketProblem.UnknownProtocol;
                    break;
            }
        }

        private void ReadTcp()
        {
            if (!TcpHeader.TryParse(_rest.Span, out TcpHeader header, out _problem))
                return;
            _tcp = header;

            // IP itself leaves no room for the options: then no capture has lost them.
            if (header.HeaderLength > _length)
                _problem = PacketProblem.Length;
            Advance(Math.Min(header.HeaderLength, _length));
        }

        private void ReadUdp()
        {
            if (!UdpHeader.TryParse(_rest.Span, out UdpHeader header, out _problem))
                return;
            _udp = header;
            bool fragment = _ipv4 is { IsFragment: true } || _ipv6 is { IsFragment: true };
            if (header.Length > _length && !fragment)
                _problem = PacketProblem.Length;
            if (header.Length >= UdpHeader.HeaderLength)
                End(Math.Min(header.Length, _length));
            Advance(UdpHeader.HeaderLength);
        }

        private void ReadIcmp()
        {
            if (!IcmpMessage.TryParse(_rest.Span, _ipv6 is not null, out IcmpMessage message, out _problem))
                return;
            _icmp = message;
            Advance(Math.Min(IcmpMessage.HeaderLength, _length));
        }

        private void Advance(int bytes)
        {
            _rest = _rest[Math.Min(bytes, _rest.Length)..];
            _length -= bytes;
        }

        // What comes after so many bytes is not part of it: Ethernet fills short frames up.
        private void End(int length)
        {
            if (_rest.Length > length)
                _rest = _rest[..length];
            _length = length;
        }
    }
}
