using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Middleware.Proxy;
using Soket.Middleware.Tls;
using Soket.Protocols.Http1;
using Soket.Transports;

namespace Soket.Http.Internal;

/// <summary>One exchange while it runs: a connection of its own, step by step, each with its time and its failure.</summary>
internal sealed class ExchangeRun(FetchExchange exchange, FetchOptions options, FetchClock clock, CallTimes calls) : IAsyncDisposable
{
    private ConnectionContext? _connection;
    private ISoketConnectionFeature? _feature;
    private ResponseInput? _input;
    private SocketScope? _scope;
    private long _started;
    private TimeSpan _downloadFrom;
    private BodyReceiver? _body;

    public FetchExchange Exchange => exchange;

    /// <summary>Runs the exchange up to the head of its answer.</summary>
    public async Task OpenAsync()
    {
        await ConnectAsync().ConfigureAwait(false);
        _feature = _connection!.Features.Get<ISoketConnectionFeature>();
        calls.Follow(ReferenceEquals(_feature?.Scope?.Events, options.Transport.Events) ? _feature?.Scope : null);
        (exchange.Remote, exchange.Local) = (_connection.RemoteEndPoint, _connection.LocalEndPoint);
        if (exchange.Proxy is { } proxy && !exchange.IsForwarded)
            await StepAsync(FetchPhase.Proxy, () => TunnelAsync(proxy)).ConfigureAwait(false);
        if (exchange.Url.IsSecure)
        {
            await StepAsync(FetchPhase.Tls, TlsAsync).ConfigureAwait(false);
            calls.Secure();
        }

        if (_feature?.Scope is { } below)
        {
            _scope = below.Events.Open(SocketRole.Client, "http", below);
            (_scope.Local, _scope.Remote) = (_connection.LocalEndPoint, _connection.RemoteEndPoint);
        }

        _started = SocketScope.Now;
        var limits = new HttpResponseLimits(
            new(options.Limits.MaxHead, options.Limits.MaxFields), HttpResponseLimits.Default.MaxInterim,
            HttpBodyLimits.Default with { MaxBytes = options.Limits.MaxBody });
        _input = new ResponseInput(_connection.Transport.Input, new HttpResponseReader(exchange.Request.Method, limits));
        _body = new BodyReceiver(exchange, options, clock, _input, Failures);
        await RequestAsync().ConfigureAwait(false);
        await HeadAsync().ConfigureAwait(false);
    }

    /// <summary>Brings the body.</summary>
    /// <param name="output">Where to, as it is after decompression.</param>
    /// <param name="most">Up to how many bytes; beyond, the rest is left.</param>
    public Task DownloadAsync(Stream output, long most = long.MaxValue) => StepAsync(FetchPhase.Download, () => _body!.CopyAsync(output, most), _downloadFrom);

    /// <summary>The beginning of a body that nobody wants as such, as text: what a server says to a refusal.</summary>
    public async Task<string?> PeekTextAsync()
    {
        const int Most = 400;
        var some = new MemoryStream();
        await DownloadAsync(some, Most).ConfigureAwait(false);
        string text = System.Text.Encoding.UTF8.GetString(some.GetBuffer(), 0, (int)Math.Min(Most, some.Length)).TrimStart();
        return text.StartsWith('<') ? null : text.Split('\n', 2)[0].Trim();
    }

    /// <summary>A failure that is seen between the steps is one of the step that was gone last.</summary>
    public void Fail(SocketFailure failure, FetchPhase phase)
    {
        exchange.Failure = failure;
        Add(new FetchStep(phase, _downloadFrom, clock.Now - _downloadFrom, failure));
    }

    public FetchFailures Failures => new(exchange, _connection);

    public TimeSpan Elapsed => exchange.ElapsedAt(clock.Now);

