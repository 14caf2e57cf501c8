namespace Soket.Perf.Servers;

/// <summary>A server that runs until it is disposed of.</summary>
/// <param name="stop">Makes its work end.</param>
/// <param name="work">Its work.</param>
internal sealed class Running(Action stop, Task work) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        stop();
        await work;
    }

    /// <summary>What a connection's task threw is no peer's doing, and no figure comes of such a run. Asked by the task itself: who watches it from outside is memory for each.</summary>
    public static bool Fails(Exception e)
    {
        Environment.FailFast("A connection failed.", e);
        return false;
    }
}
