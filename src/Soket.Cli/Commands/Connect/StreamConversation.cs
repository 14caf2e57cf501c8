using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Protocols.Framing;

namespace Soket.Cli.Commands.Connect;

/// <summary>
/// A client's conversation on a stream. With messages as arguments each is sent when the one before has been answered; from a pipe everything goes
/// as it comes; at a prompt a line is a message. Then it half-closes and reads to the peer's end.
/// </summary>
internal sealed class StreamConversation(SocketUri endpoint, ConnectionContext connection, TimeSpan connectTime, Talk talk, TalkOutput output, CliIo io) : IDisposable
{
    private static readonly TimeSpan Lull = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _replies = new(0);
    private long _lastSent;     // when the message that awaits its reply was sent; 0 when none does
    private long _lastReceived; // when something was received last
    private long _received;
    private long _sent;
    private long _halfClosed;   // when this end has finished
    private bool _first = true;
    private bool _isStuck;      // what was being sent was given up
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
            else if (io.InIsTerminal && !output.IsJson)
                await PromptAsync(receiving, over.Token).ConfigureAwait(false);
            else
                await PipeAsync(receiving, over.Token).ConfigureAwait(false);
            // Where the receiving side has failed there is nothing to wait for, and how both ends stand now explains it.
            if (!_isStuck && !receiving.IsFaulted)
                await FinishAsync(receiving, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // What ended the receiving side (a reset, a receive time-out) is what the command ends with.
        if (receiving.IsFaulted)
            await receiving.ConfigureAwait(false);
        output.Closed(_sent, _received);
        return _exitCode;
    }

    public void Dispose() => _replies.Dispose();

    private async Task SayArgumentsAsync(List<byte[]> messages, Task receiving, CancellationToken cancellationToken)
    {
        TimeSpan wait = talk.Wait ?? Talk.UsualWait;
        for (int i = 0; i < messages.Count; i++)
        {
            // The peer's failure, where there is one, is told by the receiving side.
            if (receiving.IsCompleted)
            {
                if (receiving.IsCompletedSuccessfully)
                    throw Unanswered(messages.Count - i);
                return;
            }

            byte[] message = talk.Dress(messages[i]);
            await SendAsync(message, cancellationToken).ConfigureAwait(false);
            if (wait == TimeSpan.Zero || await AnsweredAsync(receiving, wait, cancellationToken).ConfigureAwait(false))
                continue;
            if (receiving.IsCompletedSuccessfully && (i < messages.Count - 1 || _received > 0))
                throw Unanswered(messages.Count - i);
            if (receiving.IsCompletedSuccessfully)
            {
                // Everything was said, and some services only listen: no drama, and not the same as an answer.
                output.Remark("connect.unanswered");
                _exitCode = ExitCodes.NotAnswered;
            }
            else if (!receiving.IsCompleted)
                throw TimedOut(wait, lineEnded: talk.Framing is LineFraming || message is [.., (byte)'\n']);
        }
    }

    // This end has not half-closed yet: it was the peer that would not go on.
    private SocketFailure Unanswered(int left) => new(
        SocketCall.Receive,
        SystemError.Own("SOKET_UNANSWERED", "The peer closed without answering"),
        Context() with { Facts = new Dictionary<string, string> { [FailureFacts.Unanswered] = left.ToString(System.Globalization.CultureInfo.InvariantCulture) } });

    private SocketFailure TimedOut(TimeSpan wait, bool lineEnded) => new(
        SocketCall.Receive,
        SystemError.Timeout,
        Context() with { Elapsed = wait, Facts = lineEnded ? new Dictionary<string, string> { [FailureFacts.LineEnded] = "true" } : new Dictionary<string, string>() });

