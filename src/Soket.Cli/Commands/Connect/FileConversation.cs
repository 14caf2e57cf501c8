using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Endpoints;
using Soket.Explain;

namespace Soket.Cli.Commands.Connect;

/// <summary>
/// A conversation of bytes with a file at one end or both: what is to be sent goes out while what comes is written, then this end half-closes and
/// reads to the peer's end. A peer that has finished speaking may still be reading, so its end does not stop what is sent.
/// </summary>
internal sealed class FileConversation(SocketUri endpoint, ConnectionContext connection, TimeSpan connectTime, Talk talk, FileTransfer files, FileStream? source, TalkOutput output, Screen screen, CliIo io)
{
    private const int Piece = 64 * 1024;
    private static readonly TimeSpan Lull = TimeSpan.FromMilliseconds(500);
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly long? _size = source is { CanSeek: true, Length: > 0 } ? source.Length : null; // a device tells none, or 0
    private long _sent;
    private long _received;
    private long _lastReceived;
    private volatile bool _nothingToSay; // stdin has ended, or nobody types

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        output.Connected(endpoint, connection.LocalEndPoint, connection.RemoteEndPoint, connectTime, typed: false);
        FileStream? target = files.OpenTarget(io);
        bool whole = false, ended = false;
        screen.StartStatus(Progress);
        try
        {
            ended = await ExchangeAsync(target, cancellationToken).ConfigureAwait(false);
            whole = true;
        }
        finally
        {
            screen.EndStatus();
            if (target is not null)
                await target.DisposeAsync().ConfigureAwait(false);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
            if (source is not null)
                output.FileDone("sent", files.SendPath!, Interlocked.Read(ref _sent), _size, elapsed, whole);
            if (target is not null)
                output.FileDone("received", files.ReceivePath!, Interlocked.Read(ref _received), null, elapsed, ended);
        }

