using Soket.Events;
using Soket.Options;

namespace Soket.Transports;

/// <summary>How a <see cref="ManagedTransport"/> makes its sockets.</summary>
public sealed record ManagedTransportOptions
{
    /// <summary>The longest queue of connections not yet accepted, listen(2); the system may cap it (net.core.somaxconn). 1 or more; 512.</summary>
    public int Backlog { get; init; } = 512;

    /// <summary>The most bytes one receive asks for, 1 to 16 MiB; 64 KiB.</summary>
    public int ReceiveSize { get; init; } = 64 * 1024;

    /// <summary>Socket options for every socket: listener, accepted and connecting.</summary>
    public IReadOnlyList<SocketOptionSetting> Options { get; init; } = [];

    /// <summary>The platform's own bind and setsockopt; null uses .NET's, whose bind turns SO_REUSEADDR on at TCP sockets on Unix.</summary>
    public INativeSockets? Native { get; init; }

    /// <summary>The local address a connecting socket binds first; null lets the system choose.</summary>
    public System.Net.EndPoint? Source { get; init; }

    /// <summary>Where to tell what the sockets do; null tells nobody and costs a null check.</summary>
    public SocketEvents? Events { get; init; }

    /// <summary>
    /// How long closing waits for a peer that takes no more bytes, or goes on sending bytes that nobody will read; what is then still unsent is
    /// dropped, and told. 2 s.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Whether the code that serves the connections never blocks: a transport with threads of its own may then run it on them, which saves a change of threads a
    /// message. Off.
    /// </summary>
    public bool NeverBlocks { get; init; }

    /// <summary>The endpoint as a person named it, for failures; null uses the address.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Makes what carries the streams; null makes a <see cref="ManagedTransport"/>. A server asks it for datagram sockets too, where it has some of its own.</summary>
    public Func<ManagedTransportOptions, ITransport>? Streams { get; init; }

    /// <summary>The transport of streams that these options mean.</summary>
    public ITransport CreateTransport() => Streams?.Invoke(this) ?? new ManagedTransport(this);
}
