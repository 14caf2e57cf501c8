using System.Buffers;
using System.Diagnostics;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Protocols.Framing;
using Soket.Transports;

namespace Soket.Cli.Commands.Connect;

/// <summary>
/// A client's conversation in datagrams: each message is one, and so is its reply, for which it waits a bounded time. There is no end to pass on.
/// </summary>
internal sealed class DatagramConversation(SocketUri endpoint, SocketClientOptions options, Talk talk, TalkOutput output, CliIo io) : IDisposable
{
    private readonly SemaphoreSlim _replied = new(0);
    private readonly byte[] _buffer = new byte[talk.MaxDatagram];
    private IDatagramSocket? _socket;
    private long _sent;
    private long _received;
    private long _replies;
    private long _lastSent;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        _socket = await SocketClient.ConnectDatagramAsync(endpoint, options, cancellationToken).ConfigureAwait(false);
        try
        {
            output.Connected(endpoint, _socket.LocalEndPoint, _socket.RemoteEndPoint, Stopwatch.GetElapsedTime(started));
            if (talk.Messages is { } messages)
            {
                foreach (byte[] message in messages)
                    await AskAsync(talk.Dress(message), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await TypeAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await _socket.DisposeAsync().ConfigureAwait(false);
        }

        output.Closed(_sent, _received);
        return ExitCodes.Done;
    }

    /// <summary>Sends a message and waits for its reply.</summary>
    private async Task AskAsync(byte[] message, CancellationToken cancellationToken)
    {
        TimeSpan wait = talk.Wait ?? Talk.UsualWait;
        await SendAsync(message, cancellationToken).ConfigureAwait(false);
        if (wait == TimeSpan.Zero)
            return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(wait);
        try
        {
            await ReceiveAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NoReply(wait);
        }
    }

    /// <summary>Lines of a pipe or a prompt, a datagram each; replies are shown as they come.</summary>
    private async Task TypeAsync(CancellationToken cancellationToken)
    {
        bool prompt = io.InIsTerminal && !output.IsJson;
        if (prompt)
            await output.PromptAsync().ConfigureAwait(false);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task? receiving = null;
        Framing framing = talk.FramingGiven && talk.Framing is not ChunkFraming ? talk.Framing : StdinMessages.Lines;
        long count = 0;
        try
        {
            try
            {
                await foreach (byte[] line in StdinMessages.ReadAsync(io.In, framing, stop.Token).ConfigureAwait(false))
                {
                    await output.PromptUsedAsync().ConfigureAwait(false);
                    string text = System.Text.Encoding.UTF8.GetString(line).Trim();
                    if (prompt && (text.Equals("exit", StringComparison.OrdinalIgnoreCase) || text.Equals("quit", StringComparison.OrdinalIgnoreCase)))
                        break;
                    if (receiving is { IsCompleted: true })
                        break;
                    if (!talk.TryRead(line, out byte[]? message))
                    {
                        if (!prompt)
                            throw Talk.NotHex(line, io);
                        output.Remark("connect.wrong.hex", ("value", TerminalText.Safe(text)));
                        await output.PromptAsync().ConfigureAwait(false);
                        continue;
                    }

                    await SendAsync(message, cancellationToken).ConfigureAwait(false);
                    count++;
                    receiving ??= ReceiveAllAsync(stop, over.Token);
                    if (prompt)
                    {
                        await Task.WhenAny(receiving, _replied.WaitAsync(Talk.Soon, cancellationToken)).ConfigureAwait(false);
                        if (!receiving.IsCompleted)
                            await output.PromptAsync().ConfigureAwait(false);
                    }
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // Refused: nobody has to type another line to hear of it.
            }

            TimeSpan wait = talk.Wait ?? Talk.UsualWait;
            long since = Stopwatch.GetTimestamp();
            while (receiving is { IsCompleted: false } && Volatile.Read(ref _replies) < count && !prompt)
            {
                TimeSpan left = wait - Stopwatch.GetElapsedTime(since);
                if (left <= TimeSpan.Zero)
                    break;
                long before = Volatile.Read(ref _replies);
                await Task.WhenAny(receiving, _replied.WaitAsync(left, cancellationToken)).ConfigureAwait(false);
                if (Volatile.Read(ref _replies) != before)
                    since = Stopwatch.GetTimestamp();
            }

            if (count > 0 && _replies == 0 && wait > TimeSpan.Zero && !prompt && receiving is not { IsFaulted: true })
                throw NoReply(wait);
        }
        finally
        {
            await output.PromptLeftAsync().ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
            if (receiving is not null)
                await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (receiving is { IsFaulted: true })
            await receiving.ConfigureAwait(false);
    }

    public void Dispose() => _replied.Dispose();

    private async Task ReceiveAllAsync(CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
                await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The conversation is over.
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task SendAsync(byte[] message, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _lastSent, Stopwatch.GetTimestamp());
        await _socket!.SendAsync(message, null, cancellationToken).ConfigureAwait(false);
        _sent += message.Length;
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        ReceivedDatagram datagram = await _socket!.ReceiveAsync(_buffer, cancellationToken).ConfigureAwait(false);
        long sent = Interlocked.Exchange(ref _lastSent, 0);
        _received += datagram.Length;
        Interlocked.Increment(ref _replies);
        await output.ReplyAsync(new ReadOnlySequence<byte>(_buffer, 0, datagram.Length), sent == 0 ? null : Stopwatch.GetElapsedTime(sent), endsMessage: false).ConfigureAwait(false);
        if (datagram.Truncated)
            output.Remark("connect.truncated", ("count", talk.MaxDatagram));
        _replied.Release();
    }

    private SocketFailure NoReply(TimeSpan wait) => new(SocketCall.Receive, SystemError.Own("SOKET_NO_REPLY", $"No reply within {Settings.Units.Format(wait)}"), new FailureContext
    {
        Endpoint = endpoint.ToString(),
        Host = endpoint.IsUnix ? null : endpoint.Host,
        Transport = endpoint.SchemeName,
        Local = _socket!.LocalEndPoint,
        Remote = _socket.RemoteEndPoint,
        Sent = _sent,
        Received = _received,
        Elapsed = wait,
    });
}
