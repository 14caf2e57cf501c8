using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Bench;
using Soket.Linux.Native;

namespace Soket.Linux.Bench;

/// <summary>Room for the datagrams of one sendmmsg(2) and of one recvmmsg(2), for all sockets of a loop: pinned memory that the calls point into for good.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class DatagramBatch
{
    /// <summary>Datagrams of one call.</summary>
    public const int Most = 64;

    private const int Longest = 65_536;

    private readonly byte[] _bytes;
    private readonly byte[] _heads;
    private readonly int _room;

    /// <summary>Makes the room.</summary>
    /// <param name="plan">Says how long datagrams are; where a reply is not an echo it may have any length.</param>
    public DatagramBatch(BenchPlan plan)
    {
        // A little more than a datagram, so that a longer reply shows; and no power of two, or every datagram would want the same places of the cache.
        int reply = plan.Verifier == ReplyVerifier.Echo || plan.Verifier == ReplyVerifier.None ? Math.Max(plan.Payload.MaxLength, 1024) : Longest;
        _room = Math.Min(Longest, Math.Max(reply, plan.Payload.MaxLength)) + 64;
        _bytes = GC.AllocateUninitializedArray<byte>(2 * Most * _room, pinned: true);
        int heads = 2 * Most * (sizeof(BenchCalls.Datagram) + sizeof(LibC.Piece));
        _heads = GC.AllocateArray<byte>(heads, pinned: true);
        var datagrams = (BenchCalls.Datagram*)Marshal.UnsafeAddrOfPinnedArrayElement(_heads, 0);
        var pieces = (LibC.Piece*)(datagrams + (2 * Most));
        var bytes = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);
        for (int i = 0; i < 2 * Most; i++)
        {
            pieces[i] = new() { Bytes = bytes + ((long)i * _room), Length = _room };
            datagrams[i].Header.Pieces = pieces + i;
            datagrams[i].Header.PieceCount = 1;
        }

        Outgoing = datagrams;
        Incoming = datagrams + Most;
        OutgoingPieces = pieces;
    }

    /// <summary>For sendmmsg.</summary>
    public BenchCalls.Datagram* Outgoing { get; }

    /// <summary>For recvmmsg.</summary>
    public BenchCalls.Datagram* Incoming { get; }

    private LibC.Piece* OutgoingPieces { get; }

    /// <summary>How many datagrams wait to be sent.</summary>
    public int Count { get; set; }

    /// <summary>Whose they are.</summary>
    public LoopDatagramChannel? Owner { get; set; }

    /// <summary>Adds a datagram to those to be sent; there must be room.</summary>
    public void Add(ReadOnlySpan<byte> datagram)
    {
        LibC.Piece* piece = OutgoingPieces + Count++;
        datagram.CopyTo(new Span<byte>(piece->Bytes, _room));
        piece->Length = datagram.Length;
    }

    /// <summary>A datagram that waits to be sent.</summary>
    public ReadOnlySpan<byte> Waiting(int number) => new(OutgoingPieces[number].Bytes, (int)OutgoingPieces[number].Length);

    /// <summary>A datagram that was received.</summary>
    public ReadOnlyMemory<byte> Received(int number) => _bytes.AsMemory((Most + number) * _room, (int)Incoming[number].Length);
}
