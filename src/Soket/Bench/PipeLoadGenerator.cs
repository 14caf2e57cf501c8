using Soket.Bench.Internal;

namespace Soket.Bench;

/// <summary>
/// Makes traffic on whatever connects (TCP, Unix, TLS, WebSocket, through a proxy, datagrams), on .NET's own sockets or whatever transport the client uses: works
/// wherever .NET does, on the thread pool. Not the fastest there is.
/// </summary>
public sealed class PipeLoadGenerator : ILoadGenerator
{
    private readonly Func<Action, IBenchAlarm>? _alarm;
    private readonly Func<ConnectFacts>? _facts;

    /// <summary>Creates the generator.</summary>
    public PipeLoadGenerator()
        : this(null, null)
    {
    }

    /// <summary>Creates the generator with what a platform knows better.</summary>
    /// <param name="alarm">Makes what wakes a worker; null for the clock's timers.</param>
    /// <param name="facts">What the machine tells of connections; null where it is not asked.</param>
    internal PipeLoadGenerator(Func<Action, IBenchAlarm>? alarm, Func<ConnectFacts>? facts) => (_alarm, _facts) = (alarm, facts);

    /// <inheritdoc/>
    public string Name => "pipes";

    /// <inheritdoc/>
    public bool Supports(BenchPlan plan) => TrafficRun.MakesSense(plan);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The payload cannot be sent in this way: it is empty, or holds the framing's delimiter.</exception>
    public ValueTask RunAsync(BenchPlan plan, BenchProgress progress, CancellationToken stop)
    {
        int workers = Math.Clamp(plan.Workers == 0 ? Environment.ProcessorCount : plan.Workers, 1, plan.Connections);
        var carriers = new BenchCarrier[workers];
        for (int i = 0; i < workers; i++)
            carriers[i] = new PipeCarrier(plan, progress.Time, i, _alarm);
        return TrafficRun.RunAsync(plan, progress, carriers, stop, _facts);
    }
}
