namespace Soket.Bench;

/// <summary>Which way the bytes of <see cref="BenchMode.Stream"/> go.</summary>
public enum StreamDirection
{
    /// <summary>From here to the server, which throws them away (discard) or does what it likes.</summary>
    Up,

    /// <summary>From a server that sends by itself (chargen).</summary>
    Down,

    /// <summary>Both ways at once: an echo server sends back what comes.</summary>
    Both,
}
