using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Soket.Explain;

/// <summary>
/// What can be told of a machine wherever .NET runs: its listeners and connections (without their holders), its addresses and routes, and what is
/// free to bind. The base of what a platform knows better.
/// </summary>
public class PortableSystemFacts : ISystemFacts
{
    /// <inheritdoc/>
    public virtual int? FirstUnprivilegedPort => null;

    /// <inheritdoc/>
    public virtual long? OpenFileLimit => null;

    /// <inheritdoc/>
    public virtual IReadOnlyList<string>? CongestionControls => null;

    /// <inheritdoc/>
    public virtual IReadOnlyList<string>? Interfaces => [.. NetworkInterface.GetAllNetworkInterfaces().Select(one => one.Name)];

    /// <inheritdoc/>
    public virtual IReadOnlyList<IPAddress>? OwnAddresses =>
        [.. Unicast().Select(unicast => unicast.Address)];

    /// <inheritdoc/>
    public virtual IReadOnlyList<IPAddress>? NameServers
    {
        get
        {
            // .NET reads resolv.conf or the adapters' settings; some mobile platforms have neither.
            if (OperatingSystem.IsAndroid())
                return null;
            return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().DnsAddresses).Distinct()];
        }
    }

    /// <inheritdoc/>
    public virtual IReadOnlyList<string>? LocalNames
    {
        get
        {
            string path = OperatingSystem.IsWindows() ? Path.Combine(Environment.SystemDirectory, "drivers", "etc", "hosts") : "/etc/hosts";
            return [.. File.ReadLines(path).Take(10_000).SelectMany(ParseHosts).Distinct(StringComparer.OrdinalIgnoreCase)];
        }
    }

    /// <inheritdoc/>
    public virtual IReadOnlyList<SocketFact>? SocketsOnPort(string protocol, int port)
    {
        var facts = new List<SocketFact>();
        facts.AddRange(Listeners(protocol)!.Where(fact => ((IPEndPoint)fact.Local).Port == port));
        if (protocol == "tcp")
        {
            facts.AddRange(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
                .Where(connection => connection.LocalEndPoint.Port == port && connection.State != TcpState.Listen)
                .Select(connection => new SocketFact("tcp", connection.LocalEndPoint, Name(connection.State), null) { Remote = connection.RemoteEndPoint }));
        }

        return facts;
    }

    /// <inheritdoc/>
    public virtual IReadOnlyList<SocketFact>? Listeners(string protocol)
    {
        IPGlobalProperties properties = IPGlobalProperties.GetIPGlobalProperties();
        return protocol == "tcp"
            ? [.. properties.GetActiveTcpListeners().Select(local => new SocketFact("tcp", local, "LISTEN", null))]
            : [.. properties.GetActiveUdpListeners().Select(local => new SocketFact("udp", local, "UNCONN", null))];
    }

    /// <inheritdoc/>
    public virtual IReadOnlyList<SocketFact>? SocketsOnPath(string path) => null;

    /// <inheritdoc/>
    public virtual bool? IsFree(string protocol, IPEndPoint address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, protocol == "tcp" ? SocketType.Stream : SocketType.Dgram, protocol == "tcp" ? ProtocolType.Tcp : ProtocolType.Udp);
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = false;
            socket.Bind(address);
            if (protocol == "tcp")
                socket.Listen(1); // binding alone succeeds beside another socket that allows reuse and does not listen
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public virtual RouteFact? RouteTo(IPAddress address)
    {
        // Connecting a datagram socket only looks up the route and fixes the addresses; nothing is sent before the first send.
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(new IPEndPoint(address, 9)); // discard; the port plays no part in routing
            return new(((IPEndPoint)socket.LocalEndPoint!).Address, null) { IsOnLink = IsOnLink(address) };
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported or SocketError.NetworkDown)
        {
            return new(null, Errno.Name(e.SocketErrorCode));
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public virtual PathFact? PathAt(string path, bool bind)
    {
        if (Directory.Exists(path))
            return new(path, PathKind.Directory);
        if (File.Exists(path))
            return new(path, PathKind.Unknown);
        string directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        return new(path, Directory.Exists(directory) ? PathKind.Missing : PathKind.DirectoryMissing);
    }

    /// <inheritdoc/>
    public virtual bool? IsSocketHeld(string path) => null;

    /// <summary>The names in one line of a hosts file, hosts(5).</summary>
    internal static IEnumerable<string> ParseHosts(string line)
    {
        int comment = line.IndexOf('#', StringComparison.Ordinal);
        return (comment < 0 ? line : line[..comment]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Skip(1);
    }

    /// <summary>Whether an address lies in the network of another, whose first bits name the network. Pure.</summary>
    internal static bool SharesPrefix(IPAddress a, IPAddress b, int bits)
    {
        byte[] left = a.GetAddressBytes(), right = b.GetAddressBytes();
        if (left.Length != right.Length || bits < 0 || bits > left.Length * 8)
            return false;
        int whole = bits / 8, rest = bits % 8;
        return left.AsSpan(0, whole).SequenceEqual(right.AsSpan(0, whole)) && (rest == 0 || (left[whole] ^ right[whole]) >> (8 - rest) == 0);
    }

    private static bool? IsOnLink(IPAddress address) => Unicast().Any(unicast => SharesPrefix(unicast.Address, address, unicast.PrefixLength));

    private static IEnumerable<UnicastIPAddressInformation> Unicast() => NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses);

    private static string Name(TcpState state) => state switch
    {
        TcpState.Established => "ESTABLISHED",
        TcpState.SynSent => "SYN_SENT",
        TcpState.SynReceived => "SYN_RECV",
        TcpState.FinWait1 => "FIN_WAIT_1",
        TcpState.FinWait2 => "FIN_WAIT_2",
        TcpState.TimeWait => "TIME_WAIT",
        TcpState.CloseWait => "CLOSE_WAIT",
        TcpState.LastAck => "LAST_ACK",
        TcpState.Closing => "CLOSING",
        TcpState.Listen => "LISTEN",
        _ => "CLOSED",
    };
}
