using Soket.Explain;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;

namespace Soket.Capture;

/// <summary>How many packets a capture saw.</summary>
/// <param name="Seen">Those that passed the filter, the dropped ones included.</param>
/// <param name="Dropped">Those the system lost because they were not taken fast enough.</param>
public readonly record struct CaptureCounts(long Seen, long Dropped);

/// <summary>Packets as they pass, taken from this machine's interfaces.</summary>
/// <remarks>One thread at a time takes packets; any thread may read the counts and dispose.</remarks>
public interface IPacketCapture : IDisposable
{
    /// <summary>The interfaces that packets came from so far: what <see cref="CapturedPacket.Interface"/> counts.</summary>
    IReadOnlyList<CaptureInterface> Interfaces { get; }

    /// <summary>What was counted so far.</summary>
    CaptureCounts Counts { get; }

    /// <summary>Takes the next packet and waits for it where there is none: this blocks the calling thread. Its bytes are good until the next call.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="cancellation">Ends the waiting, within a tenth of a second. What was captured before is given first.</param>
    /// <returns>False when it was cancelled and nothing more is there, or the capture was disposed.</returns>
    /// <exception cref="SocketFailure">The interface is gone or was taken down.</exception>
    bool TryNext(out CapturedPacket packet, CancellationToken cancellation);
}
