namespace Soket.Bench;

/// <summary>The same message every time.</summary>
internal sealed class FixedPayload(string name, ReadOnlyMemory<byte> bytes) : BenchPayload(name, bytes.Length)
{
    /// <inheritdoc/>
    public override bool IsSame => true;

    /// <inheritdoc/>
    public override bool TryGet(int connection, long number, out ReadOnlyMemory<byte> message)
    {
        message = bytes;
        return true;
    }
}
