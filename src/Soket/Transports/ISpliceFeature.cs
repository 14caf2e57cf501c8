using Microsoft.AspNetCore.Connections;

namespace Soket.Transports;

/// <summary>
/// A connection whose bytes can go to another one inside the kernel, splice(2), while nobody looks at them. What is received otherwise is not affected: whoever reads
/// from the connection gets what could not go that way, and its end.
/// </summary>
internal interface ISpliceFeature
{
    /// <summary>Options that make a connection beside this one, so that bytes can go from the one to the other.</summary>
    /// <param name="options">Options as they would be otherwise.</param>
    ManagedTransportOptions Beside(ManagedTransportOptions options);

    /// <summary>From now on what comes while a read waits goes straight to the other connection, in order with what is written there.</summary>
    /// <param name="to">The other connection. Nothing may be written to it but what was read from this one, and flushed before the next read.</param>
    /// <param name="moved">Told how many bytes went so, each time.</param>
    /// <returns>Whether that can be: both are plain, beside each other, and nobody needs the bytes.</returns>
    bool TrySplice(ConnectionContext to, Action<long> moved);
}
