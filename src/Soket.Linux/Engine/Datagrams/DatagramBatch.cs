using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Soket.Linux.Native;

namespace Soket.Linux.Engine.Datagrams;

/// <summary>
/// What one recvmmsg(2) brought: up to 64 datagrams, or trains of them when the kernel puts those of one sender together. All memory is pinned once. One thread.
/// </summary>
internal sealed unsafe class DatagramBatch
{
    /// <summary>How many datagrams one call brings at most.</summary>
    public const int Most = 64;

    /// <summary>Room for one datagram of any length, or for a train of them.</summary>
    public const int Room = 64 * 1024;

    // A line more than a power of two: the first lines of 64 datagrams would otherwise fight for one set of the cache.
    private const int Stride = Room + 64;
    private const int NameRoom = 112;
    private const int Rarely = 4;  // after so many calls that brought one each
    private const int Alone = 15;  // so many ask for no more than one

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Most * Stride, pinned: true); // small datagrams touch the first page of each
    private readonly byte[] _names = GC.AllocateArray<byte>(Most * NameRoom, pinned: true);
    private readonly LibC.Datagram[] _headers = GC.AllocateArray<LibC.Datagram>(Most, pinned: true);
    private readonly LibC.Piece[] _pieces = GC.AllocateArray<LibC.Piece>(Most, pinned: true);
    private readonly LibC.ControlNumber[] _control = GC.AllocateArray<LibC.ControlNumber>(Most, pinned: true);
    private int _count;
    private int _next;   // the datagram, or train, that is taken next
    private int _offset; // where in that train
    private int _single; // how many calls in a row looked for more than one and brought one
    private int _alone;  // calls to come that do not look

    public DatagramBatch()
    {
        byte* bytes = Pointer(_bytes);
        byte* names = Pointer(_names);
        for (int i = 0; i < Most; i++)
        {
            _pieces[i] = new() { Bytes = bytes + ((nint)i * Stride), Length = Room };
            _headers[i].Header = new() { Address = names + (i * NameRoom), AddressLength = NameRoom, Pieces = (LibC.Piece*)Pointer(_pieces) + i, PieceCount = 1 };
        }
    }

    /// <summary>Whether the kernel may hand over trains; set once the socket allows it, and only while the batch is taken.</summary>
    public bool TakesTrains { get; private set; }

    /// <summary>Whether all of it was taken.</summary>
    public bool IsEmpty => _next == _count;

    /// <summary>Whether the last call brought as many as it can: there may be more waiting.</summary>
    public bool IsFull => _count == Most;

    /// <summary>How many datagrams and trains the last call brought.</summary>
    public int Count => _count;

    /// <summary>Receives: waits for one, and takes what else is there.</summary>
    /// <returns>How many; -1 with errno.</returns>
    public int Receive(int socket)
    {
        // Only what the last call wrote to is not as it must be.
        for (int i = 0; i < _count; i++)
            Prepare(i);
        _count = _next = _offset = 0;
        bool alone = _alone > 0;
        int received = LibC.ReceiveMany(socket, (LibC.Datagram*)Pointer(_headers), alone ? 1u : Most, LibC.WaitForOne, 0);
        _count = Math.Max(0, received);
        // Where they come one at a time, to look for a second one is an eighth of the work, for nothing.
        if (alone)
            _alone--;
        else if (received > 1)
            _single = 0;
        else if (++_single >= Rarely)
            _alone = Alone;
        return received;
    }

    /// <summary>Makes room for being told of trains; those that are here already came without.</summary>
    public void TakeTrains()
    {
        TakesTrains = true;
        for (int i = _count; i < Most; i++)
            Prepare(i);
    }

    /// <summary>Takes the next datagram; the batch is not empty.</summary>
    public ReceivedOne Take()
    {
        ReceivedOne one = Look(_next, _offset);
        _offset += one.Length;
        if (one.IsLast)
        {
            _next++;
            _offset = 0;
        }

        return one;
    }

    /// <summary>What came, one datagram after another, without taking it.</summary>
    /// <param name="index">Which datagram or train.</param>
    /// <param name="offset">Where in the train.</param>
    public ReceivedOne Look(int index, int offset)
    {
        ref LibC.Datagram datagram = ref _headers[index];
        int whole = (int)datagram.Length;
        int segment = SegmentOf(index);
        int length = segment > 0 ? Math.Min(segment, whole - offset) : whole;
        return new()
        {
            Index = index,
            Start = ((int)((long)index * Stride)) + offset,
            Length = length,
            Name = datagram.Header.Address,
            NameLength = (int)datagram.Header.AddressLength,
            Truncated = (datagram.Header.Flags & LibC.Truncated) != 0,
            IsLast = offset + length >= whole,
        };
    }

    /// <summary>The bytes of a datagram, as far as they are taken.</summary>
    public ReadOnlySequence<byte> Bytes(in ReceivedOne one, int most) => new(_bytes, one.Start, Math.Min(one.Length, most));

    /// <summary>Where they stand, for the kernel.</summary>
    public byte* Place(in ReceivedOne one) => Pointer(_bytes) + one.Start;

    internal static byte* Pointer<T>(T[] pinned)
        where T : unmanaged =>
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    private void Prepare(int index)
    {
        ref LibC.MessageHeader header = ref _headers[index].Header;
        header.AddressLength = NameRoom;
        header.Control = TakesTrains ? (byte*)((LibC.ControlNumber*)Pointer(_control) + index) : null;
        header.ControlLength = TakesTrains ? LibC.ControlRoom : 0;
    }

    // The length of the datagrams in a train; 0 when it is one datagram.
    private int SegmentOf(int index)
    {
        if (!TakesTrains || _headers[index].Header.ControlLength < LibC.OffloadTold)
            return 0;
        ref LibC.ControlNumber told = ref _control[index];
        return told.Level == LibC.UdpLevel && told.Type == LibC.UdpReceiveOffload ? told.Number : 0;
    }
}

/// <summary>One datagram of a batch.</summary>
internal readonly unsafe struct ReceivedOne
{
    /// <summary>Which datagram or train of the batch.</summary>
    public int Index { get; init; }

    /// <summary>Where its bytes begin.</summary>
    public int Start { get; init; }

    /// <summary>How long it is.</summary>
    public int Length { get; init; }

    /// <summary>The sender, as the kernel wrote it.</summary>
    public byte* Name { get; init; }

    /// <summary>How long that is; 0 for none.</summary>
    public int NameLength { get; init; }

    /// <summary>Whether it was longer than its room.</summary>
    public bool Truncated { get; init; }

    /// <summary>Whether nothing of its train is left.</summary>
    public bool IsLast { get; init; }
}
