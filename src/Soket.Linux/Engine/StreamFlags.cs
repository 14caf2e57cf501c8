using System.Runtime.Versioning;

namespace Soket.Linux.Engine;

/// <summary>What is known of a stream, and what is to be done. Loop's thread only.</summary>
[Flags]
internal enum StreamFlags
{
    None = 0,

    /// <summary>It is being connected.</summary>
    Connecting = 1,

    /// <summary>The peer's FIN was read.</summary>
    InputEnded = 1 << 1,

    /// <summary>A half-close was asked for.</summary>
    ShutdownAsked = 1 << 2,

    /// <summary>Our FIN is on its way.</summary>
    OutputEnded = 1 << 3,

    /// <summary>It is being closed in order: nothing is delivered any more.</summary>
    Closing = 1 << 4,

    /// <summary>Our FIN is out, and what still comes is thrown away.</summary>
    Lingering = 1 << 5,

    /// <summary>That has lasted long enough.</summary>
    Lingered = 1 << 6,

    /// <summary>It failed or was given up: the descriptor is closed as soon as nobody is being called.</summary>
    Dead = 1 << 7,

    /// <summary>The end is to be a reset.</summary>
    Resets = 1 << 8,

    /// <summary>The end was told already, or is nothing to tell: the socket never connected.</summary>
    EndTold = 1 << 9,

    /// <summary>The descriptor is closed.</summary>
    Closed = 1 << 10,

    /// <summary>Receiving is paused.</summary>
    Paused = 1 << 11,

    /// <summary>It is among those that the loop looks after once the call that runs has returned.</summary>
    Unsettled = 1 << 12,

    /// <summary>epoll has it.</summary>
    Watched = 1 << 13,

    /// <summary>epoll looks for bytes to receive.</summary>
    WatchedIn = 1 << 14,

    /// <summary>epoll looks for room to send.</summary>
    WatchedOut = 1 << 15,

    /// <summary>Not even sending is possible any more.</summary>
    NoSending = ShutdownAsked | OutputEnded | Closing | Dead | Closed,

    /// <summary>Nothing is received for whoever has it.</summary>
    NoReceiving = Connecting | InputEnded | Closing | Dead | Closed | Paused,
}

/// <summary>What only some streams need.</summary>
[SupportedOSPlatform("linux")]
internal sealed class StreamExtras
{
    /// <summary>Where what comes goes while nobody looks at it.</summary>
    public Splicing.SpliceLane? Outwards { get; set; }

    /// <summary>Who sends to it so.</summary>
    public Splicing.SpliceLane? Inwards { get; set; }

    /// <summary>How it is being connected.</summary>
    public ConnectAttempt? Connecting { get; set; }

    /// <summary>The peer's address where it is no internet address: a Unix socket with a name.</summary>
    public System.Net.EndPoint? Remote { get; set; }

    /// <summary>Why it ended, when not in order.</summary>
    public Explain.SocketFailure? Failure { get; set; }

    /// <summary>Since when it waits for bytes, as the event stream counts; kept only where somebody looks.</summary>
    public long Waiting { get; set; }

    /// <summary>While it closes: bytes sent when that was last looked at.</summary>
    public long SentBefore { get; set; }

    /// <summary>While it lingers: when that must end, nanoseconds.</summary>
    public long LingersUntil { get; set; }
}
