using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Soket.Chat.Internal;

/// <summary>Lines on a stream. To a peer that ends none of its own, the last one goes without its end: its program compares what it receives.</summary>
internal sealed class ChatStreamLines(ConnectionContext connection, int maxLine, TimeSpan lull, TimeProvider time) : IChatLines
{
    private readonly ChatLineReader _reader = new(connection.Transport.Input, maxLine, lull, time);

    public bool IsTooLong => _reader.IsTooLong;

    public int First => _reader.First;

    public Task<bool> HasAsync(TimeSpan limit, CancellationToken cancellationToken) => _reader.HasAsync(limit, cancellationToken);

    public Task<byte[]?> ReadAsync(CancellationToken cancellationToken) => _reader.ReadAsync(cancellationToken);

    public bool StartsWith(ReadOnlySpan<byte> bytes) => _reader.StartsWith(bytes);

    public Task<byte[]?> ReadSomeAsync(CancellationToken cancellationToken) => _reader.ReadSomeAsync(cancellationToken);

    public async Task WriteSomeAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        connection.Transport.Output.Write(bytes);
        await connection.Transport.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task WriteAsync(IReadOnlyList<byte[]> lines, CancellationToken cancellationToken)
    {
        bool raw = !_reader.EndsLines && _reader.SpeaksRaw;
        PipeWriter output = connection.Transport.Output;
        for (int i = 0; i < lines.Count; i++)
        {
            output.Write(lines[i]);
            if (!raw || i < lines.Count - 1)
                output.Write("\n"u8);
        }

        FlushResult flushed = await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (flushed.IsCompleted)
            throw new ConnectionAbortedException("The peer takes nothing any more.");
    }
}
