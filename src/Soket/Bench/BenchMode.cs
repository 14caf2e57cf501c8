namespace Soket.Bench;

/// <summary>What is measured.</summary>
public enum BenchMode
{
    /// <summary>Messages and their replies.</summary>
    Messages,

    /// <summary>Connections made and closed again.</summary>
    Connect,

    /// <summary>Bytes in bulk, one way or both.</summary>
    Stream,

    /// <summary>Numbered datagrams: rate, loss, duplicates, reordering, jitter.</summary>
    Datagrams,

    /// <summary>Connections that are held open, then woken.</summary>
    Idle,
}
