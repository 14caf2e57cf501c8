using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Soket.Protocols.Http1;

namespace Soket.Http.Internal;

/// <summary>Sends a request: its head, then its body, by its length or in chunks.</summary>
internal sealed class RequestSender(FetchExchange exchange, FetchOptions options, FetchClock clock, ConnectionContext connection)
{
    private const int PieceSize = 64 * 1024;

    public async Task SendAsync(CancellationToken cancellationToken)
    {
        TimeSpan start = clock.Now;
        PipeWriter output = connection.Transport.Output;
        var head = new ArrayBufferWriter<byte>();
        exchange.Request.Write(head);
        exchange.RequestHeadBytes = head.WrittenCount;
        output.Write(head.WrittenSpan);
        await FlushAsync(output, start, cancellationToken).ConfigureAwait(false);
        if (options.Body is not { } body)
            return;
        bool chunked = body.Length is null;
        byte[] piece = new byte[PieceSize];
        Stream content = body.Open();
        await using (content.ConfigureAwait(false))
        {
            int read;
            while ((read = await content.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0)
            {
                // A file that grows meanwhile must not spill over the length that was said.
                if (!chunked)
                    read = (int)Math.Min(read, body.Length!.Value - exchange.RequestBodyBytes);
                if (read == 0)
                    break;
                if (chunked)
                    HttpChunks.Write(piece.AsSpan(0, read), output);
                else
                    output.Write(piece.AsSpan(0, read));
                exchange.RequestBodyBytes += read;
                await FlushAsync(output, start, cancellationToken).ConfigureAwait(false);
            }
        }

        if (!chunked && exchange.RequestBodyBytes < body.Length)
            throw new EndOfStreamException($"The body became shorter while it was sent: {exchange.RequestBodyBytes} of {body.Length} bytes.");
        if (chunked)
        {
            HttpChunks.WriteEnd(output);
            await FlushAsync(output, start, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask FlushAsync(PipeWriter output, TimeSpan start, CancellationToken cancellationToken)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (options.Timeouts.Idle is { } idle)
            pause.CancelAfter(idle);
        try
        {
            await output.FlushAsync(pause.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!clock.User.IsCancellationRequested && (clock.Token.IsCancellationRequested || !cancellationToken.IsCancellationRequested))
        {
            throw new FetchFailures(exchange, connection).TimedOut(FetchPhase.Request, clock.Now - start, clock.Token.IsCancellationRequested);
        }
    }
}
