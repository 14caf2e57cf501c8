using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Middleware.Proxy;

/// <summary>One dialogue with a proxy: its clock, what came, and why it failed.</summary>
internal sealed class ProxyExchange(ConnectionContext connection, SocketUri target, ProxyEndpoint proxy)
{
    private readonly ISoketConnectionFeature? _feature = connection.Features.Get<ISoketConnectionFeature>();
    private readonly Dictionary<string, string> _facts = new() { [FailureFacts.Role] = "client", [FailureFacts.Proxy] = proxy.ToString() };
    private long _started;

    public SocketUri Target => target;

    public ProxyEndpoint Proxy => proxy;

    public PipeWriter Output => connection.Transport.Output;

    /// <summary>Runs the dialogue within its time, and tells how it ended.</summary>
    public async Task RunAsync(TimeSpan timeout, Func<CancellationToken, Task<string>> dialogue, CancellationToken cancellationToken)
    {
        SocketScope? scope = _feature?.Scope;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        _started = SocketScope.Now;
        if (proxy.Credentials is not null)
            scope?.HidesBytes = true;
        try
        {
            string told = await dialogue(deadline.Token).ConfigureAwait(false);
            scope?.HidesBytes = false;
            scope?.Called(SocketCall.ProxyHandshake, _started, value: told);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            SocketFailure failure = e is SocketFailure { Call: SocketCall.ProxyHandshake } own ? own
                : SocketFailure.Find(e) is { } below ? Failure("PROXY_PROTOCOL", $"The connection to the proxy broke: {below.Error.Name}", "broken", e)
                : Failure(SystemError.Timeout, e);
            scope?.Failed(SocketCall.ProxyHandshake, _started, failure);
            throw failure;
        }
    }

    /// <summary>Keeps what an explanation will want to know; never a login.</summary>
    public void Fact(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            _facts[name] = value;
    }

    public SocketFailure Failure(string code, string words, string why, Exception? inner = null)
    {
        Fact(FailureFacts.ProxyWhy, why);
        return Failure(SystemError.Own(code, words), inner);
    }

    public delegate bool Reader<T>(ref ReadOnlySequence<byte> buffer, out T value);

    /// <summary>Waits for a whole answer; what follows it stays in the pipe, since it is the target's.</summary>
    /// <param name="reader">Reads it; false when it is not complete. Throws what <see cref="Failure(string, string, string, Exception?)"/> made when it is wrong.</param>
    /// <param name="alone">Whether nothing may follow it: it is this end's turn to speak, and what speaks out of turn is no proxy.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<T> ReadAsync<T>(Reader<T> reader, bool alone, CancellationToken cancellationToken)
    {
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult read = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            Keep(buffer);
            bool whole;
            T value;
            try
            {
                whole = reader(ref buffer, out value);
            }
            catch
            {
                input.AdvanceTo(read.Buffer.End); // a close with bytes unread is a reset
                throw;
            }

            input.AdvanceTo(buffer.Start, whole ? buffer.Start : buffer.End);
            if (whole && alone && !buffer.IsEmpty)
                throw Failure("PROXY_NOT_PROXY", "The server said more than a proxy says at this point", "unasked");
            if (whole)
                return value;
            if (read.IsCompleted || read.IsCanceled)
                throw Failure("PROXY_PROTOCOL", buffer.IsEmpty ? "The proxy ended the connection without an answer" : "The proxy ended the connection in the middle of its answer", buffer.IsEmpty ? "ended" : "short");
        }
    }

    /// <summary>What has come already and is not read yet: an error page, perhaps. Its first line.</summary>
    public string PeekText()
    {
        if (!connection.Transport.Input.TryRead(out ReadResult read))
            return "";
        string text = System.Text.Encoding.UTF8.GetString(read.Buffer.Slice(0, Math.Min(200, read.Buffer.Length)).ToArray());
        connection.Transport.Input.AdvanceTo(read.Buffer.Start);
        return text.Split('\n', 2)[0].Trim();
    }

    private SocketFailure Failure(SystemError error, Exception? inner) => new(SocketCall.ProxyHandshake, error, new FailureContext
    {
        Endpoint = target.ToString(),
        Host = target.Host,
        Local = connection.LocalEndPoint,
        Remote = connection.RemoteEndPoint,
        Transport = target.SchemeName,
        Sent = _feature?.Scope?.Sent ?? _feature?.BytesSent,
        Received = _feature?.Scope?.Received ?? _feature?.BytesReceived,
        Elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(_started),
        Facts = new Dictionary<string, string>(_facts),
    }, inner);

    // An answer may repeat what was sent, which is a login then.
    private void Keep(in ReadOnlySequence<byte> buffer)
    {
        if (!buffer.IsEmpty && (proxy.Credentials is null || !_facts.ContainsKey(FailureFacts.ProxyLogin)))
            _facts[FailureFacts.TlsFirstBytes] = Convert.ToHexString(buffer.Slice(0, Math.Min(32, buffer.Length)).ToArray());
    }
}
