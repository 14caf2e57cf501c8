using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.SocketTable.Internal;

namespace Soket.SocketTable;

/// <summary>The table as Windows gives it (IP helper, iphlpapi.h): addresses, states, and which process has each socket. Needs no privilege.</summary>
[SupportedOSPlatform("windows")]
public sealed class WindowsSocketTable : ISocketTable
{
    private const int Internet = 2, Internet6 = 23;      // AF_INET, AF_INET6
    private const int TcpOwners = 5, UdpOwners = 1;      // TCP_TABLE_OWNER_PID_ALL, UDP_TABLE_OWNER_PID
    private const int NotSupported = 50, TooSmall = 122; // ERROR_NOT_SUPPORTED, ERROR_INSUFFICIENT_BUFFER
    private const int Room = 16 * 1024;                  // what may come between asking for the size and for the table
    private const int Tries = 10;

    private delegate int TableCall(byte[]? table, ref int size, bool ordered, int family, int kind, int reserved);

    /// <inheritdoc/>
    public SocketTableSnapshot Read(SocketTableQuery query)
    {
        var rows = new List<WindowsRow>();
        if (query.Protocols.Contains("tcp"))
        {
            rows.AddRange(WindowsRow.Tcp4(Table(ExtendedTcpTable, Internet, TcpOwners)));
            rows.AddRange(WindowsRow.Tcp6(Table(ExtendedTcpTable, Internet6, TcpOwners)));
        }

        if (query.Protocols.Contains("udp"))
        {
            rows.AddRange(WindowsRow.Udp4(Table(ExtendedUdpTable, Internet, UdpOwners)));
            rows.AddRange(WindowsRow.Udp6(Table(ExtendedUdpTable, Internet6, UdpOwners)));
        }

        Dictionary<int, SocketHolder> holders = query.Holders ? Programs() : [];
        return new([.. rows.Select(row => row.Socket with { Holders = Holder(row, holders) })], "IP helper", [.. MissingOf(query)]);
    }

    private static IReadOnlyList<SocketHolder> Holder(WindowsRow row, Dictionary<int, SocketHolder> holders) =>
        row.Owner != 0 && holders.TryGetValue(row.Owner, out SocketHolder? holder) ? [holder] : []; // 0: nobody's any more

    private static IEnumerable<string> MissingOf(SocketTableQuery query)
    {
        if (query.Holders)
            yield return "users";
        foreach (string missing in PortableSocketTable.MissingOf(query with { Holders = false }))
            yield return missing;
    }

    private static Dictionary<int, SocketHolder> Programs()
    {
        var programs = new Dictionary<int, SocketHolder>();
        foreach (Process process in Process.GetProcesses())
        {
            using (process)
                programs[process.Id] = new(process.Id, NameOf(process), -1);
        }

        return programs;
    }

    private static string NameOf(Process process)
    {
        try
        {
            return process.ProcessName;
        }
        catch (InvalidOperationException)
        {
            return "?"; // it has just ended
        }
    }

    // It may grow between the two calls.
    private static byte[] Table(TableCall call, int family, int kind)
    {
        int size = 0, result = call(null, ref size, false, family, kind, 0);
        for (int i = 0; i < Tries && result == TooSmall; i++)
        {
            size += Room;
            byte[] table = GC.AllocateUninitializedArray<byte>(size);
            result = call(table, ref size, false, family, kind, 0);
            if (result == 0)
                return table;
        }

        return result is 0 or NotSupported ? [] : throw SocketFailure.From(SocketCall.None, new SocketException(result)); // no IPv6 here: nothing has it
    }

    [DllImport("iphlpapi.dll", EntryPoint = "GetExtendedTcpTable"), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int ExtendedTcpTable([Out] byte[]? table, ref int size, bool ordered, int family, int kind, int reserved);

    [DllImport("iphlpapi.dll", EntryPoint = "GetExtendedUdpTable"), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int ExtendedUdpTable([Out] byte[]? table, ref int size, bool ordered, int family, int kind, int reserved);
}
