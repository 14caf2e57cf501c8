using System.Runtime.Versioning;

namespace Soket.Linux.Engine;

/// <summary>Receive buffers that loops gave away and got back, for all loops. Any thread.</summary>
[SupportedOSPlatform("linux")]
internal static class ReceiveBuffers
{
    private const int Most = 64; // 4 MiB; what comes back beyond that is left to the collector
    private static readonly Lock Turn = new();
    private static readonly Stack<byte[]> Free = new();

    public static byte[] Rent()
    {
        lock (Turn)
        {
            if (Free.TryPop(out byte[]? buffer))
                return buffer;
        }

        return GC.AllocateUninitializedArray<byte>(EventLoop.BufferSize, pinned: true);
    }

    public static void Return(byte[] buffer)
    {
        lock (Turn)
        {
            if (Free.Count < Most)
                Free.Push(buffer);
        }
    }
}
