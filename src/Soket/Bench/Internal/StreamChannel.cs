using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Soket.Bench.Internal;

/// <summary>A channel on a connection's pipes.</summary>
internal sealed class StreamChannel(ConnectionContext connection, Lock turn, BenchPeer peer) : PipeChannel(turn, peer)
{
    public override bool KeepsMessages => false;

    public override async Task ReceiveAsync()
    {
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult read = await input.ReadAsync().ConfigureAwait(false);
            foreach (ReadOnlyMemory<byte> part in read.Buffer)
                Hand(part);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCanceled)
                return;
            if (!read.IsCompleted)
                continue;
            HandEnd();
            return;
        }
    }

    public override void Break() => connection.Transport.Input.CancelPendingRead();

    protected override async ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => await connection.Transport.Output.WriteAsync(bytes).ConfigureAwait(false);

    protected override ValueTask ShutdownAsync() => connection.Transport.Output.CompleteAsync();

    protected override void Reset() => connection.Abort();

    protected override ValueTask DisposeAsync() => connection.DisposeAsync();
}
