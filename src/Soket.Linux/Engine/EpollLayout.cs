using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Soket.Linux.Engine;

/// <summary>
/// How struct epoll_event lies in memory: 32 bits of events and 64 bits of the watcher's own. On x86 it is packed, so that 32-bit programs see the same (12 bytes);
/// everywhere else the second part is aligned (16 bytes).
/// </summary>
/// <param name="Size">Bytes from one event to the next.</param>
/// <param name="DataAt">Where the watcher's own part begins.</param>
internal readonly record struct EpollLayout(int Size, int DataAt)
{
    /// <summary>As on x86 and x86-64.</summary>
    public static EpollLayout Packed { get; } = new(12, 4);

    /// <summary>As on ARM and everything else.</summary>
    public static EpollLayout Aligned { get; } = new(16, 8);

    /// <summary>As on this machine.</summary>
    public static EpollLayout Here { get; } = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? Packed : Aligned;

    /// <summary>Writes one event.</summary>
    public void Write(Span<byte> place, uint events, ulong data)
    {
        place[..Size].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(place, events);
        BinaryPrimitives.WriteUInt64LittleEndian(place[DataAt..], data);
    }

    /// <summary>Reads one event.</summary>
    public void Read(ReadOnlySpan<byte> place, out uint events, out ulong data)
    {
        events = BinaryPrimitives.ReadUInt32LittleEndian(place);
        data = BinaryPrimitives.ReadUInt64LittleEndian(place[DataAt..]);
    }
}
