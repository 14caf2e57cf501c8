using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;

namespace Soket.Events;

/// <summary>How a <see cref="JsonLinesObserver"/> writes.</summary>
public sealed record JsonLinesOptions
{
    /// <summary>Whether the bytes an event moved are written as well, as <c>text</c> or <c>base64</c>.</summary>
    public bool IncludeBytes { get; init; }

    /// <summary>The most bytes of one event that are written; the rest is counted in <c>bytes_omitted</c>. 4 KiB.</summary>
    public int BytesPerEvent { get; init; } = 4096;

    /// <summary>How many events may wait for a slow stream; further ones are dropped, counted, and the count is written. 8192.</summary>
    public int Capacity { get; init; } = 8192;

    /// <summary>Whether the stream is left open at the end.</summary>
    public bool LeaveOpen { get; init; }
}

/// <summary>
/// Writes the event stream as JSON Lines: one object a line, numbers as numbers, the unit of a time in its key. The schema is published as
/// docs/schema/soket-events.schema.json and versioned by <c>v</c>. Safe for use by any thread.
/// </summary>
/// <remarks>
/// Events never wait: when the stream is slow they are dropped, and a line <c>{"v":1,"type":"dropped","count":N}</c> stands where they were.
/// Records of others (<see cref="Write"/>) are never dropped, unless they are only offered (<see cref="Offer"/>), and stand among the events in the order in which
/// both came.
/// </remarks>
public sealed class JsonLinesObserver : ISocketObserver, IAsyncDisposable
{
    /// <summary>The version of the schema, in every line as <c>v</c>. It changes when a key goes or changes its meaning; keys may be added within it.</summary>
    public const int SchemaVersion = 1;

    // Text stays readable, quotes and control characters are escaped; what this encoder lets through and a terminal must not see, JsonLine escapes.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    private readonly Stream _stream;
    private readonly JsonLinesOptions _options;
    private readonly Channel<Item> _queue = Channel.CreateUnbounded<Item>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _broken = new();
    private readonly Task _writing;
    private readonly Lock _order = new(); // from counting what was dropped to enqueueing
    private int _waiting;                 // events, and what was offered, in the queue
    private long _puts;                   // how often the stream has taken something
    private long _dropped;                // under _order: since the last line that told it
    private long _droppedInAll;           // written under _order
    private Exception? _failure;          // written once, by the writing task
    private int _disposed;

    /// <summary>Starts writing.</summary>
    /// <param name="stream">Where the lines go; it is written to by one task, in whole lines, and flushed whenever nothing more waits.</param>
    /// <param name="options">How.</param>
    public JsonLinesObserver(Stream stream, JsonLinesOptions? options = null)
    {
        _stream = stream;
        _options = options ?? new();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Capacity, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.BytesPerEvent, nameof(options));
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>How many events were dropped so far.</summary>
    public long Dropped => Interlocked.Read(ref _droppedInAll);

    /// <summary>Why the stream takes no more (a broken pipe, a full disk); null while it does.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Cancelled when the stream takes no more.</summary>
    public CancellationToken Broken => _broken.Token;

    /// <inheritdoc/>
    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        byte[]? kept = null;
        if (_options.IncludeBytes && e.Moved >= 0)
            kept = (bytes.Length > _options.BytesPerEvent ? bytes.Slice(0, _options.BytesPerEvent) : bytes).ToArray();

