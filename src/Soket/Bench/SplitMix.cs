namespace Soket.Bench;

/// <summary>Random numbers that can be made again: SplitMix64 (Steele, Lea and Flood, 2014). Not for secrets.</summary>
internal static class SplitMix
{
    /// <summary>The state a message's numbers begin with.</summary>
    public static ulong At(ulong seed, int connection, long number)
    {
        ulong state = seed ^ ((ulong)(uint)connection << 40);
        state = Next(ref state) ^ (ulong)number;
        _ = Next(ref state);
        return state;
    }

    public static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
