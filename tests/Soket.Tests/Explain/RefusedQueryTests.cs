using System.Net;
using Soket.Explain;
using Soket.Languages;
using Xunit;

namespace Soket.Tests.Explain;

/// <summary>A refused query: who has the port on another address is another server, or none at all.</summary>
public sealed class RefusedQueryTests
{
    private static readonly ProcessFact Server = new(7, "soket serve dns", "ani"), Other = new(8, "echo", "ani");

    [Fact]
    public void A_program_on_another_address_is_not_the_server()
    {
        Explanation told = Told(null, ("udp", "127.0.0.9", Other));
        Assert.Equal(("connection-refused", "nothing-there"), (told.Code, told.Situation));
        Assert.DoesNotContain("127.0.0.9", told.Cause + told.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void TCP_on_the_address_asked_comes_first()
    {
        Explanation told = Told(null, ("udp", "127.0.0.9", Other), ("tcp", "127.0.0.1", Server));
        Assert.Equal("other-protocol", told.Situation);
        Assert.Contains("`soket dns example.test A @tcp://127.0.0.1:5300`", told.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_has_UDP_and_TCP_elsewhere_is_one_unless_a_walk_came_by()
    {
        Explanation told = Told(null, ("udp", "127.0.0.2", Server), ("tcp", "127.0.0.2", Server));
        Assert.Equal("other-address", told.Situation);
        Explanation walked = Told("down", ("udp", "127.0.0.2", Server), ("tcp", "127.0.0.2", Server));
        Assert.Equal("nothing-there", walked.Situation);
        Assert.Contains("delegation", walked.Remedy, StringComparison.Ordinal);
    }

    private static Explanation Told(string? walk, params (string Protocol, string Address, ProcessFact Holder)[] sockets)
    {
        var facts = new Dictionary<string, string> { [FailureFacts.DnsName] = "example.test.", [FailureFacts.DnsType] = "A" };
        if (walk is not null)
            facts[FailureFacts.DnsWalk] = walk;
        var context = new FailureContext { Endpoint = "udp://127.0.0.1:5300", Transport = "udp", Remote = new IPEndPoint(IPAddress.Loopback, 5300), Facts = facts };
        var failure = new SocketFailure(SocketCall.ReceiveFrom, new SystemError("ECONNREFUSED", 111, "Connection refused"), context);
        return new Explainer(new Sockets(sockets)).Explain(failure, Language.English);
    }

    private sealed class Sockets((string Protocol, string Address, ProcessFact Holder)[] sockets) : ISystemFacts
    {
        public int? FirstUnprivilegedPort => 1024;

        public IReadOnlyList<SocketFact>? SocketsOnPort(string protocol, int port) =>
            [.. sockets.Where(socket => socket.Protocol == protocol).Select(socket => new SocketFact(protocol, new IPEndPoint(IPAddress.Parse(socket.Address), port), protocol == "udp" ? "UNCONN" : "LISTEN", socket.Holder))];

        public IReadOnlyList<SocketFact>? SocketsOnPath(string path) => [];
    }
}
