using Soket.Explain;

namespace Soket.Bench.Internal;

/// <summary>A place where one connection after the other is made, and closed again.</summary>
internal sealed class ConnectPeer(ConnectWorker worker, int number) : BenchPeer(worker, number)
{
    /// <summary>When the connection was to be made, ns.</summary>
    public long Due { get; set; }

    /// <summary>Whether a connection is being made or stands here.</summary>
    public bool IsBusy { get; set; }

    public override void OnReceived(ReadOnlyMemory<byte> bytes) => Worker.Tally.AddReceived(bytes.Length); // a server that greets

    protected override void OnOpened(IBenchChannel channel)
    {
        worker.Made(this);
        Leave();
    }

    protected override void OnNotConnected(SocketFailure? failure)
    {
        base.OnNotConnected(failure);
        worker.Over(this);
    }

    protected override void OnLost(SocketFailure? failure)
    {
        if (failure is not null)
            Worker.Tally.AddFailed(failure);
        worker.Over(this);
    }
}
