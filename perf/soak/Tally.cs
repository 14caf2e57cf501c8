using System.Collections.Concurrent;
using System.Globalization;
using Soket.Explain;

namespace Soket.Perf.Soak;

/// <summary>How the connections ended. Any thread.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, long> _ends = [];
    private long _wrong;
    private long _bytes;

    /// <summary>Connections that were given back other bytes than they had sent, or whose end was told twice.</summary>
    public long Wrong => Interlocked.Read(ref _wrong);

    public void Ended(string who, SocketFailure? failure) =>
        _ends.AddOrUpdate(failure is null ? $"{who}: in order" : $"{who}: {failure.Call.Name()} {failure.Error.Name}", 1, static (_, count) => count + 1);

    public void Mistaken() => Interlocked.Increment(ref _wrong);

    public void Moved(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public long Count(string who) => _ends.Where(end => end.Key.StartsWith(who, StringComparison.Ordinal)).Sum(end => end.Value);

    public override string ToString() => string.Join('\n', [
        string.Create(CultureInfo.InvariantCulture, $"{_bytes / 1e9:N1} GB came back and were right; {Wrong} mistakes"),
        .. _ends.OrderBy(end => end.Key, StringComparer.Ordinal).Select(end => string.Create(CultureInfo.InvariantCulture, $"{end.Value,14:N0}  {end.Key}")),
    ]);
}
