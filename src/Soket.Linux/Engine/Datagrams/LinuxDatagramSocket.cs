using System.Net;
using System.Runtime.Versioning;
using Soket.Events;
using Soket.Services;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Linux.Engine.Datagrams;

/// <summary>
/// A bound datagram socket that can have its datagrams answered many at once. Where SO_REUSEPORT was asked for, answering opens more sockets on the same port, one for each
/// core: the kernel deals senders to them.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxDatagramSocket : IAnsweringDatagrams
{
    private readonly DatagramSocket _first;
    private readonly ManagedTransportOptions _options;
    private readonly Lock _lock = new();
    private readonly List<(DatagramSocket Socket, DatagramServer Server)> _servers = []; // under _lock
    private Task[] _runs = [];                                                           // AnswerAsync only

    private LinuxDatagramSocket(DatagramSocket first, ManagedTransportOptions options)
    {
        _first = first;
        _options = options;
    }

    public EndPoint LocalEndPoint => _first.LocalEndPoint;

    public EndPoint? RemoteEndPoint => _first.RemoteEndPoint;

    public SocketScope? Scope => _first.Scope;

    private bool SharesPort => _first.LocalEndPoint is IPEndPoint && _options.Options.Any(setting => setting.Option.Name == "SO_REUSEPORT" && setting.Value != 0);

    /// <summary>A socket that is bound to an address and takes datagrams from anybody.</summary>
    /// <exception cref="Explain.SocketFailure">The address is in use, not this machine's, not permitted ...</exception>
    public static IDatagramSocket Bind(EndPoint endpoint, ManagedTransportOptions options)
    {
        DatagramSocket first = ManagedDatagrams.BindPlain(endpoint, options);
        // A deadline of a receive is a wait that nobody has here.
        return Sockets.ReceiveTimeout(options.Options) is null && Sockets.SendTimeout(options.Options) is null ? new LinuxDatagramSocket(first, options) : first;
    }

    public ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _first.ReceiveAsync(buffer, cancellationToken);

    public ValueTask SendAsync(ReadOnlyMemory<byte> datagram, EndPoint? to = null, CancellationToken cancellationToken = default) => _first.SendAsync(datagram, to, cancellationToken);

    public async Task AnswerAsync(Func<IDatagramSocket, DatagramAnswers> answers, int maxDatagram, CancellationToken cancellationToken)
    {
        Open(answers, maxDatagram);
        using CancellationTokenRegistration stop = cancellationToken.UnsafeRegister(static socket => ((LinuxDatagramSocket)socket!).Stop(), this);
        for (int i = 0; i < _runs.Length; i++)
        {
            // One that ended with what the service threw goes on; the others never stopped.
            if (_runs[i].IsCompleted)
                _runs[i] = Task.Factory.StartNew(_servers[i].Server.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        await (await Task.WhenAny(_runs).ConfigureAwait(false)).ConfigureAwait(false);
        await Task.WhenAll(_runs).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await Task.WhenAll(_runs).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _first.DisposeAsync().ConfigureAwait(false);
        List<(DatagramSocket Socket, DatagramServer Server)> servers;
        lock (_lock)
            servers = [.. _servers];
        foreach ((DatagramSocket socket, _) in servers)
            await socket.DisposeAsync().ConfigureAwait(false);
    }

    private void Open(Func<IDatagramSocket, DatagramAnswers> answers, int maxDatagram)
    {
        lock (_lock)
        {
            if (_servers.Count > 0)
                return;
            _servers.Add((_first, new DatagramServer(_first, answers(_first), maxDatagram)));
            for (int i = 1; i < Environment.ProcessorCount && SharesPort; i++)
            {
                DatagramSocket more = ManagedDatagrams.BindPlain(LocalEndPoint, _options);
                _servers.Add((more, new DatagramServer(more, answers(more), maxDatagram)));
            }

            _runs = [.. _servers.Select(static _ => Task.CompletedTask)];
        }
    }

    private void Stop()
    {
        lock (_lock)
        {
            foreach ((_, DatagramServer server) in _servers)
                server.Stop();
        }
    }
}
