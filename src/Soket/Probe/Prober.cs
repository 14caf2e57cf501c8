using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Middleware.StartTls;
using Soket.Middleware.Tls;
using Soket.Middleware.WebSocket;
using Soket.Transports;

namespace Soket.Probe;

/// <summary>Asks endpoints whether somebody is there, as a client would: by connecting, or on UDP by a datagram and what comes back.</summary>
/// <param name="options">How.</param>
public sealed class Prober(ProbeOptions options)
{
    private static readonly byte[] Newline = "\n"u8.ToArray();
    private readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyList<EndPoint>>>> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Probes endpoints, some side by side; results come in the order of the endpoints.</summary>
    /// <param name="endpoints">The endpoints.</param>
    /// <param name="done">Told of each result as soon as it is there, from any thread.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async IAsyncEnumerable<ProbeResult> ProbeAllAsync(IReadOnlyList<SocketUri> endpoints, Action<ProbeResult>? done = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var results = new TaskCompletionSource<ProbeResult>[endpoints.Count];
        for (int i = 0; i < results.Length; i++)
            results[i] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        int next = -1;
        Task[] workers = [.. Enumerable.Range(0, Math.Min(options.Parallel, results.Length)).Select(_ => Task.Run(WorkAsync, CancellationToken.None))];
        try
        {
            foreach (TaskCompletionSource<ProbeResult> result in results)
                yield return await result.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(workers).ConfigureAwait(false);
        }

