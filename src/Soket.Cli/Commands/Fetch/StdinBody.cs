using Soket.Cli.CommandLine;

namespace Soket.Cli.Commands.Fetch;

/// <summary>Standard input as a request's body.</summary>
/// <param name="io">Where it is read.</param>
/// <param name="first">What was read of it already, and comes first; null for nothing.</param>
internal sealed class StdinBody(CliIo io, MemoryStream? first = null) : Stream
{
    private const string OneWay = "Standard input is read once, from its beginning to its end.";

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException(OneWay);

    public override long Position
    {
        get => throw new NotSupportedException(OneWay);
        set => throw new NotSupportedException(OneWay);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        first?.Read(buffer.Span) is > 0 and int read ? ValueTask.FromResult(read) : io.In.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // For what has to be whole before anything connects; nothing else runs then.
    public override int Read(byte[] buffer, int offset, int count) => io.In.ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException(OneWay);

    public override void SetLength(long value) => throw new NotSupportedException(OneWay);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException(OneWay);
}
