using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Soket.Linux.Engine;

/// <summary>A place in a loop's table: who has it, and its timer. 32 bytes.</summary>
[StructLayout(LayoutKind.Auto)]
[SupportedOSPlatform("linux")]
internal struct LoopSlot
{
    /// <summary>Who has it; null when it is free.</summary>
    public LoopSource? Source;

    /// <summary>When its timer is due, in ticks; 0: it has none.</summary>
    public long Due;

    /// <summary>How many had it before.</summary>
    public uint Generation;

    /// <summary>In its timer's bucket, or among the free ones: the next slot; -1: the last.</summary>
    public int Next;

    /// <summary>In its timer's bucket: the slot before; -1: the first.</summary>
    public int Previous;

    /// <summary>Its timer's bucket; -1: none.</summary>
    public short Bucket;
}

/// <summary>
/// The places of a loop's sources. What the kernel is given as a source's identity is its slot and the slot's generation, never the descriptor: that number is given
/// to the next connection while events of the last one are still about. Loop's thread only.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SlotTable
{
    // Grown piece by piece: a table that doubles would hold half its memory for nothing, and copy it.
    private const int ChunkBits = 8;
    private const int ChunkSize = 1 << ChunkBits;

    private LoopSlot[][] _chunks = [];
    private int _made;
    private int _free = -1;

    /// <summary>How many are taken.</summary>
    public int Count { get; private set; }

    /// <summary>One more than the highest slot that was ever taken.</summary>
    public int Made => _made;

    public ref LoopSlot this[int slot] => ref _chunks[slot >> ChunkBits][slot & (ChunkSize - 1)];

    /// <summary>Takes a place.</summary>
    public void Take(LoopSource source)
    {
        if (_free < 0)
            Grow();
        int slot = _free;
        ref LoopSlot place = ref this[slot];
        _free = place.Next;
        place.Source = source;
        place.Next = -1;
        source.Slot = slot;
        Count++;
    }

    /// <summary>Gives the place back; it must have no timer any more. Events that are still about do not reach whoever takes it next.</summary>
    public void Free(LoopSource source)
    {
        ref LoopSlot place = ref this[source.Slot];
        place.Source = null;
        place.Generation++;
        place.Next = _free;
        _free = source.Slot;
        source.Slot = -1;
        Count--;
    }

    /// <summary>What the kernel is given for a source.</summary>
    public ulong Identity(LoopSource source) => ((ulong)this[source.Slot].Generation << 32) | (uint)source.Slot;

    /// <summary>Whose event it is; null when that source has gone.</summary>
    public LoopSource? Find(ulong identity)
    {
        int slot = (int)(uint)identity;
        if ((uint)slot >= (uint)_made)
            return null;
        ref LoopSlot place = ref this[slot];
        return place.Generation == (uint)(identity >> 32) ? place.Source : null;
    }

    private void Grow()
    {
        int chunk = _made >> ChunkBits;
        if (chunk == _chunks.Length)
            Array.Resize(ref _chunks, Math.Max(4, chunk * 2));
        var added = new LoopSlot[ChunkSize];
        for (int i = 0; i < ChunkSize; i++)
            added[i] = new LoopSlot { Next = i + 1 < ChunkSize ? _made + i + 1 : -1, Previous = -1, Bucket = -1 };
        _chunks[chunk] = added;
        _free = _made;
        _made += ChunkSize;
    }
}
