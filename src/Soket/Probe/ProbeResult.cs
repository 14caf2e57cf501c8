using System.Net;
using Soket.Endpoints;
using Soket.Explain;

namespace Soket.Probe;

/// <summary>What the probe of one endpoint found.</summary>
public sealed record ProbeResult
{
    /// <summary>The endpoint.</summary>
    public required SocketUri Endpoint { get; init; }

    /// <summary>What was found.</summary>
    public required ProbeState State { get; init; }

    /// <summary>Why it is not open; null when it is.</summary>
    public SocketFailure? Failure { get; init; }

    /// <summary>How long the last try took: for <c>tls</c> with the handshake.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The address that answered; null when none did.</summary>
    public EndPoint? Address { get; init; }

    /// <summary>How often it was tried: more than once only where <see cref="ProbeOptions.WaitFor"/> asks for it.</summary>
    public int Tries { get; init; } = 1;

    /// <summary>The length of the answer to a datagram, bytes; null where none was waited for.</summary>
    public int? Answer { get; init; }

    /// <summary>The TLS version and cipher suite; null without a completed handshake.</summary>
    public string? Tls { get; init; }

    /// <summary>Until when the peer's certificate is valid, UTC; known for one that was not accepted as well.</summary>
    public DateTimeOffset? CertificateEnds { get; init; }
}
