using System.Net.Sockets;
using Soket.Endpoints;
using Soket.Middleware.Tls;
using Soket.Protocols.StartTls;
using Soket.Transports;

namespace Soket.Probe;

/// <summary>How endpoints are probed.</summary>
public sealed record ProbeOptions
{
    /// <summary>How long one try may take, name resolution and TLS handshake included; more than zero. 3 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How many endpoints are probed side by side, 1 or more; 16.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>How long an endpoint that is not open is tried again; zero for one try.</summary>
    public TimeSpan WaitFor { get; init; }

    /// <summary>The pause between two tries; 250 ms.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// What a datagram probe sends; null for one newline on UDP, and for nothing on <c>unixgram</c>, where connect(2) alone tells whether a socket is
    /// bound there. An empty datagram is not the usual one: programs that take it for the end of a stream stop at it.
    /// </summary>
    public ReadOnlyMemory<byte>? Datagram { get; init; }

    /// <summary>Only this address family; null for both.</summary>
    public AddressFamily? Family { get; init; }

    /// <summary>How TLS is spoken with an endpoint; null verifies against the system's roots.</summary>
    public Func<SocketUri, TlsClientSettings>? Tls { get; init; }

    /// <summary>The plain dialogue that comes before TLS on a <c>tls</c> endpoint; null where TLS begins at once.</summary>
    public StartTlsProtocol? StartTls { get; init; }

    /// <summary>How the sockets are made, and where their events go.</summary>
    public ManagedTransportOptions Transport { get; init; } = new();
}
