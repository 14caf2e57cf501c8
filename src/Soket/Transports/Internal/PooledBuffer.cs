using System.Buffers;

namespace Soket.Transports.Internal;

/// <summary>Room for bytes that are not finished yet: a reply, a message in pieces. It comes from the shared pool with the first byte and goes back when released.</summary>
internal sealed class PooledBuffer : IPendingOutput
{
    private const int SmallestRoom = 4096;
    private byte[] _room = [];
    private int _written;

    public long Pending => _written;

    public ReadOnlyMemory<byte> Written => _room.AsMemory(0, _written);

    /// <summary>How much room there is, written or not.</summary>
    public int Capacity => _room.Length;

    public void Clear() => _written = 0;

    public void Release()
    {
        if (_room.Length > 0)
            ArrayPool<byte>.Shared.Return(_room);
        _room = [];
        _written = 0;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _room.Length - _written);
        _written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _room.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _room.AsSpan(_written);
    }

    private void Reserve(int sizeHint)
    {
        int needed = Math.Max(sizeHint, 1);
        if (_room.Length - _written >= needed)
            return;
        byte[] room = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestRoom, checked(Math.Max(_written + needed, (int)Math.Min(2L * _written, Array.MaxLength)))));
        Written.CopyTo(room);
        int written = _written;
        Release();
        _room = room;
        _written = written;
    }
}
