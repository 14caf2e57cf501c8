using System.Runtime.InteropServices;
using Soket.Explain;

namespace Soket.Cli.Commands;

/// <summary>SIGINT, SIGTERM and SIGHUP (the terminal went away) as tokens: the first asks, a second one insists, a third one ends the program.</summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _insisted = new();
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationToken _isOver;
    private readonly TimeSpan _patience;
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Listens.</summary>
    /// <param name="patience">How long the verb may take to end once it was asked; none for one that finishes what it has begun.</param>
    public Signals(TimeSpan? patience = null)
    {
        _isOver = _over.Token;
        _patience = patience ?? Timeout.InfiniteTimeSpan;
        // .NET leaves a SIGHUP that was ignored at the start (nohup) ignored: its handler is not called then.
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public CancellationToken Asked => _asked.Token;

    public CancellationToken Insisted => _insisted.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _over.Cancel();
        _over.Dispose();
        _asked.Dispose();
        _insisted.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = !_insisted.IsCancellationRequested; // a third one ends it whatever it is at
        if (_asked.IsCancellationRequested)
        {
            _insisted.Cancel();
            return;
        }

        _ = EndAnywayAsync(_isOver);
        _asked.Cancel();
    }

    // A write to a pipe that nobody reads cannot be called back; whoever waits for it would wait for ever.
    private async Task EndAnywayAsync(CancellationToken over)
    {
        await Task.Delay(_patience, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!over.IsCancellationRequested)
            Environment.Exit(ExitCodes.Interrupted);
    }
}
