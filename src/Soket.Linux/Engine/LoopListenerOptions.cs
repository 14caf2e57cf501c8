using System.Runtime.Versioning;
using Soket.Explain;
using Soket.Transports;

namespace Soket.Linux.Engine;

/// <summary>What a <see cref="LoopListener"/> makes of what it accepts. The delegates are called on a loop's thread and must not block.</summary>
[SupportedOSPlatform("linux")]
public sealed record LoopListenerOptions
{
    /// <summary>Makes the stream of an accepted connection, on the loop that will serve it.</summary>
    public required Func<LoopStream> Create { get; init; }

    /// <summary>How the sockets are made; <see cref="ManagedTransportOptions.Native"/> is not needed here.</summary>
    public ManagedTransportOptions Sockets { get; init; } = new();

    /// <summary>
    /// The system cannot give a connection (EMFILE, ENFILE, ENOBUFS, ENOMEM): those that stand go on, those that wait stay in the backlog, and accepting is tried again
    /// by itself after <see cref="BackOff"/>, or when a connection of the group has closed. Told once until it succeeds again.
    /// </summary>
    public Action<SocketFailure>? AcceptFailed { get; init; }

    /// <summary>Accepting succeeded again after <see cref="AcceptFailed"/>.</summary>
    public Action? AcceptResumed { get; init; }

    /// <summary>How long accepting rests after it failed; 100 ms.</summary>
    public TimeSpan BackOff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Asked before each accept: false pauses accepting as <see cref="LoopListener.PauseAccepting"/> does, at once. Called on the listener's loop.</summary>
    internal Func<bool>? MayAccept { get; init; }

    /// <summary>A connection was accepted, and its stream will be made. Called on the listener's loop.</summary>
    internal Action? Accepted { get; init; }

    /// <summary>Whether it accepts nothing before <see cref="LoopListener.ResumeAccepting"/>.</summary>
    public bool Paused { get; init; }
}
