using System.Net;
using System.Net.Sockets;
using Soket.Capture.Bpf;
using Soket.Protocols.Packets;

namespace Soket.Capture;

/// <summary>
/// Which packets are wanted, as a question about an endpoint: those to it and from it. Compiles to a program for the kernel (classic BPF), so that what is
/// not asked for costs no copy.
/// </summary>
/// <remarks>
/// What belongs to the endpoint without naming it passes too: an ICMP or ICMPv6 error that quotes one of its packets, whoever sent it; and of a fragmented
/// datagram the fragments behind the first, which carry no port, by their addresses. So do packets with more than one IPv6 extension header, or with AH: one is
/// looked through.
/// </remarks>
public sealed record CaptureFilter
{
    /// <summary>How many addresses a filter may name.</summary>
    public const int HostLimit = 10;

    /// <summary>How many instructions a program may have: BPF_MAXINSNS of the kernel.</summary>
    public const int ProgramLimit = 4096;

    /// <summary>"All of it", as a program says it; what tcpdump says.</summary>
    public const int WholePacket = 262_144;

    private readonly IReadOnlyList<IPAddress> _hosts = [];

    /// <summary>Everything passes.</summary>
    public static CaptureFilter Everything { get; } = new();

    /// <summary>TCP or UDP; null for anything, where a port is asked for for either of them.</summary>
    public ConversationKind? Kind { get; init; }

    /// <summary>The addresses of the endpoint: any one of them. Empty, or with an address that stands for all (0.0.0.0, ::), for any.</summary>
    /// <exception cref="ArgumentException">There are more than <see cref="HostLimit"/>, or one is neither IPv4 nor IPv6.</exception>
    public IReadOnlyList<IPAddress> Hosts
    {
        get => _hosts;
        init
        {
            if (value.Any(static host => host.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)))
                throw new ArgumentException("An IPv4 or IPv6 address is needed.", nameof(value));
            IPAddress[] plain = [.. value.Select(static host => host.IsIPv4MappedToIPv6 ? host.MapToIPv4() : host).Distinct()];
            if (plain.Length > HostLimit)
                throw new ArgumentException($"A filter names at most {HostLimit} addresses.", nameof(value));
            _hosts = plain.Any(static host => host.Equals(IPAddress.Any) || host.Equals(IPAddress.IPv6Any)) ? [] : plain;
        }
    }

    /// <summary>The port of the endpoint, 1 to 65535; null for any.</summary>
    public int? Port
    {
        get;
        init => field = value is null or (> 0 and <= ushort.MaxValue) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "1 to 65535.");
    }

    /// <summary>Whether nothing is left out.</summary>
    public bool IsEverything => Kind is null && Hosts.Count == 0 && Port is null;

    /// <summary>The program for packets of a link type.</summary>
    /// <param name="link">What the packets begin with. Of one that is not known here everything passes.</param>
    /// <param name="snapLength">How many bytes of a packet that passes are to be kept.</param>
    /// <returns>At most <see cref="ProgramLimit"/> instructions.</returns>
    public IReadOnlyList<BpfInstruction> Compile(LinkType link, int snapLength = WholePacket) => new EndpointProgram(this, snapLength).Compile(link);

    /// <summary>A test that runs the program here, for packets that no kernel filters: those of a file.</summary>
    public Func<CapturedPacket, bool> Test()
    {
        var programs = new Dictionary<LinkType, BpfInstruction[]>();
        return packet =>
        {
            if (!programs.TryGetValue(packet.Link, out BpfInstruction[]? program))
                programs.Add(packet.Link, program = [.. Compile(packet.Link)]);
            return BpfMachine.Run(program, packet.Bytes.Span, packet.OriginalLength) != 0;
        };
    }

    /// <summary>Compares what is asked for.</summary>
    public bool Equals(CaptureFilter? other) => other is not null && Kind == other.Kind && Port == other.Port && Hosts.SequenceEqual(other.Hosts);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Port, Hosts.Count);
}
