using Soket.Middleware.Tls;
using Soket.Transports;

namespace Soket.Dns;

/// <summary>How name servers are asked.</summary>
public sealed record DnsClientOptions
{
    /// <summary>How long the first try waits for a reply; each further round over the servers waits twice as long. 2 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often each server is asked, 1 or more; 3.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>How the sockets are made, and where their events go.</summary>
    public ManagedTransportOptions Transport { get; init; } = new();

    /// <summary>Where the sockets of queries over UDP wait for the next one; null gives each query a socket, and so a port, of its own.</summary>
    public DnsSocketPool? Sockets { get; init; }

    /// <summary>How TLS is spoken with a server; null verifies its name against the system's roots.</summary>
    public Func<DnsServer, TlsClientSettings>? Tls { get; init; }
}
