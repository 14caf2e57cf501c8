using System.Net;
using Soket.Dns;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;
using Xunit;

namespace Soket.Tests.Dns;

/// <summary>A walk down the delegations ends, whatever the servers on the way name. One server plays all of them.</summary>
public sealed class DnsTracerTests
{
    private static readonly DnsName Zone = DnsName.Parse("evil.test");
    private static readonly DnsQuestion Question = new(DnsName.Parse("www.evil.test"), DnsType.A, DnsClass.In);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_the_servers_without_an_address_that_a_delegation_names_four_are_looked_up()
    {
        int asked = 0;
        using var server = new FakeServer((query, answer) =>
        {
            Interlocked.Increment(ref asked);
            return [query.Questions[0].Equals(Question) ? answer with { Answers = [], Authorities = Servers(Zone, 40, "victim.example") } : answer with { Rcode = DnsRcode.NxDomain, Answers = [] }];
        });
        DnsTraceStep last = (await WalkAsync(server))[^1];
        Assert.Equal("No address is known of any name server of evil.test.", last.Failure!.Error.Message);
        Assert.Equal(1 + 4, asked);
    }

    [Fact]
    public async Task Of_the_addresses_that_a_delegation_names_four_of_a_family_are_asked()
    {
        int asked = 0;
        DnsRecord[] glue = [.. Servers(Zone, 40, "evil.test").Select(record => new DnsRecord(((NsData)record.Data).Target, DnsType.A, DnsClass.In, 60, new AddressData(IPAddress.Loopback)))];
        using var server = new FakeServer((_, answer) =>
            [Interlocked.Increment(ref asked) > 1 ? answer : answer with { Answers = [], Authorities = Servers(Zone, 40, "evil.test"), Additionals = glue }]);
        List<DnsTraceStep> steps = await WalkAsync(server);
        Assert.Equal((2, 2, 4), (asked, steps.Count, steps[1].Servers.Count));
        Assert.Null(steps[1].Failure);
    }

    [Fact]
    public async Task A_walk_that_leads_to_ever_more_names_ends_and_says_why()
    {
        int asked = 0;
        using var server = new FakeServer((query, answer) =>
        {
            int number = Interlocked.Increment(ref asked);
            return [answer with { Answers = [], Authorities = Servers(query.Questions[0].Name, 6, $"n{number}.test") }];
        });
        DnsTraceStep last = (await WalkAsync(server))[^1];
        Assert.Equal("After 100 queries the delegations have led to no answer", last.Failure!.Error.Message);
        Assert.Equal(100, asked);
    }

    private static DnsRecord[] Servers(DnsName zone, int count, string domain) =>
        [.. Enumerable.Range(0, count).Select(number => new DnsRecord(zone, DnsType.Ns, DnsClass.In, 60, new NsData(DnsName.Parse($"ns{number}.{domain}"))))];

    private static async Task<List<DnsTraceStep>> WalkAsync(FakeServer server)
    {
        var tracer = new DnsTracer(new() { Timeout = TimeSpan.FromSeconds(30), Attempts = 1 }, [], server.Server.Port) { Start = [server.Server] };
        var steps = new List<DnsTraceStep>();
        await foreach (DnsTraceStep step in tracer.TraceAsync(Question, Token))
            steps.Add(step);
        return steps;
    }
}
