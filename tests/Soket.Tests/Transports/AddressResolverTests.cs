using System.Net;
using System.Net.Sockets;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Transports;

public sealed class AddressResolverTests
{
    [Theory]
    [InlineData("tcp://[::ffff:127.0.0.1]:80", "127.0.0.1:80")]
    [InlineData("tcp://[::1]:80", "[::1]:80")]
    [InlineData("tcp://127.0.0.1:80", "127.0.0.1:80")]
    [InlineData("tcp://localhost:80", "[::1]:80 127.0.0.1:80")]
    [InlineData("udp://localhost:80", "127.0.0.1:80 [::1]:80")]
    public async Task An_address_needs_no_looking_up(string endpoint, string addresses) =>
        Assert.Equal(addresses, string.Join(' ', await AddressResolver.ResolveAsync(SocketUri.Parse(endpoint, null), cancellationToken: TestContext.Current.CancellationToken)));

    [Fact]
    public async Task An_ipv4_address_in_ipv6s_form_is_none_of_ipv6()
    {
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(async () =>
            await AddressResolver.ResolveAsync(SocketUri.Parse("tcp://[::ffff:127.0.0.1]:80", null), AddressFamily.InterNetworkV6, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal("EAFNOSUPPORT", failure.Error.Name);
    }

    // RFC 8305 4: the family of the first address first, then the other in turn, and within a family as the resolver has sorted them.
    [Theory]
    [InlineData("2001:db8::1 2001:db8::2 192.0.2.1 192.0.2.2", "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2")]
    [InlineData("192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2", "192.0.2.1 2001:db8::1 192.0.2.2 2001:db8::2")]
    [InlineData("2001:db8::2 192.0.2.1 2001:db8::1 192.0.2.2", "2001:db8::2 192.0.2.1 2001:db8::1 192.0.2.2")]
    [InlineData("2001:db8::1 2001:db8::2 2001:db8::3 192.0.2.1", "2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3")]
    [InlineData("192.0.2.1 2001:db8::1 2001:db8::2 2001:db8::3", "192.0.2.1 2001:db8::1 2001:db8::2 2001:db8::3")]
    [InlineData("192.0.2.1 192.0.2.2 192.0.2.3 2001:db8::1", "192.0.2.1 2001:db8::1 192.0.2.2 192.0.2.3")]
    [InlineData("192.0.2.2 192.0.2.1", "192.0.2.2 192.0.2.1")]
    [InlineData("2001:db8::2 2001:db8::1", "2001:db8::2 2001:db8::1")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("", "")]
    public void Families_alternate_and_the_first_address_stays_the_first(string found, string ordered) => Assert.Equal(ordered, Order(found));

    [Fact]
    public void A_family_that_was_asked_for_leaves_the_other_out()
    {
        Assert.Equal("192.0.2.1 192.0.2.2", Order("2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2", AddressFamily.InterNetwork));
        Assert.Equal("2001:db8::1 2001:db8::2", Order("2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2", AddressFamily.InterNetworkV6));
        Assert.Equal("", Order("192.0.2.1", AddressFamily.InterNetworkV6));
    }

    private static string Order(string found, AddressFamily? family = null)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 && Socket.OSSupportsIPv4, "needs both address families");
        IReadOnlyList<EndPoint> ordered = AddressResolver.Order(found.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => IPAddress.Parse(text)), family, 443);
        Assert.All(ordered, place => Assert.Equal(443, ((IPEndPoint)place).Port));
        return string.Join(' ', ordered.Select(place => ((IPEndPoint)place).Address));
    }
}
