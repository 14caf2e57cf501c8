using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Explain;
using Soket.Services;
using Soket.Transports;

namespace Soket.Cli.Commands.Listen;

/// <summary>How a listener joins its peers to stdin and stdout.</summary>
internal sealed record ListenOptions
{
    /// <summary>Whether it goes on after the first connection, and takes several at once.</summary>
    public bool Keeps { get; init; }

    /// <summary>Whether what one sends goes to the others as well.</summary>
    public bool Brokers { get; init; }

    public bool Crlf { get; init; }

    public int MaxDatagram { get; init; } = 65_535;

    /// <summary>Who may send datagrams.</summary>
    public required Func<EndPoint?, bool> Admits { get; init; }

    /// <summary>How long what a pipe still brings is sent to a peer that has ended its own direction, while it brings nothing.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>Joins connections, or datagrams, to stdin and stdout. Stdin is not read before there is somebody to send it to: nothing of it is lost.</summary>
internal sealed class ListenHub(ListenOptions options, ListenOutput output, CliIo io) : ConnectionHandler, IDatagramService
{
    private readonly ConcurrentDictionary<ListenClient, bool> _clients = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private TaskCompletionSource _someone = new(TaskCreationOptions.RunContinuationsAsynchronously); // under _lock; replaced when the last one has gone
    private (IDatagramSocket Socket, EndPoint To)? _peer;   // under _lock
    private int _taken;
    private int _ignored;
    private bool _stdinEnded;      // under _lock
    private volatile bool _stdinSilent;
    private long _lastStdin;

    /// <summary>Ends when there is no more to do: after the first connection, unless it keeps going; faults with what ends the command.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Ends when somebody has come.</summary>
    public Task Someone
    {
        get
        {
            lock (_lock)
                return _someone.Task;
        }
    }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        if (!options.Keeps && Interlocked.Exchange(ref _taken, 1) != 0)
        {
            connection.Abort(new ConnectionAbortedException("taken"));
            return;
        }

        var client = new ListenClient(connection);
        output.Connected(connection.RemoteEndPoint);
        Task sending = client.SendAllAsync();
        lock (_lock)
        {
            _clients[client] = true;
            if (_stdinEnded)
                client.End();
            _someone.TrySetResult();
        }

        string reason = "closed";
        try
        {
            await ReceiveAsync(client).ConfigureAwait(false);
            if (!options.Keeps && !io.InIsTerminal)
                await RestOfStdinAsync(client, sending).ConfigureAwait(false);
            Leave(client);
            await sending.ConfigureAwait(false);
        }
        catch (IOException e) when (SocketFailure.Find(e) is null && e is not ConnectionResetException)
        {
            _ended.TrySetException(e); // stdout has failed, not the peer
        }
        catch (Exception e)
        {
            reason = client.IsSlow ? "too-slow" : "reset";
            if (!options.Keeps)
                _ended.TrySetException(e);
            throw;
        }
        finally
        {
            Leave(client);
            output.Closed(connection.RemoteEndPoint, client.Received, client.Sent, reason);
            if (!options.Keeps)
                _ended.TrySetResult();
        }
    }

    /// <summary>The first sender is the peer; where it keeps going, everybody is heard and the latest one answered.</summary>
    public async Task ServeAsync(IDatagramSocket socket, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[options.MaxDatagram];
        var text = new PayloadText();
        while (!cancellationToken.IsCancellationRequested)
        {
            ReceivedDatagram datagram = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
            bool admitted = options.Admits(datagram.From);
            if (!admitted || !IsPeer(socket, datagram.From))
            {
                if (Interlocked.Exchange(ref _ignored, 1) == 0)
                    output.Remark(admitted ? "listen.ignored" : "listen.denied", ("peer", output.Name(datagram.From)));
                continue;
            }

            try
            {
                await output.DataAsync(new(buffer, 0, datagram.Length), datagram.From, text).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                _ended.TrySetException(e);
                return;
            }

            if (datagram.Truncated)
                output.Remark("connect.truncated", ("count", options.MaxDatagram));
        }
    }

