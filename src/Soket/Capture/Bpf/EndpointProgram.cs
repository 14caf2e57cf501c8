using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Soket.Protocols.Packets;
using Label = Soket.Capture.Bpf.BpfAssembler.Label;

namespace Soket.Capture.Bpf;

/// <summary>Writes the program of a <see cref="CaptureFilter"/>: link header, VLAN tags, then IPv4 or IPv6 at the place where they were found.</summary>
internal sealed partial class EndpointProgram
{
    private const byte Tcp = 6, Udp = 17;
    private const int VlanDepth = 2; // 802.1ad: a tag of the provider, one of the customer

    private readonly CaptureFilter _filter;
    private readonly int _snap;
    private readonly byte[] _transports;
    private readonly uint[] _hosts;
    private readonly uint[][] _hosts6;
    private readonly BpfAssembler _program = new();

    public EndpointProgram(CaptureFilter filter, int snapLength)
    {
        _filter = filter;
        _snap = snapLength;
        _transports = filter.Kind switch { ConversationKind.Tcp => [Tcp], ConversationKind.Udp => [Udp], _ => [Tcp, Udp] };
        _hosts = [.. Words(AddressFamily.InterNetwork).Select(static words => words[0])];
        _hosts6 = [.. Words(AddressFamily.InterNetworkV6)];
    }

    /// <summary>Whether whatever IP carries is wanted, not TCP or UDP alone.</summary>
    private bool AnyProtocol => _filter is { Kind: null, Port: null };

    private bool AnyHost => _filter.Hosts.Count == 0;

    public IReadOnlyList<BpfInstruction> Compile(LinkType link)
    {
        if (_filter.IsEverything)
        {
            _program.End(_snap);
            return _program.Finish();
        }

        switch (link)
        {
            case LinkType.Ethernet:
                ByType(12, 14, VlanDepth);
                break;
            case LinkType.LinuxCooked:
                ByType(14, 16, VlanDepth);
                break;
            case LinkType.LinuxCooked2:
                ByType(0, 20, VlanDepth);
                break;
            case LinkType.Null or LinkType.Loop:
                ByVersion(4);
                break;
            case LinkType.RawIp or LinkType.Ipv4 or LinkType.Ipv6:
                ByVersion(0);
                break;
            default:
                _program.End(_snap);
                break;
        }

        return _program.Finish();
    }

    // An EtherType at a place, and what it announces at another.
    private void ByType(int type, int next, int tags)
    {
        Label four = new(), six = new(), tagged = new();
        _program.LoadHalf(type);
        _program.If(0x0800, four);
        _program.If(0x86DD, six);
        if (tags > 0)
        {
            _program.If(0x8100, tagged);
            _program.If(0x88A8, tagged);
        }

        _program.End(0);
        _program.Mark(four);
        Ipv4(next);
        _program.Mark(six);
        Ipv6(next);
        _program.Mark(tagged);
        if (tags > 0)
            ByType(next + 2, next + 4, tags - 1);
    }

    private void ByVersion(int at)
    {
        Label four = new(), six = new();
        _program.LoadByte(at);
        _program.Shift(4);
        _program.If(4, four);
        _program.If(6, six);
        _program.End(0);
        _program.Mark(four);
        Ipv4(at);
        _program.Mark(six);
        Ipv6(at);
    }

    private void Verdicts(Label pass, Label drop)
    {
        _program.Mark(pass);
        _program.End(_snap);
        _program.Mark(drop);
        _program.End(0);
    }

    private IEnumerable<uint[]> Words(AddressFamily family) =>
        from host in _filter.Hosts
        where host.AddressFamily == family
        let bytes = host.GetAddressBytes()
        select Enumerable.Range(0, bytes.Length / 4).Select(word => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(word * 4))).ToArray();
}
