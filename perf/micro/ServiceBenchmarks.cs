using System.Buffers;
using BenchmarkDotNet.Attributes;
using Soket.Services;

namespace Soket.Perf.Micro;

/// <summary>Message services without a socket: what an answer costs.</summary>
public class ServiceBenchmarks
{
    private readonly EchoService _echo = new();
    private readonly ProcessService _process = new(TimeProvider.System);
    private readonly ArrayBufferWriter<byte> _reply = new(256);
    private readonly ReadOnlySequence<byte> _message = new("Selamat pagi, dunia soket"u8.ToArray());

    [GlobalSetup]
    public void Prepare()
    {
        Check.That(Echo() == _message.Length, "the echo");
        Check.That(Process() > _message.Length, "the processed line");
    }

    [Benchmark]
    public int Echo() => Answer(_echo);

    [Benchmark]
    public int Process() => Answer(_process);

    private int Answer(IMessageService service)
    {
        _reply.ResetWrittenCount();
        return service.Answer(_message, _reply, default) ? _reply.WrittenCount : -1;
    }
}
