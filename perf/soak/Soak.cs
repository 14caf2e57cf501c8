using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Soket.Linux.Engine;
using Soket.Transports;

namespace Soket.Perf.Soak;

/// <summary>
/// A server and its clients in one process: as many connections at once as asked for, each short, each ended in one of the ways there are, the next begun at its end.
/// When time is up everything is let end, and nothing may be left.
/// </summary>
internal sealed class Soak : IAsyncDisposable
{
    private readonly LoopGroup _servers = new();
    private readonly LoopGroup _clients = new();
    private readonly Tally _tally = new();
    private readonly List<LoopListener> _listeners = [];
    private int _running;
    private int _next;
    private long _accepted;
    private volatile bool _stopping;

    /// <summary>Runs it, and says what was seen. True: nothing is left, and nothing was wrong.</summary>
    public static async Task<bool> RunAsync(TimeSpan time, int connections)
    {
        await using var soak = new Soak();
        // Many addresses, since each pair of them has 28,000 ports, and who closes first keeps its port for a minute (TIME_WAIT).
        for (int i = 1; i <= 16; i++)
            soak.Listen(new IPEndPoint(IPAddress.Parse($"127.0.0.{i}"), 0));
        soak.Listen(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        soak.Listen(new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), $"soak-{Guid.NewGuid():N}")));

        Console.Out.WriteLine($"warming up; then {time.TotalSeconds} s with {connections} connections at once");
        await soak.PhaseAsync(TimeSpan.FromSeconds(Math.Min(10, time.TotalSeconds)), connections, report: false);
        Reading before = Reading.Now();
        Console.Out.WriteLine($"before: {before}");
        long began = Stopwatch.GetTimestamp();
        long endedBefore = soak._tally.Count("client");
        await soak.PhaseAsync(time, connections, report: true);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Reading after = Reading.Now();
        Console.Out.WriteLine($"after:  {after}");
        long ended = soak._tally.Count("client") - endedBefore;
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ended:N0} connections in {seconds:N0} s, {ended / seconds:N0} a second"));

        await soak.DisposeAsync();
        Console.Out.WriteLine(soak._tally);
        long thrown = soak._servers.HandlerFailures;
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{thrown:N0} times the service threw, as it was told to; {soak._clients.HandlerFailures} times the clients did"));
        Console.Out.WriteLine($"closed: {Reading.Now()}");

        // The runtime's own threads come and go, with two descriptors each; a leak would be thousands.
        bool kept = after.Descriptors <= before.Descriptors + 8 && after.HeapBytes <= before.HeapBytes + (2 * 1024 * 1024);
        bool right = soak._tally.Wrong == 0 && soak._clients.HandlerFailures == 0;
        Console.Out.WriteLine(kept && right ? "nothing is left" : kept ? "NOT RIGHT" : "SOMETHING IS LEFT");
        return kept && right;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (LoopListener listener in _listeners)
            await listener.DisposeAsync();
        await _clients.DisposeAsync();
        await _servers.DisposeAsync();
    }

    private void Listen(EndPoint endpoint) =>
        _listeners.Add(LoopListener.Bind(_servers, endpoint, new() { Create = Accept, Sockets = new ManagedTransportOptions { Backlog = 1024 } }));

    private Service Accept()
    {
        Interlocked.Increment(ref _accepted);
        return new(_tally);
    }

    private async Task PhaseAsync(TimeSpan time, int connections, bool report)
    {
        _stopping = false;
        _running = connections;
        for (int i = 0; i < connections; i++)
            Start();
        long end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        for (int second = 1; Stopwatch.GetTimestamp() < end; second++)
        {
            await Task.Delay(1000);
            if (report && second % 60 == 0)
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{second,6} s  {_tally.Count("client"),14:N0} connections; {Directory.GetFileSystemEntries("/proc/self/fd").Length} descriptors, {Environment.WorkingSet / 1024.0 / 1024:N1} MiB resident"));
        }

        _stopping = true;
        while (Volatile.Read(ref _running) > 0)
            await Task.Delay(50);
        // The servers' ends follow those of the clients.
        while (_tally.Count("server") != Volatile.Read(ref _accepted))
            await Task.Delay(50);
        await Task.Delay(500);
    }

    private void Start()
    {
        int number = Interlocked.Increment(ref _next);
        var caller = new Caller(_tally, new Random(number), Ended);
        LoopListener listener = _listeners[number % _listeners.Count];
        _clients.Next().Connect(caller, listener.EndPoint, timeout: TimeSpan.FromSeconds(20));
        if (caller.GivesUp)
            caller.Close();
    }

    private void Ended()
    {
        if (_stopping)
            Interlocked.Decrement(ref _running);
        else
            Start();
    }
}
