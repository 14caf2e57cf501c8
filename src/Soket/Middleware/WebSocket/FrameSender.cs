using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.WebSocket;

namespace Soket.Middleware.WebSocket;

/// <summary>The sending half of a WebSocket: one frame after another, whoever sends them, and none after the close frame.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing, and senders may come late.")]
internal sealed class FrameSender(PipeWriter output, bool isClient, SocketScope? scope, int fragment, MessageDeflater? deflater)
{
    // More than this is not copied before the peer has made room.
    private const int Piece = 64 * 1024;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile bool _closed; // written under _turn

    /// <summary>Whether the close frame has been sent, or begun.</summary>
    public bool IsClosed => _closed;

    /// <summary>Sends a message, in as many frames as were asked for.</summary>
    /// <returns>Whether the peer can still be told anything, and whether the wait was given up by <see cref="PipeWriter.CancelPendingFlush"/>.</returns>
    public async ValueTask<FlushResult> MessageAsync(ReadOnlyMemory<byte> message, bool isText, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_closed)
                return new FlushResult(isCanceled: false, isCompleted: true);
            ReadOnlyMemory<byte> payload = deflater is null ? message : deflater.Compress(message);
            bool first = true;
            FlushResult result;
            do
            {
                ReadOnlyMemory<byte> part = fragment > 0 && payload.Length > fragment ? payload[..fragment] : payload;
                payload = payload[part.Length..];
                var header = new FrameHeader
                {
                    Opcode = !first ? WebSocketOpcode.Continuation : isText ? WebSocketOpcode.Text : WebSocketOpcode.Binary,
                    Final = payload.IsEmpty,
                    Rsv1 = first && deflater is not null,
                };
                // The wait may be given up only where the whole message is on its way.
                result = await FrameAsync(header, part, payload.IsEmpty ? cancellationToken : CancellationToken.None).ConfigureAwait(false);
                first = false;
            }
            while (!payload.IsEmpty);
            return result;
        }
        finally
        {
            deflater?.Release();
            _turn.Release();
        }
    }

    /// <summary>Sends a control frame.</summary>
    /// <returns>False when nothing can be sent any more.</returns>
    public async ValueTask<bool> ControlAsync(WebSocketOpcode opcode, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_closed)
                return false;
            _closed = opcode == WebSocketOpcode.Close;
            await FrameAsync(new FrameHeader { Opcode = opcode, Final = true }, payload, cancellationToken).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Sends a ping, unless a message is under way: that is sign enough that this end is there.</summary>
    public async ValueTask TryPingAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        if (!await _turn.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
            return;
        try
        {
            if (!_closed)
                await FrameAsync(new FrameHeader { Opcode = WebSocketOpcode.Ping, Final = true }, payload, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<FlushResult> FrameAsync(FrameHeader header, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        long started = SocketScope.Now;
        header = header with { Length = payload.Length, Mask = isClient ? NewKey() : null };
        output.Advance(header.Write(output.GetSpan(FrameHeader.MaxSize)));
        bool given = false;
        FlushResult result = default;
        int at = 0;
        do
        {
            int size = Math.Min(Piece, payload.Length - at);
            Write(payload.Span.Slice(at, size), header.Mask, at);
            at += size;
            result = await output.FlushAsync(at == payload.Length ? cancellationToken : CancellationToken.None).ConfigureAwait(false);
            given |= result.IsCanceled;
        }
        while (at < payload.Length);
        scope?.Frame(SocketCall.SendFrame, started, FrameText.Describe(header, payload.Span), new ReadOnlySequence<byte>(payload));
        return new FlushResult(given, result.IsCompleted);
    }

    private void Write(ReadOnlySpan<byte> bytes, uint? key, int offset)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> room = output.GetSpan(Math.Min(bytes.Length, 4096));
            int size = Math.Min(room.Length, bytes.Length);
            bytes[..size].CopyTo(room);
            if (key is { } mask)
                FrameMask.Apply(room[..size], mask, offset);
            output.Advance(size);
            bytes = bytes[size..];
            offset += size;
        }
    }

    // RFC 6455 5.3: not to be foreseen by whoever chooses the payload.
    private static uint NewKey()
    {
        Span<byte> key = stackalloc byte[4];
        RandomNumberGenerator.Fill(key);
        return BitConverter.ToUInt32(key);
    }
}
