namespace Soket.Perf.Servers.Engine;

/// <summary>Several things that end one after another.</summary>
internal sealed class Together(params IAsyncDisposable[] parts) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable part in parts)
            await part.DisposeAsync();
    }
}
