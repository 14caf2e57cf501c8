namespace Soket.Bench;

/// <summary>Whether what was measured is the server, or who measured it.</summary>
public enum GeneratorVerdict
{
    /// <summary>The generator had time to spare: what was measured is the rest.</summary>
    Spare,

    /// <summary>A thread of the generator worked without a pause: with a faster generator there may be more.</summary>
    Busy,

    /// <summary>The generator's threads had to wait for a processor: something else runs on this machine, perhaps the server itself.</summary>
    Crowded,

    /// <summary>Open loop: messages went out late although the generator had time: every connection had as many in flight as it may.</summary>
    Held,

    /// <summary>Open loop: messages went out late, and it does not show why.</summary>
    Late,

    /// <summary>Nothing is known of the generator's threads.</summary>
    Unknown,
}
