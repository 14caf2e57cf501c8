using System.Net;
using Soket.Hosting;
using Soket.Services;
using Xunit;

namespace Soket.Tests.Hosting;

/// <summary>What a server takes on.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task One_connection_too_many_is_reset_the_others_go_on_and_a_place_is_given_back()
    {
        var log = new EventLog();
        await using SocketServer server = await StartAsync(new ServerLimits { MaxConnections = 2 }, log);
        using Peer first = await Peer.ConnectAsync(server);
        using Peer second = await Peer.ConnectAsync(server);
        await first.AssertAnsweredAsync();
        await second.AssertAnsweredAsync();

        using (Peer third = await Peer.ConnectAsync(server))
            await third.AssertResetAsync();
        await first.AssertAnsweredAsync();
        await second.AssertAnsweredAsync();
        Assert.Contains(log.All, e => e.Failure?.Error.Name == "SOKET_LIMIT" && e.Reason == "max-connections");

        first.HalfClose();
        await first.AssertEndsAsync();
        await ConnectUntilAnsweredAsync(server);
        await server.DrainAsync(Peer.Patience);
        Assert.True(server.Totals.Refused >= 1);
        Assert.Equal(3, server.Totals.Accepted);
        Assert.Equal(0, server.Totals.Failed);
    }

    [Fact]
    public async Task The_limit_of_one_address_leaves_the_others_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsWindows(), "all of 127.0.0.0/8 is this machine on Linux and Windows only");
        await using SocketServer server = await StartAsync(new ServerLimits { MaxConnectionsPerAddress = 1 });
        using Peer one = await Peer.ConnectAsync(server, from: IPAddress.Parse("127.0.0.2"));
        await one.AssertAnsweredAsync();

        using (Peer again = await Peer.ConnectAsync(server, from: IPAddress.Parse("127.0.0.2")))
            await again.AssertResetAsync();
        using Peer other = await Peer.ConnectAsync(server, from: IPAddress.Parse("127.0.0.3"));
        await other.AssertAnsweredAsync();

        one.Reset();
        await ConnectUntilAnsweredAsync(server, IPAddress.Parse("127.0.0.2"));
    }

    [Fact]
    public async Task A_denied_network_is_reset()
    {
        var log = new EventLog();
        await using SocketServer server = await StartAsync(new ServerLimits { Deny = [IPNetwork.Parse("127.0.0.0/8")] }, log);
        using Peer peer = await Peer.ConnectAsync(server);
        await peer.AssertResetAsync();
        Assert.Contains(log.All, e => e.Failure?.Error.Name == "SOKET_DENIED");
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.0/8", "", true)]
    [InlineData("10.1.2.3", "127.0.0.0/8", "", false)]
    [InlineData("10.1.2.3", "", "", true)]
    [InlineData("10.1.2.3", "", "10.0.0.0/8", false)]
    [InlineData("10.1.2.3", "10.0.0.0/8", "10.1.2.3/32", false)] // deny wins
    [InlineData("::ffff:10.1.2.3", "10.0.0.0/8", "", true)]
    [InlineData("::ffff:10.1.2.3", "", "10.0.0.0/8", false)]
    [InlineData("10.1.2.3", "", "::ffff:10.0.0.0/104", false)]
    [InlineData("10.1.2.3", "", "::/0", true)] // every IPv6 address, and no IPv4 one
    [InlineData("2001:db8::1", "", "::/0", false)]
    [InlineData("2001:db8::1", "2001:db8::/32", "", true)]
    [InlineData("2001:db9::1", "2001:db8::/32", "", false)]
    [InlineData("2001:db8::1", "10.0.0.0/8", "", false)]
    public void Networks_decide_who_is_served(string peer, string allow, string deny, bool served)
    {
        var limits = new ServerLimits { Allow = Networks(allow), Deny = Networks(deny) };
        Assert.Equal(served, limits.Admits(new IPEndPoint(IPAddress.Parse(peer), 1)));
    }

    [Fact]
    public void Peers_without_an_address_are_served_whatever_the_networks() =>
        Assert.True(new ServerLimits { Allow = Networks("10.0.0.0/8") }.Admits(null));

    [Fact]
    public void A_whole_IPv6_subnet_counts_as_one_address()
    {
        var admission = new Admission(new ServerLimits { MaxConnectionsPerAddress = 1 });
        Assert.Null(admission.Enter(new IPEndPoint(IPAddress.Parse("2001:db8::1"), 1)));
        Assert.Equal("max-per-address", admission.Enter(new IPEndPoint(IPAddress.Parse("2001:db8::ffff"), 1)));
        Assert.Null(admission.Enter(new IPEndPoint(IPAddress.Parse("2001:db8:0:1::1"), 1)));
        admission.Leave(new IPEndPoint(IPAddress.Parse("2001:db8::1"), 1));
        Assert.Null(admission.Enter(new IPEndPoint(IPAddress.Parse("2001:db8::2"), 1)));
        Assert.Null(admission.Enter(new IPEndPoint(IPAddress.Parse("::ffff:10.0.0.1"), 1)));
        Assert.Equal("max-per-address", admission.Enter(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 1)));
    }

    // The server learns of an end a moment after the peer has made it, and a refused attempt takes no place.
    private static async Task ConnectUntilAnsweredAsync(SocketServer server, IPAddress? from = null)
    {
        using var guard = new CancellationTokenSource(Peer.Patience);
        while (true)
        {
            guard.Token.ThrowIfCancellationRequested();
            using Peer peer = await Peer.ConnectAsync(server, from: from);
            if (await peer.IsAnsweredAsync())
                return;
        }
    }

    private static Task<SocketServer> StartAsync(ServerLimits limits, EventLog? log = null)
    {
        SocketServerBuilder builder = Servers.New().Listen("tcp://127.0.0.1:0", new EchoService()).WithLimits(limits);
        return (log is null ? builder : builder.Observe(log)).StartAsync();
    }

    private static IPNetwork[] Networks(string text) => text.Length == 0 ? [] : [IPNetwork.Parse(text)];
}
