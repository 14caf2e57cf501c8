using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.Versioning;
using Soket.Bench;
using Soket.Bench.Internal;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Linux.Native;
using Soket.Transports;

namespace Soket.Linux.Bench;

/// <summary>Carries a worker's connections on one loop: its thread is the worker's turn.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class LoopCarrier : BenchCarrier
{
    private readonly EventLoop _loop;
    private readonly LoopAddresses _addresses;
    private readonly LoopAlarm _alarm;
    private readonly ManagedTransportOptions _options;
    private readonly BenchPlan _plan;
    private readonly DatagramBatch? _batch;

    public LoopCarrier(BenchPlan plan, EventLoop loop, LoopAddresses addresses)
    {
        (_plan, _loop, _addresses) = (plan, loop, addresses);
        _options = plan.Client.Transport with { Endpoint = plan.Endpoint.ToString() };
        Name = string.Create(CultureInfo.InvariantCulture, $"loop {loop.Index}");
        _alarm = new(() => Worker.Wake());
        _batch = plan.Endpoint.IsDatagram ? new(plan) : null;
    }

    public override string Name { get; }

    public override long Now => Stopwatch.GetTimestamp(); // ns on Linux

    public override long Cpu
    {
        get
        {
            BenchCalls.Moment time;
            return BenchCalls.GetTime(BenchCalls.ThreadTime, &time) < 0 ? -1 : (time.Seconds * 1_000_000_000) + time.Nanoseconds;
        }
    }

    public override void Post(Action<BenchWorker> action) => _loop.PostTo(
        static work =>
        {
            (LoopCarrier carrier, Action<BenchWorker> action) = ((LoopCarrier, Action<BenchWorker>))work!;
            action(carrier.Worker);
        },
        (this, action));

    public override void WakeAt(long time)
    {
        if (_alarm.LoopOrNull is null)
            _alarm.Open(_loop);
        _alarm.Set(time);
    }

    public override void Connect(BenchPeer peer)
    {
        if (_batch is not null)
            _loop.PostTo(static work => ((LoopDatagramChannel)work!).Open(), new LoopDatagramChannel(_loop, _batch, peer, _addresses[_addresses.First], _options));
        else
            Connect(peer, _addresses.First);
    }

    /// <summary>An address has answered.</summary>
    public void Reached(int address) => _addresses.Reached(address);

    /// <summary>Tries the next address, if there is one; this one has not answered.</summary>
    public bool TryNext(BenchPeer peer, int address)
    {
        if (!_addresses.TryNext(address, out int next))
            return false;
        Connect(peer, next);
        return true;
    }

    private void Connect(BenchPeer peer, int address) =>
        _loop.Connect(new LoopChannel(this, peer, address), _addresses[address], _options, _plan.Client.ConnectTimeout);
}
