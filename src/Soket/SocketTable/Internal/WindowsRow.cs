using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;

namespace Soket.SocketTable.Internal;

/// <summary>A row of one of the tables of Windows' IP helper (tcpmib.h, udpmib.h: MIB_TCPROW_OWNER_PID and its like), as a socket and whose it is. Pure.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Owner">The process; 0 for none.</param>
internal readonly record struct WindowsRow(SocketEntry Socket, int Owner)
{
    // state, local address and port, remote address and port, process
    public static List<WindowsRow> Tcp4(ReadOnlySpan<byte> table) =>
        Rows(table, 24, static row => Tcp(Number(row), new(row.Slice(4, 4)), row[8..], new(row.Slice(12, 4)), row[16..], Number(row[20..])));

    // local address, scope and port, the same of the peer, state, process
    public static List<WindowsRow> Tcp6(ReadOnlySpan<byte> table) =>
        Rows(table, 56, static row => Tcp(Number(row[48..]), Address6(row), row[20..], Address6(row[24..]), row[44..], Number(row[52..])));

    public static List<WindowsRow> Udp4(ReadOnlySpan<byte> table) =>
        Rows(table, 12, static row => Udp(new(row[..4]), row[4..], Number(row[8..])));

    public static List<WindowsRow> Udp6(ReadOnlySpan<byte> table) =>
        Rows(table, 28, static row => Udp(Address6(row), row[20..], Number(row[24..])));

    private delegate WindowsRow RowReader(ReadOnlySpan<byte> row);

    private static List<WindowsRow> Rows(ReadOnlySpan<byte> table, int size, RowReader read)
    {
        if (table.Length < sizeof(int))
            return [];
        int count = Math.Min(Number(table), (table.Length - sizeof(int)) / size);
        var rows = new List<WindowsRow>(Math.Max(0, count));
        for (int i = 0; i < count; i++)
            rows.Add(read(table.Slice(sizeof(int) + (i * size), size)));
        return rows;
    }

    // MIB_TCP_STATE counts as .NET's TcpState does.
    private static WindowsRow Tcp(int state, IPAddress local, ReadOnlySpan<byte> localPort, IPAddress remote, ReadOnlySpan<byte> remotePort, int owner)
    {
        SocketTableState known = PortableSocketTable.StateOf((TcpState)state);
        return new(
            new() { Protocol = "tcp", State = known, Local = new IPEndPoint(local, Port(localPort)), Remote = known == SocketTableState.Listen ? null : new IPEndPoint(remote, Port(remotePort)) },
            owner);
    }

    private static WindowsRow Udp(IPAddress local, ReadOnlySpan<byte> port, int owner) =>
        new(new() { Protocol = "udp", State = SocketTableState.Unconnected, Local = new IPEndPoint(local, Port(port)) }, owner);

    private static IPAddress Address6(ReadOnlySpan<byte> row) => new(row[..16], (uint)Number(row[16..]));

    // In the network's order, in the first half of a number; the rest is not set.
    private static int Port(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static int Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32LittleEndian(bytes);
}
