using Label = Soket.Capture.Bpf.BpfAssembler.Label;

namespace Soket.Capture.Bpf;

/// <content>IPv6: extension headers, fragments, and the packet that an ICMPv6 error quotes.</content>
internal sealed partial class EndpointProgram
{
    private const byte Fragment = 44, Authentication = 51, Icmp6 = 58;
    private static readonly byte[] Extensions = [0, 43, 60]; // hop-by-hop, routing, destination options: their length stands in one unit
    private static readonly byte[] Further = [.. Extensions, Fragment, Authentication];
    private static readonly byte[] Errors6 = [1, 2, 3, 4];   // RFC 4443

    private void Ipv6(int at)
    {
        if (!AnyHost && _hosts6.Length == 0)
        {
            _program.End(0);
            return;
        }

        Label pass = new(), drop = new(), icmp = new();
        _program.LoadByte(at + 6);
        _program.If(Icmp6, icmp);
        Carried(at, at + 40, pass, drop);

        _program.Mark(icmp);
        if (AnyProtocol)
            EitherHost6(at, pass);
        Label error = new();
        _program.LoadByte(at + 40);
        foreach (byte type in Errors6)
            _program.If(type, error);
        _program.Go(drop);
        _program.Mark(error);
        _program.LoadByte(at + 48 + 6);
        Carried(at + 48, at + 88, pass, drop);
        Verdicts(pass, drop);
    }

    // What an IPv6 header at a place carries behind it, its next header being in A.
    private void Carried(int header, int next, Label pass, Label drop)
    {
        Label transport = new(), hosts = new(), fragment = new(), first = new(), extension = new(), behind = new(), ends = new();
        if (AnyProtocol)
        {
            Hosts6(header, pass, drop);
            return;
        }

        _program.If(Fragment, fragment);
        _program.If(Authentication, hosts);
        foreach (byte type in Extensions)
            _program.If(type, extension);
        foreach (byte wanted in _transports)
            _program.If(wanted, transport);
        _program.Go(drop);

        // X is what stands between the header and the ports, so that the long comparisons of addresses are written once.
        _program.Mark(transport);
        _program.ConstantToX(0);
        _program.Go(ends);

        _program.Mark(extension);
        Inside(next, behind, hosts, drop);
        _program.Mark(behind);
        _program.ExtensionLengthToX(next + 1);
        _program.Go(ends);

        _program.Mark(fragment);
        Inside(next, first, hosts, drop);
        _program.Mark(first);
        _program.LoadHalf(next + 2);
        _program.IfAny(0xFFF8, hosts);
        _program.ConstantToX(8);
        _program.Mark(ends);
        Ends6(header, next, pass, drop);

        _program.Mark(hosts);
        Hosts6(header, pass, drop);
    }

    // One extension header is looked through. What has two or more is told by its addresses.
    private void Inside(int next, Label transport, Label hosts, Label drop)
    {
        _program.LoadByte(next);
        foreach (byte type in Further)
            _program.If(type, hosts);
        foreach (byte wanted in _transports)
            _program.If(wanted, transport);
        _program.Go(drop);
    }

    private void Hosts6(int header, Label pass, Label drop)
    {
        if (AnyHost)
            _program.Go(pass);
        EitherHost6(header, pass);
        _program.Go(drop);
    }

    private void Ends6(int header, int ports, Label pass, Label drop)
    {
        if (AnyHost)
        {
            Port(ports, pass);
            Port(ports + 2, pass);
        }

        foreach (int end in AnyHost ? [] : (int[])[0, 1])
        {
            foreach (uint[] host in _hosts6)
            {
                Label other = new();
                Same(header + 8 + (16 * end), host, other);
                Port(ports + (2 * end), pass);
                _program.Mark(other);
            }
        }

        _program.Go(drop);
    }

    private void Port(int place, Label pass)
    {
        if (_filter.Port is not { } port)
        {
            _program.Go(pass);
            return;
        }

        _program.LoadHalfBehindX(place);
        _program.If((uint)port, pass);
    }

    private void EitherHost6(int header, Label pass)
    {
        foreach (int place in (int[])[header + 8, header + 24])
        {
            foreach (uint[] host in _hosts6)
            {
                Label other = new();
                Same(place, host, other);
                _program.Go(pass);
                _program.Mark(other);
            }
        }
    }

    private void Same(int place, uint[] host, Label other)
    {
        for (int word = 0; word < host.Length; word++)
        {
            _program.LoadWord(place + (4 * word));
            _program.IfNot(host[word], other);
        }
    }
}
