using System.Buffers.Binary;
using Soket.Explain;
using Soket.Linux.Engine;

namespace Soket.Perf.Soak;

/// <summary>Sends back what comes. The first byte says how it is to end, the next four after how many bytes.</summary>
internal sealed class Service(Tally tally) : LoopStream
{
    private const int Head = 5;
    private readonly byte[] _head = new byte[Head];
    private int _read;
    private int _closings;

    protected override void OnOpened() => SetTimeout(TimeSpan.FromSeconds(20));

    protected override void OnReceived(ReadOnlySpan<byte> bytes)
    {
        SetTimeout(TimeSpan.FromSeconds(20));
        int head = Math.Min(Head - _read, bytes.Length);
        bytes[..head].CopyTo(_head.AsSpan(_read));
        _read += head;
        if (bytes.Length > head && !Send(bytes[head..]))
            PauseReceiving();
        if (_read < Head || BytesReceived < BinaryPrimitives.ReadInt32BigEndian(_head.AsSpan(1)))
            return;
        switch ((Ending)_head[0])
        {
            case Ending.ServerCloses:
                Close();
                break;
            case Ending.ServerAborts:
                Abort();
                break;
            case Ending.ServerThrows:
                throw new InvalidDataException("as it was told to");
        }
    }

    protected override void OnDrained() => ResumeReceiving();

    protected override void OnTimeout() => Close("idle-timeout");

    protected override void OnClosed(SocketFailure? failure)
    {
        if (++_closings > 1)
            tally.Mistaken();
        tally.Ended("server", failure);
    }
}
