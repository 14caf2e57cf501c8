using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Transports;

public sealed class UnixPeerTests
{
    [Fact]
    public async Task A_peer_bound_to_a_longer_path_than_the_server_is_accepted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "paths are padded on Linux only");
        string folder = Directory.CreateTempSubdirectory("soket-test-").FullName;
        try
        {
            string path = Path.Combine(folder, "s");
            await using IConnectionListener listener = await new ManagedTransport().BindAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
            Assert.Equal(path, listener.EndPoint.ToString());
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "a-much-longer-name-than-the-one-of-the-server")));
            await client.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
            await using ConnectionContext? connection = await listener.AcceptAsync(TestContext.Current.CancellationToken);
            Assert.Equal(path, connection!.LocalEndPoint!.ToString());
            Assert.EndsWith("of-the-server", connection.RemoteEndPoint!.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
