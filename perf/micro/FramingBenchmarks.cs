using System.Buffers;
using BenchmarkDotNet.Attributes;
using Soket.Protocols.Framing;

namespace Soket.Perf.Micro;

/// <summary>Cutting 64 messages of 62 bytes out of what one receive brought, and putting one on a stream.</summary>
public class FramingBenchmarks
{
    private const int Messages = 64;
    private readonly ArrayBufferWriter<byte> _output = new(128);
    private ReadOnlySequence<byte> _message;
    private ReadOnlySequence<byte> _stream;
    private Framing _framing = null!;

    /// <summary>As on the command line.</summary>
    [Params("line", "length:4", "fixed:62")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        Check.That(Framing.TryParse(Kind, 1024, out Framing? framing, out _), Kind);
        _framing = framing!;
        byte[] message = new byte[62];
        Array.Fill(message, (byte)'x');
        _message = new(message);
        var stream = new ArrayBufferWriter<byte>();
        for (int i = 0; i < Messages; i++)
            _framing.Write(_message, stream);
        _stream = new(stream.WrittenMemory);
        Check.That(Read() == Messages * 62, "the messages read");
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public long Read()
    {
        ReadOnlySequence<byte> left = _stream;
        long bytes = 0;
        while (_framing.TryRead(ref left, false, out ReadOnlySequence<byte> message) == FramingResult.Message)
            bytes += message.Length;
        return bytes;
    }

    [Benchmark]
    public int Write()
    {
        _output.ResetWrittenCount();
        _framing.Write(_message, _output);
        return _output.WrittenCount;
    }
}
