using System.Buffers;
using Soket.Events;

namespace Soket.Cli.Commands;

/// <summary>Keeps events back until they are released, so that what a program waits for (the ready line) is the first line it reads.</summary>
internal sealed class HeldObserver(ISocketObserver next) : ISocketObserver
{
    private readonly Lock _lock = new();
    private List<(SocketEvent Event, byte[] Bytes)>? _held = []; // under _lock; null once released

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        lock (_lock)
        {
            if (_held is { } held)
                held.Add((e, bytes.ToArray()));
            else
                next.On(in e, in bytes);
        }
    }

    public void Release()
    {
        lock (_lock)
        {
            foreach ((SocketEvent e, byte[] bytes) in _held ?? [])
                next.On(in e, new ReadOnlySequence<byte>(bytes));
            _held = null;
        }
    }
}
