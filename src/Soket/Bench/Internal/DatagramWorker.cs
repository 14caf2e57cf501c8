using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Soket.Bench.Internal;

/// <summary>
/// Numbered datagrams. The open loop sends what is due whether anything comes back or not; the closed loop keeps so many under way on each socket, and takes
/// those that nothing is heard of for a while to be gone.
/// </summary>
internal sealed class DatagramWorker : MessageWorker
{
    private const int LargestWindow = 64 * 1024;
    private const int LeastWindow = 1024;
    private const int WindowsInAll = 4 * 1024 * 1024; // numbers remembered over all sockets, 9 bytes each

    private int _turn;

    public DatagramWorker(TrafficRun run, BenchCarrier carrier, int index)
        : base(run, carrier, index)
    {
        Window = Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)(WindowsInAll / Plan.Connections)), LeastWindow, LargestWindow);
        Compares = Plan.Verifier == ReplyVerifier.Echo;
        if (!Plan.Payload.TryGet(0, 0, out ReadOnlyMemory<byte> first))
            return;
        if (first.Length < DatagramHeader.Length)
            throw new ArgumentException($"A numbered datagram has {DatagramHeader.Length} bytes at least.", nameof(run));
    }

    /// <summary>How many numbers a socket remembers.</summary>
    public int Window { get; }

    /// <summary>Whether what comes back is to be what was sent.</summary>
    public bool Compares { get; }

    protected override long SweepTime => Nanoseconds(TimeSpan.FromMilliseconds(10));

    /// <summary>Datagrams that are under way no more.</summary>
    public void GivenUp(long datagrams)
    {
        Outstanding -= datagrams;
        Spent(datagrams);
        CheckDrained();
    }

    /// <summary>A socket's datagrams have made room.</summary>
    public void Refill(SequencePeer peer, long now)
    {
        if (IsRunning)
            OnConnected(peer, now);
    }

    protected override IEnumerable<BenchPeer> CreatePeers() => Run.NumbersOf(Index).Select(number => new SequencePeer(this, number));

    protected override void OnSwept()
    {
        double sum = 0;
        int heard = 0;
        foreach (BenchPeer peer in Peers)
        {
            if (((SequencePeer)peer).Jitter is not { } jitter)
                continue;
            sum += jitter;
            heard++;
        }

        if (heard > 0)
            Tally.Jitter = (long)(sum / heard);
    }

    // Every socket has room for what is due; nothing need be remembered.
    protected override void AddRoom(ExchangePeer peer, int places)
    {
    }

    protected override bool TryFindRoom([NotNullWhen(true)] out ExchangePeer? peer)
    {
        for (int i = 0; i < Peers.Length; i++)
        {
            _turn = _turn + 1 >= Peers.Length ? 0 : _turn + 1;
            peer = (ExchangePeer)Peers[_turn];
            if (peer.Room > 0)
                return true;
        }

        peer = null;
        return false;
    }
}
