using System.Globalization;
using Xunit;

namespace Soket.Tests.Transports;

/// <summary>How many Unix datagrams wait for a reader here (net.unix.max_dgram_qlen, unix(7)).</summary>
internal static class UnixQueues
{
    /// <summary>The length; the test is skipped where it is so long that the sender's own buffer, which is one for all, is full before it.</summary>
    public static async Task<int> ShortAsync(CancellationToken cancellationToken)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Unix datagram sockets with abstract names are Linux's.");
        int length = int.Parse(await File.ReadAllTextAsync("/proc/sys/net/unix/max_dgram_qlen", cancellationToken), CultureInfo.InvariantCulture);
        Assert.SkipUnless(length <= 100, "Here the sender's buffer is full before the receiver's queue is.");
        return length;
    }
}
