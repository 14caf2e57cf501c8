using Soket.Cli.CommandLine;
using Soket.Cli.Commands.RunPackets;
using Soket.Cli.Rendering;
using Soket.Cli.Telemetry;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Commands;

/// <summary>Where a verb's events go, as its flags say: lines on stderr, JSON Lines on stdout or in a file.</summary>
internal sealed class EventSinks : IAsyncDisposable
{
    private readonly List<ISocketObserver> _observers = [];
    private readonly List<IAsyncDisposable> _owned = [];
    private HeldObserver? _held;
    private JsonLinesObserver? _file;
    private TimeSpan _stalled = Timeout.InfiniteTimeSpan;
    private CancellationToken _now;
    private HexRecord? _record;

    /// <summary>The JSON Lines of stdout; null without <c>--json</c>.</summary>
    public JsonLinesObserver? Json { get; private init; }

    /// <summary>The packets of the run; null where nobody asked for them.</summary>
    public RunTrace? Trace { get; private set; }

    /// <summary>The stream; null when nobody looks, which then costs nothing.</summary>
    public SocketEvents? Events { get; private set; }

    /// <summary>Opens the sinks.</summary>
    /// <param name="values">The flags.</param>
    /// <param name="io">Where records go.</param>
    /// <param name="screen">Told when a file takes no more.</param>
    /// <param name="lines">Shows events as lines for people; null when none are wanted.</param>
    /// <param name="jsonEvents">Whether <c>--json</c> carries every event, and not only the verb's own records.</param>
    /// <param name="cover">Stands before each of the sinks, where there is something that none may see; null for nothing.</param>
    /// <param name="places">The endpoints of a run whose packets can be drawn and written; null for a verb without that.</param>
    public static EventSinks Open(
        VerbValues values, CliIo io, Screen screen, ISocketObserver? lines, bool jsonEvents, Func<ISocketObserver, ISocketObserver>? cover = null, IReadOnlyList<SocketUri>? places = null)
    {
        var sinks = new EventSinks { Json = values.IsOn(CommonFlags.Json) ? new JsonLinesObserver(io.Out, new JsonLinesOptions { LeaveOpen = true, IncludeBytes = true }) : null };
        if (sinks.Json is { } json)
        {
            sinks._owned.Add(json);
            if (jsonEvents)
                sinks._observers.Add(sinks._held = new HeldObserver(json));
        }

        if (values.Text(CommonFlags.Events) is { } path)
        {
            var file = new JsonLinesObserver(NewFile.Open(path, CommonFlags.Events, replaces: true, io), new JsonLinesOptions { IncludeBytes = true });
            sinks._file = file;
            sinks._owned.Add(file);
            sinks._observers.Add(file);
            file.Broken.Register(() => screen.Line(io.Text("events.failed", ("path", TerminalText.Safe(path)), ("error", file.Failure is { } why ? FileTrouble.Of(why, path, io) : ""))));
        }

        if (values.Text(CommonFlags.RecordHex) is { } dump)
        {
            var record = new HexRecord(OpenRecord(dump, CommonFlags.RecordHex, values, io));
            sinks._record = record;
            sinks._owned.Add(record);
            sinks._observers.Add(record);
            record.Broken.Register(() => screen.Line(io.Text("record.failed", ("path", TerminalText.Safe(dump)), ("error", record.Failure is { } why ? FileTrouble.Of(why, dump, io) : ""))));
        }

        if (values.Text(CommonFlags.Otlp) is { } receiver)
        {
            if (!Uri.TryCreate(receiver, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
                throw io.Wrong("otlp.wrong.url", ("value", TerminalText.Safe(receiver)));
            var export = new OtlpExport(address, error => screen.Line(io.Text("otlp.failed", ("endpoint", TerminalText.Safe(receiver)), ("error", TerminalText.Safe(error)))));
            sinks._owned.Add(export);
            sinks._observers.AddRange(export.Observers);
        }

        if (places is not null && RunTrace.Open(values, io, screen, sinks.Json, places, (path, flag) => OpenRecord(path, flag, values, io)) is { } trace)
        {
            sinks.Trace = trace;
            sinks._owned.Insert(0, trace); // it may have something to say in the records of stdout
            sinks._observers.Add(trace);
        }

        if (lines is not null)
            sinks._observers.Add(lines);

        sinks.Events = sinks._observers.Count == 0 ? null : new SocketEvents([.. cover is null ? sinks._observers : sinks._observers.Select(cover)]);
        return sinks;
    }

    /// <summary>Lets the events of stdout pass, which are held back until the verb's first record stands there.</summary>
    public void Release() => _held?.Release();

    /// <summary>From here on the end waits for who reads stdout only as long as he reads.</summary>
    /// <param name="stalled">How long he may take nothing.</param>
    /// <param name="now">Then he is waited for no more than a moment.</param>
    public void Hurry(TimeSpan stalled, CancellationToken now) => (_stalled, _now) = (stalled, now);

    /// <summary>Ends the sinks.</summary>
    /// <param name="exitCode">What the verb ends with.</param>
    /// <returns>What it ends with when the file was to tell of it and could not.</returns>
    public async Task<int> FinishAsync(int exitCode)
    {
        await DisposeAsync().ConfigureAwait(false);
        return exitCode == ExitCodes.Done && (_file?.Failure ?? _record?.Failure ?? Trace?.Failure ?? Json?.Failure as TimeoutException) is not null ? ExitCodes.NotWritten : exitCode;
    }

    // What was said between two ends is nobody else's to read, and not lost to a second run.
    private static FileStream OpenRecord(string path, Flag flag, VerbValues values, CliIo io)
    {
        NewFile.Check(path, flag, values, io);
        return NewFile.Open(path, flag, values.IsOn(CommonFlags.Force), io);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable sink in _owned)
        {
            if (sink == Json)
                await Json.EndAsync(_stalled, _now).ConfigureAwait(false);
            else
                await sink.DisposeAsync().ConfigureAwait(false);
        }
    }
}
