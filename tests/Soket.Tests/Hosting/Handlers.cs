using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Protocols.Framing;
using Soket.Services;
using Xunit;

namespace Soket.Tests.Hosting;

/// <summary>A handler made of a function.</summary>
internal sealed class Handler(Func<ConnectionContext, Task> serve) : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection) => serve(connection);
}

/// <summary>Echo that tells when it has begun to serve a connection.</summary>
internal sealed class SignallingEcho : ConnectionHandler
{
    private readonly MessageStreamHandler _echo = new(new EchoService(), new ChunkFraming(64 * 1024));
    private readonly SemaphoreSlim _begun = new(0);

    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        _begun.Release();
        return _echo.OnConnectedAsync(connection);
    }

    public async Task BegunAsync(int connections = 1)
    {
        for (int i = 0; i < connections; i++)
            Assert.True(await _begun.WaitAsync(Peer.Patience), "The service was not called.");
    }
}

/// <summary>Keeps every event, and waits for one.</summary>
internal sealed class EventLog : ISocketObserver
{
    private readonly ConcurrentQueue<SocketEvent> _events = new();
    private readonly SemaphoreSlim _more = new(0);

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        _events.Enqueue(e);
        _more.Release();
    }

    public IReadOnlyList<SocketEvent> All => [.. _events];

    /// <summary>The first event that fits, which may be there already. For one waiting test at a time.</summary>
    public async Task<SocketEvent> WaitAsync(Func<SocketEvent, bool> fits)
    {
        while (true)
        {
            foreach (SocketEvent e in _events)
            {
                if (fits(e))
                    return e;
            }

            Assert.True(await _more.WaitAsync(Peer.Patience), "The event did not come.");
        }
    }
}
