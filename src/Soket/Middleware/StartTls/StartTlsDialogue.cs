using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.StartTls;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Middleware.StartTls;

/// <summary>One dialogue before TLS: greeting, capabilities, the request.</summary>
internal sealed class StartTlsDialogue(ConnectionContext connection, SocketUri endpoint, StartTlsProtocol protocol)
{
    private readonly ISoketConnectionFeature? _feature = connection.Features.Get<ISoketConnectionFeature>();
    private readonly Dictionary<string, string> _facts = new() { [FailureFacts.Role] = "client", [FailureFacts.StartTlsProtocol] = Name(protocol) };
    private long _started;

    private delegate ReplyResult Reader(ref ReadOnlySequence<byte> buffer, out ServerReply? reply);

    /// <summary>Runs the dialogue within its time, and tells how it ended.</summary>
    public async Task RunAsync(TimeSpan timeout, Func<CancellationToken, Task<string>> dialogue, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        _started = SocketScope.Now;
        try
        {
            string told = await dialogue(deadline.Token).ConfigureAwait(false);
            _feature?.Scope?.Called(SocketCall.StartTls, _started, value: $"{Name(protocol)} = {told}");
        }
        catch (Exception e) when (e is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            SocketFailure failure = e is SocketFailure { Call: SocketCall.StartTls } own ? own
                : Failure(SocketFailure.Find(e)?.Error ?? (deadline.IsCancellationRequested ? SystemError.Timeout : SystemError.Own("STARTTLS_NOT_PROTOCOL", e.Message)), e);
            _feature?.Scope?.Failed(SocketCall.StartTls, _started, failure);
            throw failure;
        }
    }

    // RFC 3207 4: EHLO, STARTTLS, and 220 is the go-ahead.
    public async Task<string> SmtpAsync(CancellationToken cancellationToken)
    {
        Reader read = static (ref buffer, out reply) => ReplyReader.TryReadNumbered(ref buffer, isFtp: false, out reply);
        Expect(await ReadAsync("greeting", read, cancellationToken).ConfigureAwait(false), "220");
        ServerReply offered = await SayAsync($"EHLO {Literal()}", "capabilities", read, cancellationToken).ConfigureAwait(false);
        Expect(offered, "250");
        Offered(offered, "STARTTLS");
        return Expect(await SayAsync("STARTTLS", "starttls", read, cancellationToken).ConfigureAwait(false), "220");
    }

    // RFC 9051 6.2.1. A connection that is PREAUTH from the start cannot be made safe any more.
    public async Task<string> ImapAsync(CancellationToken cancellationToken)
    {
        Expect(await ReadAsync("greeting", static (ref buffer, out reply) => ReplyReader.TryReadImap(ref buffer, null, out reply), cancellationToken).ConfigureAwait(false), "OK");
        ServerReply offered = await SayAsync("a1 CAPABILITY", "capabilities", static (ref buffer, out reply) => ReplyReader.TryReadImap(ref buffer, "a1", out reply), cancellationToken).ConfigureAwait(false);
        Expect(offered, "OK");
        Offered(offered, "STARTTLS");
        return Expect(await SayAsync("a2 STARTTLS", "starttls", static (ref buffer, out reply) => ReplyReader.TryReadImap(ref buffer, "a2", out reply), cancellationToken).ConfigureAwait(false), "OK");
    }

    // RFC 2595 4; a server that does not know CAPA (RFC 2449) does not know STLS.
    public async Task<string> Pop3Async(CancellationToken cancellationToken)
    {
        Reader one = static (ref buffer, out reply) => ReplyReader.TryReadPop3(ref buffer, isList: false, out reply);
        Expect(await ReadAsync("greeting", one, cancellationToken).ConfigureAwait(false), "+OK");
        Offered(await SayAsync("CAPA", "capabilities", static (ref buffer, out reply) => ReplyReader.TryReadPop3(ref buffer, isList: true, out reply), cancellationToken).ConfigureAwait(false), "STLS");
        return Expect(await SayAsync("STLS", "starttls", one, cancellationToken).ConfigureAwait(false), "+OK");
    }

