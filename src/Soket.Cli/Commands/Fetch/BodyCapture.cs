namespace Soket.Cli.Commands.Fetch;

/// <summary>A body kept in memory for a record, up to a limit; what is beyond is counted as missing.</summary>
internal sealed class BodyCapture(long most) : MemoryStream
{
    public bool IsTruncated { get; private set; }

    public override bool CanWrite => !IsTruncated;

    public byte[] Bytes => ToArray();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int taken = (int)Math.Min(buffer.Length, most - Length);
        base.Write(buffer.Span[..taken]);
        IsTruncated |= taken < buffer.Length; // from now on it takes nothing more
        return ValueTask.CompletedTask;
    }
}
