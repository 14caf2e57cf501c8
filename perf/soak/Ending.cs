namespace Soket.Perf.Soak;

/// <summary>How a connection ends.</summary>
internal enum Ending : byte
{
    /// <summary>The client half-closes and reads to the end.</summary>
    HalfClose,

    /// <summary>The client closes in the middle.</summary>
    ClientCloses,

    /// <summary>The client resets.</summary>
    ClientAborts,

    /// <summary>The server closes.</summary>
    ServerCloses,

    /// <summary>The server resets.</summary>
    ServerAborts,

    /// <summary>The server's code fails.</summary>
    ServerThrows,

    /// <summary>The client gives up while it connects.</summary>
    GivenUp,
}
