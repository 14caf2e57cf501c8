using System.Buffers;

namespace Soket.Linux.Engine.Messages;

/// <summary>What a conversation needs only while it cannot go on: a message that is not whole yet, replies its peer does not read. Its loop's thread only.</summary>
internal sealed class HeldBytes
{
    private const int SmallestRoom = 4096;
    private byte[] _room = [];
    private int _start;
    private int _length;

    /// <summary>Bytes beyond the free share, as the server was told.</summary>
    public long Told;

    /// <summary>How much had been sent when the idle watch looked last.</summary>
    public long SentSeen;

    /// <summary>What the service threw; null when it did not.</summary>
    public Exception? Fault;

    /// <summary>Received, and not answered yet.</summary>
    public ReadOnlySequence<byte> Bytes => new(_room, _start, _length);

    /// <summary>Adds what came.</summary>
    public void Append(in ReadOnlySequence<byte> bytes)
    {
        foreach (ReadOnlyMemory<byte> part in bytes)
            Append(part.Span);
    }

    /// <inheritdoc cref="Append(in ReadOnlySequence{byte})"/>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        int needed = checked(_length + bytes.Length);
        if (_room.Length - _start < bytes.Length + _length)
        {
            byte[] from = _room;
            byte[] room = needed <= _room.Length / 2 ? _room : ArrayPool<byte>.Shared.Rent((int)Math.Max(SmallestRoom, Math.Min(2L * needed, Array.MaxLength)));
            from.AsSpan(_start, _length).CopyTo(room);
            _room = room;
            _start = 0;
            if (from != room)
                Return(from);
        }

        bytes.CopyTo(_room.AsSpan(_start + _length));
        _length += bytes.Length;
    }

    /// <summary>Drops what was answered.</summary>
    /// <param name="count">How many bytes at the end were not.</param>
    public void KeepLast(int count)
    {
        _start += _length - count;
        _length = count;
        if (count == 0)
            Clear();
    }

    /// <summary>Makes it as new.</summary>
    public void Reset()
    {
        Clear();
        Told = 0;
        SentSeen = 0;
        Fault = null;
    }

    private void Clear()
    {
        Return(_room);
        _room = [];
        _start = 0;
        _length = 0;
    }

    private static void Return(byte[] room)
    {
        if (room.Length > 0)
            ArrayPool<byte>.Shared.Return(room);
    }
}
