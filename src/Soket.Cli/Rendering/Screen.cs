using System.Threading.Channels;
using Soket.Languages;

namespace Soket.Cli.Rendering;

/// <summary>How a screen behaves.</summary>
internal sealed record ScreenOptions
{
    public Language Language { get; init; }

    /// <summary>Whether it is a terminal that a line can be rewritten on: a terminal at all, and not TERM=dumb.</summary>
    public bool CanRewrite { get; init; }

    /// <summary>Whether the terminal lays lines out anew when it is resized, so that a status line may have come to stand on several rows.</summary>
    public bool Reflows { get; init; }

    /// <summary>Whether lines are broken at words, as wide as the terminal is.</summary>
    public bool Wraps { get; init; }

    /// <summary>The columns of the terminal, asked for each time: people resize windows.</summary>
    public Func<int> Width { get; init; } = static () => 80;

    /// <summary>Whether a person types to this process just now: a status line would stand where else is typed.</summary>
    public Func<bool> IsForeground { get; init; } = static () => true;

    /// <summary>How many offered lines may wait.</summary>
    public int Capacity { get; init; } = 4096;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>
/// Everything that goes to standard error goes through here: whole lines in order, and below them at most one status line that is rewritten in
/// place, at most four times a second, and taken away before any other line. One task writes; callers never wait for a slow terminal.
/// </summary>
internal sealed class Screen : IAsyncDisposable
{
    private const string Clear = "\r\u001b[K"; // ECMA-48 EL: to the end of the line
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly TextWriter _writer;
    private readonly ScreenOptions _options;
    private readonly Channel<Item> _queue = Channel.CreateUnbounded<Item>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writing;
    private readonly Lock _order = new();
    private ITimer? _timer;          // under _order
    private Func<string>? _status;   // any thread, replaced whole
    private int _waiting;            // offered lines in the queue
    private long _dropped;           // under _order
    private string _shown = "";      // writing task only
    private bool _broken;            // writing task only

    public Screen(TextWriter writer, ScreenOptions? options = null)
    {
        _writer = writer;
        _options = options ?? new();
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Whether an offered line would be taken.</summary>
    public bool HasRoom => Volatile.Read(ref _waiting) < _options.Capacity;

    /// <summary>A line that must not get lost: an error, a summary.</summary>
    public void Line(string line) => Enqueue(new Item { Line = line });

    /// <summary>A line of a log; dropped and counted when the terminal is slower than the log. Null only counts: a line that was not even made.</summary>
    public void Offer(string? line)
    {
        lock (_order)
        {
            if (line is null || !HasRoom)
            {
                _dropped++;
                return;
            }

            Interlocked.Increment(ref _waiting);
            Enqueue(new Item { Line = line, Offered = true });
        }
    }

    /// <summary>Shows a status line until <see cref="EndStatus"/>; does nothing where a line cannot be rewritten.</summary>
    public void StartStatus(Func<string> status)
    {
        if (!_options.CanRewrite)
            return;
        Volatile.Write(ref _status, status);
        lock (_order)
            _timer ??= _options.Time.CreateTimer(static screen => ((Screen)screen!).Enqueue(new Item { Tick = true }), this, TimeSpan.Zero, Interval);
    }

    /// <summary>Takes the status line away.</summary>
    public void EndStatus()
    {
        Func<string>? shown = Interlocked.Exchange(ref _status, null);
        lock (_order)
        {
            _timer?.Dispose();
            _timer = null;
        }

        Enqueue(new Item { Ended = shown is not null });
    }

    /// <summary>Ends when everything so far has been written.</summary>
    public Task FlushAsync()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _queue.Writer.TryWrite(new Item { Written = written }) ? written.Task : Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        EndStatus();
        _queue.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    private void Enqueue(in Item item)
    {
        lock (_order)
        {
            Item numbered = item with { DroppedBefore = item.Line is null ? 0 : _dropped };
            if (_queue.Writer.TryWrite(numbered) && item.Line is not null)
                _dropped = 0;
        }
    }

    private async Task WriteAllAsync()
    {
        var told = new List<TaskCompletionSource>();
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            bool tick = false;
            while (_queue.Reader.TryRead(out Item item))
            {
                if (item.Offered)
                    Interlocked.Decrement(ref _waiting);
                if (item.DroppedBefore > 0)
                    Put(Dropped(item.DroppedBefore));
                if (item.Line is { } line)
                    Put(line);
                tick |= item.Tick;
                if (item.Ended)
                    TakeStatusAway();
                if (item.Written is not null)
                    told.Add(item.Written);
            }

            ShowStatus(tick);
            Try(_writer.Flush);
            told.ForEach(static written => written.SetResult());
            told.Clear();
        }

        long left;
        lock (_order)
            left = _dropped;
        if (left > 0)
            Put(Dropped(left));
        Try(_writer.Flush);
    }

    private string Dropped(long count) => RenderingTexts.All.Get(_options.Language, "dropped-lines", ("count", count));

    private void Put(string line)
    {
        Try(() =>
        {
            if (_shown.Length > 0 && _options.IsForeground())
                _writer.Write(Erasing());
            foreach (string part in _options.Wraps ? line.Split('\n').SelectMany(Fold) : [line])
                _writer.Write(part + "\n");
        });
        _shown = "";
    }

    // What is indented is laid out already: a hex dump's columns say something.
    private IReadOnlyList<string> Fold(string line) => line.StartsWith("    ", StringComparison.Ordinal) ? [line] : TextWidth.Wrap(line, Math.Max(20, _options.Width() - 1), indent: "    ");

    private void ShowStatus(bool tick)
    {
        // After other lines the status comes back with the next tick: a log that runs fast is not torn apart by it.
        if (!tick || Volatile.Read(ref _status) is not { } status)
            return;
        if (!_options.IsForeground())
        {
            _shown = ""; // a shell has its prompt there now
            return;
        }

        string text = TextWidth.Cut(status(), Math.Max(10, _options.Width() - 3), "…"); // room for a typed ^C
        if (text != _shown)
            Try(() => _writer.Write(Erasing() + text));
        _shown = text;
    }

    // Whether or not it stands there just now: what the terminal itself wrote behind it, a typed ^C, goes as well.
    private void TakeStatusAway()
    {
        if (_options.CanRewrite && _options.IsForeground())
            Try(() => _writer.Write(Erasing()));
        _shown = "";
    }

    // In a window that has become narrower since, the line takes up several rows, and the cursor is on the last.
    private string Erasing()
    {
        int width = Math.Max(1, _options.Width());
        int above = _options.Reflows && _shown.Length > 0 ? (TextWidth.Of(_shown) - 1) / width : 0;
        return above > 0 ? $"\r\u001b[{above.ToString(System.Globalization.CultureInfo.InvariantCulture)}A\u001b[J" : Clear; // ECMA-48 CUU, ED
    }

    // Standard error that is gone must not take the work down with it.
    private void Try(Action write)
    {
        if (_broken)
            return;
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _broken = true;
        }
    }

    private readonly record struct Item
    {
        public string? Line { get; init; }

        public bool Offered { get; init; }

        public bool Tick { get; init; }

        public bool Ended { get; init; }

        public TaskCompletionSource? Written { get; init; }

        public long DroppedBefore { get; init; }
    }
}