    /// <summary>Closes the connection; one that failed, or is left with bytes unread, is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not { } connection)
            return;
        _scope?.Called(SocketCall.Http, _started, exchange.Failure is null ? null : "exchange-failed", $"{exchange.Request.Method} {HttpSecrets.Redact(exchange.Request.Target)} {exchange.Response?.Status.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"}");
        TimeSpan start = clock.Now;
        calls.Begin();
        _input?.Dispose();
        // Closing in order would wait for what nobody reads any more.
        if (exchange.Failure is not null || (_body is not { IsEnded: true } && exchange.Framing.Kind != HttpBodyKind.None))
            connection.Abort();
        await connection.DisposeAsync().ConfigureAwait(false);
        (exchange.WireSent, exchange.WireReceived) = (_feature?.BytesSent ?? 0, _feature?.BytesReceived ?? 0);
        if (exchange.Failure is null)
        {
            (TimeSpan from, TimeSpan end) = Called(start, clock.Now, calls.Step);
            Add(new FetchStep(FetchPhase.Close, from, end - from));
        }
    }

    private async Task ConnectAsync()
    {
        SocketUri endpoint = exchange.Url.Endpoint;
        if (options.UnixSocket is { } path)
            endpoint = SocketUri.CreateUnix(SocketScheme.Unix, path);
        if (options.Through is { } through)
        {
            await StepAsync(FetchPhase.Connect, async () => _connection = await through(endpoint, clock.Token).ConfigureAwait(false)).ConfigureAwait(false);
            return;
        }

        SocketUri target = endpoint;
        endpoint = exchange.Proxy?.Place ?? endpoint;
        TimeSpan from = clock.Now;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(clock.Token);
        if (options.Timeouts.Connect is { } time)
            limit.CancelAfter(time);
        var context = new FailureContext { Endpoint = endpoint.ToString(), Host = endpoint.IsUnix ? null : endpoint.Host, Transport = endpoint.IsUnix ? "unix" : "tcp" };
        IReadOnlyList<EndPoint> addresses = [];
        async Task ResolveAsync()
        {
            try
            {
                addresses = await new HostLookup(exchange, options).FindAsync(endpoint, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!clock.User.IsCancellationRequested)
            {
                throw Reached(new SocketFailure(SocketCall.Resolve, SystemError.Timeout, context with { Elapsed = clock.Now - from }));
            }
            catch (SocketFailure e)
            {
                throw Reached(e);
            }
        }

        SocketFailure Reached(SocketFailure failure) => exchange.Proxy?.Unreachable(failure, target) ?? failure;

        // An address is no name: nothing is looked up, and no time is told for it.
        if (options.Resolve is not null || AddressResolver.NeedsLookup(endpoint))
            await StepAsync(FetchPhase.Name, ResolveAsync).ConfigureAwait(false);
        else
            await ResolveAsync().ConfigureAwait(false);
        exchange.Addresses = addresses;
        var watched = new WatchedConnections((options.Transport with { Endpoint = target.ToString() }).CreateTransport());
        TimeSpan? left = options.Timeouts.Connect - (clock.Now - from);
        await StepAsync(FetchPhase.Connect, async () =>
        {
            try
            {
                _connection = await HappyEyeballs.ConnectAsync(watched, addresses, context, HappyEyeballs.DefaultDelay, left < TimeSpan.Zero ? TimeSpan.Zero : left, TimeProvider.System, clock.Token).ConfigureAwait(false);
            }
            catch (SocketFailure failure) when (failure.Context.Attempts.Count > 0)
            {
                throw Reached(failure.With(failure.Context with { Attempts = Measured(watched.Attempts) })); // one time for an attempt, wherever it is told
            }
            catch (OperationCanceledException) when (!clock.User.IsCancellationRequested)
            {
                throw Reached(new SocketFailure(SocketCall.Connect, SystemError.Timeout, context with { Attempts = watched.Attempts, Remote = watched.Attempts is [{ } first, ..] ? first.Address : null, Elapsed = clock.Now - from }));
            }
            catch (Exception e) when (exchange.Proxy is not null && SocketFailure.Find(e) is { } failure)
            {
                throw Reached(failure);
            }
            finally
            {
                exchange.Attempts = Measured(watched.Attempts);
            }
        }).ConfigureAwait(false);
    }

    // An attempt that ended took as long as its call; one that was given up, until then.
    private ConnectAttempt[] Measured(IReadOnlyList<ConnectAttempt> attempts) => [.. attempts.Select(attempt => calls.Connected(attempt.Address) is { } time ? attempt with { Elapsed = time } : attempt)];

    private async Task TunnelAsync(ProxyEndpoint proxy)
    {
        var context = new FailureContext { Endpoint = exchange.Url.Endpoint.ToString(), Host = exchange.Url.Endpoint.Host, Remote = exchange.Remote, Local = exchange.Local, Transport = "tcp", Elapsed = Elapsed };
        if (!ProxyMiddleware.CanReach(exchange.Url.Endpoint, proxy))
            throw new SocketFailure(SocketCall.ProxyHandshake, new SystemError("EAFNOSUPPORT", Errno.Number("EAFNOSUPPORT"), Errno.Text("EAFNOSUPPORT")!), context);
        try
        {
            await ProxyMiddleware.ConnectAsync(_connection!, exchange.Url.Endpoint, proxy, options.Timeouts.Connect ?? Timeout.InfiniteTimeSpan, clock.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!clock.User.IsCancellationRequested)
        {
            throw new SocketFailure(SocketCall.ProxyHandshake, SystemError.Timeout, context with { Received = _feature?.BytesReceived, Elapsed = Elapsed });
        }
    }

    private async Task TlsAsync()
    {
        TlsClientSettings settings = (options.Tls?.Invoke(exchange.Url) ?? new TlsClientSettings { TargetHost = exchange.Url.Endpoint.Host }) with
        {
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            HandshakeTimeout = options.Timeouts.Tls ?? Timeout.InfiniteTimeSpan,
        };
        try
        {
            SslStream tls = await TlsMiddleware.AuthenticateAsClientAsync(_connection!, settings, clock.Token).ConfigureAwait(false);
            exchange.Tls = FetchTls.Of(tls, settings);
        }
        catch (OperationCanceledException) when (!clock.User.IsCancellationRequested)
        {
            throw new SocketFailure(SocketCall.TlsHandshake, SystemError.Timeout, new FailureContext { Endpoint = exchange.Url.Endpoint.ToString(), Remote = exchange.Remote, Local = exchange.Local, Transport = "tls", Received = _feature?.BytesReceived, Elapsed = Elapsed });
        }
    }

    private async Task RequestAsync()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(clock.Token);
        TimeSpan asked = clock.Now, start;
        calls.BeginRequest();
        // A server may answer, and even close, before it has taken all of the body: its answer is what counts then.
        Task answer = options.Body is not null ? _input!.FillAsync(stop.Token) : Task.CompletedTask;
        bool early = false;
        await StepAsync(FetchPhase.Request, async () =>
        {
            Task sending = new RequestSender(exchange, options, clock, _connection!).SendAsync(stop.Token);
            if (options.Body is not null && await Task.WhenAny(sending, answer).ConfigureAwait(false) == answer && answer.IsCompletedSuccessfully && !sending.IsCompleted)
                early = true;
            if (!early)
            {
                try
                {
                    await sending.ConfigureAwait(false);
                }
                catch (IOException) when (options.Body is not null)
                {
                    // Broken off by the peer; what it said before is worth more, if it said anything.
                    await Task.WhenAny(answer, Task.Delay(TimeSpan.FromSeconds(1), clock.Token)).ConfigureAwait(false);
                    if (!answer.IsCompletedSuccessfully || _input!.First.Length == 0)
                        throw;
                }
            }
            else
            {
                await EndEarlyAsync(sending, stop).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        start = clock.Now;
        try
        {
            await StepAsync(FetchPhase.FirstByte, async () =>
            {
                _input!.AllowPause(options.Timeouts.Answer);
                try
                {
                    await (options.Body is not null ? answer : _input.FillAsync(clock.Token)).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (!clock.User.IsCancellationRequested)
                {
                    throw Failures.TimedOut(FetchPhase.FirstByte, clock.Now - start, clock.Token.IsCancellationRequested);
                }

                if (_input.IsEmpty)
                    throw Failures.Unanswered(clock.Now - start);
            }).ConfigureAwait(false);
        }
        finally
        {
            _downloadFrom = clock.Now;
            CorrectRequest(asked);
        }
    }

    // The request is handed to the system by another thread than the one that waits here, and its answer noticed later than it came.
    private void CorrectRequest(TimeSpan asked)
    {
        if (calls.Sent is not { Start: { } from, End: { } sent } || sent < asked)
            return;
        exchange.Correct(FetchPhase.Request, from < asked ? asked : from, sent);
        TimeSpan answered = calls.Answered ?? _downloadFrom;
        _downloadFrom = answered < sent ? sent : answered;
        exchange.Correct(FetchPhase.FirstByte, sent, _downloadFrom);
    }

    // An interim answer, or a final one that takes the body all the same, does not stop it; one that refuses does, after what is under way.
    private async Task EndEarlyAsync(Task sending, CancellationTokenSource stop)
    {
        byte[] first = _input!.First;
        bool refuses = first.Length > 9 && first[9] is (byte)'3' or (byte)'4' or (byte)'5';
        if (refuses)
            await stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (Exception e) when ((refuses || e is IOException) && !clock.User.IsCancellationRequested)
        {
            // The answer is there, and says why.
        }
    }

    private async Task HeadAsync()
    {
        var interim = new List<HttpResponseHead>();
        try
        {
            HttpResponsePart part;
            while ((part = await _body!.NextAsync().ConfigureAwait(false)) == HttpResponsePart.Interim)
                interim.Add(_input!.Reader.Head!);
            exchange.Interim = interim;
            exchange.Response = _input!.Reader.Head;
            exchange.Framing = _input.Reader.Framing;
            exchange.HeadBytes = _input.Consumed;
        }
        catch (Exception e) when (SocketFailure.Find(e) is { } failure)
        {
            Fail(failure, FetchPhase.Download);
            throw failure;
        }
    }

    private void Add(FetchStep step)
    {
        exchange.Add(step);
        options.Stepped?.Invoke(exchange, step);
    }

    // As long as its calls took; the time itself where no call tells it.
    private static (TimeSpan Start, TimeSpan End) Called(TimeSpan start, TimeSpan end, (TimeSpan? Start, TimeSpan? End) told)
    {
        TimeSpan from = told.Start is { } first && first > start ? first : start, to = told.End is { } last && last < end ? last : end;
        return (from, to < from ? from : to);
    }

    private (TimeSpan Start, TimeSpan End) Called(FetchPhase phase, TimeSpan start) =>
        phase == FetchPhase.Download ? Called(start, clock.Now, (start, calls.LastByte(exchange.Framing.Kind == HttpBodyKind.UntilClose))) : Called(start, clock.Now, calls.Step);

    private async Task StepAsync(FetchPhase phase, Func<Task> act, TimeSpan? from = null)
    {
        TimeSpan start = from ?? clock.Now;
        if (from is null && phase is not (FetchPhase.Request or FetchPhase.FirstByte))
            calls.Begin();
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (clock.User.IsCancellationRequested)
        {
            (TimeSpan at, _) = Called(phase, start);
            exchange.Interrupted = phase;
            exchange.Add(new FetchStep(phase, at, clock.Now - at));
            throw;
        }
        catch (Exception e) when (SocketFailure.Find(e) is { } failure)
        {
            // What is seen on the way to a proxy is seen of the proxy.
            if (exchange.Proxy is { } proxy && !failure.Context.Facts.ContainsKey(FailureFacts.Proxy))
                failure = proxy.Mark(failure);
            exchange.Failure = failure;
            // What was waited for in vain was waited for until now.
            (TimeSpan at, TimeSpan until) = Called(phase, start);
            Add(new FetchStep(phase, at, (failure.Error == SystemError.Timeout ? clock.Now : until) - at, failure));
            throw failure;
        }

        (TimeSpan first, TimeSpan last) = Called(phase, start);
        Add(new FetchStep(phase, first, last - first));
    }
}