    // RFC 4217 4. What a server knows it says to the request itself: 500, 502, 504 know it not.
    public async Task<string> FtpAsync(CancellationToken cancellationToken)
    {
        Reader read = static (ref buffer, out reply) => ReplyReader.TryReadNumbered(ref buffer, isFtp: true, out reply);
        ServerReply greeting = await ReadAsync("greeting", read, cancellationToken).ConfigureAwait(false);
        if (greeting.Code == "120") // RFC 959: ready in so many minutes
            greeting = await ReadAsync("greeting", read, cancellationToken).ConfigureAwait(false);
        Expect(greeting, "220");
        ServerReply answer = await SayAsync("AUTH TLS", "starttls", read, cancellationToken).ConfigureAwait(false);
        if (answer.Code is "500" or "502" or "504")
            throw Failure("STARTTLS_NOT_OFFERED", $"The server does not know AUTH TLS: {answer.Deciding}", answer);
        return Expect(answer, "234");
    }

    private async Task<ServerReply> SayAsync(string line, string step, Reader reader, CancellationToken cancellationToken)
    {
        Encoding.ASCII.GetBytes(line + "\r\n", connection.Transport.Output);
        await connection.Transport.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await ReadAsync(step, reader, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ServerReply> ReadAsync(string step, Reader reader, CancellationToken cancellationToken)
    {
        _facts[FailureFacts.StartTlsStep] = step;
        _facts.Remove(FailureFacts.TlsFirstBytes);
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult read = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            if (!buffer.IsEmpty)
                _facts[FailureFacts.TlsFirstBytes] = Convert.ToHexString(buffer.Slice(0, Math.Min(48, buffer.Length)).ToArray());
            ReplyResult result = reader(ref buffer, out ServerReply? reply);
            bool unasked = result == ReplyResult.Reply && !buffer.IsEmpty;
            if (unasked)
                _facts[FailureFacts.TlsFirstBytes] = Convert.ToHexString(buffer.Slice(0, Math.Min(48, buffer.Length)).ToArray());
            bool over = unasked || result is ReplyResult.Invalid or ReplyResult.TooLong;
            input.AdvanceTo(over ? read.Buffer.End : buffer.Start, over ? read.Buffer.End : result == ReplyResult.Reply ? buffer.Start : buffer.End);
            if (unasked && step == "starttls")
                throw Failure("STARTTLS_INJECTED", "More came behind the server's answer to STARTTLS, before TLS", reply);
            if (unasked)
                throw Failure("STARTTLS_NOT_PROTOCOL", "The server said more than it was asked", reply);
            if (result == ReplyResult.Reply)
                return reply!;
            if (over)
                throw Failure("STARTTLS_NOT_PROTOCOL", result == ReplyResult.TooLong ? $"The answer is longer than {ReplyReader.MostBytes} bytes" : $"The answer is none of {Name(protocol).ToUpperInvariant()}'s", null);
            if (read.IsCompleted || read.IsCanceled)
                throw Failure("STARTTLS_NOT_PROTOCOL", "The server ended the connection before its answer was whole", null);
        }
    }

    private string Expect(ServerReply reply, string code) => reply.Code == code ? reply.Deciding : throw Failure("STARTTLS_REFUSED", $"The server answered: {reply.Deciding}", reply);

    private void Offered(ServerReply reply, string name)
    {
        if (!reply.Offers(name))
            throw Failure("STARTTLS_NOT_OFFERED", $"{name} is not among what the server can do", reply);
    }

    private SocketFailure Failure(string code, string words, ServerReply? reply)
    {
        if (reply is not null)
            _facts[FailureFacts.StartTlsAnswer] = reply.Deciding;
        return Failure(SystemError.Own(code, words));
    }

    private SocketFailure Failure(SystemError error, Exception? inner = null) => new(SocketCall.StartTls, error, new FailureContext
    {
        Endpoint = endpoint.ToString(),
        Host = endpoint.Host,
        Local = connection.LocalEndPoint,
        Remote = connection.RemoteEndPoint,
        Transport = endpoint.SchemeName,
        Sent = _feature?.Scope?.Sent ?? _feature?.BytesSent,
        Received = _feature?.Scope?.Received ?? _feature?.BytesReceived,
        Elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(_started),
        Facts = new Dictionary<string, string>(_facts),
    }, inner);

    // RFC 5321 4.1.3: whoever has no name gives an address.
    private string Literal() => connection.LocalEndPoint is IPEndPoint { Address: { } address }
        ? address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6 ? $"[IPv6:{address.ToString().Split('%')[0]}]" : $"[{(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}]"
        : "[127.0.0.1]";

    private static string Name(StartTlsProtocol protocol) => protocol switch
    {
        StartTlsProtocol.Smtp => "smtp",
        StartTlsProtocol.Imap => "imap",
        StartTlsProtocol.Pop3 => "pop3",
        _ => "ftp",
    };
}
