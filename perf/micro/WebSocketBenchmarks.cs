using System.Buffers;
using BenchmarkDotNet.Attributes;
using Soket.Protocols.WebSocket;

namespace Soket.Perf.Micro;

/// <summary>A frame as a client sends it: header, mask, and the check that its text is UTF-8.</summary>
public class WebSocketBenchmarks
{
    private const uint Key = 0x37FA213D;
    private readonly byte[] _header = new byte[FrameHeader.MaxSize];
    private byte[] _payload = [];
    private ReadOnlySequence<byte> _written;

    /// <summary>Payload, bytes.</summary>
    [Params(64, 4096)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _payload = new byte[Size];
        Array.Fill(_payload, (byte)'a');
        _written = new(_header, 0, WriteHeader());
        Check.That(ReadHeader() == Size, "the length read");
        Check.That(CheckText(), "the text");
    }

    [Benchmark]
    public int WriteHeader() => new FrameHeader { Opcode = WebSocketOpcode.Text, Final = true, Mask = Key, Length = Size }.Write(_header);

    [Benchmark]
    public long ReadHeader()
    {
        ReadOnlySequence<byte> buffer = _written;
        return FrameHeader.TryRead(ref buffer, out FrameHeader header, out FrameError error) && error == FrameError.None ? header.Length : -1;
    }

    [Benchmark]
    public void MaskTwice()
    {
        FrameMask.Apply(_payload, Key);
        FrameMask.Apply(_payload, Key); // and it is what it was
    }

    [Benchmark]
    public bool CheckText()
    {
        Utf8Check check = default;
        return check.Next(_payload) && check.End();
    }
}
