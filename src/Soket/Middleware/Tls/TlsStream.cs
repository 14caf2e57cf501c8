using System.IO.Pipelines;
using System.Net.Security;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Transports.Internal;

namespace Soket.Middleware.Tls;

/// <summary>The plain text above a TLS connection: told as events of its own, while those of the connection carry the records.</summary>
internal sealed partial class TlsStream(SslStream tls, DuplexPipeStream records, IDuplexPipe inner, SocketScope? scope, string? endpoint, TlsVerification? ofServer)
    : TransportStream(scope, TlsMiddleware.TransportName, endpoint, MaxReceive)
{
    private const int MaxReceive = 64 * 1024;
    private Task _rest = Task.CompletedTask; // reading side only, until it has ended

    /// <summary>Ends the reading of what comes after the peer's close_notify. Only after the last read.</summary>
    public async ValueTask StopRestAsync()
    {
        if (_rest.IsCompleted)
            return;
        inner.Input.CancelPendingRead();
        await _rest.ConfigureAwait(false);
    }

    protected override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int received;
        await records.Turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        records.HoldsTurn = true;
        try
        {
            received = await tls.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException) when (Owner is SoketConnectionContext { IsInputStopped: true, IsAborted: false })
        {
            return 0; // This end stopped listening in the middle of a record.
        }
        catch (IOException e)
        {
            throw Translate(e, SocketCall.Receive, Waiting);
        }
        finally
        {
            records.HoldsTurn = false;
            records.Turn.Release();
        }

        if (received == 0 && buffer.Length > 0)
        {
            RefuseSilence();
            Ended();
        }

        return received;
    }

    protected override async ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        long started = SocketScope.Now;
        try
        {
            await tls.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            return bytes.Length;
        }
        catch (IOException e)
        {
            throw Translate(e, SocketCall.Send, started);
        }
    }

    /// <summary>The alert that an exception of SslStream's speaks of, as RFC 8446 6 writes it (<c>unknown_ca</c>); null when it speaks of none.</summary>
    internal static string? AlertOf(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            Match match = Alert().Match(exception.Message);
            if (!match.Success)
                continue;
            string name = match.Groups["own"].Success ? WordStart().Replace(match.Groups["own"].Value, "_$0") : match.Groups["openssl"].Value.Trim().Replace(' ', '_');
            return name.TrimStart('_').ToLowerInvariant();
        }

        return null;
    }

    /// <summary>What a peer's alert says of the handshake it ended.</summary>
    /// <param name="alert">The alert.</param>
    /// <param name="answersHello">Whether it was the answer to a ClientHello.</param>
    internal static SystemError Refusal(string alert, bool answersHello) => alert switch
    {
        "protocol_version" => SystemError.Own("TLS_VERSION", "The peer refused the handshake: protocol_version"),
        "certificate_required" => SystemError.Own("TLS_CLIENT_CERTIFICATE", "The server wants a client certificate: certificate_required"),
        "handshake_failure" when answersHello => SystemError.Own("TLS_CIPHER", "The server refused the first message: handshake_failure"),
        "insufficient_security" => SystemError.Own("TLS_CIPHER", "The peer refused the handshake: insufficient_security"),
        _ => SystemError.Own("TLS_HANDSHAKE", $"The peer refused the handshake: {alert}"),
    };

    // What failed below tells itself; here only what TLS adds. SslStream wraps this end's own abort, which is no failure.
    private Exception Translate(IOException e, SocketCall call, long started)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketFailure or ConnectionResetException or ConnectionAbortedException)
                return inner;
        }

        // With TLS 1.3 the client may refuse the certificate after the server's handshake has ended; the server learns of it here.
        string? alert = AlertOf(e);
        FailureContext context = Context(started);
        var facts = new Dictionary<string, string> { [FailureFacts.Role] = tls.IsServer ? "server" : "client" };
        if (alert is not null)
            facts[FailureFacts.TlsAlert] = alert;
        context = context with { Facts = facts };
        if (alert is not null && Received == 0)
            return Failed(new SocketFailure(SocketCall.TlsHandshake, Refusal(alert, answersHello: false), context, e), started);
        if (records.SawEnd)
            return Failed(new SocketFailure(call, SystemError.Own("TLS_CLOSED", "The peer closed the connection in the middle of a TLS record"), context, e), started);
        return Failed(new SocketFailure(call, new SystemError("EPROTO", Errno.Number("EPROTO"), alert is null ? e.Message : $"TLS alert: {alert}"), context, e), started);
    }

    // Some servers (.NET's among them) send no alert for a client certificate that is missing or not to their liking; with TLS 1.3 the client's handshake
    // has ended by then, and the bare end of the connection is all it gets. An answer always begins with a byte, an orderly end with close_notify.
    private void RefuseSilence()
    {
        if (!records.SawEnd || Received > 0 || ofServer is not ({ MissesOwn: true } or { HasOwn: true }) || Owner is SoketConnectionContext { IsInputStopped: true })
            return;
        FailureContext context = Context(Waiting) with { Facts = new Dictionary<string, string> { [FailureFacts.Role] = "client", [FailureFacts.TlsSilent] = "true" } };
        SystemError error = ofServer.MissesOwn
            ? SystemError.Own("TLS_CLIENT_CERTIFICATE", "The server asked for a client certificate, got none, and ended the connection without a word")
            : SystemError.Own("TLS_CLOSED", "The server ended the connection without a word after this client had shown its certificate");
        throw Failed(new SocketFailure(SocketCall.TlsHandshake, error, context), Waiting);
    }

    private void Ended()
    {
        if (!records.SawEnd)
            _rest = ReadRestAsync(); // close_notify; the connection below still has its FIN to come
        else if (Owner is not SoketConnectionContext { IsInputStopped: true })
            Scope?.Note("tls-truncated"); // RFC 8446 6.1: an end without close_notify may be somebody else's doing
    }

    // RFC 8446 6.1: whatever comes after close_notify is ignored.
    private async Task ReadRestAsync()
    {
        try
        {
            ReadResult result;
            do
            {
                result = await inner.Input.ReadAsync().ConfigureAwait(false);
                inner.Input.AdvanceTo(result.Buffer.End);
            }
            while (!result.IsCompleted && !result.IsCanceled);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The connection tells it; TLS had ended in order before.
        }
    }

    // .NET: "the remote party sent a TLS alert: 'UnknownCA'"; OpenSSL: "error:0A000418:SSL routines::tlsv1 alert unknown ca".
    [GeneratedRegex("TLS alert: '(?<own>\\w+)'|alert (?<openssl>[a-z][a-z ]+)")]
    private static partial Regex Alert();

    [GeneratedRegex("(?<=[a-z])[A-Z]")]
    private static partial Regex WordStart();
}
