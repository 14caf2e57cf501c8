using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Soket.Events;
using Soket.Explain;
using Soket.Options;
using Soket.Transports.Internal;

namespace Soket.Transports;

/// <summary>UDP and Unix datagram sockets on .NET's own sockets.</summary>
public static class ManagedDatagrams
{
    /// <summary>A socket that is bound to an address and takes datagrams from anybody.</summary>
    /// <param name="endpoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="SocketFailure">The address is in use, not this machine's, not permitted ...</exception>
    public static IDatagramSocket Bind(EndPoint endpoint, ManagedTransportOptions? options = null) => BindPlain(endpoint, options ?? new());

    /// <summary>A socket that speaks with one peer only (connect(2) on it: no packet is sent, others' datagrams are dropped, ICMP errors are told).</summary>
    /// <param name="endpoint">The peer.</param>
    /// <param name="options">How it is made. A Unix socket is bound to an address of its own, so that it can be answered.</param>
    /// <exception cref="SocketFailure">No such path, unreachable ...</exception>
    public static IDatagramSocket Connect(EndPoint endpoint, ManagedTransportOptions? options = null)
    {
        options ??= new();
        EndPoint? own = options.Source ?? (endpoint is UnixDomainSocketEndPoint ? OwnUnixAddress() : null);
        return Open(endpoint, SocketRole.Client, options, own, endpoint);
    }

    /// <summary>
    /// A UDP socket with a port of its own that asks anybody and hears everybody: replies from elsewhere are seen, where a connected one drops them
    /// unseen. On Linux it learns of ICMP errors as a connected one does (IP_RECVERR, ip(7)).
    /// </summary>
    /// <param name="family">The address family of those it asks.</param>
    /// <param name="options">How it is made; a source address is bound.</param>
    /// <exception cref="SocketFailure">The source address is not this machine's ...</exception>
    public static IDatagramSocket Ask(AddressFamily family, ManagedTransportOptions? options = null)
    {
        options ??= new();
        EndPoint own = options.Source ?? new IPEndPoint(family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        return Open(own, SocketRole.Client, options, own, null, hearsErrors: true);
    }

    /// <summary>Takes over a datagram socket that is bound already: one that whoever started this process handed over.</summary>
    /// <param name="socket">The socket; what is given back owns it from now on.</param>
    /// <param name="options">Which options it gets.</param>
    /// <exception cref="SocketFailure">An option could not be set.</exception>
    public static IDatagramSocket Adopt(Socket socket, ManagedTransportOptions? options = null)
    {
        options ??= new();
        EndPoint local = socket.LocalEndPoint!;
        string transport = Sockets.TransportName(local, datagram: true);
        SocketScope? scope = options.Events?.Open(SocketRole.Server, transport);
        scope?.Local = local;
        var context = new FailureContext { Endpoint = options.Endpoint, Transport = transport, Local = local };
        try
        {
            socket = options.Native?.Adopt(socket) ?? socket;
            scope?.Note("handed-over");
            Sockets.Apply(socket, SocketOptionRoles.Datagram, options, scope, context);
            return new DatagramSocket(socket, remote: null, scope, options, context);
        }
        catch (SocketFailure)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="Bind"/>
    internal static DatagramSocket BindPlain(EndPoint endpoint, ManagedTransportOptions options) => Open(endpoint, SocketRole.Server, options, bind: endpoint, connect: null);

    private static DatagramSocket Open(EndPoint endpoint, SocketRole role, ManagedTransportOptions options, EndPoint? bind, EndPoint? connect, bool hearsErrors = false)
    {
        string transport = Sockets.TransportName(endpoint, datagram: true);
        SocketScope? scope = options.Events?.Open(role, transport);
        var context = new FailureContext { Endpoint = options.Endpoint, Transport = transport, Local = connect is null ? bind : null, Remote = connect };
        Socket socket = Sockets.CreateDatagram(endpoint, scope, context);
        SocketCall call = SocketCall.Bind;
        long started = SocketScope.Now;
        try
        {
            Sockets.Apply(socket, SocketOptionRoles.Datagram, options, scope, context);
            if (bind is not null)
            {
                started = SocketScope.Now;
                socket = Sockets.Bind(socket, bind, options, scope, context);
            }

            if (hearsErrors && OperatingSystem.IsLinux())
            {
                (int level, int name) = endpoint.AddressFamily == AddressFamily.InterNetworkV6 ? (41, 25) : (0, 11); // IPV6_RECVERR, IP_RECVERR
                socket.SetRawSocketOption(level, name, [1, 0, 0, 0]);
            }

            if (connect is not null)
            {
                call = SocketCall.Connect;
                started = SocketScope.Now;
                socket.Connect(connect); // A datagram socket only remembers its peer: this never waits.
                scope?.Local = socket.LocalEndPoint;
                scope?.Remote = connect;
                scope?.Called(SocketCall.Connect, started);
            }

            Sockets.ReadBack(socket, [.. options.Options.Where(setting => (setting.Option.Roles & SocketOptionRoles.Datagram) != 0)], scope);
            return new DatagramSocket(socket, connect, scope, options, context);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            var failure = Sockets.Failure(call, e, call == SocketCall.Bind ? bind : connect, call == SocketCall.Bind ? context with { Local = bind } : context);
            scope?.Failed(call, started, failure);
            throw failure;
        }
        catch (SocketFailure failure)
        {
            socket.Dispose();
            if (failure.Call != SocketCall.Bind)
                throw;
            SocketFailure told = failure.With(context with { Local = bind });
            scope?.Failed(SocketCall.Bind, started, told);
            throw told;
        }
    }

    // Linux's abstract namespace leaves nothing behind (unix(7)); elsewhere a path that closing removes.
    private static UnixDomainSocketEndPoint OwnUnixAddress()
    {
        string name = "soket-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        return new(OperatingSystem.IsLinux() ? "\0" + name : Path.Combine(Path.GetTempPath(), name));
    }
}
