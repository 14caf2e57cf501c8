using Soket.Clients;
using Soket.Endpoints;
using Soket.Protocols.Framing;

namespace Soket.Bench;

/// <summary>What a load generator is to do.</summary>
public sealed record BenchPlan
{
    /// <summary>Where.</summary>
    public required SocketUri Endpoint { get; init; }

    /// <summary>What is measured.</summary>
    public BenchMode Mode { get; init; }

    /// <summary>How many connections, streams or datagram sockets, 1 or more.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>
    /// The most messages that wait for their reply on one connection, 1 or more: the closed loop keeps so many there. The open loop sends when a message is
    /// due, and holds back one that finds so many waiting; its latency counts from when it was due.
    /// </summary>
    public int InFlight { get; init; } = 1;

    /// <summary>What is sent.</summary>
    public BenchPayload Payload { get; init; } = BenchPayload.OfSize(64);

    /// <summary>What a reply has to be.</summary>
    public ReplyVerifier Verifier { get; init; } = ReplyVerifier.Echo;

    /// <summary>
    /// How a stream's messages are cut. With <see cref="ChunkFraming"/> nothing marks their ends: a reply is then as long as
    /// <see cref="ReplyVerifier.ReplyLength"/> says, and where that says nothing, whatever one receive brings (one message in flight only).
    /// </summary>
    public Framing Framing { get; init; } = new ChunkFraming();

    /// <summary>When messages are due, over all connections, the warm-up included; null for the closed loop.</summary>
    public ArrivalSchedule? Arrivals { get; init; }

    /// <summary>How long is measured; null for as long as <see cref="Count"/> takes.</summary>
    public TimeSpan? Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many messages (connections, datagrams) are measured, over all connections, beside those of the warm-up; null for as many as fit.</summary>
    public long? Count { get; init; }

    /// <summary>How long the same is done before that, unmeasured.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The pause between a reply and the next message of the closed loop, on each connection.</summary>
    public TimeSpan Think { get; init; }

    /// <summary>How long a reply may take before it counts as missing, and its connection is closed and made anew; more than zero.</summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long what is under way at the end may take to come in; then it is left.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The least time between two attempts to make a lost connection anew, on the same connection.</summary>
    public TimeSpan ReconnectPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long held connections stay still, with <see cref="BenchMode.Idle"/>, before each of them is woken by a message.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Which way bytes go, with <see cref="BenchMode.Stream"/>.</summary>
    public StreamDirection Direction { get; init; } = StreamDirection.Up;

    /// <summary>How many threads or loops make the traffic, 1 or more; 0 lets the generator choose.</summary>
    public int Workers { get; init; }

    /// <summary>How connections are made: options of the sockets, TLS, WebSocket, time to connect.</summary>
    public SocketClientOptions Client { get; init; } = new();

    /// <summary>Whether WebSocket messages go as binary ones; else as text.</summary>
    public bool Binary { get; init; }
}
