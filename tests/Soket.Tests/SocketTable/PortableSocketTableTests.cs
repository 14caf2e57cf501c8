using System.Net;
using System.Net.Sockets;
using Soket.SocketTable;
using Xunit;

namespace Soket.Tests.SocketTable;

/// <summary>The table as every platform gives it: the same .NET calls answer on Linux, macOS and Windows.</summary>
public sealed class PortableSocketTableTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Has_listeners_both_ends_of_a_connection_and_datagram_sockets(string address)
    {
        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        using var client = new TcpClient(listener.LocalEndpoint.AddressFamily);
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using TcpClient accepted = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        using var datagrams = new UdpClient(new IPEndPoint(IPAddress.Parse(address), 0));

        IReadOnlyList<SocketEntry> sockets = new PortableSocketTable().Read(new SocketTableQuery()).Sockets;

        EndPoint here = listener.LocalEndpoint, there = client.Client.LocalEndPoint!;
        Assert.Equal([SocketTableState.Listen], States("tcp", here, null));
        Assert.Equal([SocketTableState.Established], States("tcp", here, there));
        Assert.Equal([SocketTableState.Established], States("tcp", there, here));
        Assert.Equal([SocketTableState.Unconnected], States("udp", datagrams.Client.LocalEndPoint!, null));

        IEnumerable<SocketTableState> States(string protocol, EndPoint local, EndPoint? remote) =>
            sockets.Where(socket => socket.Protocol == protocol && local.Equals(socket.Local) && Equals(socket.Remote, remote)).Select(socket => socket.State);
    }

    [Fact]
    public async Task Tells_whose_turn_it_is()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient(AddressFamily.InterNetwork); // else its address is a mapped one
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using TcpClient accepted = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        EndPoint here = accepted.Client.LocalEndPoint!, there = accepted.Client.RemoteEndPoint!;
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await accepted.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));

        IReadOnlyList<SocketEntry> sockets = new PortableSocketTable().Read(new SocketTableQuery { Protocols = ["tcp"] }).Sockets;

        Assert.Equal(SocketTableState.CloseWait, Assert.Single(sockets, socket => here.Equals(socket.Local) && there.Equals(socket.Remote)).State);
        Assert.Equal(SocketTableState.FinWait2, Assert.Single(sockets, socket => there.Equals(socket.Local) && here.Equals(socket.Remote)).State);
    }

    [Fact]
    public void Says_what_is_missing_of_what_was_asked()
    {
        var table = new PortableSocketTable();
        Assert.Equal(["queues", "timers"], table.Read(new SocketTableQuery { Protocols = ["tcp"], Holders = false }).Missing);
        Assert.Equal(["holders", "queues", "timers", "raw", "unix", "info", "memory"], table.Read(new SocketTableQuery { Info = true, Memory = true }).Missing);
    }

    [Fact]
    public void Reads_only_the_protocols_that_were_asked_for()
    {
        using var datagrams = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.All(new PortableSocketTable().Read(new SocketTableQuery { Protocols = ["tcp"] }).Sockets, socket => Assert.Equal("tcp", socket.Protocol));
        Assert.All(new PortableSocketTable().Read(new SocketTableQuery { Protocols = ["udp"] }).Sockets, socket => Assert.Equal("udp", socket.Protocol));
        Assert.Empty(new PortableSocketTable().Read(new SocketTableQuery { Protocols = ["unix"] }).Sockets);
    }
}
