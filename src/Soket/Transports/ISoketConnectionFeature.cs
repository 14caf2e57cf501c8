using Soket.Events;
using Soket.Explain;

namespace Soket.Transports;

/// <summary>What Soket's connections tell and do beyond ASP.NET's abstractions; found among a connection's features.</summary>
public interface ISoketConnectionFeature
{
    /// <summary>The connection's place in the event stream; null when nobody looks.</summary>
    SocketScope? Scope { get; }

    /// <summary>Bytes received so far, as the transport carried them.</summary>
    long BytesReceived { get; }

    /// <summary>Bytes sent so far, as the transport carried them.</summary>
    long BytesSent { get; }

    /// <summary>Whether this end has given the connection up.</summary>
    bool IsAborted { get; }

    /// <summary>
    /// Lets the reader see the end of the stream now, as if the peer had closed: what reads from the connection then ends in order. For drain and
    /// idle time-out.
    /// </summary>
    /// <param name="reason">Why, as a stable key for the event stream.</param>
    void EndInput(string reason);

    /// <summary>Asks whether the connection has failed meanwhile: for who neither reads nor writes just now, and so is not told.</summary>
    /// <returns>The failure; null when none is known of.</returns>
    ValueTask<SocketFailure?> FindFailureAsync() => default;

    /// <summary>Asks how much of what was sent the peer has not taken yet and still waits in this system: what tells one who reads slowly from one who does not read.</summary>
    /// <returns>Bytes; null where the system does not tell.</returns>
    ValueTask<long?> FindUntakenAsync() => default;

    /// <summary>Adds what stands on the connection (TLS, say) and must be closed before it; the last added is closed first.</summary>
    /// <param name="layer">The layer.</param>
    void AddLayer(IAsyncDisposable layer);
}
