using System.Runtime.InteropServices;

namespace Soket.Cli.Commands;

/// <summary>SIGINT and SIGTERM as tokens: the first asks, a second one insists.</summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _insisted = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Signals()
    {
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];
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
        context.Cancel = true;
        if (_asked.IsCancellationRequested)
            _insisted.Cancel();
        else
            _asked.Cancel();
    }
}
