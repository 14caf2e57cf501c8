using Label = Soket.Capture.Bpf.BpfAssembler.Label;

namespace Soket.Capture.Bpf;

/// <content>IPv4: options, fragments, and the packet that an ICMP error quotes.</content>
internal sealed partial class EndpointProgram
{
    private const byte Icmp = 1;
    private static readonly byte[] Errors = [3, 4, 5, 11, 12]; // RFC 792: what quotes a packet

    private void Ipv4(int at)
    {
        Label pass = new(), drop = new(), transport = new(), icmp = new(), hosts = new();
        if (!AnyHost && _hosts.Length == 0)
        {
            _program.End(0);
            return;
        }

        _program.LoadByte(at + 9);
        _program.If(Icmp, icmp);
        if (AnyProtocol)
            _program.Go(hosts);
        foreach (byte wanted in AnyProtocol ? [] : _transports)
            _program.If(wanted, transport);
        _program.Go(drop);

        _program.Mark(transport);
        if (_filter.Port is not null)
        {
            // Only the first fragment has the ports.
            _program.LoadHalf(at + 6);
            _program.IfAny(0x1FFF, hosts);
            _program.HeaderLengthToX(at);
            Ends(at + 12, at + 16, at, pass, drop, restore: null, toPorts: null);
        }

        _program.Mark(hosts);
        if (AnyHost)
            _program.Go(pass);
        EitherHost(at + 12, at + 16, pass);
        _program.Go(drop);

        _program.Mark(icmp);
        if (AnyProtocol)
            EitherHost(at + 12, at + 16, pass);
        _program.LoadHalf(at + 6);
        _program.IfAny(0x1FFF, drop);
        _program.HeaderLengthToX(at);
        Label error = new(), quoted = new();
        _program.LoadByteBehindX(at);
        foreach (byte type in Errors)
            _program.If(type, error);
        _program.Go(drop);
        _program.Mark(error);
        int quote = at + 8;
        if (!AnyProtocol)
        {
            _program.LoadByteBehindX(quote + 9);
            foreach (byte wanted in _transports)
                _program.If(wanted, quoted);
            _program.Go(drop);
        }

        _program.Mark(quoted);
        Ends(quote + 12, quote + 16, quote, pass, drop, restore: () => _program.HeaderLengthToX(at), toPorts: () => _program.AddHeaderLengthToX(quote));
        Verdicts(pass, drop);
    }

    // The endpoint is the source with its port, or the destination with its own. X is where the header begins or, of a quoted one, how far it is moved.
    private void Ends(int source, int destination, int ports, Label pass, Label drop, Action? restore, Action? toPorts)
    {
        bool quoted = toPorts is not null;
        Label from = new(), to = new(), toPort = new();
        if (AnyHost)
        {
            _program.Go(from);
        }
        else
        {
            Load(source, quoted);
            foreach (uint host in _hosts)
                _program.If(host, from);
            _program.Go(to);
        }

        _program.Mark(from);
        if (_filter.Port is not { } port)
        {
            _program.Go(pass);
        }
        else
        {
            toPorts?.Invoke();
            _program.LoadHalfBehindX(ports);
            _program.If((uint)port, pass);
            restore?.Invoke();
        }

        _program.Mark(to);
        if (!AnyHost)
        {
            Load(destination, quoted);
            foreach (uint host in _hosts)
                _program.If(host, toPort);
            _program.Go(drop);
        }

        _program.Mark(toPort);
        if (_filter.Port is { } same)
        {
            toPorts?.Invoke();
            _program.LoadHalfBehindX(ports + 2);
            _program.If((uint)same, pass);
            _program.Go(drop);
        }
        else
        {
            _program.Go(pass);
        }
    }

    private void Load(int place, bool behindX)
    {
        if (behindX)
            _program.LoadWordBehindX(place);
        else
            _program.LoadWord(place);
    }

    private void EitherHost(int source, int destination, Label pass)
    {
        foreach (int place in (ReadOnlySpan<int>)[source, destination])
        {
            if (_hosts.Length == 0)
                break;
            _program.LoadWord(place);
            foreach (uint host in _hosts)
                _program.If(host, pass);
        }
    }
}
