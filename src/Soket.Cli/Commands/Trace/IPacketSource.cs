using Soket.Capture;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;

namespace Soket.Cli.Commands.Trace;

/// <summary>Where packets come from: a file, or an interface.</summary>
internal interface IPacketSource : IDisposable
{
    /// <summary>Packets that were lost before they could be taken.</summary>
    long Lost { get; }

    bool TryNext(out CapturedPacket packet, CancellationToken stop);
}

/// <summary>A capture file.</summary>
internal sealed class FilePackets(CaptureReader reader) : IPacketSource
{
    public long Lost => 0;

    public bool TryNext(out CapturedPacket packet, CancellationToken stop) => reader.TryRead(out packet);

    public void Dispose() => reader.Dispose();
}

/// <summary>Packets as they pass.</summary>
internal sealed class LivePackets(IPacketCapture capture) : IPacketSource
{
    public long Lost => capture.Counts.Dropped;

    public bool TryNext(out CapturedPacket packet, CancellationToken stop) => capture.TryNext(out packet, stop);

    public void Dispose() => capture.Dispose();
}
