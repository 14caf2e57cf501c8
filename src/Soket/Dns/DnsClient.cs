using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
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
    private const int ClientCookie = 8; // bytes (RFC 7873 4)
    private const ushort BadCookie = 23;
    private static readonly Lazy<Task> Warmed = new(WarmAsync);
    private readonly DnsClientOptions _options = options ?? new();

    /// <summary>Asks.</summary>
    /// <param name="servers">At least one server.</param>
    /// <param name="query">The query; each try gives it an id of its own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The reply, whatever it says; one that says SERVFAIL or REFUSED only where no other server says better.</returns>
    /// <exception cref="SocketFailure">No server replied: refused, silent, wrong replies only, TLS failed ...</exception>
    public Task<DnsExchange> AskAsync(IReadOnlyList<DnsServer> servers, DnsMessage query, CancellationToken cancellationToken = default) =>
        AskAsync(servers, query, null, cancellationToken);

    /// <summary>Asks, no more often than a quota leaves.</summary>
    /// <param name="servers">At least one server.</param>
    /// <param name="query">The query; each try gives it an id of its own.</param>
    /// <param name="quota">What each query is taken from; null for none. When it is spent, what is known until then is the outcome.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<DnsExchange> AskAsync(IReadOnlyList<DnsServer> servers, DnsMessage query, DnsQuota? quota, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(servers.Count, nameof(servers));
        DnsExchange? unhappy = null;
        SocketFailure? failure = null;
        int tries = 0;
        var dead = new HashSet<DnsServer>();
        TimeSpan patience = _options.Timeout;
        var dropped = new DnsDrops();
        for (int round = 0; round < _options.Attempts && dead.Count < servers.Count; round++, patience *= 2)
        {
            foreach (DnsServer server in servers)
            {
                if (dead.Contains(server))
                    continue;
                if (quota is not null && !quota.TryTake())
                    return unhappy ?? throw (failure ?? DnsFailures.Spent(server, query, quota));
                tries++;
                DnsMessage numbered = query with { Id = (ushort)RandomNumberGenerator.GetInt32(0, 0x10000) };
                try
                {
                    DnsExchange exchange = await TryAsync(server, numbered, patience, dropped, tries, cancellationToken).ConfigureAwait(false);
                    // RFC 7873 5.3: the server wants its own half of the cookie, which came with its refusal.
                    if (exchange.Reply is { Rcode.Code: BadCookie, Edns.Cookie: { Length: > ClientCookie } cookie } && numbered.Edns is { } edns && edns.Cookie is { Length: ClientCookie })
                    {
                        tries++;
                        EdnsOption[] options = [.. edns.Options.Where(option => option.Code != EdnsOption.Cookie), new(EdnsOption.Cookie, cookie)];
                        exchange = await TryAsync(server, numbered with { Edns = edns with { Options = new(options) } }, patience, dropped, tries, cancellationToken).ConfigureAwait(false);
                    }

                    exchange = exchange with { Dropped = [.. dropped.Kept], Tries = tries };
                    if (exchange.Reply.Rcode != DnsRcode.ServFail && exchange.Reply.Rcode != DnsRcode.Refused)
                        return exchange;
                    unhappy = exchange;
                    dead.Add(server); // it did reply; asking again gives the same
                }
                catch (SocketFailure e)
                {
                    failure = DnsFailures.About(e, server, numbered);
                    // A server that took the connection and says nothing to TLS says nothing the next time either.
                    if (e is { Call: SocketCall.TlsHandshake, Context.Received: 0 or null } || e.Error.Name is not ("DNS_TIMED_OUT" or "DNS_WRONG_ID" or "DNS_WRONG_SOURCE" or "DNS_WRONG_QUESTION" or "DNS_WRONG_COOKIE" or "DNS_MALFORMED" or "ETIMEDOUT"))
                        dead.Add(server);
                }
            }
        }

        return unhappy ?? throw failure!;
    }

    private async Task<DnsExchange> TryAsync(DnsServer server, DnsMessage query, TimeSpan patience, DnsDrops dropped, int tries, CancellationToken cancellationToken)
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
                    return await AskAgainAsync(server, query, patience, cancellationToken).ConfigureAwait(false);
                case DnsTransport.Https:
                    limit.CancelAfter(3 * patience); // connecting, the handshake and the reply have their own
                    return await DnsHttps.AskAsync(server, query, Connecting(patience), TlsOf(server, patience), limit.Token).ConfigureAwait(false);
                default:
                    return await AskStreamAsync(server, server.Transport, query, patience, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw DnsFailures.Silent(server, query, dropped, Stopwatch.GetElapsedTime(started), tries, e);
        }
    }

    private async Task<DnsExchange> AskAgainAsync(DnsServer server, DnsMessage query, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            return await AskStreamAsync(server, DnsTransport.Tcp, query, patience, cancellationToken).ConfigureAwait(false) with { WasTruncated = true };
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

    private async Task<DnsExchange> AskDatagramAsync(DnsServer server, DnsMessage query, DnsDrops dropped, CancellationToken cancellationToken)
    {
        SocketClientOptions client = Connecting(_options.Timeout);
        var to = (IPEndPoint)(await SocketClient.ResolveAsync(server.Endpoint(DnsTransport.Udp), client, cancellationToken).ConfigureAwait(false))[0];
        await Warmed.Value.ConfigureAwait(false);
        ManagedTransportOptions making = _options.Transport with { Endpoint = server.ToString() };
        (IDatagramSocket Socket, int Queries) one = _options.Sockets?.Take(to.AddressFamily, making) ?? (ManagedDatagrams.Ask(to.AddressFamily, making), 1);
        bool kept = false;
        try
        {
            DnsExchange exchange = await AskDatagramAsync(one.Socket, to, server, query, dropped, cancellationToken).ConfigureAwait(false);
            kept = _options.Sockets?.Give(to.AddressFamily, one) ?? false;
            return exchange;
        }
        finally
        {
            if (!kept)
                await one.Socket.DisposeAsync().ConfigureAwait(false);
        }
    }

    // The first datagram of a process costs milliseconds here, which would be told as the first server's. So that one goes to this process itself, in
    // Linux's abstract namespace (unix(7)), where nobody else sees it.
    private static async Task WarmAsync()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var own = new UnixDomainSocketEndPoint("\0soket-" + RandomNumberGenerator.GetHexString(16, lowercase: true));
        try
        {
            await using IDatagramSocket itself = ManagedDatagrams.Bind(own);
            Task<ReceivedDatagram> waiting = itself.ReceiveAsync(new byte[1]).AsTask();
            await itself.SendAsync(new byte[1], own).ConfigureAwait(false);
            await waiting.ConfigureAwait(false);
        }
        catch (SocketFailure)
        {
            return; // not permitted here: the first time told is longer
        }
    }

    private static async Task<DnsExchange> AskDatagramAsync(IDatagramSocket socket, IPEndPoint to, DnsServer server, DnsMessage query, DnsDrops dropped, CancellationToken cancellationToken)
    {
        byte[] bytes = query.ToBytes();
        // Lent, since 64 KiB for each of many names at once keep the collector busy; not given back where a receive was broken off.
        byte[] room = ArrayPool<byte>.Shared.Rent(DnsMessage.MaxLength);
        // The wait begins before the query goes and the clock is read before the reply is, so that what a first wait and a first reading cost here
        // are not told as the server's time.
        Task<ReceivedDatagram> waiting = socket.ReceiveAsync(room, cancellationToken).AsTask();
        long started = Stopwatch.GetTimestamp();
        try
        {
            await SendAsync().ConfigureAwait(false);
            while (true)
            {
                ReceivedDatagram datagram = await waiting.ConfigureAwait(false);
                TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
                DnsDropReason? wrong = to.Equals(datagram.From) ? Judge(query, room.AsSpan(0, datagram.Length), out DnsMessage? message) : Elsewhere(out message);
                if (wrong is null)
                {
                    byte[] reply = room[..datagram.Length];
                    ArrayPool<byte>.Shared.Return(room);
                    return new(server, DnsTransport.Udp, bytes, reply, message!, elapsed, 1);
                }

                dropped.Add(wrong.Value, datagram.From, room.AsSpan(0, datagram.Length));
                waiting = socket.ReceiveAsync(room, cancellationToken).AsTask();
            }
        }
        catch (SocketFailure e) when (e.Error.Name is "ECONNREFUSED")
        {
            // The socket asks anybody; whose refusal it was is known here.
            throw e.With(e.Context with { Remote = to, Endpoint = server.ToString(), Local = null });
        }

        async ValueTask SendAsync()
        {
            try
            {
                await socket.SendAsync(bytes, to, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                // Nobody else ends the wait; what it ends with says less than what the send did.
                await socket.DisposeAsync().ConfigureAwait(false);
                await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
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
        if (query.Edns?.Cookie is { } sent && message.Edns?.Cookie is { } back && (back.Length < ClientCookie || !back.Span[..ClientCookie].SequenceEqual(sent.Span[..ClientCookie])))
            return DnsDropReason.WrongCookie;
        return bare || message.Questions.SequenceEqual(query.Questions) ? null : DnsDropReason.WrongQuestion;
    }

    // Connecting and the handshake end by limits of their own, which say how far it got.
    private async Task<DnsExchange> AskStreamAsync(DnsServer server, DnsTransport transport, DnsMessage query, TimeSpan patience, CancellationToken cancellationToken)
    {
        await using DnsStream stream = await DnsStream.ConnectAsync(server, transport, Connecting(patience) with { Tls = transport == DnsTransport.Tls ? TlsOf(server, patience) : null }, cancellationToken).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        byte[] bytes = query.ToBytes();
        long started = Stopwatch.GetTimestamp();
        await stream.SendAsync(bytes, limit.Token).ConfigureAwait(false);
        ReadOnlyMemory<byte> reply = await stream.ReceiveAsync(query, limit.Token).ConfigureAwait(false);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        DnsDropReason? wrong = Judge(query, reply.Span, out DnsMessage? message);
        return wrong is null
            ? new(server, transport, bytes, reply, message!, elapsed, 1)
            : throw DnsFailures.Silent(server, query, DnsDrops.Of(wrong.Value, reply.Span), elapsed, 1);
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
        server = server with { Transport = transport }; // what is told of it later says how it was asked
        await using DnsStream stream = await ConnectAsync(server, query, patience, cancellationToken).ConfigureAwait(false);
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
                throw DnsFailures.Silent(server, query, new(), patience, 1);
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

    private async Task<DnsStream> ConnectAsync(DnsServer server, DnsMessage query, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            return await DnsStream.ConnectAsync(server, server.Transport, Connecting(patience) with { Tls = server.Transport == DnsTransport.Tls ? TlsOf(server, patience) : null }, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketFailure e)
        {
            throw DnsFailures.About(e, server, query);
        }
    }

    private SocketClientOptions Connecting(TimeSpan patience) => new() { Transport = _options.Transport, ConnectTimeout = patience };

    private Middleware.Tls.TlsClientSettings TlsOf(DnsServer server, TimeSpan patience) => (_options.Tls?.Invoke(server) ?? new() { TargetHost = server.Host }) with { HandshakeTimeout = patience };
}
