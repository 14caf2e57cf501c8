using Soket.Middleware.Proxy;
using Xunit;

namespace Soket.Tests.Proxy;

public sealed class ProxyBypassTests
{
    [Theory]
    [InlineData("example.com", "example.com", true)]
    [InlineData("example.com", "www.example.com", true)]
    [InlineData(".example.com", "example.com", true)]
    [InlineData("example.com", "EXAMPLE.com.", true)]
    [InlineData("ample.com", "example.com", false)]
    [InlineData("a.example, b.example c.example", "c.example", true)]
    [InlineData("*", "anything", true)]
    [InlineData("*", "192.0.2.1", true)]
    [InlineData("", "example.com", false)]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.11", false)]
    [InlineData("192.0.2.7/24", "192.0.2.200", true)]
    [InlineData("192.0.2.0/24", "192.0.3.1", false)]
    [InlineData("192.0.2.0/33", "192.0.2.1", false)]
    [InlineData("[2001:db8::1]", "2001:db8::1", true)]
    [InlineData("2001:db8::/32", "2001:db8:1::1", true)]
    [InlineData("192.0.2.0/24", "::ffff:192.0.2.1", true)]
    [InlineData("0.2.1", "192.0.2.1", false)]
    [InlineData("...", "example.com", false)]
    public void A_host_is_covered_or_not(string list, string host, bool covered) => Assert.Equal(covered, ProxyBypass.Parse(list).Covers(host));
}
