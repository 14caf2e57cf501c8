using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Languages;
using Soket.Protocols.Http1;
using Soket.Protocols.WebSocket;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Middleware.WebSocket;

/// <summary>One handshake: its clock, its place in the event stream, and why it failed.</summary>
internal sealed class UpgradeExchange(ConnectionContext connection, string endpoint, bool isServer)
{
    private static readonly Texts Texts = Texts.Load(typeof(UpgradeExchange).Assembly, "websocket");

    private readonly ISoketConnectionFeature? _feature = connection.Features.Get<ISoketConnectionFeature>();
    private readonly Dictionary<string, string> _facts = new() { [FailureFacts.Role] = isServer ? "server" : "client" };
    private long _started;

    public SocketScope? Scope { get; private set; }

    /// <summary>Runs the handshake within its time, and tells how it ended.</summary>
    public async Task<WebSocketLayer> RunAsync(TimeSpan timeout, Func<CancellationToken, Task<(WebSocketLayer Layer, string Told)>> handshake, CancellationToken cancellationToken)
    {
        if (_feature?.Scope is { } below)
        {
            Scope = below.Events.Open(isServer ? SocketRole.Server : SocketRole.Client, WebSocketMiddleware.TransportName, below);
            Scope.Local = connection.LocalEndPoint;
            Scope.Remote = connection.RemoteEndPoint;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        _started = SocketScope.Now;
        try
        {
            (WebSocketLayer layer, string told) = await handshake(deadline.Token).ConfigureAwait(false);
            Scope?.Called(SocketCall.WebSocketHandshake, _started, value: told);
            return layer;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            SocketFailure failure = e is SocketFailure { Call: SocketCall.WebSocketHandshake } own ? own
                : Failure(SocketFailure.Find(e)?.Error ?? (deadline.IsCancellationRequested ? SystemError.Timeout : SystemError.Own("WEBSOCKET_HANDSHAKE", e.Message)), e);
            Scope?.Failed(SocketCall.WebSocketHandshake, _started, failure);
            throw failure;
        }
    }

    /// <summary>Keeps what an explanation will want to know.</summary>
    public void Fact(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            _facts[name] = value;
    }

    public SocketFailure Failure(SystemError error, Exception? inner = null) => new(SocketCall.WebSocketHandshake, error, new FailureContext
    {
        Endpoint = (connection as SoketConnectionContext)?.EndpointName ?? endpoint,
        Local = connection.LocalEndPoint,
        Remote = connection.RemoteEndPoint,
        Transport = endpoint[..endpoint.IndexOf(':', StringComparison.Ordinal)],
        Sent = _feature?.BytesSent,
        Received = _feature?.BytesReceived,
        Elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(_started),
        Facts = new Dictionary<string, string>(_facts),
    }, inner);

    public SocketFailure Failure(string code, string words, string why)
    {
        Fact(FailureFacts.WebSocketWhy, why);
        return Failure(SystemError.Own(code, words));
    }

    public delegate HttpHeadResult Reader<T>(ref ReadOnlySequence<byte> buffer, HttpHeadLimits limits, out T? head, out HttpHeadError error);

    /// <summary>Waits for the peer's head; what follows it stays in the pipe.</summary>
    public async Task<(T? Head, HttpHeadError Error)> ReadHeadAsync<T>(Reader<T> reader, HttpHeadLimits limits, CancellationToken cancellationToken)
        where T : class
    {
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult read = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            Keep(buffer);
            HttpHeadResult result = reader(ref buffer, limits, out T? head, out HttpHeadError error);
            // What is wrong is thrown away: a close with bytes unread is a reset, which would overtake the answer.
            input.AdvanceTo(result == HttpHeadResult.Invalid ? buffer.End : buffer.Start, result == HttpHeadResult.Head ? buffer.Start : buffer.End);
            switch (result)
            {
                case HttpHeadResult.Head:
                    return (head, HttpHeadError.None);
                case HttpHeadResult.Invalid:
                    return (null, error);
                default:
                    if (read.IsCompleted || read.IsCanceled)
                        throw Failure("WEBSOCKET_HANDSHAKE", isServer ? "The client ended the connection before its request was whole" : "The server ended the connection without an answer", "ended");
                    break;
            }
        }
    }

    /// <summary>Whether the first bytes are a TLS record's (RFC 8446 5.1).</summary>
    public bool SpeaksTls => _facts.TryGetValue(FailureFacts.TlsFirstBytes, out string? first) && (first.StartsWith("1603", StringComparison.Ordinal) || first.StartsWith("1503", StringComparison.Ordinal));

    /// <summary>What has come already and is no head: an error page, perhaps.</summary>
    public string PeekText()
    {
        if (!connection.Transport.Input.TryRead(out ReadResult read))
            return "";
        ReadOnlySequence<byte> some = read.Buffer.Slice(0, Math.Min(200, read.Buffer.Length));
        string text = Encoding.UTF8.GetString(some);
        connection.Transport.Input.AdvanceTo(read.Buffer.Start);
        return text.Split('\n', 2)[0].Trim();
    }

    /// <summary>Refuses a request in HTTP's own words, in every language there is, and ends this direction.</summary>
    public async Task RefuseAsync(int status, string why, bool withBody, string shown, CancellationToken cancellationToken)
    {
        string body = string.Concat(Enum.GetValues<Language>().Select(language => Texts.Get(language, "refusal." + why, ("endpoint", shown)) + "\n"));
        var fields = new List<HttpField>
        {
            new("Connection", "close"), new("Content-Type", "text/plain; charset=utf-8"),
            new("Content-Length", Encoding.UTF8.GetByteCount(body).ToString(CultureInfo.InvariantCulture)), new("X-Content-Type-Options", "nosniff"),
        };
        if (status == 426)
            fields.AddRange([new("Upgrade", "websocket"), new("Sec-WebSocket-Version", "13")]);
        if (status == 405)
            fields.Add(new("Allow", "GET"));
        PipeWriter output = connection.Transport.Output;
        new HttpResponseHead(status, Phrase(status), 1, new HttpFields(fields)).Write(output);
        if (withBody)
            Encoding.UTF8.GetBytes(body, output);
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        await output.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>The handshake's result for the event stream: <c>101 subprotocol=chat extensions=permessage-deflate</c>.</summary>
    public static string Told(string? subprotocol, DeflateParameters? deflate) =>
        "101" + (subprotocol is null ? "" : $" subprotocol={subprotocol}") + (deflate is null ? "" : $" extensions={deflate}");

    private static string Phrase(int status) => status switch
    {
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        505 => "HTTP Version Not Supported",
        _ => "Refused",
    };

    private void Keep(in ReadOnlySequence<byte> buffer)
    {
        if (!buffer.IsEmpty)
            _facts[FailureFacts.TlsFirstBytes] = Convert.ToHexString(buffer.Slice(0, Math.Min(32, buffer.Length)).ToArray());
    }
}
