using Soket.Explain;
using Soket.Transports;

namespace Soket.Bench.Internal;

/// <summary>A channel on a datagram socket.</summary>
#pragma warning disable CA1001 // A source without a timer and a handle holds nothing that must be released.
internal sealed class DatagramChannel(IDatagramSocket socket, Lock turn, BenchPeer peer) : PipeChannel(turn, peer)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _end = new();
    private readonly byte[] _buffer = new byte[65_535];

    public override bool KeepsMessages => true;

    public override async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                try
                {
                    ReceivedDatagram received = await socket.ReceiveAsync(_buffer, _end.Token).ConfigureAwait(false);
                    Hand(_buffer.AsMemory(0, received.Length));
                }
                catch (SocketFailure e) when (!_end.IsCancellationRequested && IsFault(e))
                {
                    lock (Turn)
                        Lost(e);
                }
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Its end was asked for.
        }
    }

    public override void Break() => _end.Cancel();

    protected override ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => socket.SendAsync(bytes);

    protected override ValueTask ShutdownAsync() => ValueTask.CompletedTask;

    protected override void Reset() => Break();

    protected override ValueTask DisposeAsync() => socket.DisposeAsync();

    // A refused datagram is lost; the socket goes on.
    protected override void Lost(Exception exception)
    {
        if (SocketFailure.Find(exception) is { } failure && IsFault(failure) && !IsEnding)
            Peer.OnFault(failure);
        else
            base.Lost(exception);
    }

    private static bool IsFault(SocketFailure failure) =>
        failure.Error.Name is "ECONNREFUSED" or "ENOBUFS" or "EAGAIN" or "EHOSTUNREACH" or "ENETUNREACH" or "EMSGSIZE" or "EPERM" or "EACCES";
}