    private async Task PromptAsync(Task receiving, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watch = receiving.ContinueWith(_ => stop.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await output.PromptAsync().ConfigureAwait(false);
            await foreach (byte[] line in StdinMessages.ReadAsync(io.In, StdinMessages.Lines, stop.Token).ConfigureAwait(false))
            {
                await output.PromptUsedAsync().ConfigureAwait(false);
                string text = System.Text.Encoding.UTF8.GetString(line).Trim();
                if (text.Equals("exit", StringComparison.OrdinalIgnoreCase) || text.Equals("quit", StringComparison.OrdinalIgnoreCase))
                    break;
                if (line.Length > 0 || talk.Framing is LineFraming || talk.Crlf)
                {
                    // The reply stands before the next prompt when it comes soon; when it comes later the prompt makes room for it.
                    if (talk.TryRead(line, out byte[]? message))
                    {
                        await SendAsync(message, cancellationToken).ConfigureAwait(false);
                        await AnsweredAsync(receiving, Talk.Soon, cancellationToken).ConfigureAwait(false);
                    }
                    else
                    {
                        output.Remark("connect.wrong.hex", ("value", TerminalText.Safe(text)));
                    }
                }

                if (!receiving.IsCompleted)
                    await output.PromptAsync().ConfigureAwait(false);
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

        if (receiving.IsCompletedSuccessfully)
            output.Remark("connect.peer-ended");
    }

    private async Task PipeAsync(Task receiving, CancellationToken cancellationToken)
    {
        // A peer that has finished sending may still read (its FIN is a half-close, or a whole one, and only a send tells which): what stdin has gets
        // to it, until stdin pauses. A stdin that never ends must not keep a client whose peer is gone.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Where the receiving side has failed nothing more is sent, not even what a peer that does not read keeps waiting.
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watch = receiving.ContinueWith(
            ended =>
            {
                if (!ended.IsCompletedSuccessfully)
                    broken.Cancel();
                stop.CancelAfter(ended.IsCompletedSuccessfully ? Lull : TimeSpan.Zero);
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        try
        {
            if (talk.FramingGiven || talk.Crlf || talk.Hex)
            {
                await foreach (byte[] line in StdinMessages.ReadAsync(io.In, StdinMessages.Lines, stop.Token).ConfigureAwait(false))
                {
                    await SendAsync(talk.TryRead(line, out byte[]? message) ? message : throw Talk.NotHex(line, io), broken.Token).ConfigureAwait(false);
                    Prolong();
                }

                return;
            }

            byte[] buffer = new byte[64 * 1024];
            while (await io.In.ReadAsync(buffer, stop.Token).ConfigureAwait(false) is > 0 and int read)
            {
                await connection.Transport.Output.WriteAsync(buffer.AsMemory(0, read), broken.Token).ConfigureAwait(false);
                Interlocked.Add(ref _sent, read);
                Prolong();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The peer has ended, and stdin has paused; or there is nobody to receive for.
            _isStuck = broken.IsCancellationRequested;
        }
        catch (Exception e) when (receiving.IsCompletedSuccessfully && SocketFailure.Find(e) is not null)
        {
            // The peer had closed altogether: whatever else stdin holds, nobody reads it.
        }

        void Prolong()
        {
            if (receiving.IsCompletedSuccessfully && !stop.IsCancellationRequested)
                stop.CancelAfter(Lull);
        }
    }

    /// <summary>Half-closes and reads on to the peer's end; a peer that is silent for too long is left.</summary>
    private async Task FinishAsync(Task receiving, CancellationToken cancellationToken)
    {
        await connection.Transport.Output.CompleteAsync().ConfigureAwait(false);
        TimeSpan? wait = talk.Wait ?? (talk.Messages is null && !io.InIsTerminal ? null : Talk.UsualWait);
        while (!receiving.IsCompleted)
        {
            TimeSpan left = Timeout.InfiniteTimeSpan;
            if (wait is { } limit)
            {
                left = limit - Stopwatch.GetElapsedTime(Math.Max(Volatile.Read(ref _lastReceived), _halfClosed == 0 ? _halfClosed = Stopwatch.GetTimestamp() : _halfClosed));
                if (left <= TimeSpan.Zero)
                {
                    if (limit > TimeSpan.Zero)
                        output.Remark("connect.peer-stays", ("time", Settings.Units.Format(limit)));
                    return;
                }
            }

            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(receiving, Task.Delay(left, pause.Token)).ConfigureAwait(false);
            await pause.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task SendAsync(byte[] message, CancellationToken cancellationToken)
    {
        try
        {
            talk.Framing.Write(new ReadOnlySequence<byte>(message), connection.Transport.Output);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(io.Text("connect.wrong.framing", ("framing", talk.Framing.Name), ("error", e.Message.Split(" (Parameter ")[0])));
        }

        Volatile.Write(ref _lastSent, Stopwatch.GetTimestamp());
        await connection.Transport.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref _sent, message.Length);
    }

    private async Task<bool> AnsweredAsync(Task receiving, TimeSpan wait, CancellationToken cancellationToken)
    {
        Task<bool> reply = _replies.WaitAsync(wait, cancellationToken);
        await Task.WhenAny(reply, receiving).ConfigureAwait(false);
        // Where both have ended, the semaphore may not have told yet.
        return reply.IsCompleted ? await reply.ConfigureAwait(false) : Volatile.Read(ref _lastSent) == 0;
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await connection.Transport.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (!buffer.IsEmpty)
                Volatile.Write(ref _lastReceived, Stopwatch.GetTimestamp());
            CheckFirst(buffer);
            _received += buffer.Length;
            while (!buffer.IsEmpty)
            {
                FramingResult cut = talk.Framing.TryRead(ref buffer, result.IsCompleted, out ReadOnlySequence<byte> message);
                if (cut == FramingResult.NeedMore)
                    break;
                if (cut == FramingResult.TooLarge)
                    throw new SocketFailure(SocketCall.Message, SystemError.Own("SOKET_MESSAGE_TOO_LARGE", $"longer than {talk.Framing.MaxMessage} bytes"), Context() with { Facts = new Dictionary<string, string> { ["limit"] = talk.Framing.MaxMessage.ToString(System.Globalization.CultureInfo.InvariantCulture) } });
                if (cut == FramingResult.Incomplete)
                    output.Remark("connect.incomplete", ("count", message.Length), ("framing", talk.Framing.Name));
                long sent = Interlocked.Exchange(ref _lastSent, 0);
                bool timed = sent != 0 && (talk.Messages is not null || io.InIsTerminal);
                await output.ReplyAsync(message, timed ? Stopwatch.GetElapsedTime(sent, _lastReceived) : null, endsMessage: talk.Framing is not ChunkFraming).ConfigureAwait(false);
                if (sent != 0)
                    _replies.Release();
            }

            _received -= buffer.Length;
            connection.Transport.Input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
                return;
        }
    }

    // A TLS alert (RFC 8446 6: type 21, version 3.x) as the first thing from a peer we spoke plain text to: it expects TLS.
    private void CheckFirst(ReadOnlySequence<byte> buffer)
    {
        if (!_first || buffer.Length < 3)
            return;
        _first = false;
        Span<byte> head = stackalloc byte[3];
        buffer.Slice(0, 3).CopyTo(head);
        if (endpoint.Scheme == SocketScheme.Tcp && head[0] == 0x15 && head[1] == 0x03 && head[2] <= 4)
            throw new SocketFailure(SocketCall.Receive, SystemError.Own("TLS_EXPECTED", "The peer answered with a TLS alert"), Context() with { Facts = new Dictionary<string, string> { [FailureFacts.TlsFirstBytes] = Convert.ToHexString(head) } });
    }

    private FailureContext Context() => new()
    {
        Endpoint = endpoint.ToString(),
        Host = endpoint.IsUnix ? null : endpoint.Host,
        Transport = endpoint.SchemeName,
        Local = connection.LocalEndPoint,
        Remote = connection.RemoteEndPoint,
        Sent = _sent,
        Received = _received,
    };
}
