using System.Buffers;
using Soket.Events;
using Soket.Explain;

namespace Soket.Tests.Transports;

/// <summary>Keeps all events with their bytes, in the order of their numbers.</summary>
public sealed class EventRecorder : ISocketObserver
{
    private readonly Lock _lock = new();
    private readonly List<(SocketEvent Event, byte[] Bytes)> _events = [];

    public EventRecorder() => Events = new SocketEvents(this);

    public SocketEvents Events { get; }

    public IReadOnlyList<(SocketEvent Event, byte[] Bytes)> All
    {
        get
        {
            lock (_lock)
                return [.. _events.OrderBy(one => one.Event.Sequence)];
        }
    }

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        lock (_lock)
            _events.Add((e, bytes.ToArray()));
    }

    public IEnumerable<SocketEvent> Of(SocketCall call) => All.Select(one => one.Event).Where(e => e.Call == call);

    public bool HasNote(string reason) => Of(SocketCall.None).Any(e => e.Reason == reason);

    public byte[] Moved(SocketRole role, string transport, SocketCall call) =>
        [.. All.Where(one => one.Event.Role == role && one.Event.Transport == transport && one.Event.Call == call).SelectMany(one => one.Bytes)];
}
