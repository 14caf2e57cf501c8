using System.Buffers;
using Soket.Protocols.Http1;

namespace Soket.Http.Internal;

/// <summary>Receives a response's body: piece by piece from the connection, through what unpacks it, to where it is wanted.</summary>
internal sealed class BodyReceiver(FetchExchange exchange, FetchOptions options, FetchClock clock, ResponseInput input, FetchFailures failures)
{
    private const int PieceSize = 64 * 1024;

    /// <summary>Whether the end of the body was seen.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Brings the body, unpacked where that is wanted, until its end, or until enough of it is there.</summary>
    public async Task CopyAsync(Stream output, long most)
    {
        string[] codings = options.Decompress ? ContentCodings.Of(exchange.Response!.Fields) : [];
        if (exchange.Framing.Kind == HttpBodyKind.None)
            codings = [];
        if (ContentCodings.Unknown(codings) is { } unknown)
            throw failures.Coding("unknown", unknown, exchange.ElapsedAt(clock.Now));
        if (codings.Length == 0)
        {
            ReadOnlySequence<byte> piece;
            while (exchange.ContentBytes < most && output.CanWrite && !(piece = await PieceAsync(clock.Token).ConfigureAwait(false)).IsEmpty)
            {
                if (exchange.ContentBytes == 0)
                    exchange.WantsTls = PlainOnTlsPort.IsSaid(exchange, piece);
                foreach (ReadOnlyMemory<byte> memory in piece)
                {
                    await output.WriteAsync(memory, clock.User).ConfigureAwait(false);
                    exchange.Decoded(memory.Length);
                }
            }

            return;
        }

        exchange.Codings = codings;
        try
        {
            await UnpackAsync(output, codings, most).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw failures.Coding("damaged", string.Join(", ", codings), exchange.ElapsedAt(clock.Now), e);
        }
        catch (InvalidOperationException e) when (codings.Contains("br"))
        {
            throw failures.Coding("damaged", "br", exchange.ElapsedAt(clock.Now), e); // what BrotliStream says to damaged data
        }
    }

    private async Task UnpackAsync(Stream output, string[] codings, long most)
    {
        var body = new BodyStream(PieceAsync);
        Stream unpacked = await ContentCodings.UndoAsync(body, codings, clock.Token).ConfigureAwait(false);
        await using (unpacked.ConfigureAwait(false))
        {
            byte[] piece = new byte[PieceSize];
            int read;
            while (exchange.ContentBytes < most && output.CanWrite && (read = await unpacked.ReadAsync(piece, clock.Token).ConfigureAwait(false)) > 0)
            {
                FetchLimits limits = options.Limits;
                long whole = exchange.ContentBytes + read;
                if (whole > limits.MaxBody)
                    throw failures.TooLarge("unpacked", limits.MaxBody, exchange.ElapsedAt(clock.Now));
                if (whole > limits.ExpansionFloor && whole / Math.Max(1, exchange.BodyBytes) > limits.MaxExpansion)
                    throw failures.TooLarge("expansion", limits.MaxExpansion, exchange.ElapsedAt(clock.Now));
                await output.WriteAsync(piece.AsMemory(0, read), clock.User).ConfigureAwait(false);
                exchange.Decoded(read);
            }

            // What follows the compressed data is no part of it, but the end of the message is still to be seen.
            while (exchange.ContentBytes < most && output.CanWrite && !(await PieceAsync(clock.Token).ConfigureAwait(false)).IsEmpty)
                continue;
        }
    }

    private async ValueTask<ReadOnlySequence<byte>> PieceAsync(CancellationToken cancellationToken)
    {
        HttpResponsePart part = await NextAsync().ConfigureAwait(false);
        exchange.BodyBytes = input.Reader.Received;
        exchange.Chunks = input.Reader.Chunks;
        exchange.Trailers = input.Reader.Trailers;
        IsEnded = part == HttpResponsePart.End;
        return part == HttpResponsePart.Content ? input.Content : default;
    }

    /// <summary>The next part of the response; what is wrong with it is thrown.</summary>
    public async ValueTask<HttpResponsePart> NextAsync()
    {
        TimeSpan start = clock.Now;
        HttpResponsePart part;
        try
        {
            part = await input.StepAsync(options.Timeouts.Idle, clock.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!clock.User.IsCancellationRequested)
        {
            throw failures.TimedOut(FetchPhase.Download, clock.Now - start, clock.Token.IsCancellationRequested);
        }

        return part == HttpResponsePart.Invalid ? throw failures.Broken(input.Reader, input.First, exchange.ElapsedAt(clock.Now)) : part;
    }
}
