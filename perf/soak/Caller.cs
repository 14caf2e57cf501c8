using System.Buffers.Binary;
using Soket.Explain;
using Soket.Linux.Engine;

namespace Soket.Perf.Soak;

/// <summary>One connection from the client's side: sends a pattern, checks what comes back, ends in its way.</summary>
internal sealed class Caller(Tally tally, Random random, Action ended) : LoopStream
{
    private static readonly byte[] Pattern = MakePattern();

    private readonly Ending _ending = (Ending)random.Next(7);
    private readonly int _length = random.Next(4) == 0 ? random.Next(300_000) : random.Next(2000);
    private readonly bool _elsewhere = random.Next(8) == 0; // sent by another thread
    private readonly int _from = random.Next(Pattern.Length / 2);
    private long _got;
    private int _closings;

    public bool GivesUp => _ending == Ending.GivenUp;

    protected override void OnOpened()
    {
        if (_elsewhere)
            ThreadPool.UnsafeQueueUserWorkItem(static caller => caller.Talk(), this, preferLocal: false);
        else
            Talk();
    }

    protected override void OnReceived(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.SequenceEqual(Pattern.AsSpan(_from + (int)_got, bytes.Length)))
            tally.Mistaken();
        _got += bytes.Length;
        if (_got < _length)
            return;
        if (_ending == Ending.ClientCloses)
            Close();
        else if (_ending == Ending.ClientAborts)
            Abort();
    }

    protected override void OnClosed(SocketFailure? failure)
    {
        if (++_closings > 1)
            tally.Mistaken();
        // Who ended in order has all of it back.
        if (_ending == Ending.HalfClose && failure is null && _got != _length)
            tally.Mistaken();
        tally.Moved(_got);
        tally.Ended("client", failure);
        ended();
    }

    private static byte[] MakePattern()
    {
        byte[] pattern = new byte[1_000_000];
        new Random(1).NextBytes(pattern);
        return pattern;
    }

    private void Talk()
    {
        Span<byte> head = stackalloc byte[5];
        head[0] = (byte)_ending;
        BinaryPrimitives.WriteInt32BigEndian(head[1..], 5 + (_length / 2));
        Send(head);
        ReadOnlySpan<byte> rest = Pattern.AsSpan(_from, _length);
        while (rest.Length > 0)
        {
            int piece = Math.Min(rest.Length, 20_000);
            Send(rest[..piece]);
            rest = rest[piece..];
        }

        if (_ending == Ending.HalfClose)
            ShutdownSend();
        else if (_length == 0 && _ending == Ending.ClientCloses)
            Close();
        else if (_length == 0)
            Abort();
    }
}
