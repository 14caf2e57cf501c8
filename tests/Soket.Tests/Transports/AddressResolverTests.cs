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
}
