using Soket.SocketTable;

namespace Soket.Linux.SockDiag;

/// <summary>Reads struct tcp_info (linux/tcp.h): it has grown at its end with every kernel, so that what is missing is null. Pure.</summary>
internal static class TcpInfoLayout
{
    private const int Least = 104;        // up to tcpi_total_retrans: Linux 2.6
    private const uint Infinite = 0x7FFFFFFF; // TCP_INFINITE_SSTHRESH

    public static bool TryRead(ReadOnlySpan<byte> bytes, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TcpInfo? info)
    {
        info = null;
        if (bytes.Length < Least)
            return false;
        uint threshold = Word(bytes, 76);
        info = new TcpInfo
        {
            RetransmitsNow = bytes[2],
            RetransmitTimeout = Micro(Word(bytes, 8)),
            SendSegment = Word(bytes, 16),
            ReceiveSegment = Word(bytes, 20),
            Unacknowledged = Word(bytes, 24),
            Lost = Word(bytes, 32),
            SinceSent = TimeSpan.FromMilliseconds(Word(bytes, 44)),
            SinceReceived = TimeSpan.FromMilliseconds(Word(bytes, 52)),
            PathMtu = Word(bytes, 60),
            RoundTrip = Micro(Word(bytes, 68)),
            RoundTripVariance = Micro(Word(bytes, 72)),
            SlowStartThreshold = threshold >= Infinite ? null : threshold,
            CongestionWindow = Word(bytes, 80),
            Retransmits = Word(bytes, 100),
            BytesAcknowledged = Long(bytes, 120),
            BytesReceived = Long(bytes, 128),
            LeastRoundTrip = bytes.Length >= 152 && Word(bytes, 148) is not uint.MaxValue and var least ? Micro(least) : null,
            DeliveryRate = Long(bytes, 160),
            LimitedByPeer = Long(bytes, 176) is { } limited ? TimeSpan.FromMicroseconds(limited) : null,
            BytesSent = Long(bytes, 200),
            BytesRetransmitted = Long(bytes, 208),
        };
        return true;
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BitConverter.ToUInt32(bytes[at..]);

    private static long? Long(ReadOnlySpan<byte> bytes, int at) => bytes.Length >= at + 8 ? (long)Math.Min(BitConverter.ToUInt64(bytes[at..]), long.MaxValue) : null;

    private static TimeSpan Micro(uint microseconds) => TimeSpan.FromMicroseconds(microseconds);
}
