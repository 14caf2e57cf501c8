using System.Buffers;

namespace Soket.Linux.Transports.Internal;

/// <summary>A piece of rented memory with bytes in it, linked to the next one. It is rented while it holds bytes, and given back after.</summary>
internal sealed class PooledBlock : ReadOnlySequenceSegment<byte>
{
    /// <summary>The room of a small block: a page, into which most messages fit.</summary>
    public const int Small = 4096;

    private const int Kept = 32;      // small blocks that a thread keeps, with their memory
    private const int Handful = 16;   // so many at once change hands between threads: one fills what another one empties
    private const int Handfuls = 128; // that wait for a thread at most: 8 MiB

    private static readonly Stack<PooledBlock> s_handfuls = new(Handfuls); // under its lock

    [ThreadStatic]
    private static PooledBlock? s_kept;

    [ThreadStatic]
    private static int s_count;

    [ThreadStatic]
    private static PooledBlock? s_empty; // blocks without memory, for larger

    [ThreadStatic]
    private static int s_emptyCount;

    private byte[]? _array;
    private bool _isSmall;
    private Action<byte[]>? _giveBack; // where larger memory goes; null: to the shared pool

    /// <summary>The block after this one.</summary>
    public PooledBlock? Following { get; private set; }

    /// <summary>How many bytes it holds.</summary>
    public int Length => Memory.Length;

    /// <summary>How many more it can take.</summary>
    public int Room => _giveBack is null ? _array!.Length - Length : 0;

    /// <summary>Where the next bytes go.</summary>
    public Memory<byte> Free => _array.AsMemory(Length);

    /// <summary>Rents one.</summary>
    /// <param name="size">The least room.</param>
    public static PooledBlock Rent(int size) => size <= Small ? RentSmall() : Make(ArrayPool<byte>.Shared.Rent(size), 0, null);

    /// <summary>A block of memory that is full already.</summary>
    /// <param name="array">The memory.</param>
    /// <param name="length">How much of it, from its start.</param>
    /// <param name="giveBack">Takes it when it has been read; any thread.</param>
    public static PooledBlock Take(byte[] array, int length, Action<byte[]> giveBack) => Make(array, length, giveBack);

    /// <summary>Says that bytes were written to <see cref="Free"/>.</summary>
    public void Advance(int count) => Memory = _array.AsMemory(0, Length + count);

    /// <summary>Copies what fits.</summary>
    /// <returns>How many bytes.</returns>
    public int Append(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, Room);
        bytes[..count].CopyTo(Free.Span);
        Advance(count);
        return count;
    }

    /// <summary>Links a block, with all that follow it, after this one, which is full from now on.</summary>
    public void Link(PooledBlock next)
    {
        Following = next;
        Next = next;
        for (PooledBlock block = this; block.Following is { } following; block = following)
            following.RunningIndex = block.RunningIndex + block.Length;
    }

    /// <summary>Gives the memory back. Neither the block nor its memory may be used any more.</summary>
    /// <returns>The block after it.</returns>
    public PooledBlock? Return()
    {
        byte[] array = _array!;
        Action<byte[]>? giveBack = _giveBack;
        PooledBlock? next = Following;
        Memory = default;
        Next = null;
        Following = null;
        if (_isSmall)
        {
            Keep();
            return next;
        }

        _array = null;
        _giveBack = null;
        if (s_emptyCount < Kept)
        {
            s_emptyCount++;
            Following = s_empty;
            s_empty = this;
        }

        if (giveBack is null)
            ArrayPool<byte>.Shared.Return(array);
        else
            giveBack(array);
        return next;
    }

    /// <summary>Gives a block and all that follow it back.</summary>
    public static void ReturnAll(PooledBlock? first)
    {
        while (first is not null)
            first = first.Return();
    }

    private static PooledBlock Make(byte[] array, int length, Action<byte[]>? giveBack)
    {
        PooledBlock block = s_empty ?? new();
        if (s_empty is not null)
        {
            s_empty = block.Following;
            s_emptyCount--;
            block.Following = null;
            block.RunningIndex = 0;
        }

        block._array = array;
        block._giveBack = giveBack;
        block.Memory = array.AsMemory(0, length);
        return block;
    }

    private static PooledBlock RentSmall()
    {
        if (s_kept is null)
        {
            lock (s_handfuls)
            {
                if (s_handfuls.TryPop(out PooledBlock? handful))
                    (s_kept, s_count) = (handful, Handful);
            }
        }

        if (s_kept is not { } block)
            return new() { _array = GC.AllocateUninitializedArray<byte>(Small), _isSmall = true };
        s_kept = block.Following;
        s_count--;
        block.Following = null;
        block.RunningIndex = 0;
        return block;
    }

    private void Keep()
    {
        if (s_count == Kept)
            HandOver();
        Following = s_kept;
        s_kept = this;
        s_count++;
    }

    // The loop receives into blocks that other threads empty: without this it would make new ones for ever.
    private static void HandOver()
    {
        PooledBlock first = s_kept!, last = first;
        for (int i = 1; i < Handful; i++)
            last = last.Following!;
        s_kept = last.Following;
        s_count -= Handful;
        last.Following = null;
        lock (s_handfuls)
        {
            if (s_handfuls.Count < Handfuls)
                s_handfuls.Push(first);
        }
    }
}
