using System.Buffers;

namespace Soket.Linux.Engine;

/// <summary>Bytes at an address as memory, for those who are shown what was sent; one a loop, good until the next time it is asked.</summary>
internal sealed unsafe class LentMemory : MemoryManager<byte>
{
    private byte* _start;
    private int _length;

    public ReadOnlyMemory<byte> Over(byte* start, int length)
    {
        _start = start;
        _length = length;
        return Memory;
    }

    public override Span<byte> GetSpan() => new(_start, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
