using System.Net;
using Soket.Clients;
using Soket.Dns;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Transports;

namespace Soket.Http.Internal;

/// <summary>The addresses of a host: those that were given, else what DNS says, else the system's resolver.</summary>
internal sealed class HostLookup(FetchExchange exchange, FetchOptions options)
{
    public async ValueTask<IReadOnlyList<EndPoint>> FindAsync(SocketUri endpoint, CancellationToken cancellationToken)
    {
        if (options.Resolve is { } given && await given(endpoint, cancellationToken).ConfigureAwait(false) is { Count: > 0 } known)
            return known;
        if (options.Dns is not { } dns || !AddressResolver.NeedsLookup(endpoint))
            return await SocketClient.ResolveAsync(endpoint, new SocketClientOptions { Family = options.Family, Transport = options.Transport }, cancellationToken).ConfigureAwait(false);
        DnsAddresses found = await dns.LookUpAddressesAsync(endpoint.Host, options.Family, cancellationToken).ConfigureAwait(false);
        exchange.Lookups = found.Answers;
        if (found.Failure is { } failure)
            throw failure;
        IReadOnlyList<EndPoint> ordered = AddressResolver.Order(found.Addresses, options.Family, endpoint.Port);
        return ordered.Count > 0 ? ordered : throw new SocketFailure(
            SocketCall.Resolve, new SystemError("EAI_NODATA", Errno.Number("EAI_NODATA"), Errno.Text("EAI_NODATA")!), new FailureContext { Endpoint = endpoint.ToString(), Host = endpoint.Host, Transport = endpoint.SchemeName });
    }
}