        lock (_order)
        {
            if (!HasRoom())
                return;
            Interlocked.Increment(ref _waiting);
            if (!_queue.Writer.TryWrite(new Item { Event = e, Bytes = kept, DroppedBefore = _dropped }))
                return; // Disposed: whoever made the stream has stopped looking.
            _dropped = 0;
        }
    }

    /// <summary>Adds a record of one's own: begins the object, writes <c>v</c>, lets <paramref name="properties"/> write the rest, ends it. Never dropped.</summary>
    /// <param name="properties">Writes the properties, <c>type</c> first. Called before this returns.</param>
    public void Write(Action<Utf8JsonWriter> properties) => Enqueue(properties, written: null);

    /// <summary>Adds a record as <see cref="Write"/> does; where too many wait it is dropped and counted, as an event is.</summary>
    /// <param name="properties">Writes the properties, <c>type</c> first. Called before this returns, or not at all.</param>
    public void Offer(Action<Utf8JsonWriter> properties)
    {
        if (!HasRoom())
            return;
        Interlocked.Increment(ref _waiting);
        Enqueue(properties, written: null, isOffered: true);
    }

    /// <summary>Adds a record as <see cref="Write"/> does, and waits until it is in the stream: this is how a producer is held back by a slow reader.</summary>
    /// <param name="properties">Writes the properties, <c>type</c> first.</param>
    /// <exception cref="IOException">The stream takes no more.</exception>
    public Task WriteAsync(Action<Utf8JsonWriter> properties)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(properties, written);
        return written.Task;
    }

    /// <summary>Waits until everything added so far is in the stream.</summary>
    /// <exception cref="IOException">The stream takes no more.</exception>
    public Task FlushAsync()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_queue.Writer.TryWrite(new Item { Written = written }))
            written.SetResult();
        return written.Task;
    }

    /// <summary>Writes what still waits and ends. A failing stream is told by <see cref="Failure"/>, not thrown.</summary>
    public async ValueTask DisposeAsync() => await EndAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).ConfigureAwait(false);

    /// <summary>Writes what still waits and ends, unless the stream takes nothing for a while; that is told by <see cref="Failure"/>, a <see cref="TimeoutException"/>.</summary>
    /// <param name="stalled">How long it may take nothing; infinite for ever.</param>
    /// <param name="now">Then it is given half a second, whatever was agreed.</param>
    public async Task EndAsync(TimeSpan stalled, CancellationToken now)
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _queue.Writer.TryComplete();
        while (!_writing.IsCompleted)
        {
            long before = Interlocked.Read(ref _puts);
            bool hurries = now.IsCancellationRequested;
            await Task.WhenAny(_writing, Task.Delay(hurries ? Moment : stalled, hurries ? CancellationToken.None : now)).ConfigureAwait(false);
            if (_writing.IsCompleted || Interlocked.Read(ref _puts) != before || hurries != now.IsCancellationRequested)
                continue;
            Volatile.Write(ref _failure, Failure ?? new TimeoutException("Nobody reads it."));
            return; // the stream is still being written to, and nobody's any more
        }

        await _writing.ConfigureAwait(false);
        if (!_options.LeaveOpen)
        {
            try
            {
                await _stream.DisposeAsync().ConfigureAwait(false);
            }
            catch (IOException e)
            {
                Volatile.Write(ref _failure, Failure ?? e);
            }
        }

        _broken.Dispose();
    }

    // Counts it as dropped where there is none.
    private bool HasRoom()
    {
        lock (_order)
        {
            if (Failure is null && Volatile.Read(ref _waiting) < _options.Capacity)
                return true;
            _dropped++;
            _droppedInAll++;
            return false;
        }
    }

    private void Enqueue(Action<Utf8JsonWriter> properties, TaskCompletionSource? written, bool isOffered = false)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("v", SchemaVersion);
            properties(json);
            json.WriteEndObject();
        }

        lock (_order)
        {
            if (_queue.Writer.TryWrite(new Item { Line = buffer.WrittenMemory, IsOffered = isOffered, Written = written, DroppedBefore = _dropped }))
                _dropped = 0;
            else
                written?.SetException(new ObjectDisposedException(nameof(JsonLinesObserver)));
        }
    }

    private async Task WriteAllAsync()
    {
        var lines = new ArrayBufferWriter<byte>(16 * 1024);
        var line = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(line, WriterOptions);
        var told = new List<TaskCompletionSource>();
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (lines.WrittenCount < 64 * 1024 && _queue.Reader.TryRead(out Item item))
            {
                if (item.DroppedBefore > 0)
                    WriteDropped(json, line, lines, item.DroppedBefore);
                if (item.Written is not null)
                    told.Add(item.Written);
                if (item.Line is { } finished)
                {
                    if (item.IsOffered)
                        Interlocked.Decrement(ref _waiting);
                    JsonLine.Append(lines, finished.Span);
                }
                else if (item.Event is { } e)
                {
                    Interlocked.Decrement(ref _waiting);
                    json.Reset();
                    line.ResetWrittenCount();
                    JsonLine.Write(json, in e, item.Bytes);
                    json.Flush();
                    JsonLine.Append(lines, line.WrittenSpan);
                }
            }

            await PutAsync(lines).ConfigureAwait(false);
            foreach (TaskCompletionSource written in told)
            {
                if (Failure is { } failure)
                    written.SetException(failure);
                else
                    written.SetResult();
                _ = written.Task.Exception; // Whoever waits sees it; nobody has to wait.
            }

            told.Clear();
        }

        long left;
        lock (_order)
            left = _dropped;
        if (left > 0)
        {
            WriteDropped(json, line, lines, left);
            await PutAsync(lines).ConfigureAwait(false);
        }
    }

    private static void WriteDropped(Utf8JsonWriter json, ArrayBufferWriter<byte> line, ArrayBufferWriter<byte> lines, long count)
    {
        json.Reset();
        line.ResetWrittenCount();
        json.WriteStartObject();
        json.WriteNumber("v", SchemaVersion);
        json.WriteString("type", "dropped");
        json.WriteNumber("count", count);
        json.WriteEndObject();
        json.Flush();
        JsonLine.Append(lines, line.WrittenSpan);
    }

    private async Task PutAsync(ArrayBufferWriter<byte> lines)
    {
        try
        {
            if (Failure is null && lines.WrittenCount > 0)
            {
                await _stream.WriteAsync(lines.WrittenMemory).ConfigureAwait(false);
                await _stream.FlushAsync().ConfigureAwait(false);
                Interlocked.Increment(ref _puts);
            }
        }
        catch (Exception e)
        {
            // Told to whoever asks or waits; the sockets that are watched have no part in it.
            Volatile.Write(ref _failure, e);
            await _broken.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lines.ResetWrittenCount();
    }

    private readonly record struct Item
    {
        public SocketEvent? Event { get; init; }

        public byte[]? Bytes { get; init; }

        public ReadOnlyMemory<byte>? Line { get; init; }

        public bool IsOffered { get; init; }

        public TaskCompletionSource? Written { get; init; }

        public long DroppedBefore { get; init; }
    }
}
