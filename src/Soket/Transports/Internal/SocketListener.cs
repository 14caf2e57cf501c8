using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Options;

namespace Soket.Transports.Internal;

/// <summary>The welcoming socket.</summary>
internal sealed class SocketListener : IConnectionListener
{
    private readonly Socket _socket;
    private readonly SocketScope? _scope;
    private readonly ManagedTransportOptions _options;
    private readonly FailureContext _context;
    private readonly SocketOptionSetting[] _accepted;
    private int _closed;

    private SocketListener(Socket socket, SocketScope? scope, ManagedTransportOptions options, FailureContext context)
    {
        _socket = socket;
        _scope = scope;
        _options = options;
        _context = context;
        EndPoint = context.Local is UnixDomainSocketEndPoint named ? named : socket.LocalEndPoint!;
        _accepted = [.. options.Options.Where(setting => (setting.Option.Roles & SocketOptionRoles.Accepted) != 0)];
    }

    public EndPoint EndPoint { get; }

    public static SocketListener Bind(EndPoint endpoint, ManagedTransportOptions options)
    {
        string transport = Sockets.TransportName(endpoint);
        SocketScope? scope = options.Events?.Open(SocketRole.Listener, transport);
        var context = new FailureContext { Endpoint = options.Endpoint, Local = endpoint, Transport = transport };
        Socket socket = Sockets.CreateStream(endpoint, scope, context);
        long started = SocketScope.Now;
        SocketCall call = SocketCall.Bind;
        try
        {
            Sockets.Apply(socket, SocketOptionRoles.Listener, options, scope, context);
            started = SocketScope.Now;
            socket = Sockets.Bind(socket, Roomy(endpoint), options, scope, context);
            call = SocketCall.Listen;
            started = SocketScope.Now;
            socket.Listen(options.Backlog);
            scope?.Called(SocketCall.Listen, started, value: $"backlog {options.Backlog}");
            Sockets.ReadBack(socket, [.. options.Options.Where(setting => (setting.Option.Roles & SocketOptionRoles.Listener) != 0)], scope);
            return new SocketListener(socket, scope, options, context);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            var failure = Sockets.Failure(call, e, endpoint, context);
            scope?.Failed(call, started, failure);
            throw failure;
        }
        catch (SocketFailure failure)
        {
            socket.Dispose();
            if (failure.Call != SocketCall.Bind)
                throw;
            SocketFailure told = failure.With(context);
            scope?.Failed(SocketCall.Bind, started, told);
            throw told;
        }
    }

    /// <summary>Takes over a socket that was bound, and perhaps listens, before this process began.</summary>
    public static SocketListener Adopt(Socket socket, ManagedTransportOptions options)
    {
        EndPoint local = socket.LocalEndPoint!;
        SocketScope? scope = options.Events?.Open(SocketRole.Listener, Sockets.TransportName(local));
        scope?.Local = local;
        var context = new FailureContext { Endpoint = options.Endpoint, Local = local, Transport = Sockets.TransportName(local) };
        long started = SocketScope.Now;
        try
        {
            // Asked before it changes hands: .NET itself asks only once.
            bool listens = (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection)! != 0;
            if (options.Native is { } native)
                socket = native.Adopt(socket);
            scope?.Note("handed-over");
            Sockets.Apply(socket, SocketOptionRoles.Listener, options, scope, context);
            started = SocketScope.Now;
            if (!listens)
            {
                socket.Listen(options.Backlog);
                scope?.Called(SocketCall.Listen, started, value: $"backlog {options.Backlog}");
            }

            return new SocketListener(socket, scope, options, context);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            var failure = SocketFailure.From(SocketCall.Listen, e, context);
            scope?.Failed(SocketCall.Listen, started, failure);
            throw failure;
        }
        catch (SocketFailure)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes the next connection. Null once unbound. Throws a <see cref="SocketFailure"/> when the system cannot give one (EMFILE), and may be called again.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            long started = SocketScope.Now;
            try
            {
                Socket socket = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                return Accepted(socket, started);
            }
            catch (SocketException) when (Volatile.Read(ref _closed) != 0)
            {
                return null;
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset)
            {
                // The peer gave up between its SYN and our accept (accept(2), ECONNABORTED): it concerns nobody else.
                _scope?.Failed(SocketCall.Accept, started, SocketFailure.From(SocketCall.Accept, e, _context));
            }
            catch (SocketException e)
            {
                var failure = SocketFailure.From(SocketCall.Accept, e, _context);
                _scope?.Failed(SocketCall.Accept, started, failure);
                throw failure;
            }
        }
    }

    // .NET makes room for the address of a peer by the address that was bound, and dies in its own thread when a Unix peer is bound to a longer path.
    // The same file by a path as long as one can be (slashes mean nothing) makes room for every peer.
    private static EndPoint Roomy(EndPoint endpoint)
    {
        const int Longest = 107; // sun_path less its NUL, unix(7)
        if (!OperatingSystem.IsLinux() || endpoint is not UnixDomainSocketEndPoint || endpoint.ToString() is not { Length: > 0 } path || path[0] is '@' or '\0')
            return endpoint;
        int missing = Longest - System.Text.Encoding.UTF8.GetByteCount(path);
        int slash = path.LastIndexOf('/');
        if (missing < 2)
            return endpoint;
        return new UnixDomainSocketEndPoint(slash < 0 ? "." + new string('/', missing - 1) + path : path[..slash] + new string('/', missing) + path[slash..]);
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            long started = SocketScope.Now;
            _socket.Dispose();
            _scope?.Called(SocketCall.Close, started);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    private SocketConnection Accepted(Socket socket, long started)
    {
        SocketScope? scope = _options.Events?.Open(SocketRole.Server, _scope!.Transport, _scope);
        try
        {
            scope?.Local = EndPoint is UnixDomainSocketEndPoint ? EndPoint : socket.LocalEndPoint;
            scope?.Remote = socket.RemoteEndPoint;
            scope?.Called(SocketCall.Accept, started);
            Sockets.Apply(socket, SocketOptionRoles.Accepted, _options, scope, _context);
            Sockets.ReadBack(socket, _accepted, scope);
        }
        catch (Exception e) when (e is SocketException or SocketFailure)
        {
            // Already gone again; the connection tells it at its first receive.
            scope?.Note("options-not-set", e.Message);
        }

        var connection = new SocketConnection(socket, scope, _context.Transport!, _options);
        if (EndPoint is UnixDomainSocketEndPoint)
            connection.LocalEndPoint = EndPoint;
        return connection;
    }
}
