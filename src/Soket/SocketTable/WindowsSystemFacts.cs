using System.Net;
using System.Runtime.Versioning;
using Soket.Explain;

namespace Soket.SocketTable;

/// <summary>What Windows tells beyond what every platform does: who holds a socket.</summary>
[SupportedOSPlatform("windows")]
public sealed class WindowsSystemFacts : PortableSystemFacts
{
    /// <inheritdoc/>
    public override IReadOnlyList<SocketFact>? SocketsOnPort(string protocol, int port) =>
    [
        .. new WindowsSocketTable().Read(new() { Protocols = [protocol] }).Sockets
            .Where(socket => ((IPEndPoint)socket.Local!).Port == port)
            .Select(socket => new SocketFact(protocol, socket.Local!, socket.State.Name(), socket.Holders is [var holder, ..] ? new(holder.ProcessId, holder.Program, null) : null) { Remote = socket.Remote }),
    ];
}
