using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Linux.Transports.Internal;
using Soket.Transports;

namespace Soket.Linux.Transports;

/// <summary>TCP and Unix streams on Linux's epoll(7): loops of our own instead of .NET's sockets. What is promised is the same.</summary>
/// <remarks>
/// The loop reads ahead of who reads, by 64 KiB at most: the peer's end and its reset are then known sooner than somebody asks. A flush upon another thread than
/// the loop's ends when what it gave the loop is sent, or is 64 KiB at most.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed partial class LinuxTransport : ITransport, ISocketAdopter
{
    private readonly LinuxTransportOptions _options;
    private readonly bool _forKestrel;
    private readonly EventLoop? _loop; // where connections that are made live; null: each on the next

    /// <summary>Creates the transport.</summary>
    /// <param name="options">How it carries connections.</param>
    public LinuxTransport(LinuxTransportOptions? options = null)
        : this(options ?? new(), forKestrel: false)
    {
    }

    /// <summary>Creates the transport on the process's own loops.</summary>
    /// <param name="options">How it makes its sockets. <see cref="ManagedTransportOptions.NeverBlocks"/> is <see cref="LinuxTransportOptions.InlineScheduling"/>.</param>
    public LinuxTransport(ManagedTransportOptions options)
        : this(new LinuxTransportOptions { Sockets = options, InlineScheduling = options.NeverBlocks }, forKestrel: false)
    {
    }

    internal LinuxTransport(LinuxTransportOptions options, bool forKestrel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Sockets.Backlog, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Sockets.ReceiveSize, 1, nameof(options));
        _options = options;
        _forKestrel = forKestrel;
    }

    private LinuxTransport(LinuxTransport other, EventLoop loop)
    {
        _options = other._options;
        _forKestrel = other._forKestrel;
        _loop = loop;
    }

    /// <inheritdoc/>
    public string Name => "linux";

    private LoopGroup Loops => _options.Loops ?? LoopGroup.Default;

    /// <summary>The same, whose connects all go to one loop.</summary>
    internal LinuxTransport On(EventLoop loop) => new(this, loop);

    /// <inheritdoc/>
    public TransportSupport Probe() => LinuxTransportProbe.Result;

    /// <summary>Binds and listens.</summary>
    /// <param name="endpoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <param name="cancellationToken">Not used: binding does not wait.</param>
    /// <returns>The listener; its end point carries the real port when 0 was asked for.</returns>
    /// <exception cref="SocketFailure">The address is in use, not this machine's, not permitted ...</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(LinuxListener.Bind(Loops, endpoint, _options, _forKestrel));

    /// <inheritdoc/>
    public IConnectionListener Adopt(Socket socket) => LinuxListener.Adopt(Loops, socket, _options);

    /// <summary>Connects to one address.</summary>
    /// <param name="endpoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>; names are resolved above, where every address is tried.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="SocketFailure">Refused, unreachable, timed out ...</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool unix = endpoint is UnixDomainSocketEndPoint;
        var attempt = new OpeningStream();
        // The peer is who was asked, whatever it says of itself: a path as it was given, and an address that is there even when a reset came first.
        var stream = new ConnectionStream(attempt, new ConnectionSettings(_options, unix ? "unix" : "tcp", _forKestrel) { Remote = endpoint });
        (_loop ?? Loops.Next()).Connect(stream, endpoint, _options.Sockets);
        LinuxConnection? connection;
        await using (cancellationToken.UnsafeRegister(static opening => ((ConnectionStream)opening!).Close(), stream).ConfigureAwait(false))
            connection = await attempt.Task.ConfigureAwait(false);
        if (connection is not null && !cancellationToken.IsCancellationRequested)
            return connection;
        if (connection is not null)
            await connection.DisposeAsync().ConfigureAwait(false);
        throw new OperationCanceledException(cancellationToken);
    }
}
