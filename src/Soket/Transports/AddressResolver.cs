using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;

namespace Soket.Transports;

/// <summary>Turns the host of an endpoint into addresses, with the system's resolver.</summary>
public static class AddressResolver
{
    /// <summary>The addresses of an endpoint, in the order to try them (RFC 8305 4: families alternate, IPv6 first).</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="family">Only this family; null for both.</param>
    /// <param name="scope">Where to tell of it; nothing is told when the host is an address.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>At least one address.</returns>
    /// <exception cref="SocketFailure">The name is not known (EAI_NONAME), or could not be looked up now (EAI_AGAIN).</exception>
    public static async ValueTask<IReadOnlyList<EndPoint>> ResolveAsync(SocketUri endpoint, AddressFamily? family = null, SocketScope? scope = null, CancellationToken cancellationToken = default)
    {
        if (endpoint.IsUnix)
            return [UnixEndPoint(endpoint.Path)];

        var context = new FailureContext { Endpoint = endpoint.ToString(), Host = endpoint.Host, Transport = endpoint.SchemeName };
        IPAddress[] addresses;
        if (IPAddress.TryParse(endpoint.Host, out IPAddress? literal))
        {
            // An IPv4 address in IPv6's clothes (RFC 4291 2.5.5.2) is that address: Soket's IPv6 sockets are for IPv6 only, and would refuse it.
            addresses = [literal.IsIPv4MappedToIPv6 ? literal.MapToIPv4() : literal];
        }
        else if (endpoint.Host == SocketUri.AnyHost)
        {
            addresses = [IPAddress.IPv6Any, IPAddress.Any];
        }
        else if (IsLocalhost(endpoint.Host))
        {
            // RFC 6761 6.3: localhost is loopback, whatever a hosts file or a name server says. Datagrams give no sign of a wrong family, and
            // plain programs bind IPv4 first.
            addresses = endpoint.IsDatagram ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.IPv6Loopback, IPAddress.Loopback];
        }
        else
        {
            long started = SocketScope.Now;
            try
            {
                addresses = await System.Net.Dns.GetHostAddressesAsync(endpoint.Host, family ?? AddressFamily.Unspecified, cancellationToken).ConfigureAwait(false);
                scope?.Called(SocketCall.Resolve, started, value: $"{endpoint.Host} = {string.Join(", ", addresses.Select(address => address.ToString()))}");
            }
            catch (SocketException e)
            {
                var failure = SocketFailure.From(SocketCall.Resolve, e, context with { Elapsed = Stopwatch.GetElapsedTime(started) });
                scope?.Failed(SocketCall.Resolve, started, failure);
                throw failure;
            }
        }

        IReadOnlyList<EndPoint> ordered = Order(addresses, family, endpoint.Port);
        if (ordered.Count > 0)
            return ordered;
        throw literal is not null
            ? new SocketFailure(SocketCall.Socket, new SystemError("EAFNOSUPPORT", Errno.Number("EAFNOSUPPORT"), Errno.Text("EAFNOSUPPORT")!), context)
            : new SocketFailure(SocketCall.Resolve, new SystemError("EAI_NODATA", Errno.Number("EAI_NODATA"), Errno.Text("EAI_NODATA")!), context);
    }

    /// <summary>Addresses that were found in another way, in the order to try them; none that this machine cannot use.</summary>
    internal static IReadOnlyList<EndPoint> Order(IEnumerable<IPAddress> addresses, AddressFamily? family, int port) => Interleave(addresses.Where(address => Usable(address, family)).ToList(), port);

    /// <summary>The address of a Unix path; <c>@name</c> stands for the abstract namespace of Linux.</summary>
    public static UnixDomainSocketEndPoint UnixEndPoint(string path) => new(path.StartsWith('@') && OperatingSystem.IsLinux() ? "\0" + path[1..] : path);

    /// <summary>Whether a name means this machine's loopback (RFC 6761 6.3).</summary>
    public static bool IsLocalhost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.Equals("localhost.", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the host of an endpoint has to be looked up, rather than being an address, a path or loopback.</summary>
    public static bool NeedsLookup(SocketUri endpoint) =>
        !endpoint.IsUnix && endpoint.Host != SocketUri.AnyHost && !IPAddress.TryParse(endpoint.Host, out _) && !IsLocalhost(endpoint.Host);

    private static bool Usable(IPAddress address, AddressFamily? family) =>
        (family is null || address.AddressFamily == family) && (address.AddressFamily == AddressFamily.InterNetworkV6 ? Socket.OSSupportsIPv6 : Socket.OSSupportsIPv4);

    // The resolver sorted them (RFC 6724); alternating the families keeps a broken one from costing more than one attempt's delay.
    private static List<EndPoint> Interleave(List<IPAddress> addresses, int port)
    {
        if (addresses.Count == 0)
            return [];
        var first = new Queue<IPAddress>(addresses.Where(address => address.AddressFamily == addresses[0].AddressFamily));
        var second = new Queue<IPAddress>(addresses.Where(address => address.AddressFamily != addresses[0].AddressFamily));
        var ordered = new List<EndPoint>(addresses.Count);
        while (first.Count + second.Count > 0)
        {
            if (first.TryDequeue(out IPAddress? address))
                ordered.Add(new IPEndPoint(address, port));
            if (second.TryDequeue(out address))
                ordered.Add(new IPEndPoint(address, port));
        }

        return ordered;
    }
}
