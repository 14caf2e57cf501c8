using System.Net;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Endpoints;

namespace Soket.Relay;

/// <summary>Where a relay goes, and how.</summary>
public sealed record RelayOptions
{
    /// <summary>The target: connected to once for each client.</summary>
    public required SocketUri Target { get; init; }

    /// <summary>How it is connected to.</summary>
    public SocketClientOptions Client { get; init; } = new();

    /// <summary>Connects a stream instead of <see cref="SocketClient"/>: over another transport, say. Null for the usual way.</summary>
    public Func<CancellationToken, Task<ConnectionContext>>? Connect { get; init; }

    /// <summary>Told what the relay does; null tells nobody.</summary>
    public IRelayObserver? Observer { get; init; }

    /// <summary>Who may send datagrams; connections are admitted by their server. Everybody.</summary>
    public Func<EndPoint?, bool> Admits { get; init; } = static _ => true;

    /// <summary>The most senders of datagrams that are relayed at once, 1 or more, each with some 128 KiB of buffers; 256.</summary>
    public int MaxSessions { get; init; } = 256;

    /// <summary>How long a session of datagrams may move nothing before it is forgotten; zero for ever. 60 s.</summary>
    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock of the sessions.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSessions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SessionIdle, TimeSpan.Zero);
    }
}
