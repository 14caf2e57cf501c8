using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Soket.Services;

/// <summary>
/// Generates characters (RFC 864): on a stream lines of 72 out of the 95 printable ones, each line starting one further than the line before,
/// until the peer closes; what it sends is thrown away. A datagram is answered with 0 to 512 characters of the same pattern.
/// </summary>
/// <remarks>
/// It stops at the peer's FIN. The RFC says "until the calling user terminates the connection"; a peer that has closed its own direction has
/// done its part of that, and would otherwise have to reset the connection to be rid of it.
/// </remarks>
/// <param name="random">Chooses the lengths of datagrams.</param>
public sealed class ChargenService(Random? random = null) : ConnectionHandler, IMessageService, IReplyRecognizer
{
    private const int First = ' ';
    private const int Characters = 95;
    private const int Columns = 72;
    private const int LongestDatagram = 512;
    private const int RecognizedRun = 16;

    // After 95 lines the pattern starts over, so one copy of it, 7,030 bytes, serves every connection.
    private static readonly byte[] Pattern = CreatePattern();
    private readonly Random _random = random ?? Random.Shared;

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        PipeWriter output = connection.Transport.Output;
        Task input = DiscardAsync(connection.Transport.Input, output);
        try
        {
            // The peer's window and the pipe's own limit hold this back: a write waits until there is room.
            while (!input.IsCompleted)
            {
                FlushResult result = await output.WriteAsync(Pattern).ConfigureAwait(false);
                if (result.IsCompleted || result.IsCanceled)
                    break;
            }
        }
        catch (OperationCanceledException) when (input.IsCompleted)
        {
            // The peer ended while a write waited for it.
        }
        finally
        {
            connection.Transport.Input.CancelPendingRead();
            await input.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await input.ConfigureAwait(false);
        output.Complete(); // Not awaited: a peer that has had enough need not read what is still on its way.
    }

    /// <inheritdoc/>
    public bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context)
    {
        reply.Write(Pattern.AsSpan(0, _random.Next(LongestDatagram + 1)));
        return true;
    }

    /// <inheritdoc/>
    public bool IsOwnReply(in ReadOnlySequence<byte> message)
    {
        // A run of neighbours in the ring is enough; other implementations start anywhere in it.
        if (message.Length is < RecognizedRun or > LongestDatagram)
            return false;
        Span<byte> run = stackalloc byte[RecognizedRun];
        message.Slice(0, RecognizedRun).CopyTo(run);
        for (int i = 0; i < run.Length; i++)
        {
            if (run[i] is < First or >= First + Characters || (i > 0 && run[i] != First + ((run[i - 1] - First + 1) % Characters)))
                return false;
        }

        return true;
    }

    private static async Task DiscardAsync(PipeReader input, PipeWriter output)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync().ConfigureAwait(false);
            input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled)
                break;
        }

        output.CancelPendingFlush();
    }

    private static byte[] CreatePattern()
    {
        var pattern = new byte[Characters * (Columns + 2)];
        for (int line = 0; line < Characters; line++)
        {
            Span<byte> row = pattern.AsSpan(line * (Columns + 2), Columns + 2);
            for (int column = 0; column < Columns; column++)
                row[column] = (byte)(First + ((line + column) % Characters));
            "\r\n"u8.CopyTo(row[Columns..]);
        }

        return pattern;
    }
}
