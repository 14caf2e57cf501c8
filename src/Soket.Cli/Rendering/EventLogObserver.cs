using System.Buffers;
using Soket.Events;

namespace Soket.Cli.Rendering;

/// <summary>Writes the log to the screen as the events come. The screen drops lines, and says how many, when it is slower than the sockets.</summary>
internal sealed class EventLogObserver(EventLog log, Screen screen) : ISocketObserver
{
    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes) => screen.Offer(screen.HasRoom ? log.Render(in e, in bytes) : null);
}
