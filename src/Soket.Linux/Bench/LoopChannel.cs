using System.Net;
using System.Runtime.Versioning;
using Soket.Bench.Internal;
using Soket.Explain;
using Soket.Linux.Engine;

namespace Soket.Linux.Bench;

/// <summary>A stream of the bench on a loop.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LoopChannel(LoopCarrier carrier, BenchPeer peer, int address) : LoopStream, IBenchChannel
{
    private bool _isOpened;

    public bool KeepsMessages => false;

    public void Flush()
    {
    }

    void IBenchChannel.Close() => Close();

    void IBenchChannel.Abort() => Abort();

    protected internal override void OnOpened()
    {
        _isOpened = true;
        carrier.Reached(address);
        peer.Opened(this);
    }

    protected internal override void OnReceived(ReadOnlySpan<byte> bytes) => peer.OnReceived(Loop.ReceiveMemory[..bytes.Length]);

    protected internal override void OnDrained() => peer.OnDrained();

    protected internal override void OnEnd() => peer.OnEnd();

    protected internal override void OnClosed(SocketFailure? failure)
    {
        if (!_isOpened && carrier.TryNext(peer, address))
            return;
        peer.OnClosed(failure);
    }
}
