using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Rendering;

/// <summary>
/// Writes everything that is sent and received into a file as a hex dump, in the order in which it came: direction, time, socket, offset. Of a
/// connection with layers both are there, what went over the wire (<c>client#1</c>) and what was said in it (<c>client#1/tls</c>).
/// </summary>
/// <remarks>
/// <para>Events never wait for the file. What piles up behind a slow one is bounded; what is left out then is said where it would stand.</para>
/// <para>
/// A send and the receive of its answer may be told in either order, since they end together on two threads. So each is held for a moment and stands by
/// when it happened: a send when it was begun, a receive when it ended. No answer then stands before its question.
/// </para>
/// </remarks>
internal sealed class HexRecord : ISocketObserver, IAsyncDisposable
{
    private const long MostWaiting = 64 * 1024 * 1024;
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(25); // longer than a thread is kept from telling what it did

    private readonly Stream _file;
    private readonly Channel<(SocketEvent Event, byte[] Bytes, long Left)> _queue = Channel.CreateUnbounded<(SocketEvent, byte[], long)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _broken = new();
    private readonly Task _writing;
    private readonly Lock _order = new();
    private long _waiting; // any thread, atomically: bytes in the queue
    private long _left;    // under _order: bytes left out since the last that were kept

    public HexRecord(Stream file)
    {
        _file = file;
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Why the file takes no more; null while it does. Written once, by the writing task.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Cancelled when the file takes no more.</summary>
    public CancellationToken Broken => _broken.Token;

    /// <summary>One event as lines; none for what moved no bytes.</summary>
    public static string Render(in SocketEvent e, ReadOnlySpan<byte> bytes)
    {
        string role = e.Role == SocketRole.Client ? "client" : "server";
        bool layer = e.Transport is "tls" or "ws" && e.Parent != 0;
        var text = new StringBuilder();
        text.Append(IsSend(e.Call) ? "> " : "< ")
            .Append((IsSend(e.Call) ? e.Utc - e.Duration : e.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture))
            .Append(CultureInfo.InvariantCulture, $" {role}#{(layer ? e.Parent : e.Connection)}").Append(layer ? "/" + e.Transport : "");
        if (e.StreamOffset >= 0)
            text.Append(CultureInfo.InvariantCulture, $" offset {e.StreamOffset}");
        else if (e.Remote?.ToString() is { Length: > 0 } peer)
            text.Append(' ').Append(TerminalText.Safe(peer));
        text.Append(CultureInfo.InvariantCulture, $" bytes {e.Moved}");
        if (e.Reason == "hidden")
            text.Append(" (not shown: a login may be among them)");
        text.Append('\n');
        foreach (string line in HexDump.Lines(bytes, Math.Max(0, e.StreamOffset)))
            text.Append(line).Append('\n');
        return text.ToString();
    }

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        bool moves = e.Call is SocketCall.Send or SocketCall.SendTo or SocketCall.Receive or SocketCall.ReceiveFrom or SocketCall.SendFrame or SocketCall.ReceiveFrame;
        bool datagram = e.StreamOffset < 0 && e.Call is not (SocketCall.SendFrame or SocketCall.ReceiveFrame);
        if (!moves || e.Failure is not null || e.Moved < 0 || (e.Moved == 0 && !datagram))
            return;
        lock (_order)
        {
            if (Volatile.Read(ref _waiting) > MostWaiting)
            {
                _left += e.Moved;
                return;
            }

            Interlocked.Add(ref _waiting, bytes.Length);
            _queue.Writer.TryWrite((e, bytes.ToArray(), _left));
            _left = 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        long left;
        lock (_order)
        {
            _queue.Writer.TryComplete();
            left = _left;
        }

        await _writing.ConfigureAwait(false);
        try
        {
            if (left > 0 && Failure is null)
                await _file.WriteAsync(Encoding.UTF8.GetBytes(LeftOut(left))).ConfigureAwait(false);
            await _file.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            Failure ??= e;
        }

        _broken.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var held = new PriorityQueue<(SocketEvent Event, byte[] Bytes, long Left), (long When, long Sequence)>();
        for (bool more = true; more || held.Count > 0;)
        {
            if (held.Count == 0)
                more = await _queue.Reader.WaitToReadAsync().ConfigureAwait(false);
            else if (more)
                more = await Task.WhenAny(_queue.Reader.Completion, Task.Delay(Settling)).ConfigureAwait(false) != _queue.Reader.Completion;
            long settled = more ? Stopwatch.GetTimestamp() - (long)(Settling.TotalSeconds * Stopwatch.Frequency) : long.MaxValue;
            while (_queue.Reader.TryRead(out (SocketEvent Event, byte[] Bytes, long Left) item))
                held.Enqueue(item, (When(item.Event), item.Event.Sequence));
            bool wrote = false;
            while (held.TryPeek(out _, out (long When, long Sequence) first) && first.When <= settled)
            {
                (SocketEvent e, byte[] bytes, long left) = held.Dequeue();
                Interlocked.Add(ref _waiting, -bytes.Length);
                await WriteAsync((left > 0 ? LeftOut(left) : "") + Render(e, bytes)).ConfigureAwait(false);
                wrote = true;
            }

            if (wrote)
                await WriteAsync(null).ConfigureAwait(false);
        }
    }

    // Null flushes.
    private async Task WriteAsync(string? text)
    {
        if (Failure is not null)
            return;
        try
        {
            if (text is null)
                await _file.FlushAsync().ConfigureAwait(false);
            else
                await _file.WriteAsync(Encoding.UTF8.GetBytes(text)).ConfigureAwait(false);
        }
        catch (IOException problem)
        {
            Failure = problem;
            await _broken.CancelAsync().ConfigureAwait(false);
        }
    }

    private static bool IsSend(SocketCall call) => call is SocketCall.Send or SocketCall.SendTo or SocketCall.SendFrame;

    private static long When(in SocketEvent e) => IsSend(e.Call) ? e.Timestamp - (long)(e.Duration.TotalSeconds * Stopwatch.Frequency) : e.Timestamp;

    private static string LeftOut(long bytes) => string.Create(CultureInfo.InvariantCulture, $"# {bytes} bytes left out: the file was too slow\n");
}
