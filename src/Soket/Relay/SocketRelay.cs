using Soket.Relay.Internal;
using Soket.Services;

namespace Soket.Relay;

/// <summary>
/// Joins whoever comes to a target, both ways, until both have ended: streams of any kind (tcp, unix, tls, ws, wss) with streams, datagrams of any
/// kind with datagrams.
/// </summary>
/// <remarks>
/// <para>A half-close and a reset are passed on as what they are. A direction whose receiver takes nothing is not read from: nothing is kept but
/// what one receive brought. Two WebSockets are joined message by message, text as text; a WebSocket has no half-close, so its end ends both.</para>
/// <para>Each sender of datagrams has a socket of its own towards the target, so that answers find their way back.</para>
/// </remarks>
public sealed class SocketRelay
{
    private readonly RelayCounters _counters = new();

    /// <summary>Creates a relay.</summary>
    /// <param name="options">Where to, and how.</param>
    public SocketRelay(RelayOptions options)
    {
        options.Validate();
        // CanLoop is false: it answers nothing by itself.
        Service = new SocketService { Name = "relay", Stream = new StreamRelay(options, _counters), Datagrams = new DatagramRelay(options, _counters), CanLoop = false };
    }

    /// <summary>What is to be served where clients come: on a stream endpoint for a stream target, on datagrams for datagrams.</summary>
    public SocketService Service { get; }

    /// <summary>What it has done so far.</summary>
    public RelayTotals Totals => _counters.Snapshot();
}
