using System.Net;
using System.Runtime.InteropServices;
using Soket.Linux.Native;

namespace Soket.Linux.Engine.Datagrams;

/// <summary>
/// The end points of senders seen before, by the bytes the kernel gives: most datagrams come from somebody who sent one a moment ago, and an end point of his own for each
/// would be two objects a datagram. One thread.
/// </summary>
internal sealed unsafe class SenderNames
{
    private const int Entries = 4096; // a power of two
    private readonly Entry[] _entries = new Entry[Entries];

    /// <summary>The sender's end point; null for one without a name.</summary>
    /// <param name="name">What the kernel wrote.</param>
    /// <param name="length">How long it is.</param>
    public EndPoint? Find(byte* name, int length)
    {
        if (length <= sizeof(ushort))
            return null; // sun_family alone, or nothing: unix(7)
        // A path may be as long as either.
        if ((length, *(ushort*)name) is not ((InternetLength, LibC.InternetFamily) or (Internet6Length, LibC.Internet6Family)))
            return SocketName.Read(name, length);

        // sockaddr_in is 16 bytes, of which 8 mean something; sockaddr_in6 is 28.
        ulong first = *(ulong*)name;
        ulong second = length == Internet6Length ? *(ulong*)(name + 8) : 0;
        ulong third = length == Internet6Length ? *(ulong*)(name + 16) : 0;
        uint last = length == Internet6Length ? *(uint*)(name + 24) : 0;
        if (length == Internet6Length)
            first &= 0xffff_ffff; // the flow label says nothing of who it is
        ulong mixed = (first ^ (second * 3) ^ (third * 5) ^ last) * 0x9e37_79b9_7f4a_7c15;
        ref Entry entry = ref _entries[mixed >> (64 - 12)];
        if (entry.First == first && entry.Second == second && entry.Third == third && entry.Last == last && entry.EndPoint is { } known)
            return known;
        entry = new() { First = first, Second = second, Third = third, Last = last, EndPoint = SocketName.Read(name, length) };
        return entry.EndPoint;
    }

    private const int InternetLength = 16;
    private const int Internet6Length = 28;

    [StructLayout(LayoutKind.Auto)]
    private struct Entry
    {
        public ulong First;
        public ulong Second;
        public ulong Third;
        public uint Last;
        public EndPoint? EndPoint;
    }
}
