using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Soket.SocketTable;
using Soket.SocketTable.Internal;
using Xunit;

namespace Soket.Tests.SocketTable;

/// <summary>The tables of Windows' IP helper, as bytes: read on every platform.</summary>
public sealed class WindowsRowTests
{
    [Fact]
    public void Tcp_over_IPv4()
    {
        // One that listens at 0.0.0.0:8080, one at CLOSE_WAIT. What stands beside a port is not set.
        byte[] table = Convert.FromHexString("02000000" + "02000000" + "00000000" + "1F90ABCD" + "00000000" + "00000000" + "2C030000" + "08000000" + "7F000001" + "1F900000" + "0A010203" + "01BB0000" + "00000000" + "FFFF");
        List<WindowsRow> rows = WindowsRow.Tcp4(table);
        Assert.Equal([812, 0], rows.Select(row => row.Owner));
        Assert.Equal([SocketTableState.Listen, SocketTableState.CloseWait], rows.Select(row => row.Socket.State));
        Assert.Equal([IPEndPoint.Parse("0.0.0.0:8080"), IPEndPoint.Parse("127.0.0.1:8080")], rows.Select(row => row.Socket.Local));
        Assert.Equal([null, IPEndPoint.Parse("10.1.2.3:443")], rows.Select(row => row.Socket.Remote));
    }

    [Fact]
    public void Tcp_over_IPv6()
    {
        const string LinkLocal = "FE800000000000000000000000000001";
        byte[] table = Convert.FromHexString("01000000" + LinkLocal + "0C000000" + "00500000" + LinkLocal[..31] + "2" + "0C000000" + "C3500000" + "05000000" + "2C030000");
        WindowsRow row = Assert.Single(WindowsRow.Tcp6(table));
        Assert.Equal((812, SocketTableState.Established), (row.Owner, row.Socket.State));
        Assert.Equal((IPEndPoint.Parse("[fe80::1%12]:80"), IPEndPoint.Parse("[fe80::2%12]:50000")), (row.Socket.Local, row.Socket.Remote));
    }

    [Fact]
    public void Udp()
    {
        WindowsRow four = Assert.Single(WindowsRow.Udp4(Convert.FromHexString("01000000" + "00000000" + "00350000" + "04000000")));
        Assert.Equal((4, "udp", IPEndPoint.Parse("0.0.0.0:53")), (four.Owner, four.Socket.Protocol, four.Socket.Local));
        WindowsRow six = Assert.Single(WindowsRow.Udp6(Convert.FromHexString("01000000" + "00000000000000000000000000000001" + "00000000" + "00350000" + "04000000")));
        Assert.Equal((4, SocketTableState.Unconnected, IPEndPoint.Parse("[::1]:53")), (six.Owner, six.Socket.State, six.Socket.Local));
    }

    [Fact]
    public void Nothing_is_read_beyond_what_came() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            ReadOnlySpan<byte> table = bytes ?? [];
            return WindowsRow.Tcp4(table).Count <= table.Length / 24 && WindowsRow.Tcp6(table).Count <= table.Length / 56
                && WindowsRow.Udp4(table).Count <= table.Length / 12 && WindowsRow.Udp6(table).Count <= table.Length / 28;
        }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(2_000));

    [Fact]
    public void Is_the_systems_own_table_on_Windows()
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows' own");
            return;
        }

        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        SocketEntry own = Assert.Single(new WindowsSocketTable().Read(new() { Protocols = ["tcp"] }).Sockets, socket => listener.LocalEndpoint.Equals(socket.Local));
        Assert.Equal((SocketTableState.Listen, Environment.ProcessId), (own.State, Assert.Single(own.Holders).ProcessId));
    }
}
