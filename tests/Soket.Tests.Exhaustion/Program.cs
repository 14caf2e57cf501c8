using System.Buffers;
using Soket.Events;
using Soket.Explain;
using Soket.Hosting;
using Soket.Services;

// An echo server to be started with few descriptors. It tells its port, then its notices; when its input ends it drains and tells how many accepts failed.
var accepts = new FailedAccepts();
await using SocketServer server = await new SocketServerBuilder()
    .Listen("tcp://127.0.0.1:0", new EchoService())
    .OnNotice(notice => Console.Out.WriteLine($"{notice.Key} {notice.Failure?.Error.Name}"))
    .Observe(accepts)
    .StartAsync();
Console.Out.WriteLine($"port {server.Endpoints[0].Actual.Port}");
await Console.In.ReadToEndAsync();
int reset = await server.DrainAsync(TimeSpan.FromSeconds(10));
Console.Out.WriteLine($"failed-accepts {accepts.Count} reset {reset} failed {server.Totals.Failed}");

internal sealed class FailedAccepts : ISocketObserver
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        if (e.Call == SocketCall.Accept && e.Failure is not null)
            Interlocked.Increment(ref _count);
    }
}
