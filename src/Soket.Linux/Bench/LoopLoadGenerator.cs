using System.Net;
using System.Runtime.Versioning;
using Soket.Bench;
using Soket.Bench.Internal;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Transports;

namespace Soket.Linux.Bench;

/// <summary>
/// Makes traffic on loops of its own, epoll(7): plain TCP, Unix streams and UDP. Each worker is one loop's thread; nothing is allocated for a message, and what is to
/// be sent goes out of memory that lies ready. Fast enough to measure a server written in C.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class LoopLoadGenerator : ILoadGenerator
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc/>
    public string Name => "epoll";

    /// <inheritdoc/>
    public bool Supports(BenchPlan plan) =>
        TrafficRun.MakesSense(plan) && plan.Client is { Proxy: null, StartTls: null, Transport.Events: null } && plan.Endpoint.Scheme is SocketScheme.Tcp or SocketScheme.Unix or SocketScheme.Udp;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The payload cannot be sent in this way: it is empty, or holds the framing's delimiter.</exception>
    public async ValueTask RunAsync(BenchPlan plan, BenchProgress progress, CancellationToken stop)
    {
        IReadOnlyList<EndPoint> addresses;
        try
        {
            addresses = await ChooseAsync(plan, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }

        // Half of the cores: the server needs some too where it runs on the same machine, and elsewhere one loop fills most networks.
        int workers = plan.Workers > 0 ? plan.Workers : Math.Max(1, Environment.ProcessorCount / 2);
        await using var group = new LoopGroup(new() { Loops = Math.Clamp(workers, 1, plan.Connections) });
        var shared = new LoopAddresses(addresses);
        await TrafficRun.RunAsync(plan, progress, [.. group.Loops.Select(loop => new LoopCarrier(plan, loop, shared))], stop, LinuxConnectFacts.Read).ConfigureAwait(false);
        if (group.FirstHandlerFailure is { } failure and not SocketFailure)
            throw failure;
    }

    // Which of several addresses a datagram service has shows only in its answer: one message asks.
    private static async ValueTask<IReadOnlyList<EndPoint>> ChooseAsync(BenchPlan plan, CancellationToken stop)
    {
        IReadOnlyList<EndPoint> addresses = await SocketClient.ResolveAsync(plan.Endpoint, plan.Client, stop).ConfigureAwait(false);
        if (addresses.Count == 1 || !plan.Endpoint.IsDatagram)
            return addresses;

        await using IDatagramSocket socket = await SocketClient.ConnectDatagramAsync(plan.Endpoint, plan.Client, stop).ConfigureAwait(false);
        var message = new System.Buffers.ArrayBufferWriter<byte>();
        plan.Payload.Write(0, 0, message);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(AnswerTime);
        try
        {
            await socket.SendAsync(message.WrittenMemory, null, limit.Token).ConfigureAwait(false);
            await socket.ReceiveAsync(new byte[65_535], limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketFailure || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // Refused everywhere, or silent: the run tells.
        }

        return [socket.RemoteEndPoint ?? addresses[0]];
    }
}
