using System.Net;
using System.Net.Sockets;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Transports;

namespace Soket.Hosting;

/// <summary>
/// Binds an endpoint on every address it means: <c>localhost</c> and <c>*</c> are two sockets, one a family, on the same number.
/// </summary>
internal static class EndpointBinder
{
    // How often to ask for another free port when the one the system chose for a family is taken in the other.
    private const int Tries = 32;

    /// <summary>Binds.</summary>
    /// <typeparam name="T">What binding gives: a listener, a datagram socket.</typeparam>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="bind">Binds one address.</param>
    /// <param name="local">Where it was bound.</param>
    /// <param name="missing">Told of an address whose family this machine lacks, when another one could be bound.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">An address could not be bound; none is.</exception>
    public static async Task<List<T>> BindAsync<T>(
        SocketUri endpoint,
        Func<EndPoint, ValueTask<T>> bind,
        Func<T, EndPoint> local,
        Action<EndPoint, SocketFailure> missing,
        CancellationToken cancellationToken)
        where T : IAsyncDisposable
    {
        IReadOnlyList<EndPoint> addresses = await AddressResolver.ResolveAsync(endpoint, cancellationToken: cancellationToken).ConfigureAwait(false);
        for (int attempt = 1; ; attempt++)
        {
            var bound = new List<T>(addresses.Count);
            var lacking = new List<(EndPoint Address, SocketFailure Failure)>();
            try
            {
                int port = endpoint.Port;
                foreach (EndPoint address in addresses)
                {
                    EndPoint wanted = address is IPEndPoint ip ? new IPEndPoint(ip.Address, port) : address;
                    try
                    {
                        T one = await bind(wanted).ConfigureAwait(false);
                        bound.Add(one);
                        if (local(one) is IPEndPoint real)
                            port = real.Port;
                    }
                    catch (SocketFailure failure) when (addresses.Count > 1 && IsFamilyMissing(failure))
                    {
                        lacking.Add((wanted, failure));
                    }
                }

                if (bound.Count == 0)
                    throw lacking[^1].Failure;
                if (MeansBothFamilies(endpoint) && addresses is [IPEndPoint only])
                    lacking.Add(OtherFamily(endpoint, only, port));
                foreach ((EndPoint address, SocketFailure failure) in lacking)
                    missing(address, failure);
                return bound;
            }
            catch (Exception e)
            {
                foreach (T one in bound)
                    await one.DisposeAsync().ConfigureAwait(false);
                bool unluckyPort = endpoint.Port == 0 && bound.Count > 0 && e is SocketFailure { Error.Name: "EADDRINUSE" };
                if (!unluckyPort || attempt >= Tries)
                    throw;
            }
        }
    }

    private static bool MeansBothFamilies(SocketUri endpoint) => !endpoint.IsUnix && (endpoint.Host == SocketUri.AnyHost || AddressResolver.IsLocalhost(endpoint.Host));

    // A machine without IPv6 does not even make the socket, so the resolver leaves the address out.
    private static (EndPoint, SocketFailure) OtherFamily(SocketUri endpoint, IPEndPoint bound, int port)
    {
        bool any = endpoint.Host == SocketUri.AnyHost;
        var other = new IPEndPoint(
            bound.AddressFamily == AddressFamily.InterNetworkV6 ? (any ? IPAddress.Any : IPAddress.Loopback) : (any ? IPAddress.IPv6Any : IPAddress.IPv6Loopback), port);
        return (other, new SocketFailure(
            SocketCall.Socket, new SystemError("EAFNOSUPPORT", Errno.Number("EAFNOSUPPORT"), Errno.Text("EAFNOSUPPORT")!), new FailureContext { Endpoint = endpoint.ToString(), Local = other, Transport = endpoint.SchemeName }));
    }

    private static bool IsFamilyMissing(SocketFailure failure) => failure.Error.Name is "EAFNOSUPPORT" or "EADDRNOTAVAIL";
}
