using Soket.Endpoints;
using Soket.Probe;
using Xunit;

namespace Soket.Tests.Probe;

/// <summary>How several ports are written.</summary>
public sealed class ProbeTargetsTests
{
    [Theory]
    [InlineData("localhost:80", "tcp://localhost:80")]
    [InlineData(":8080", "tcp://localhost:8080")]
    [InlineData("h:80,22", "tcp://h:80 tcp://h:22")]
    [InlineData("udp://h:1-3,2", "udp://h:1 udp://h:2 udp://h:3")]
    [InlineData("[::1]:65534-65535", "tcp://[::1]:65534 tcp://[::1]:65535")]
    [InlineData("unix:/run/a:1-2", "unix:/run/a:1-2")]
    public void Ports_are_lists_of_numbers_and_ranges(string text, string endpoints)
    {
        Assert.True(ProbeTargets.TryParse(text, out IReadOnlyList<SocketUri>? read, out _));
        Assert.Equal(endpoints, string.Join(' ', read));
    }

    [Theory]
    [InlineData("h:9-3")]
    [InlineData("h:0-3")]
    [InlineData("h:1-65536")]
    [InlineData("h:1,,2")]
    [InlineData("h:1-")]
    [InlineData("h:-1")]
    [InlineData("h:1-2-3")]
    [InlineData("h:99999999999999999999,1")]
    public void Ports_that_make_no_sense_are_told_apart_from_a_wrong_endpoint(string text)
    {
        Assert.False(ProbeTargets.TryParse(text, out _, out SocketUriError? error));
        Assert.Null(error);
        Assert.False(ProbeTargets.TryParse("htp://h:1,2", out _, out error));
        Assert.NotNull(error);
    }

    [Theory]
    [InlineData("localhost:1", true)]
    [InlineData("127.9.9.9:1", true)]
    [InlineData("[::1]:1", true)]
    [InlineData("unix:/a", true)]
    [InlineData("10.0.0.1:1", false)]
    [InlineData("localhost.example:1", false)]
    public void Only_loopback_is_surely_this_machine(string text, bool local) => Assert.Equal(local, ProbeTargets.IsLocal(SocketUri.Parse(text)));
}