        async Task WorkAsync()
        {
            for (int i; (i = Interlocked.Increment(ref next)) < results.Length;)
            {
                try
                {
                    ProbeResult result = await ProbeAsync(endpoints[i], stop.Token).ConfigureAwait(false);
                    done?.Invoke(result);
                    results[i].SetResult(result);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception e)
                {
                    results[i].SetException(e);
                }
            }
        }
    }

    /// <summary>Probes one endpoint, again and again where it is to be waited for.</summary>
    /// <param name="endpoint">Any endpoint; TLS and WebSocket are begun, and a server that will not is not open.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was found; what the network says is never an exception.</returns>
    public async Task<ProbeResult> ProbeAsync(SocketUri endpoint, CancellationToken cancellationToken = default)
    {
        long began = Stopwatch.GetTimestamp();
        for (int tries = 1; ; tries++)
        {
            ProbeResult result = await TryAsync(endpoint, cancellationToken).ConfigureAwait(false) with { Tries = tries };
            if (result.State == ProbeState.Open || Stopwatch.GetElapsedTime(began) + options.Pause >= options.WaitFor)
                return result;
            _names.TryRemove(endpoint.Host, out _); // a name may come to be known while it is waited for
            await Task.Delay(options.Pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ProbeResult> TryAsync(SocketUri endpoint, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            ProbeResult open = endpoint.IsDatagram
                ? await AskAsync(endpoint, started, cancellationToken).ConfigureAwait(false)
                : await ConnectAsync(endpoint, started, cancellationToken).ConfigureAwait(false);
            return open with { Elapsed = Stopwatch.GetElapsedTime(started) };
        }
        catch (Exception e) when (SocketFailure.Find(e) is { } failure)
        {
            return new ProbeResult
            {
                Endpoint = endpoint,
                Failure = failure,
                Elapsed = Stopwatch.GetElapsedTime(started),
                CertificateEnds = Ends(failure.Context.Facts.GetValueOrDefault(FailureFacts.TlsNotAfter)),
                State = failure.Error.Name switch
                {
                    "ECONNREFUSED" => ProbeState.Refused,
                    "ETIMEDOUT" => ProbeState.TimedOut,
                    "SOKET_NO_REPLY" => ProbeState.Silent,
                    _ => ProbeState.Failed,
                },
            };
        }
    }

    private async Task<ProbeResult> ConnectAsync(SocketUri endpoint, long started, CancellationToken cancellationToken)
    {
        FailureContext context = Context(endpoint);
        ITransport transport = (options.Transport with { Endpoint = endpoint.ToString() }).CreateTransport();
        IReadOnlyList<EndPoint> addresses = await ResolveAsync(endpoint, started, cancellationToken).ConfigureAwait(false);
        ConnectionContext connection = await HappyEyeballs.ConnectAsync(transport, addresses, context, HappyEyeballs.DefaultDelay, Left(started), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        await using (connection)
        {
            var result = new ProbeResult { Endpoint = endpoint, State = ProbeState.Open, Address = connection.RemoteEndPoint };
            if (endpoint.Scheme == SocketScheme.Tls && options.StartTls is { } protocol)
                await StartTlsMiddleware.AskAsync(connection, endpoint, protocol, Left(started), cancellationToken).ConfigureAwait(false);
            if (endpoint.IsSecure)
                result = await SecureAsync(endpoint, connection, result, started, cancellationToken).ConfigureAwait(false);
            if (endpoint.IsWebSocket)
                await WebSocketMiddleware.ConnectAsync(connection, endpoint, new WebSocketClientSettings { HandshakeTimeout = Left(started) }, cancellationToken).ConfigureAwait(false);
            return result;
        }
    }

    private async Task<ProbeResult> SecureAsync(SocketUri endpoint, ConnectionContext connection, ProbeResult result, long started, CancellationToken cancellationToken)
    {
        TlsClientSettings settings = options.Tls?.Invoke(endpoint) ?? new TlsClientSettings { TargetHost = endpoint.Host };
        if (endpoint.IsWebSocket)
            settings = settings with { ApplicationProtocols = [System.Net.Security.SslApplicationProtocol.Http11] };
        System.Net.Security.SslStream tls = await TlsMiddleware.AuthenticateAsClientAsync(connection, settings with { HandshakeTimeout = Left(started) }, cancellationToken).ConfigureAwait(false);
        return result with
        {
            Tls = $"{(tls.SslProtocol == SslProtocols.Tls13 ? "TLSv1.3" : "TLSv1.2")} {tls.NegotiatedCipherSuite}",
            CertificateEnds = (tls.RemoteCertificate as X509Certificate2)?.NotAfter.ToUniversalTime(),
        };
    }

    private async Task<ProbeResult> AskAsync(SocketUri endpoint, long started, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Timeout);
        long sent = 0;
        IDatagramSocket? socket = null;
        try
        {
            var client = new SocketClientOptions { Family = options.Family, Transport = options.Transport };
            socket = await SocketClient.ConnectDatagramAsync(endpoint, client, limit.Token).ConfigureAwait(false);
            if (options.Datagram is null && endpoint.IsUnix)
                return new ProbeResult { Endpoint = endpoint, State = ProbeState.Open, Address = socket.RemoteEndPoint };

            // Sent once more half-way: a datagram may be lost, and one silence says little.
            ReadOnlyMemory<byte> datagram = options.Datagram ?? Newline;
            byte[] buffer = new byte[64 * 1024];
            await socket.SendAsync(datagram, null, limit.Token).ConfigureAwait(false);
            sent += datagram.Length;
            Task<ReceivedDatagram> answer = socket.ReceiveAsync(buffer, limit.Token).AsTask();
            if (await Task.WhenAny(answer, Task.Delay(options.Timeout / 2, limit.Token)).ConfigureAwait(false) != answer)
            {
                try
                {
                    await socket.SendAsync(datagram, null, limit.Token).ConfigureAwait(false);
                    sent += datagram.Length;
                }
                catch (SocketFailure)
                {
                    // The socket's pending error: the receive under way tells it, or has by now.
                    await limit.CancelAsync().ConfigureAwait(false);
                    await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    throw;
                }
            }

            ReceivedDatagram received = await answer.ConfigureAwait(false);
            return new ProbeResult { Endpoint = endpoint, State = ProbeState.Open, Address = socket.RemoteEndPoint, Answer = received.Length };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            FailureContext context = Context(endpoint) with { Local = socket?.LocalEndPoint, Remote = socket?.RemoteEndPoint, Sent = sent, Received = 0, Elapsed = Stopwatch.GetElapsedTime(started) };
            throw socket is null
                ? new SocketFailure(SocketCall.Resolve, SystemError.Timeout, context)
                : new SocketFailure(SocketCall.Receive, SystemError.Own("SOKET_NO_REPLY", "No answer in time"), context);
        }
        finally
        {
            if (socket is not null)
                await socket.DisposeAsync().ConfigureAwait(false);
        }
    }

    // A name with many ports is looked up once: a thousand questions about one name are no manners.
    private async Task<IReadOnlyList<EndPoint>> ResolveAsync(SocketUri endpoint, long started, CancellationToken cancellationToken)
    {
        var client = new SocketClientOptions { Family = options.Family, Transport = options.Transport };
        if (endpoint.IsUnix)
            return await SocketClient.ResolveAsync(endpoint, client, cancellationToken).ConfigureAwait(false);
        Lazy<Task<IReadOnlyList<EndPoint>>> resolving = _names.GetOrAdd(endpoint.Host, _ => new(() => SocketClient.ResolveAsync(endpoint, client, CancellationToken.None).AsTask()));
        try
        {
            IReadOnlyList<EndPoint> addresses = await resolving.Value.WaitAsync(Left(started), cancellationToken).ConfigureAwait(false);
            return [.. addresses.Select(address => address is IPEndPoint ip ? new IPEndPoint(ip.Address, endpoint.Port) : address)];
        }
        catch (TimeoutException)
        {
            throw new SocketFailure(SocketCall.Resolve, SystemError.Timeout, Context(endpoint) with { Elapsed = Stopwatch.GetElapsedTime(started) });
        }
        catch (SocketFailure failure)
        {
            throw failure.With(failure.Context with { Endpoint = endpoint.ToString() });
        }
    }

    private TimeSpan Left(long started)
    {
        TimeSpan left = options.Timeout - Stopwatch.GetElapsedTime(started);
        return left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
    }

    private static FailureContext Context(SocketUri endpoint) => new() { Endpoint = endpoint.ToString(), Host = endpoint.IsUnix ? null : endpoint.Host, Transport = endpoint.SchemeName };

    private static DateTimeOffset? Ends(string? fact) =>
        DateTimeOffset.TryParse(fact, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset ends) ? ends : null;
}
