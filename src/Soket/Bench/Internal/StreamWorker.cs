using System.Buffers;
using Soket.Protocols.Framing;

namespace Soket.Bench.Internal;

/// <summary>Streams of bytes, as fast as they go.</summary>
internal sealed class StreamWorker : BenchWorker
{
    private const int Longest = 16 * 1024 * 1024;

    private bool _worked;

    public StreamWorker(TrafficRun run, BenchCarrier carrier, int index)
        : base(run, carrier, index)
    {
        Silence = Nanoseconds(Plan.ReplyTimeout);
        Sends = Plan.Direction != StreamDirection.Down;
        Hears = Plan.Direction != StreamDirection.Up;
        Compares = Plan.Direction == StreamDirection.Both && Plan.Verifier == ReplyVerifier.Echo;
        if (!Sends)
            return;

        // Its beginning stands behind its end again, so that every piece is whole wherever it begins.
        byte[] once = Write(Plan.Payload, Plan.Framing);
        Length = once.Length;
        Bytes = new byte[once.Length + StreamPeer.Piece];
        once.CopyTo(Bytes, 0);
        for (int at = once.Length; at < Bytes.Length; at++)
            Bytes[at] = Bytes[at - once.Length];
    }

    /// <summary>What is sent, over and over, and one piece more.</summary>
    public byte[] Bytes { get; } = [];

    /// <summary>Bytes before it begins again.</summary>
    public int Length { get; }

    /// <summary>Whether bytes go to the server.</summary>
    public bool Sends { get; }

    /// <summary>Whether bytes are to come.</summary>
    public bool Hears { get; }

    /// <summary>Whether what comes is to be what was sent.</summary>
    public bool Compares { get; }

    /// <summary>How long nothing may move before a stream is given up, ns.</summary>
    public long Silence { get; }

    /// <summary>The server has taken everything, and ended its side.</summary>
    public void Delivered()
    {
        Run.Delivered();
        Run.Worked();
    }

    /// <summary>A stream came to the end of the run on its first connection.</summary>
    public void Unharmed() => Run.Worked();

    /// <summary>Bytes came that are right.</summary>
    public void Heard()
    {
        if (_worked || !Run.IsMeasuring)
            return;
        _worked = true;
        Run.Worked();
    }

    /// <summary>A stream owes its end, or does not any more.</summary>
    public void Owe(int change)
    {
        Outstanding += change;
        if (change < 0)
            CheckDrained();
    }

    protected override IEnumerable<BenchPeer> CreatePeers() => Run.NumbersOf(Index).Select(number => new StreamPeer(this, number));

    protected override void OnBegin()
    {
        foreach (BenchPeer peer in Peers)
            ((StreamPeer)peer).Begin();
    }

    protected override void OnStop()
    {
        foreach (BenchPeer peer in Peers)
            ((StreamPeer)peer).Stop();
    }

    // Messages one after the other until there are enough for a piece.
    private static byte[] Write(BenchPayload payload, Framing framing)
    {
        var written = new ArrayBufferWriter<byte>();
        var message = new ArrayBufferWriter<byte>();
        for (int number = 0; written.WrittenCount < StreamPeer.Piece && number < StreamPeer.Piece; number++)
        {
            message.ResetWrittenCount();
            payload.Write(0, number, message);
            framing.Write(new ReadOnlySequence<byte>(message.WrittenMemory), written);
        }

        ReadOnlySpan<byte> all = written.WrittenSpan;
        if (all.IsEmpty)
            throw new ArgumentException("An empty payload makes no stream.", nameof(payload));
        return all[..Math.Min(all.Length, Longest)].ToArray();
    }
}
