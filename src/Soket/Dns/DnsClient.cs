using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Soket.Clients;
using Soket.Explain;
using Soket.Protocols.Dns;
using Soket.Transports;

namespace Soket.Dns;

/// <summary>
/// Asks name servers, in their order, again and more patiently each round, until one replies. A reply is one when it comes from the address asked,
/// repeats the random id and the question; anything else is dropped and told.
/// </summary>
/// <param name="options">How.</param>
public sealed class DnsClient(DnsClientOptions? options = null)
{
    private readonly DnsClientOptions _options = options ?? new();

    /// <summary>Asks.</summary>
    /// <param name="servers">At least one server.</param>
    /// <param name="query">The query; each try gives it an id of its own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The reply, whatever it says; one that says SERVFAIL or REFUSED only where no other server says better.</returns>
    /// <exception cref="SocketFailure">No server replied: refused, silent, wrong replies only, TLS failed ...</exception>
    public async Task<DnsExchange> AskAsync(IReadOnlyList<DnsServer> servers, DnsMessage query, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(servers.Count, nameof(servers));
        DnsExchange? unhappy = null;
        SocketFailure? failure = null;
        int tries = 0;
        var dead = new HashSet<DnsServer>();
        TimeSpan patience = _options.Timeout;
        var dropped = new List<DnsDropped>();
        for (int round = 0; round < _options.Attempts && dead.Count < servers.Count; round++, patience *= 2)
        {
            foreach (DnsServer server in servers)
            {
                if (dead.Contains(server))
                    continue;
                tries++;
                DnsMessage numbered = query with { Id = (ushort)RandomNumberGenerator.GetInt32(0, 0x10000) };
                try
                {
                    DnsExchange exchange = await TryAsync(server, numbered, patience, dropped, tries, cancellationToken).ConfigureAwait(false) with { Dropped = [.. dropped], Tries = tries };
                    if (exchange.Reply.Rcode != DnsRcode.ServFail && exchange.Reply.Rcode != DnsRcode.Refused)
                        return exchange;
                    unhappy = exchange;
                    dead.Add(server); // it did reply; asking again gives the same
                }
                catch (SocketFailure e)
                {
                    failure = e;
                    if (e.Error.Name is not ("DNS_TIMED_OUT" or "DNS_WRONG_ID" or "DNS_WRONG_SOURCE" or "DNS_WRONG_QUESTION" or "DNS_MALFORMED" or "ETIMEDOUT"))
                        dead.Add(server);
                }
            }
        }

        return unhappy ?? throw failure!;
    }

