using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Explain;
using Soket.Transports;

namespace Soket.Relay.Internal;

/// <summary>Connects to the target for each connection that comes, and joins the two.</summary>
internal sealed class StreamRelay(RelayOptions options, RelayCounters counters) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        RelaySession session = counters.Take(connection.RemoteEndPoint);
        if (await ConnectAsync(connection, session).ConfigureAwait(false) is not { } target)
            return;
        await using (target)
        {
            session.Target = target.RemoteEndPoint;
            counters.Connected(session);
            options.Observer?.Connected(session);
            RelayEnd end = RelayEnd.GivenUp;
            try
            {
                end = await JoinAsync(connection, target, session).ConfigureAwait(false);
            }
            finally
            {
                counters.Closed(session, end);
                options.Observer?.Closed(session, end);
            }
        }
    }

    private bool SeesNothing => options.Observer is not { NeedsData: true };

    // What the pumps wait for then goes past them; they see what could not, and the ends.
    private static void Splice(ConnectionContext from, ConnectionContext to, RelaySession session, RelayDirection direction) =>
        from.Features.Get<ISpliceFeature>()?.TrySplice(to, count => session.Add(direction, count));

    // A client that was let in and finds nobody behind the relay is reset: an orderly end would say that all was well.
    private async Task<ConnectionContext?> ConnectAsync(ConnectionContext connection, RelaySession session)
    {
        try
        {
            SocketClientOptions client = options.Client;
            if (SeesNothing && connection.Features.Get<ISpliceFeature>() is { } splices)
                client = client with { Transport = splices.Beside(client.Transport) };
            return await (options.Connect?.Invoke(connection.ConnectionClosed)
                ?? SocketClient.ConnectAsync(options.Target, client, connection.ConnectionClosed)).ConfigureAwait(false);
        }
        catch (Exception e) when (SocketFailure.Find(e) is { } failure)
        {
            counters.NotConnected();
            options.Observer?.NotConnected(session, failure);
            connection.Abort(new ConnectionAbortedException("relay-not-connected", e));
            return null;
        }
    }

    private async Task<RelayEnd> JoinAsync(ConnectionContext client, ConnectionContext target, RelaySession session)
    {
        StreamPump there = new(client, target, session, RelayDirection.ToTarget, options.Observer);
        StreamPump back = new(target, client, session, RelayDirection.ToClient, options.Observer);
        if (SeesNothing)
        {
            Splice(client, target, session, RelayDirection.ToTarget);
            Splice(target, client, session, RelayDirection.ToClient);
        }

        // Given up by this end (a drain, an idle time-out): nobody reads what the target would still send.
        ISoketConnectionFeature? feature = client.Features.Get<ISoketConnectionFeature>();
        using CancellationTokenRegistration given = client.ConnectionClosed.Register(() =>
        {
            if (feature?.IsAborted == true)
                target.Abort(new ConnectionAbortedException("relay-given-up"));
        });

        Task<RelayEnd> first = there.RunAsync(), second = back.RunAsync();
        Task<RelayEnd> ended = await Task.WhenAny(first, second).ConfigureAwait(false);
        RelayEnd end = await ended.ConfigureAwait(false);
        if (end == RelayEnd.Closed)
        {
            end = await (ended == first ? second : first).ConfigureAwait(false);
            if (end == RelayEnd.Closed)
                return RelayEnd.Closed;
        }

        // One side has failed: the other learns of it as the same, and what waits for it in the other direction ends with that.
        string reason = end == RelayEnd.GivenUp ? "relay-given-up" : "relay-other-side-failed";
        target.Abort(new ConnectionAbortedException(reason));
        client.Abort(new ConnectionAbortedException(reason));
        await Task.WhenAll(first, second).ConfigureAwait(false);
        return end;
    }
}
