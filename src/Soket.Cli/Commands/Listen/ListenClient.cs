using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Soket.Cli.Rendering;
using Soket.Explain;

namespace Soket.Cli.Commands.Listen;

/// <summary>One connection of a listener: what is to be sent to it waits in a bounded queue, so that it keeps nobody else waiting.</summary>
internal sealed class ListenClient(ConnectionContext connection)
{
    private readonly Channel<byte[]> _queue = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(64) { SingleReader = true });
    private long _sent;
    private int _slow;
    private int _ended;

    public ConnectionContext Connection => connection;

    public PayloadText Text { get; } = new();

    public long Received { get; set; } // the receiving loop only

    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Whether it was given up because it took too little.</summary>
    public bool IsSlow => Volatile.Read(ref _slow) != 0;

    /// <summary>Queues bytes, waiting for room.</summary>
    public async ValueTask GiveAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        while (await _queue.Writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_queue.Writer.TryWrite(bytes))
                return;
        }
    }

    /// <summary>Queues bytes, or gives the connection up when the queue is full.</summary>
    public void Offer(byte[] bytes)
    {
        if (_queue.Writer.TryWrite(bytes) || Volatile.Read(ref _ended) != 0)
            return;
        if (Interlocked.Exchange(ref _slow, 1) == 0)
            connection.Abort(new ConnectionAbortedException("too-slow"));
    }

    /// <summary>Nothing more is to be sent: a half-close, once what waits has gone.</summary>
    public void End()
    {
        Volatile.Write(ref _ended, 1);
        _queue.Writer.TryComplete();
    }

    /// <summary>Sends what is queued, to the end; a peer that is gone ends it as well, which the receiving side tells.</summary>
    public async Task SendAllAsync()
    {
        try
        {
            await foreach (byte[] bytes in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                await connection.Transport.Output.WriteAsync(bytes).ConfigureAwait(false);
                Interlocked.Add(ref _sent, bytes.Length);
            }

            await connection.Transport.Output.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is ConnectionAbortedException or InvalidOperationException || SocketFailure.Find(e) is not null)
        {
            End();
        }
    }
}
