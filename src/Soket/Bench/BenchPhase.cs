namespace Soket.Bench;

/// <summary>How far a run is.</summary>
public enum BenchPhase
{
    /// <summary>Connections are being made.</summary>
    Connecting,

    /// <summary>Traffic flows, and is not measured yet.</summary>
    WarmingUp,

    /// <summary>Traffic is measured.</summary>
    Measuring,

    /// <summary>What is under way comes in; nothing is measured any more.</summary>
    Draining,

    /// <summary>Over.</summary>
    Done,
}
