using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Hosting;
using Soket.Middleware.Tls;
using Soket.Services;
using Xunit;

namespace Soket.Tests.Hosting;

/// <summary>Where a server is: several places, names that mean two, ports the system chooses, paths.</summary>
public sealed class EndpointTests
{
    private static readonly EchoService Echo = new();

    [Fact]
    public async Task Several_endpoints_are_served_at_once()
    {
        string path = Path.Combine(Path.GetTempPath(), $"soket-{Guid.NewGuid():N}.sock");
        await using (SocketServer server = await Servers.New()
            .Listen("tcp://127.0.0.1:0", Echo)
            .Listen("tcp://127.0.0.1:0", Echo)
            .Listen($"unix:{path}", Echo)
            .Listen("udp://127.0.0.1:0", Echo)
            .StartAsync())
        {
            Assert.Equal(4, server.Endpoints.Count);
            Assert.NotEqual(server.Endpoints[0].Actual.Port, server.Endpoints[1].Actual.Port);
            for (int i = 0; i < 3; i++)
            {
                using Peer peer = await Peer.ConnectAsync(server, i);
                await peer.AssertAnsweredAsync($"to {i}");
            }

            using Socket datagrams = Peer.Datagrams(server.Endpoints[3].Actual);
            await AssertAnsweredAsync(datagrams);
            Assert.True(File.Exists(path));
        }

        Assert.False(File.Exists(path), "The path of the Unix socket is still there.");
    }

    [Theory]
    [InlineData("tcp://localhost:0")]
    [InlineData("udp://localhost:0")]
    [InlineData("tcp://*:0")]
    public async Task A_name_for_both_families_is_two_sockets_on_one_number(string endpoint)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 && Socket.OSSupportsIPv4, "needs both address families");
        await using SocketServer server = await Servers.New().Listen(endpoint, Echo).StartAsync();

        Assert.Equal(2, server.Endpoints.Count);
        Assert.NotEqual(0, server.Endpoints[0].Actual.Port);
        Assert.Equal(server.Endpoints[0].Actual.Port, server.Endpoints[1].Actual.Port);
        Assert.All(server.Endpoints, bound => Assert.Equal(SocketUri.Parse(endpoint), bound.Requested));
        foreach (IPAddress address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            var to = new IPEndPoint(address, server.Endpoints[0].Actual.Port);
            if (server.Endpoints[0].Actual.IsDatagram)
            {
                using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                socket.Connect(to);
                await AssertAnsweredAsync(socket);
            }
            else
            {
                using Peer peer = await Peer.ConnectAsync(to);
                await peer.AssertAnsweredAsync();
            }
        }
    }

    [Fact]
    public async Task When_one_address_is_in_use_nothing_is_served_and_everything_is_released()
    {
        using var holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen(1);
        int taken = ((IPEndPoint)holder.LocalEndPoint!).Port;
        int free = FreePort();
        string path = Path.Combine(Path.GetTempPath(), $"soket-{Guid.NewGuid():N}.sock");

        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => Servers.New()
            .Listen($"tcp://127.0.0.1:{free}", Echo)
            .Listen($"udp://127.0.0.1:{free}", Echo)
            .Listen($"unix:{path}", Echo)
            .Listen($"tcp://127.0.0.1:{taken}", Echo)
            .StartAsync());

        Assert.Equal("EADDRINUSE", failure.Error.Name);
        Assert.Equal(SocketCall.Bind, failure.Call);
        Assert.Equal($"tcp://127.0.0.1:{taken}", failure.Context.Endpoint);
        Assert.False(File.Exists(path));
        using var datagrams = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        long until = Environment.TickCount64 + (long)Peer.Patience.TotalMilliseconds;
        while (!datagrams.IsBound)
        {
            try
            {
                datagrams.Bind(new IPEndPoint(IPAddress.Loopback, free)); // throws while somebody holds it
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse && Environment.TickCount64 < until)
            {
                await Task.Yield(); // a program that is just being started beside this has a copy of every descriptor until it runs
            }
        }

        var refused = await Assert.ThrowsAsync<SocketException>(() => Peer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, free)));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public async Task A_name_for_both_families_holds_neither_when_one_is_in_use()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 && Socket.OSSupportsIPv4, "needs both address families");
        using var holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen(1);
        int port = ((IPEndPoint)holder.LocalEndPoint!).Port;

        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => Servers.New().Listen($"tcp://localhost:{port}", Echo).StartAsync());

        Assert.Equal("EADDRINUSE", failure.Error.Name);
        await Assert.ThrowsAsync<SocketException>(() => Peer.ConnectAsync(new IPEndPoint(IPAddress.IPv6Loopback, port)));
    }

    [Fact]
    public async Task Tls_needs_a_certificate()
    {
        var e = await Assert.ThrowsAsync<ArgumentException>(() => Servers.New().Listen("tls://127.0.0.1:0", Echo).StartAsync());
        Assert.Contains("certificate", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_is_served_with_one()
    {
        using X509Certificate2 certificate = Certificate();
        await using SocketServer server = await Servers.New()
            .Listen("tls://127.0.0.1:0", Echo).WithTls(new TlsServerSettings { Certificate = certificate }).StartAsync();

        using Peer peer = await Peer.ConnectAsync(server);
        await using var tls = new SslStream(new NetworkStream(peer.Socket), leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, theirs, _, _) => theirs!.GetCertHashString() == certificate.GetCertHashString(),
        }).WaitAsync(Peer.Patience);
        await tls.WriteAsync("halo"u8.ToArray());
        byte[] reply = new byte[4];
        await tls.ReadExactlyAsync(reply).AsTask().WaitAsync(Peer.Patience);

        Assert.Equal("halo", Encoding.UTF8.GetString(reply));
    }

    [Fact]
    public async Task Options_that_contradict_themselves_are_refused()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Servers.New().StartAsync());
        await Assert.ThrowsAsync<ArgumentException>(() => Servers.New().Listen("tcp://127.0.0.1:0", new SocketService { Name = "nothing" }).StartAsync());
        await Assert.ThrowsAsync<ArgumentException>(() => Servers.New().Listen("udp://127.0.0.1:0", new Handler(_ => Task.CompletedTask)).StartAsync());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Servers.New().Listen("tcp://127.0.0.1:0", Echo).WithLimits(new ServerLimits { MaxConnections = 0 }).StartAsync());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Servers.New().Listen("udp://127.0.0.1:0", Echo).WithMaxDatagram(65_536).StartAsync());
        Assert.Throws<FormatException>(() => Servers.New().Listen("gopher://x", Echo));
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task AssertAnsweredAsync(Socket datagrams)
    {
        await datagrams.SendAsync("halo"u8.ToArray(), SocketFlags.None);
        byte[] reply = new byte[16];
        Assert.Equal(4, await datagrams.ReceiveAsync(reply, SocketFlags.None).WaitAsync(Peer.Patience));
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
