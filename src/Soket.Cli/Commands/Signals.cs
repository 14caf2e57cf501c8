using System.Runtime.InteropServices;

namespace Soket.Cli.Commands;

/// <summary>SIGINT, SIGTERM and SIGHUP (the terminal went away) as tokens: the first asks, a second one insists, a third one ends the program.</summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _insisted = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Signals()
    {
        // .NET leaves a SIGHUP that was ignored at the start (nohup) ignored: its handler is not called then.
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public CancellationToken Asked => _asked.Token;

    public CancellationToken Insisted => _insisted.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _asked.Dispose();
        _insisted.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = !_insisted.IsCancellationRequested; // a third one ends it whatever it is at
        if (_asked.IsCancellationRequested)
            _insisted.Cancel();
        else
            _asked.Cancel();
    }
}
