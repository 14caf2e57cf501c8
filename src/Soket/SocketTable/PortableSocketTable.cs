using System.Net.NetworkInformation;

namespace Soket.SocketTable;

/// <summary>The table as .NET gives it on every platform (sysctl on macOS, IP helper on Windows): addresses and states, and no more.</summary>
public sealed class PortableSocketTable : ISocketTable
{
    /// <inheritdoc/>
    public SocketTableSnapshot Read(SocketTableQuery query)
    {
        IPGlobalProperties system = IPGlobalProperties.GetIPGlobalProperties();
        var sockets = new List<SocketEntry>();
        if (query.Protocols.Contains("tcp"))
        {
            sockets.AddRange(system.GetActiveTcpListeners().Select(local => new SocketEntry { Protocol = "tcp", State = SocketTableState.Listen, Local = local }));
            sockets.AddRange(system.GetActiveTcpConnections().Where(connection => connection.State != TcpState.Listen).Select(connection => new SocketEntry
            {
                Protocol = "tcp",
                State = StateOf(connection.State),
                Local = connection.LocalEndPoint,
                Remote = connection.RemoteEndPoint,
            }));
        }

        if (query.Protocols.Contains("udp"))
            sockets.AddRange(system.GetActiveUdpListeners().Select(local => new SocketEntry { Protocol = "udp", State = SocketTableState.Unconnected, Local = local }));
        return new(sockets, OperatingSystem.IsWindows() ? "IP helper" : OperatingSystem.IsMacOS() ? "sysctl" : ".NET", [.. MissingOf(query)]);
    }

    // Only what was asked for is missed.
    internal static IEnumerable<string> MissingOf(SocketTableQuery query)
    {
        if (query.Holders)
            yield return "holders";
        yield return "queues";
        yield return "timers";
        foreach (string protocol in (string[])["raw", "unix"])
        {
            if (query.Protocols.Contains(protocol))
                yield return protocol;
        }

        if (query.Info)
            yield return "info";
        if (query.Memory)
            yield return "memory";
    }

    internal static SocketTableState StateOf(TcpState state) => state switch
    {
        TcpState.Listen => SocketTableState.Listen,
        TcpState.Established => SocketTableState.Established,
        TcpState.SynSent => SocketTableState.SynSent,
        TcpState.SynReceived => SocketTableState.SynReceived,
        TcpState.FinWait1 => SocketTableState.FinWait1,
        TcpState.FinWait2 => SocketTableState.FinWait2,
        TcpState.TimeWait => SocketTableState.TimeWait,
        TcpState.Closed or TcpState.DeleteTcb => SocketTableState.Closed,
        TcpState.CloseWait => SocketTableState.CloseWait,
        TcpState.LastAck => SocketTableState.LastAck,
        TcpState.Closing => SocketTableState.Closing,
        _ => SocketTableState.Unknown,
    };
}