    /// <summary>Sends what stdin brings to whoever is there, and its end as a half-close. A service survives a closed stdin.</summary>
    public async Task SendStdinAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        var endings = new LineEndings();
        bool brought = false;
        while (true)
        {
            await Someone.WaitAsync(cancellationToken).ConfigureAwait(false);
            int read = await io.In.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _lastStdin, System.Diagnostics.Stopwatch.GetTimestamp());
            if (read == 0)
                break;
            brought = true;
            byte[] bytes = options.Crlf ? endings.ToCrlf(buffer.AsSpan(0, read)) : buffer.AsSpan(0, read).ToArray();
            if (Peer() is { } peer)
                await peer.Socket.SendAsync(bytes, peer.To, cancellationToken).ConfigureAwait(false);
            foreach (ListenClient client in _clients.Keys)
            {
                if (options.Keeps)
                    client.Offer(bytes);
                else
                    await client.GiveAsync(bytes, cancellationToken).ConfigureAwait(false);
            }
        }

        // The others of a broker still have something to say; and a stdin that never brought anything (/dev/null) has no end to pass on: a sender that
        // sees the half-close before it has sent may take it for the end of everything.
        if (options.Brokers || !brought)
        {
            _stdinSilent = true;
            return;
        }

        lock (_lock)
        {
            _stdinEnded = true;
            foreach (ListenClient client in _clients.Keys)
                client.End();
        }
    }

    private async Task ReceiveAsync(ListenClient client)
    {
        System.IO.Pipelines.PipeReader input = client.Connection.Transport.Input;
        while (true)
        {
            System.IO.Pipelines.ReadResult result = await input.ReadAsync().ConfigureAwait(false);
            if (!result.Buffer.IsEmpty)
            {
                client.Received += result.Buffer.Length;
                await output.DataAsync(result.Buffer, client.Connection.RemoteEndPoint, client.Text).ConfigureAwait(false);
                if (options.Brokers)
                    Broker(client, System.Buffers.BuffersExtensions.ToArray(result.Buffer));
            }

            input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled)
                return;
        }
    }

    private void Broker(ListenClient from, byte[] bytes)
    {
        foreach (ListenClient client in _clients.Keys)
        {
            if (client != from)
                client.Offer(bytes);
        }
    }

    // A peer that half-closes waits for an answer: what the pipe brings is still sent, until it ends or is quiet.
    private async Task RestOfStdinAsync(ListenClient client, Task sending)
    {
        long since = System.Diagnostics.Stopwatch.GetTimestamp();
        CancellationToken asked = client.Connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        while (!sending.IsCompleted && !_stdinSilent && !asked.IsCancellationRequested)
        {
            TimeSpan left = options.Quiet - System.Diagnostics.Stopwatch.GetElapsedTime(Math.Max(since, Volatile.Read(ref _lastStdin)));
            if (left <= TimeSpan.Zero)
                return;
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(asked);
            await Task.WhenAny(sending, Task.Delay(left, pause.Token)).ConfigureAwait(false);
            await pause.CancelAsync().ConfigureAwait(false);
        }
    }

    private void Leave(ListenClient client)
    {
        client.End();
        lock (_lock)
        {
            if (_clients.TryRemove(client, out _) && _clients.IsEmpty)
                _someone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private bool IsPeer(IDatagramSocket socket, EndPoint? from)
    {
        bool first;
        lock (_lock)
        {
            first = _peer is null;
            if (!first && !options.Keeps && !Equals(_peer!.Value.To, from))
                return false;
            if (from is null)
                return true; // heard, but there is no address to answer
            _peer = (socket, from);
            _someone.TrySetResult();
        }

        if (first)
            output.Connected(from);
        return true;
    }

    private (IDatagramSocket Socket, EndPoint To)? Peer()
    {
        lock (_lock)
            return _peer;
    }
}
