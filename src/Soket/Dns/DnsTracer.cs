using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Soket.Explain;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;

namespace Soket.Dns;

/// <summary>One step from the root down.</summary>
/// <param name="Zone">The zone whose servers were asked.</param>
/// <param name="Servers">Who was asked, until one replied: names and addresses.</param>
/// <param name="Exchange">The query and the reply; null where none replied.</param>
/// <param name="Failure">Why there is no reply, or no answer in the last one.</param>
/// <param name="IsLast">Whether nothing comes after it.</param>
public sealed record DnsTraceStep(DnsName Zone, IReadOnlyList<DnsServer> Servers, DnsExchange? Exchange, SocketFailure? Failure, bool IsLast);

/// <summary>Walks from the root down the delegations to the servers that know, without recursion by anybody else.</summary>
/// <param name="options">How servers are asked.</param>
/// <param name="hints">Where to begin: NS records of the root and their addresses.</param>
/// <param name="port">The port of the servers on the way; 53.</param>
/// <param name="family">Only this address family; null for both.</param>
public sealed class DnsTracer(DnsClientOptions options, IReadOnlyList<DnsRecord> hints, int port = 53, AddressFamily? family = null)
{
    // Delegations on the way, and names of servers that have to be looked up first, each from the root.
    private const int MostSteps = 32;
    private const int MostDepth = 4;

    // A delegation can name hundreds of servers, and those of somebody who has nothing to do with it (NXNSAttack, USENIX Security 2020). A walk that comes to an
    // answer takes some ten queries.
    private const int MostNames = 4;     // names without an address that are looked up, of a delegation
    private const int MostOfFamily = 4;  // addresses that are asked, of a delegation: of IPv4, and as many of IPv6
    private const int MostQueries = 100; // of a walk, those for the names of servers included
    private readonly DnsClient _client = new(options);

    /// <summary>The servers that the walk begins with, in place of the hints; none for the hints. They are asked as if they were the root's.</summary>
    public IReadOnlyList<DnsServer> Start { get; init; } = [];

    /// <summary>Walks.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IAsyncEnumerable<DnsTraceStep> TraceAsync(DnsQuestion question, CancellationToken cancellationToken = default) => TraceAsync(question, 0, new DnsQuota(MostQueries), cancellationToken);

    private async IAsyncEnumerable<DnsTraceStep> TraceAsync(DnsQuestion question, int depth, DnsQuota quota, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var query = new DnsMessage { Questions = [question], Edns = new() };
        DnsName zone = DnsName.Root;
        List<DnsServer> servers = Start.Count > 0 ? [.. Start] : [.. ServersOf(zone, hints, hints, int.MaxValue)];
        for (int step = 0; ; step++)
        {
            DnsExchange? exchange = null;
            SocketFailure? failure = null;
            try
            {
                exchange = await _client.AskAsync(servers, query, quota, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketFailure e)
            {
                failure = e;
            }

            List<DnsRecord> down = exchange is null ? [] : Delegation(exchange.Reply, zone, question.Name);
            if (exchange is null || down.Count == 0 || step == MostSteps)
            {
                failure ??= DnsFailures.Of(exchange!, question);
                yield return new(zone, servers, exchange, failure is null ? null : DnsFailures.OnTheWay(failure, isStart: step == 0), true);
                yield break;
            }

            yield return new(zone, servers, exchange, null, false);
            zone = down[0].Name;
            List<DnsServer> next = [.. ServersOf(zone, down, exchange.Reply.Additionals, MostOfFamily)];
            if (next.Count == 0)
                next = await FindServersAsync(down, depth, quota, cancellationToken).ConfigureAwait(false);
            if (next.Count == 0)
            {
                SocketFailure lame = quota.IsSpent
                    ? DnsFailures.Spent(exchange.Server, query, quota)
                    : DnsFailures.Malformed(exchange.Server, query, $"No address is known of any name server of {zone}");
                yield return new(zone, [], null, DnsFailures.OnTheWay(lame, isStart: false), true);
                yield break;
            }

            servers = next;
        }
    }

    // NS records of a zone deeper than the one asked, and above the name: a reply that leads up or sideways leads nowhere.
    private static List<DnsRecord> Delegation(DnsMessage reply, DnsName zone, DnsName name)
    {
        if (reply.Rcode != DnsRcode.NoError || reply.Answers.Count > 0)
            return [];
        return [.. reply.Authorities.Where(record => record.Data is NsData && record.Name.IsUnder(zone) && !record.Name.Equals(zone) && name.IsUnder(record.Name)).GroupBy(record => record.Name).FirstOrDefault() ?? Enumerable.Empty<DnsRecord>()];
    }

    // IPv4 first, which is reached from nearly everywhere.
    private IEnumerable<DnsServer> ServersOf(DnsName zone, IReadOnlyList<DnsRecord> delegation, IReadOnlyList<DnsRecord> glue, int mostOfFamily) =>
        ServersOf(zone, delegation, glue, AddressFamily.InterNetwork).Take(mostOfFamily).Concat(ServersOf(zone, delegation, glue, AddressFamily.InterNetworkV6).Take(mostOfFamily));

    private IEnumerable<DnsServer> ServersOf(DnsName zone, IReadOnlyList<DnsRecord> delegation, IReadOnlyList<DnsRecord> glue, AddressFamily wanted) =>
        from record in delegation
        where record.Data is NsData && record.Name.Equals(zone)
        from address in glue
        where address.Name.Equals(((NsData)record.Data).Target)
        let ip = address.Data switch { AddressData a => a.Address, Ipv6AddressData a => a.Address, _ => null }
        where ip is not null && ip.AddressFamily == wanted && (family is null || wanted == family) && (wanted == AddressFamily.InterNetwork || Socket.OSSupportsIPv6)
        select new DnsServer(DnsTransport.Udp, ip.ToString(), port) { Name = address.Name };

    private async Task<List<DnsServer>> FindServersAsync(List<DnsRecord> delegation, int depth, DnsQuota quota, CancellationToken cancellationToken)
    {
        var servers = new List<DnsServer>();
        if (depth == MostDepth)
            return servers;
        foreach (DnsRecord record in delegation.Take(MostNames))
        {
            var question = new DnsQuestion(((NsData)record.Data).Target, family == AddressFamily.InterNetworkV6 ? DnsType.Aaaa : DnsType.A, DnsClass.In);
            await foreach (DnsTraceStep step in TraceAsync(question, depth + 1, quota, cancellationToken).ConfigureAwait(false))
            {
                foreach (DnsRecord answer in step.IsLast && step.Exchange is { } found ? found.Reply.Answers : [])
                {
                    IPAddress? ip = answer.Data switch { AddressData a => a.Address, Ipv6AddressData a => a.Address, _ => null };
                    if (ip is not null && servers.Count < MostOfFamily)
                        servers.Add(new(DnsTransport.Udp, ip.ToString(), port) { Name = question.Name });
                }
            }

            if (servers.Count > 0)
                break;
        }

        return servers;
    }
}
