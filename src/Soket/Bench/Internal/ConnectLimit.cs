namespace Soket.Bench.Internal;

/// <summary>What kept connections from being made faster: the first of these that can be shown.</summary>
internal static class ConnectLimit
{
    private const double Full = 0.9;

    /// <summary>Finds it.</summary>
    /// <param name="failures">How many attempts failed, by the name of the error.</param>
    /// <param name="slow">Connections whose first SYN was lost.</param>
    /// <param name="before">What the machine told at the start; null when it tells nothing.</param>
    /// <param name="after">The same at the end.</param>
    /// <param name="elapsed">The time between.</param>
    /// <param name="processors">The machine's processors.</param>
    /// <param name="busiest">The busiest worker's share of a processor; below 0 when it is not known.</param>
    /// <param name="places">Connections made at once.</param>
    public static BenchNote Find(
        IReadOnlyDictionary<string, long> failures, long slow, ConnectFacts? before, ConnectFacts? after, TimeSpan elapsed, int processors, double busiest, int places)
    {
        // EADDRNOTAVAIL says it itself: every port towards that address is taken, most of them by connections that ended less than a minute ago.
        if (failures.GetValueOrDefault("EADDRNOTAVAIL") is > 0 and long portless)
            return Note("connect-ports", ("attempts", portless), ("ports", after?.Ports ?? 0), ("waiting", after?.TimeWait ?? 0));
        if (failures.GetValueOrDefault("EMFILE") + failures.GetValueOrDefault("ENFILE") is > 0 and long fileless)
            return Note("connect-files", ("attempts", fileless));
        long overflows = Math.Max(0, after?.Overflows - before?.Overflows ?? 0);
        if (overflows > 0)
            return Note("connect-backlog", ("overflows", overflows), ("connections", slow));
        if (slow > 0)
            return Note("connect-slow", ("connections", slow));
        if (busiest >= Full)
            return Note("connect-generator", ("share", busiest * 100));
        if (after?.Idle - before?.Idle is { } idle && elapsed > TimeSpan.Zero && 1 - (idle / (elapsed * processors)) is >= Full and double busy)
            return Note("connect-machine", ("share", busy * 100));
        long failed = failures.Values.Sum();
        return failed > 0 ? Note("connect-errors", ("attempts", failed)) : Note("connect-places", ("places", (long)places));
    }

    private static BenchNote Note(string key, params ReadOnlySpan<(string Name, object Value)> values)
    {
        var map = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach ((string name, object value) in values)
            map[name] = value;
        return new(key, map);
    }
}
