using Soket.Linux.Engine;

namespace Soket.Perf.Servers.Engine;

/// <summary>Echo straight on the loop: what the engine costs by itself, with a time-out running on every connection.</summary>
internal sealed class LoopEcho : LoopStream
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    public static Task<IAsyncDisposable> StartAsync(Plan plan)
    {
        var loops = new LoopGroup(new LoopGroupOptions { Loops = plan.Loops });
        LoopListener listener = LoopListener.Bind(loops, plan.EndPoint, new LoopListenerOptions
        {
            Create = static () => new LoopEcho(),
            Sockets = SoketEcho.Sockets,
        });
        return Task.FromResult<IAsyncDisposable>(new Together(listener, loops));
    }

    protected override void OnOpened() => SetTimeout(Idle);

    protected override void OnReceived(ReadOnlySpan<byte> bytes)
    {
        SetTimeout(Idle);
        if (!Send(bytes))
            PauseReceiving(); // the peer takes no more: take no more from it
    }

    protected override void OnDrained() => ResumeReceiving();

    protected override void OnTimeout() => Close("idle-timeout");
}
