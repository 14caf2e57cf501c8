using Soket.Explain;

namespace Soket.Http;

/// <summary>
/// The steps of an exchange, in their order. They begin and end with the system calls they are made of; what lies between two of them is the time of this
/// program itself, and part of no step.
/// </summary>
public enum FetchPhase
{
    /// <summary>The host's name is turned into addresses; none where it is an address.</summary>
    Name,

    /// <summary>An address is connected to: TCP's handshake, or a Unix socket's.</summary>
    Connect,

    /// <summary>The dialogue with a proxy that opens a tunnel; none where there is no proxy, or one that is asked for the page itself.</summary>
    Proxy,

    /// <summary>The TLS handshake, from the first byte of it that was sent to the last.</summary>
    Tls,

    /// <summary>The request is handed to the system, its body included.</summary>
    Request,

    /// <summary>From then on until the first byte of the answer.</summary>
    FirstByte,

    /// <summary>From the first byte of the answer to its last.</summary>
    Download,

    /// <summary>The connection is closed.</summary>
    Close,
}

/// <summary>One step of an exchange.</summary>
/// <param name="Phase">Which one.</param>
/// <param name="Start">When it began, from the beginning of the first exchange of the fetch.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Failure">Why it failed; null when it did not.</param>
public sealed record FetchStep(FetchPhase Phase, TimeSpan Start, TimeSpan Duration, SocketFailure? Failure = null);
