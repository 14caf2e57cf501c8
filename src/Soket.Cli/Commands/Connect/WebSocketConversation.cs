using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Unicode;
using Microsoft.AspNetCore.Connections;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Middleware.WebSocket;
using Soket.Protocols.WebSocket;

namespace Soket.Cli.Commands.Connect;

/// <summary>
/// A client's conversation on a WebSocket: an argument, or a line, is a message, and each reply is one. There is no half-close: this end closes when it
/// has been answered, and waits for the peer to close as well.
/// </summary>
internal sealed class WebSocketConversation(SocketUri endpoint, ConnectionContext connection, TimeSpan connectTime, Talk talk, TalkOutput output, CliIo io) : IDisposable
{
    private readonly IWebSocketFeature _socket = connection.Features.Get<IWebSocketFeature>()!;
    private readonly SemaphoreSlim _replied = new(0);
    private long _sent;
    private long _messages;
    private long _received;
    private long _replies;
    private long _lastSent;     // when the message that awaits its reply was sent; 0 when none does
    private long _lastReceived;
    private bool _closing;      // this end closes first
    private int _exitCode = ExitCodes.Done;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        output.Connected(endpoint, connection.LocalEndPoint, connection.RemoteEndPoint, connectTime);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task receiving = ReceiveAsync(over.Token);
        try
        {
            if (talk.Messages is { } messages)
                await SayArgumentsAsync(messages, receiving, over.Token).ConfigureAwait(false);
            else
                await TypeAsync(io.InIsTerminal && !output.IsJson, receiving, over.Token).ConfigureAwait(false);
            await FinishAsync(receiving, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // What ended the receiving side (a reset, a broken protocol) is what the command ends with.
        if (receiving.IsFaulted)
            await receiving.ConfigureAwait(false);
        TellEnd();
        output.Closed(_sent, _received, _socket.PeerEnd);
        return _exitCode;
    }

    public void Dispose() => _replied.Dispose();

    private async Task SayArgumentsAsync(List<byte[]> messages, Task receiving, CancellationToken cancellationToken)
    {
        TimeSpan wait = talk.Wait ?? Talk.UsualWait;
        for (int i = 0; i < messages.Count; i++)
        {
            // Any other end has a reason of its own, and is told with that.
            if (receiving.IsCompleted)
            {
                if (receiving.IsCompletedSuccessfully && IsOrderlyEnd)
                    throw Unanswered(messages.Count - i);
                return;
            }

            await SendAsync(talk.Dress(messages[i]), talk.Hex || talk.Binary, cancellationToken).ConfigureAwait(false);
            if (wait == TimeSpan.Zero || await AnsweredAsync(receiving, wait, cancellationToken).ConfigureAwait(false))
                continue;
            if (!receiving.IsCompleted)
                throw new SocketFailure(SocketCall.ReceiveFrame, SystemError.Own("SOKET_NO_REPLY", $"No reply within {Settings.Units.Format(wait)}"), Context() with { Elapsed = wait });
            if (!receiving.IsCompletedSuccessfully || !IsOrderlyEnd)
                return;
            if (i < messages.Count - 1 || _replies > 0)
                throw Unanswered(messages.Count - i);

            // As on a stream: everything was said, and some services only listen.
            output.Remark("connect.unanswered");
            _exitCode = ExitCodes.NotAnswered;
        }
    }

    private bool IsOrderlyEnd => _socket.PeerEnd?.Code is CloseCode.Normal or CloseCode.GoingAway or CloseCode.None;

    private SocketFailure Unanswered(int left) => new(
        SocketCall.ReceiveFrame,
        SystemError.Own("SOKET_UNANSWERED", "The peer closed without answering"),
        Context() with { Facts = new Dictionary<string, string> { [FailureFacts.Unanswered] = left.ToString(CultureInfo.InvariantCulture) } });

    /// <summary>Lines of a pipe or a prompt, a message each; with <c>--binary</c> a pipe's bytes as they come.</summary>
    private async Task TypeAsync(bool prompt, Task receiving, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watch = receiving.ContinueWith(_ => stop.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            if (prompt)
                await output.PromptAsync().ConfigureAwait(false);
            if (talk.Binary && !talk.Hex && !prompt)
            {
                byte[] buffer = new byte[talk.MaxDatagram];
                while (await io.In.ReadAsync(buffer, stop.Token).ConfigureAwait(false) is > 0 and int read)
                    await SendAsync(buffer.AsMemory(0, read), binary: true, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await TypeLinesAsync(prompt, receiving, stop.Token, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The peer has ended the conversation.
        }
        finally
        {
            await output.PromptLeftAsync().ConfigureAwait(false);
        }
    }

    private async Task TypeLinesAsync(bool prompt, Task receiving, CancellationToken reading, CancellationToken cancellationToken)
    {
        await foreach (byte[] line in StdinMessages.ReadAsync(io.In, StdinMessages.Lines, reading).ConfigureAwait(false))
        {
            await output.PromptUsedAsync().ConfigureAwait(false);
            string text = System.Text.Encoding.UTF8.GetString(line).Trim();
            if (prompt && (text.Equals("exit", StringComparison.OrdinalIgnoreCase) || text.Equals("quit", StringComparison.OrdinalIgnoreCase)))
                return;
            byte[]? bytes = line;
            if (talk.Hex && !HexText.TryParse(text, out bytes))
                throw io.Wrong("connect.wrong.hex", ("value", TerminalText.Safe(text)));
            if (bytes.Length > 0 || !prompt)
            {
                await SendAsync(talk.Dress(bytes), talk.Hex || talk.Binary, cancellationToken).ConfigureAwait(false);
                if (prompt)
                    await AnsweredAsync(receiving, Talk.Soon, cancellationToken).ConfigureAwait(false);
            }

            if (prompt && !receiving.IsCompleted)
                await output.PromptAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Lets the replies come, closes, and waits for the peer's close.</summary>
    private async Task FinishAsync(Task receiving, CancellationToken cancellationToken)
    {
        TimeSpan wait = talk.Wait ?? Talk.UsualWait;
        bool awaitsReplies = talk.Messages is null && !io.InIsTerminal;
        while (awaitsReplies && !receiving.IsCompleted && Volatile.Read(ref _replies) < _messages)
        {
            long since = Math.Max(Volatile.Read(ref _lastReceived), Volatile.Read(ref _lastSent));
            TimeSpan left = wait - Stopwatch.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
                break;
            await Task.WhenAny(receiving, _replied.WaitAsync(left, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (receiving.IsCompleted)
            return;
        _closing = true;
        await _socket.CloseAsync(CloseCode.Normal).ConfigureAwait(false);
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(receiving, Task.Delay(wait, pause.Token)).ConfigureAwait(false);
        await pause.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (!receiving.IsCompleted && wait > TimeSpan.Zero)
            output.Remark("connect.ws-close-unanswered", ("time", Settings.Units.Format(wait)));
    }

    private async Task SendAsync(ReadOnlyMemory<byte> message, bool binary, CancellationToken cancellationToken)
    {
        if (!binary && !Utf8.IsValid(message.Span))
            throw io.Wrong("connect.wrong.not-text", ("flag", WebSocketFlags.Binary.Name));
        Volatile.Write(ref _lastSent, Stopwatch.GetTimestamp());
        _messages++;
        if (await _socket.SendAsync(message, !binary, cancellationToken).ConfigureAwait(false))
            _sent += message.Length;
    }

    private async Task<bool> AnsweredAsync(Task receiving, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<bool> reply = _replied.WaitAsync(wait, over.Token);
        // A reply and the end may come at once: giving up the wait tells whether it had come.
        if (await Task.WhenAny(reply, receiving).ConfigureAwait(false) != reply)
            await over.CancelAsync().ConfigureAwait(false);
        try
        {
            return await reply.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        while (await _socket.ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            Volatile.Write(ref _lastReceived, Stopwatch.GetTimestamp());
            long sent = Interlocked.Exchange(ref _lastSent, 0);
            _received += message.Bytes.Length;
            bool timed = sent != 0 && (talk.Messages is not null || io.InIsTerminal);
            await output.ReplyAsync(new ReadOnlySequence<byte>(message.Bytes), timed ? Stopwatch.GetElapsedTime(sent, _lastReceived) : null, endsMessage: message.IsText, message.IsText ? "text" : "binary").ConfigureAwait(false);
            Interlocked.Increment(ref _replies);
            _replied.Release();
        }
    }

    // An end in order, whoever began it, is none to fail with; any other code says that something went wrong over there.
    private void TellEnd()
    {
        if (_socket.PeerEnd is not { } end)
            return;
        string code = end.Code.ToString(CultureInfo.InvariantCulture);
        if (_closing && end.Code == CloseCode.Abnormal)
        {
            output.Remark("connect.ws-no-close");
        }
        else if (!IsOrderlyEnd)
        {
            throw new SocketFailure(
                SocketCall.ReceiveFrame,
                SystemError.Own("WEBSOCKET_CLOSED", end.Code == CloseCode.Abnormal ? "The connection ended without a close frame" : $"The peer closed with code {code}{(end.Reason.Length > 0 ? ": " : "")}{end.Reason}"),
                Context() with { Facts = new Dictionary<string, string> { [FailureFacts.WebSocketCode] = code, [FailureFacts.WebSocketReason] = end.Reason, [FailureFacts.Role] = "client" } });
        }
        else if (!_closing)
        {
            output.Remark(end.Reason.Length > 0 ? "connect.ws-peer-closed-reason" : "connect.ws-peer-closed", ("code", code), ("reason", TerminalText.Safe(end.Reason)));
        }
    }

    private FailureContext Context() => new()
    {
        Endpoint = endpoint.ToString(),
        Host = endpoint.Host,
        Transport = endpoint.SchemeName,
        Local = connection.LocalEndPoint,
        Remote = connection.RemoteEndPoint,
        Sent = _sent,
        Received = _received,
    };
}
