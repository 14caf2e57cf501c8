using System.Net;
using System.Net.Sockets;
using Soket.Explain;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;

namespace Soket.Dns;

/// <summary>How a question is asked.</summary>
public sealed record DnsResolverOptions
{
    /// <summary>Whom to ask, how names are completed.</summary>
    public required ResolvConf Conf { get; init; }

    /// <summary>The names that are known without asking; null for none.</summary>
    public HostsFile? Hosts { get; init; }

    /// <summary>How servers are asked.</summary>
    public DnsClientOptions Client { get; init; } = new();

    /// <summary>Keeps answers; null asks anew each time.</summary>
    public DnsCache? Cache { get; init; }

    /// <summary>RD: whether the server is to ask further by itself.</summary>
    public bool Recursion { get; init; } = true;

    /// <summary>CD: whether answers whose signatures are wrong are wanted as well.</summary>
    public bool CheckingDisabled { get; init; }

    /// <summary>What EDNS says in queries; null sends none.</summary>
    public Edns? Edns { get; init; } = new();
}

/// <summary>What was found out about a name.</summary>
/// <param name="Question">The question that was asked last, its name complete.</param>
/// <param name="Exchange">The query and its reply; null where the hosts file knew.</param>
/// <param name="Answers">The records.</param>
/// <param name="Failure">Why there is no answer; null where there is one.</param>
public sealed record DnsAnswer(DnsQuestion Question, DnsExchange? Exchange, IReadOnlyList<DnsRecord> Answers, SocketFailure? Failure)
{
    /// <summary>Whether it was kept from an earlier reply.</summary>
    public bool IsCached { get; init; }
}

/// <summary>Finds what names stand for, as the system would: hosts file, search list, servers in their order.</summary>
/// <param name="options">How.</param>
public sealed class DnsResolver(DnsResolverOptions options)
{
    private static readonly TimeSpan ResolutionDelay = TimeSpan.FromMilliseconds(50);
    private readonly DnsClient _client = new(options.Client);

    /// <summary>Looks a name up.</summary>
    /// <param name="name">The name; with a final dot it is complete.</param>
    /// <param name="type">The type.</param>
    /// <param name="queryClass">The class.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; what a server or the network says against it is its <see cref="DnsAnswer.Failure"/>, and never an exception.</returns>
    /// <exception cref="FormatException">It is no name.</exception>
    public async Task<DnsAnswer> LookUpAsync(string name, DnsType type, DnsClass queryClass, CancellationToken cancellationToken = default)
    {
        DnsAnswer? first = null;
        foreach (DnsName candidate in options.Conf.Candidates(name))
        {
            DnsAnswer answer = await LookUpAsync(new DnsQuestion(candidate, type, queryClass), cancellationToken).ConfigureAwait(false);
            if (answer.Failure is null || answer.Failure.Error.Name is not ("DNS_NXDOMAIN" or "DNS_NODATA" or "DNS_REFERRAL"))
                return answer;
            // A name that exists without the type says more than one that does not exist.
            if (first is null || answer.Failure.Error.Name != "DNS_NXDOMAIN" && first.Failure!.Error.Name == "DNS_NXDOMAIN")
                first = answer;
        }

        return first!;
    }