    private async Task<DnsExchange> TryAsync(DnsServer server, DnsMessage query, TimeSpan patience, List<DnsDropped> dropped, int tries, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        long started = Stopwatch.GetTimestamp();
        try
        {
            switch (server.Transport)
            {
                case DnsTransport.Udp:
                    DnsExchange exchange = await AskDatagramAsync(server, query, dropped, limit.Token).ConfigureAwait(false);
                    if ((exchange.Reply.Flags & DnsHeaderBits.Truncated) == 0)
                        return exchange;
                    limit.CancelAfter(patience);
                    return await AskAgainAsync(server, query, patience, limit.Token, cancellationToken).ConfigureAwait(false);
                case DnsTransport.Https:
                    return await DnsHttps.AskAsync(server, query, Connecting(patience), TlsOf(server), limit.Token).ConfigureAwait(false);
                default:
                    return await AskStreamAsync(server, server.Transport, query, patience, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw DnsFailures.Silent(server, query, dropped, Stopwatch.GetElapsedTime(started), tries, e);
        }
    }

    private async Task<DnsExchange> AskAgainAsync(DnsServer server, DnsMessage query, TimeSpan patience, CancellationToken limit, CancellationToken cancellationToken)
    {
        try
        {
            return await AskStreamAsync(server, DnsTransport.Tcp, query, patience, limit).ConfigureAwait(false) with { WasTruncated = true };
        }
        catch (SocketFailure e)
        {
            throw DnsFailures.Truncated(server, query, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw DnsFailures.Truncated(server, query, new SocketFailure(SocketCall.Receive, SystemError.Timeout, new FailureContext { Endpoint = server.Endpoint(DnsTransport.Tcp).ToString(), Elapsed = patience }));
        }
    }

    private async Task<DnsExchange> AskDatagramAsync(DnsServer server, DnsMessage query, List<DnsDropped> dropped, CancellationToken cancellationToken)
    {
        SocketClientOptions client = Connecting(_options.Timeout);
        var to = (IPEndPoint)(await SocketClient.ResolveAsync(server.Endpoint(DnsTransport.Udp), client, cancellationToken).ConfigureAwait(false))[0];
        await using IDatagramSocket socket = ManagedDatagrams.Ask(to.AddressFamily, _options.Transport with { Endpoint = server.ToString() });
        byte[] bytes = query.ToBytes();
        byte[] room = new byte[DnsMessage.MaxLength];
        long started = Stopwatch.GetTimestamp();
        try
        {
            await socket.SendAsync(bytes, to, cancellationToken).ConfigureAwait(false);
            while (true)
            {
                ReceivedDatagram datagram = await socket.ReceiveAsync(room, cancellationToken).ConfigureAwait(false);
                ReadOnlyMemory<byte> reply = room.AsMemory(0, datagram.Length).ToArray();
                DnsDropReason? wrong = to.Equals(datagram.From) ? Judge(query, reply.Span, out DnsMessage? message) : Elsewhere(out message);
                if (wrong is null)
                    return new(server, DnsTransport.Udp, bytes, reply, message!, Stopwatch.GetElapsedTime(started), 1);
                dropped.Add(new(wrong.Value, datagram.From, reply));
            }
        }
        catch (SocketFailure e) when (e.Error.Name is "ECONNREFUSED")
        {
            // The socket asks anybody; whose refusal it was is known here.
            throw e.With(e.Context with { Remote = to, Endpoint = server.ToString(), Local = null });
        }

        static DnsDropReason Elsewhere(out DnsMessage? message)
        {
            message = null;
            return DnsDropReason.WrongSource;
        }
    }

    /// <summary>Why a message is not the reply to a query; null when it is.</summary>
    internal static DnsDropReason? Judge(DnsMessage query, ReadOnlySpan<byte> reply, out DnsMessage? message)
    {
        message = null;
        if (!DnsHeader.TryParse(reply, out DnsHeader header))
            return DnsDropReason.Malformed;
        if (header.Id != query.Id)
            return DnsDropReason.WrongId;
        if ((header.Flags & DnsHeaderBits.Response) == 0)
            return DnsDropReason.WrongQuestion;
        if (!DnsMessage.TryParse(reply, out message, out _))
            return DnsDropReason.Malformed;
        // A server that could make nothing of the query may leave the question out.
        bool bare = message.Questions.Count == 0 && message.Rcode != DnsRcode.NoError;
        return bare || message.Questions.SequenceEqual(query.Questions) ? null : DnsDropReason.WrongQuestion;
    }

    private async Task<DnsExchange> AskStreamAsync(DnsServer server, DnsTransport transport, DnsMessage query, TimeSpan patience, CancellationToken cancellationToken)
    {
        await using DnsStream stream = await DnsStream.ConnectAsync(server, transport, Connecting(patience) with { Tls = transport == DnsTransport.Tls ? TlsOf(server) : null }, cancellationToken).ConfigureAwait(false);
        byte[] bytes = query.ToBytes();
        long started = Stopwatch.GetTimestamp();
        await stream.SendAsync(bytes, cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> reply = await stream.ReceiveAsync(query, cancellationToken).ConfigureAwait(false);
        DnsDropReason? wrong = Judge(query, reply.Span, out DnsMessage? message);
        return wrong is null
            ? new(server, transport, bytes, reply, message!, Stopwatch.GetElapsedTime(started), 1)
            : throw DnsFailures.Silent(server, query, [new(wrong.Value, null, reply)], Stopwatch.GetElapsedTime(started), 1);
    }

    /// <summary>Transfers a zone over TCP or TLS (RFC 5936).</summary>
    /// <param name="server">A server of the zone.</param>
    /// <param name="zone">The zone.</param>
    /// <param name="zoneClass">Its class.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The records in the order in which they came: the zone's SOA first and last.</returns>
    /// <exception cref="SocketFailure">The server refused, or ended in the middle.</exception>
    public async IAsyncEnumerable<DnsRecord> TransferAsync(DnsServer server, DnsName zone, DnsClass zoneClass, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        DnsTransport transport = server.Transport == DnsTransport.Tls ? DnsTransport.Tls : DnsTransport.Tcp;
        var question = new DnsQuestion(zone, DnsType.Axfr, zoneClass);
        var query = new DnsMessage { Id = (ushort)RandomNumberGenerator.GetInt32(0, 0x10000), Questions = [question] };
        TimeSpan patience = _options.Timeout * 4;
        await using DnsStream stream = await DnsStream.ConnectAsync(server, transport, Connecting(patience) with { Tls = transport == DnsTransport.Tls ? TlsOf(server) : null }, cancellationToken).ConfigureAwait(false);
        byte[] bytes = query.ToBytes();
        await stream.SendAsync(bytes, cancellationToken).ConfigureAwait(false);
        int starts = 0;
        while (starts < 2)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(patience);
            ReadOnlyMemory<byte> reply;
            try
            {
                reply = await stream.ReceiveAsync(query, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw DnsFailures.Silent(server, query, [], patience, 1);
            }

            // RFC 5936 2.2.2: messages behind the first may leave the question out.
            if (!DnsMessage.TryParse(reply.Span, out DnsMessage? message, out DnsError error) || message.Id != query.Id)
                throw DnsFailures.Malformed(server, query, $"A message of the transfer is wrong: {error.Fault}");
            if (message.Rcode != DnsRcode.NoError || message.Answers.Count == 0 || (starts == 0 && message.Answers[0].Type != DnsType.Soa))
                throw DnsFailures.Of(new(server, transport, bytes, reply, message, TimeSpan.Zero, 1), question) ?? DnsFailures.Malformed(server, query, "The transfer does not begin with the zone's SOA");
            foreach (DnsRecord record in message.Answers)
            {
                starts += record.Type == DnsType.Soa ? 1 : 0;
                yield return record;
            }
        }
    }

    private SocketClientOptions Connecting(TimeSpan patience) => new() { Transport = _options.Transport, ConnectTimeout = patience };

    private Middleware.Tls.TlsClientSettings TlsOf(DnsServer server) => _options.Tls?.Invoke(server) ?? new() { TargetHost = server.Host };
}
