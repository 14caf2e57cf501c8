using System.Globalization;

namespace Soket.Perf.Soak;

/// <summary>What the process holds.</summary>
/// <param name="Descriptors">Open descriptors.</param>
/// <param name="HeapBytes">Live objects, after a full collection.</param>
/// <param name="ResidentBytes">Memory that is in RAM.</param>
internal readonly record struct Reading(int Descriptors, long HeapBytes, long ResidentBytes)
{
    public static Reading Now()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long heap = GC.GetTotalMemory(forceFullCollection: true);
        return new(Directory.GetFileSystemEntries("/proc/self/fd").Length, heap, Environment.WorkingSet);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Descriptors} descriptors, {HeapBytes / 1024.0:N0} KiB of live objects, {ResidentBytes / 1024.0 / 1024:N1} MiB resident");
}