    /// <summary>Looks up the addresses of a host: both families at once. Once one has an answer the other is waited for a moment longer only (RFC 8305 3).</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="family">Only this address family; null for both.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The addresses; why there are none is its <see cref="DnsAddresses.Failure"/>.</returns>
    public async Task<DnsAddresses> LookUpAddressesAsync(string host, AddressFamily? family = null, CancellationToken cancellationToken = default)
    {
        if (!DnsName.TryParse(host, out _, out _))
        {
            var error = new SystemError("EAI_NONAME", Errno.Number("EAI_NONAME"), Errno.Text("EAI_NONAME")!);
            return new([], [], new SocketFailure(SocketCall.Resolve, error, new FailureContext { Host = host, Endpoint = host }));
        }

        DnsType[] types = family switch { AddressFamily.InterNetwork => [DnsType.A], AddressFamily.InterNetworkV6 => [DnsType.Aaaa], _ => [DnsType.Aaaa, DnsType.A] };
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<DnsAnswer>[] asked = [.. types.Select(type => LookUpAsync(host, type, DnsClass.In, late.Token))];
        if (await Task.WhenAny(asked).ConfigureAwait(false) is { IsCompletedSuccessfully: true } first && AddressesOf(await first.ConfigureAwait(false)).Any())
            late.CancelAfter(ResolutionDelay);
        var answers = new List<DnsAnswer>();
        foreach (Task<DnsAnswer> task in asked)
        {
            try
            {
                answers.Add(await task.ConfigureAwait(false));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Too late; the other family is there.
            }
        }

        List<IPAddress> addresses = [.. answers.SelectMany(AddressesOf).Distinct()];
        // That one family has no record says less than that the server failed.
        SocketFailure? failure = addresses.Count > 0 ? null : (answers.Find(answer => answer.Failure is { Error.Name: not "DNS_NODATA" }) ?? answers[^1]).Failure;
        return new(addresses, answers, failure);
    }

    private static IEnumerable<IPAddress> AddressesOf(DnsAnswer answer) =>
        answer.Answers.Select(record => record.Data switch { AddressData a => a.Address, Ipv6AddressData a => a.Address, _ => null }).OfType<IPAddress>();

    /// <summary>Asks one question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<DnsAnswer> LookUpAsync(DnsQuestion question, CancellationToken cancellationToken = default)
    {
        if (FromHosts(question) is { Count: > 0 } known)
            return new(question, null, known, null);
        if (options.Cache?.Find(question) is { } kept)
            return new(question, kept, kept.Reply.Answers, DnsFailures.Of(kept, question)) { IsCached = true };
        try
        {
            DnsExchange exchange = await _client.AskAsync(options.Conf.Servers, Query(question), cancellationToken).ConfigureAwait(false);
            // RFC 6891 7: a server from before EDNS says so with FORMERR and without OPT; asked without, it answers.
            if (options.Edns is not null && exchange.Reply.Edns is null && exchange.Reply.Rcode is { Code: 1 or 4 })
                exchange = await _client.AskAsync(options.Conf.Servers, Query(question) with { Edns = null }, cancellationToken).ConfigureAwait(false);
            options.Cache?.Keep(question, exchange);
            return new(question, exchange, exchange.Reply.Answers, DnsFailures.Of(exchange, question));
        }
        catch (SocketFailure failure)
        {
            return new(question, null, [], failure);
        }
    }

    /// <summary>The query for a question.</summary>
    /// <param name="question">The question.</param>
    public DnsMessage Query(DnsQuestion question) => new()
    {
        Flags = (options.Recursion ? DnsHeaderBits.RecursionDesired : 0) | (options.CheckingDisabled ? DnsHeaderBits.CheckingDisabled : 0),
        Questions = [question],
        Edns = options.Edns,
    };

    private List<DnsRecord> FromHosts(DnsQuestion question)
    {
        if (options.Hosts is not { } hosts || question.Class != DnsClass.In)
            return [];
        if (question.Type == DnsType.Ptr)
            return [.. from line in hosts.Lines where line.Names.Count > 0 && DnsName.Reverse(line.Address).Equals(question.Name) select new DnsRecord(question.Name, DnsType.Ptr, DnsClass.In, 0, new PtrData(line.Names[0]))];
        return [.. from address in hosts.Addresses(question.Name)
            where question.Type == (address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa)
            select new DnsRecord(question.Name, question.Type, DnsClass.In, 0, address.AddressFamily == AddressFamily.InterNetwork ? new AddressData(address) : new Ipv6AddressData(address))];
    }
}
