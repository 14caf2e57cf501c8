using Soket.Bench;
using Soket.Bench.Internal;
using Soket.Endpoints;
using Soket.Protocols.Framing;
using Soket.Tests.Transports;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>A message costs no memory: what a worker does for one allocates nothing.</summary>
public sealed class AllocationTests
{
    [Theory]
    [InlineData("chunk", "echo", false)]
    [InlineData("length:4", "echo", false)]
    [InlineData("line", "length", false)]
    [InlineData("chunk", "echo", true)]
    public async Task A_message_allocates_nothing(string framing, string verifier, bool openLoop)
    {
        Assert.True(Framing.TryParse(framing, 1024, out Framing? cut, out _));
        var plan = new BenchPlan
        {
            Endpoint = SocketUri.Parse("tcp://127.0.0.1:7"),
            Framing = cut,
            Verifier = verifier == "echo" ? ReplyVerifier.Echo : ReplyVerifier.OfLength(64),
            InFlight = 4,
            WarmUp = TimeSpan.Zero,
            Duration = null,
            Arrivals = openLoop ? ArrivalSchedule.Steady(1_000_000) : null,
        };
        var carrier = new EchoInPlace();
        var progress = new BenchProgress(plan, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        Task run = TrafficRun.RunAsync(plan, progress, [carrier], stop.Token).AsTask();
        await progress.Started.Guarded();
        await carrier.Begun.Guarded();

        // Once for everything that is made when it is first needed.
        carrier.Echo(10_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        carrier.Echo(50_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        // A new second of the series may begin meanwhile, and takes some; messages take none, of 200,000.
        Assert.True(allocated < 16 * 1024, $"{allocated} bytes");
        Assert.True(progress.Tallies[0].Completed > 100_000, $"{progress.Tallies[0].Completed} messages were answered");
        Assert.Equal(0, progress.Tallies[0].Wrong);
        await stop.CancelAsync();
        while (!run.IsCompleted)
        {
            carrier.Echo(10); // what is under way comes in
            await Task.Yield();
        }

        await run.Guarded();
    }

    /// <summary>Gives back what it is given, when the test says so, on the test's thread.</summary>
    private sealed class EchoInPlace : BenchCarrier, IBenchChannel
    {
        private readonly Lock _turn = new();
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly byte[] _bytes = new byte[1024 * 1024];
        private BenchPeer? _peer;
        private int _length;
        private int _posts;
        private long _now = 1;
        private long _alarm = long.MaxValue;

        public override string Name => "in place";

        public Task Begun => _begun.Task;

        public override long Now => _now += 100;

        public bool KeepsMessages => false;

        public long BytesSent => 0;

        public long BytesReceived => 0;

        public override void Post(Action<BenchWorker> action)
        {
            lock (_turn)
            {
                action(Worker);
                if (_posts++ == 0)
                    _peer!.Opened(this);
                else
                    _begun.TrySetResult();
            }
        }

        public override void WakeAt(long time) => _alarm = time;

        public override void Connect(BenchPeer peer) => _peer = peer;

        public void Echo(int turns)
        {
            lock (_turn)
            {
                for (int i = 0; i < turns; i++)
                {
                    int length = _length;
                    _length = 0;
                    if (length > 0)
                        _peer!.OnReceived(_bytes.AsMemory(0, length));
                    _now += 3_000;
                    if (_alarm <= _now)
                        Worker.Wake();
                }
            }
        }

        public bool Send(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_bytes.AsSpan(_length));
            _length += bytes.Length;
            return true;
        }

        public void Flush()
        {
        }

        public void ShutdownSend()
        {
        }

        public void Close() => _peer!.OnClosed(null);

        public void Abort() => _peer!.OnClosed(null);
    }
}
