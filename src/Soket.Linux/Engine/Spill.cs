using System.Buffers;

namespace Soket.Linux.Engine;

/// <summary>Bytes that the peer does not take yet: a rented buffer, read from its start and written at its end. Given back as soon as it is empty.</summary>
internal sealed class Spill
{
    // Mostly it is the rest of one send; more means that somebody goes on sending to a slow peer.
    private const int AtLeast = 4096;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>How many wait.</summary>
    public int Length => _end - _start;

    /// <summary>Those that wait.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_start, Length);

    /// <summary>The same as memory, for those who look on.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(_start, Length);

    /// <summary>More wait.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length - _end < bytes.Length)
            MakeRoom(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Some were taken.</summary>
    public void Take(int count) => _start += count;

    /// <summary>Forgets them and gives the buffer back.</summary>
    public void Release()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = 0;
        _end = 0;
    }

    private void MakeRoom(int more)
    {
        int length = Length;
        if (_buffer.Length - length >= more && length <= _buffer.Length / 2)
        {
            Bytes.CopyTo(_buffer); // half of it is free at the start: moving costs less than renting
        }
        else
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(AtLeast, checked(length + Math.Max(more, length))));
            Bytes.CopyTo(larger);
            if (_buffer.Length > 0)
                ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        _start = 0;
        _end = length;
    }
}
