using Microsoft.AspNetCore.Connections;
using Soket.Middleware.WebSocket;
using Soket.Protocols.WebSocket;

namespace Soket.Bench.Internal;

/// <summary>A channel on a WebSocket: each send is a message.</summary>
#pragma warning disable CA1001 // A source without a timer and a handle holds nothing that must be released.
internal sealed class WebSocketChannel(ConnectionContext connection, IWebSocketFeature webSocket, bool isText, Lock turn, BenchPeer peer) : PipeChannel(turn, peer)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _end = new();

    public override bool KeepsMessages => true;

    public override async Task ReceiveAsync()
    {
        try
        {
            while (await webSocket.ReceiveAsync(_end.Token).ConfigureAwait(false) is { } message)
                Hand(message.Bytes);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            return;
        }

        HandEnd();
    }

    public override void Break() => _end.Cancel();

    protected override async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!await webSocket.SendAsync(bytes, isText).ConfigureAwait(false))
            throw new OperationCanceledException("The conversation has been closed.");
    }

    // There is no half-close: a close frame says that nothing more comes, and the peer's answer ends the conversation.
    protected override ValueTask ShutdownAsync() => webSocket.CloseAsync(CloseCode.Normal);

    protected override void Reset() => connection.Abort();

    protected override async ValueTask DisposeAsync()
    {
        if (!connection.ConnectionClosed.IsCancellationRequested)
            await webSocket.CloseAsync(CloseCode.Normal).ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
