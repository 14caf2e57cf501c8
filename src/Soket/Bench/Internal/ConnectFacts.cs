namespace Soket.Bench.Internal;

/// <summary>What a machine tells of connections being made, at one moment. What it does not tell is null.</summary>
internal sealed record ConnectFacts
{
    /// <summary>How many local ports connections may have, ip(7): ip_local_port_range.</summary>
    public long? Ports { get; init; }

    /// <summary>TCP sockets in TIME_WAIT, each of which holds a port.</summary>
    public long? TimeWait { get; init; }

    /// <summary>Connections a listener of this machine had no room for in its queue, so far.</summary>
    public long? Overflows { get; init; }

    /// <summary>The time the machine's processors had nothing to do, so far, summed up.</summary>
    public TimeSpan? Idle { get; init; }
}