        output.Closed(_sent, _received);
        return ExitCodes.Done;
    }

    // Whether the peer came to its end: what was received is not known to be whole before.
    private async Task<bool> ExchangeAsync(FileStream? target, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task receiving = ReceiveAsync(target, over.Token);
        Task sending = SendAsync(over.Token);
        try
        {
            // The first that fails tells why; a disk that is full must not wait until a long file has been sent.
            Task first = await Task.WhenAny(sending, receiving).ConfigureAwait(false);
            await first.ConfigureAwait(false);
            if (first == receiving && OnlyReceives)
                await UntilPauseAsync(sending, cancellationToken).ConfigureAwait(false);
            else if (first == receiving)
                await sending.ConfigureAwait(false);
            else
                return await ToPeersEndAsync(receiving, cancellationToken).ConfigureAwait(false);
            return true;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(sending, receiving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool OnlyReceives => source is null && talk.Messages is null;

    // As without files: what stdin has gets to a peer that may still be reading, until stdin pauses.
    private async Task UntilPauseAsync(Task sending, CancellationToken cancellationToken)
    {
        long before = -1;
        while (!_nothingToSay && !sending.IsCompleted && Interlocked.Read(ref _sent) is var sent && sent != before)
        {
            before = sent;
            await Task.WhenAny(sending, Task.Delay(Lull, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        PipeWriter writer = connection.Transport.Output;
        if (talk.Messages is { } messages)
        {
            foreach (byte[] message in messages)
            {
                talk.Framing.Write(new ReadOnlySequence<byte>(talk.Dress(message)), writer);
                await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
                Interlocked.Add(ref _sent, message.Length);
            }
        }
        else if (source is null && io.InIsTerminal)
        {
            _nothingToSay = true;
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false); // nobody types here: it only receives
        }
        else
        {
            while (true)
            {
                // Read straight into the connection's buffer.
                Memory<byte> room = writer.GetMemory(Piece);
                int read = source is not null
                    ? await source.ReadAsync(room, cancellationToken).ConfigureAwait(false)
                    : await io.In.ReadAsync(room, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    break;
                writer.Advance(read);
                await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
                Interlocked.Add(ref _sent, read);
            }

            if (OnlyReceives && _sent == 0)
                await HearOutAsync(cancellationToken).ConfigureAwait(false);
        }

        await writer.CompleteAsync().ConfigureAwait(false);
    }

    // nc -l leaves, whatever it still had to send, as soon as its peer has ended and its own input pauses. So whoever says nothing ends after a peer that speaks, and
    // before one that waits for that end.
    private async Task HearOutAsync(CancellationToken cancellationToken)
    {
        _nothingToSay = true;
        await Task.Delay(Lull, cancellationToken).ConfigureAwait(false);
        if (Interlocked.Read(ref _received) > 0)
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
    }

    private async Task ReceiveAsync(FileStream? target, CancellationToken cancellationToken)
    {
        PipeReader reader = connection.Transport.Input;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!result.Buffer.IsEmpty)
            {
                Volatile.Write(ref _lastReceived, Stopwatch.GetTimestamp());
                if (target is not null)
                    await KeepAsync(target, result.Buffer).ConfigureAwait(false);
                else
                    await ShowAsync(result.Buffer).ConfigureAwait(false);
            }

            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return;
        }
    }

    private async Task ShowAsync(ReadOnlySequence<byte> bytes)
    {
        if (io.OutIsTerminal)
            screen.EndStatus(); // both are on one terminal, and the reply is what was asked for
        await output.ReplyAsync(bytes, null, endsMessage: false).ConfigureAwait(false);
        Interlocked.Add(ref _received, bytes.Length);
    }

    private async Task KeepAsync(FileStream target, ReadOnlySequence<byte> bytes)
    {
        foreach (ReadOnlyMemory<byte> part in bytes)
        {
            try
            {
                await target.WriteAsync(part, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new OutputException(e.Message, e) { File = files.ReceivePath };
            }

            Interlocked.Add(ref _received, part.Length);
        }
    }

    private async Task<bool> ToPeersEndAsync(Task receiving, CancellationToken cancellationToken)
    {
        long sentAll = Stopwatch.GetTimestamp();
        while (!receiving.IsCompleted)
        {
            TimeSpan left = Timeout.InfiniteTimeSpan;
            if (talk.Wait is { } wait && (left = wait - Stopwatch.GetElapsedTime(Math.Max(sentAll, Volatile.Read(ref _lastReceived)))) <= TimeSpan.Zero)
            {
                if (wait > TimeSpan.Zero)
                    output.Remark("connect.peer-stays", ("time", Units.Format(wait)));
                return false;
            }

            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(receiving, Task.Delay(left, pause.Token)).ConfigureAwait(false);
            await pause.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }

        await receiving.ConfigureAwait(false);
        return true;
    }

    // Sent 3.4 MiB of 10 MiB (34%), 1.7 MiB/s, 4 s left · Received 120 KiB
    private string Progress()
    {
        double seconds = Math.Max(0.001, Stopwatch.GetElapsedTime(_started).TotalSeconds);
        long sent = Interlocked.Read(ref _sent), received = Interlocked.Read(ref _received);
        var parts = new List<string>(2);
        if (_size is { } size)
        {
            double rate = sent / seconds;
            string left = rate > 0 ? Units.Format(TimeSpan.FromSeconds(Math.Min(Math.Max(0, size - sent) / rate, 360_000))) : "?";
            parts.Add(io.Text("connect.progress.sent-of", ("bytes", Units.FormatBytes(sent)), ("size", Units.FormatBytes(size)), ("percent", Math.Min(100, sent * 100 / size)), ("rate", Units.FormatBytes(rate)), ("left", left)));
        }
        else if (source is not null)
        {
            parts.Add(io.Text("connect.progress.sent", ("bytes", Units.FormatBytes(sent)), ("rate", Units.FormatBytes(sent / seconds))));
        }

        if (files.ReceivePath is not null)
            parts.Add(io.Text("connect.progress.received", ("bytes", Units.FormatBytes(received)), ("rate", Units.FormatBytes(received / seconds))));
        return string.Join(io.Unicode ? " · " : " | ", parts);
    }
}
