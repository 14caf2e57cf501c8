using System.Buffers;
using System.Threading.Channels;
using Soket.Capture;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Endpoints;
using Soket.Events;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;

namespace Soket.Cli.Commands.RunPackets;

/// <summary>
/// The packets of one run of a verb: captured where that is permitted, else concluded from the calls; written to a file as they come, and drawn at the
/// end with the calls beside them.
/// </summary>
/// <remarks>Neither calls nor captures wait for it: both put what they have into a bounded queue, and one task does the rest.</remarks>
internal sealed class RunTrace : ISocketObserver, IAsyncDisposable
{
    private const long MostWaiting = 64 * 1024 * 1024;
    private const int ItemSize = 512; // about what an event or a packet takes without its bytes
    private const int MostCalls = 20_000;

    // What was never on an interface has one of its own in the file, so that it is not taken for captured.
    private static readonly CaptureInterface Nowhere = new() { Link = LinkType.RawIp, Name = "inferred", Description = "concluded from the calls of sockets, not captured" };

    private readonly CliIo _io;
    private readonly Screen _screen;
    private readonly JsonLinesObserver? _json; // where records go; null where people read
    private readonly string? _path;
    private readonly RunCaptures _captures;
    private readonly EventPackets _concluded;                 // pump only
    private readonly EventPackets? _plainText;                // pump only: what TLS carried; null where nothing is written
    private readonly OwnPackets _own;                         // pump only
    private readonly ConversationTracker? _tracker;           // pump only; null where nothing is drawn
    private readonly List<CaptureInterface> _interfaces = []; // pump only: as the file counts them
    private readonly List<RecordedEvent> _calls = [];         // pump only: what is drawn, with the first of the bytes
    private readonly Channel<Item> _queue = Channel.CreateUnbounded<Item>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _pump;
    private CaptureWriter? _writer; // pump only
    private long _callsLeftOut;     // pump only
    private long _notKept;          // pump only: bytes that moved and were not kept
    private long _waiting;          // any thread, atomically: bytes in the queue
    private long _lost;             // any thread, atomically: packets, and calls that would have been some, for which there was no room
    private int _disposed;

    private RunTrace(CliIo io, Screen screen, JsonLinesObserver? json, Stream? file, string? path, bool draws, RunCaptures captures)
    {
        _io = io;
        _screen = screen;
        _json = json;
        _path = path;
        _captures = captures;
        _tracker = draws ? new ConversationTracker() : null;
        _writer = file is null ? null : new PcapngWriter(file, _interfaces);
        var routes = new RouteSources(Platform.Facts);
        var options = new EventPacketsOptions { SourceFor = routes.SourceFor, LinearSynTimeouts = RunCaptures.LinearSynTimeouts };
        _concluded = new EventPackets(packet => Take(packet with { Interface = Number(Nowhere) }), options with { PlainText = false });
        _plainText = file is null ? null : new EventPackets(packet => Write(packet with { Interface = Number(Nowhere) }), options with { Carriers = false });
        _own = new OwnPackets(Take, routes.IsHere);
        _captures.Captured = Captured;
        _pump = Task.Run(PumpAsync);
    }

    /// <summary>Why the file takes no more; null while it does. Written once, by the pump.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Begins a trace where the flags ask for one, and where every port is known already the capture too (else <see cref="Watch"/> begins it).</summary>
    /// <param name="values">The flags.</param>
    /// <param name="io">For whom.</param>
    /// <param name="screen">Where the diagram goes, and what is to be said.</param>
    /// <param name="json">Where notices and the diagrams go with <c>--json</c>, as records.</param>
    /// <param name="places">The endpoints of the run.</param>
    /// <param name="open">Opens the file, for its owner alone.</param>
    public static RunTrace? Open(VerbValues values, CliIo io, Screen screen, JsonLinesObserver? json, IReadOnlyList<SocketUri> places, Func<string, Flag, Stream> open)
    {
        bool draws = values.IsOn(TraceFlags.Trace);
        string? path = values.Text(TraceFlags.Write);
        if (!draws && path is null)
        {
            if (values.IsTyped(TraceFlags.NoCapture))
                throw io.Wrong("run-packets.wrong.alone", ("flag", TraceFlags.NoCapture.Name));
            return null;
        }

        // The calls on a Unix socket can be drawn; packets to write there are none.
        if (path is not null && places.Count > 0 && places.All(place => place.IsUnix))
        {
            if (values.IsTyped(TraceFlags.Write))
                throw io.Wrong("run-packets.wrong.unix", ("flag", TraceFlags.Write.Name), ("endpoint", places[0]));
            path = null; // A variable sets what is usual for every call.
            if (!draws)
                return null;
        }

        if (path is not null && CaptureWriter.FormatOf(path) == CaptureFormat.Pcap)
            throw io.Wrong("run-packets.wrong.pcap", ("flag", TraceFlags.Write.Name), ("path", TerminalText.Safe(path)), ("example", TerminalText.Safe(Path.ChangeExtension(path, "pcapng"))));
        bool quiet = values.IsOn(CommonFlags.Quiet);
        var captures = new RunCaptures(values.IsOn(TraceFlags.NoCapture), io, (notice, text) => Tell(notice, text, screen, json, quiet));
        var trace = new RunTrace(io, screen, json, path is null ? null : open(path, TraceFlags.Write), path, draws, captures);
        if (places.All(place => place.IsUnix || place.Port != 0))
            trace.Watch(places);
        return trace;
    }

    /// <summary>Begins to capture at these endpoints, whose ports are known now. Does nothing where it began before.</summary>
    public void Watch(IEnumerable<SocketUri> places) => _captures.Begin([.. places]);

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        // With little room left the event counts all the same, as one whose bytes were not kept; with none, what moved bytes is left out, which their numbers show.
        long waiting = Interlocked.Read(ref _waiting);
        if (waiting > 2 * MostWaiting && e.Moved >= 0)
        {
            Interlocked.Increment(ref _lost);
            return;
        }

        byte[] kept = waiting + bytes.Length <= MostWaiting ? bytes.ToArray() : [];
        Interlocked.Add(ref _waiting, kept.Length + ItemSize);
        _queue.Writer.TryWrite(new Item(new RecordedEvent(e, kept, bytes.Length - kept.Length), null, null));
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _captures.EndAsync().ConfigureAwait(false);
        _queue.Writer.TryComplete();
        await _pump.ConfigureAwait(false);
        if (_captures.Lost + Interlocked.Read(ref _lost) is > 0 and long lost)
            _screen.Line(_io.Text("run-packets.lost", ("count", lost)));
        if (_path is not null && _notKept > 0)
            _screen.Line(_io.Text("run-packets.not-kept", ("bytes", Units.FormatBytes(_notKept)), ("path", TerminalText.Safe(_path))));
        if (_plainText is { WithoutPackets: > 0 and var count })
            _screen.Line(_io.Text("run-packets.without-packets", ("count", count), ("path", TerminalText.Safe(_path!))));
        var drawing = new RunDrawing(_io, _calls, _callsLeftOut, MostCalls);
        if (_tracker is not null && _json is not null)
            drawing.Write([.. _tracker.Conversations], _json);
        else if (_tracker is not null)
            drawing.Draw([.. _tracker.Conversations], _screen);
        _captures.Dispose();
    }

    private void Captured(in CapturedPacket packet, CaptureInterface? from)
    {
        if (Interlocked.Read(ref _waiting) + packet.Bytes.Length > MostWaiting)
        {
            Interlocked.Increment(ref _lost);
            return;
        }

        Interlocked.Add(ref _waiting, packet.Bytes.Length + ItemSize);
        _queue.Writer.TryWrite(new Item(default, packet with { Bytes = packet.Bytes.ToArray() }, from)); // what is lent is good until the next one
    }

    private async Task PumpAsync()
    {
        await foreach (Item item in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (item.Packet is { } packet)
            {
                Interlocked.Add(ref _waiting, -packet.Bytes.Length - ItemSize);
                _own.Take(item.From is { } from ? packet with { Interface = Number(from) } : packet);
            }
            else
            {
                Interlocked.Add(ref _waiting, -item.Event.Bytes.Length - ItemSize);
                Take(item.Event);
            }

            if (!_queue.Reader.TryPeek(out _))
                Guarded(static writer => writer.Flush());
        }

        _concluded.End();
        _plainText?.End();
        Guarded(static writer => writer.Dispose());
    }

    private void Take(in RecordedEvent recorded)
    {
        _own.On(recorded.Event); // also before capturing begins: who listens is told then
        if (!_captures.IsCapturing)
            _concluded.Add(recorded);
        _plainText?.Add(recorded);
        if (!_captures.IsCapturing || recorded.Event.Transport == "tls")
            _notKept += recorded.Omitted;
        if (_tracker is null)
            return;
        if (_calls.Count == MostCalls)
            _callsLeftOut++;
        else
            _calls.Add(recorded with { Bytes = recorded.Bytes[..Math.Min(recorded.Bytes.Length, 256)] });
    }

    private void Take(CapturedPacket packet)
    {
        Write(packet);
        _tracker?.Add(Packet.Decode(packet));
    }

    private int Number(CaptureInterface from)
    {
        int known = _interfaces.FindIndex(one => one.Name == from.Name && one.Link == from.Link);
        if (known >= 0)
            return known;
        _interfaces.Add(from);
        return _interfaces.Count - 1;
    }

    private void Write(CapturedPacket packet) => Guarded(writer => writer.Write(packet));

    // A disk that is full ends the file, and not the run.
    private void Guarded(Action<CaptureWriter> action)
    {
        if (_writer is not { } writer)
            return;
        try
        {
            action(writer);
        }
        catch (IOException e)
        {
            _writer = null;
            Failure = e;
            _screen.Line(_io.Text("run-packets.failed", ("path", TerminalText.Safe(_path!)), ("error", TerminalText.Safe(e.Message))));
        }
    }

    private static void Tell(string notice, string text, Screen screen, JsonLinesObserver? json, bool quiet)
    {
        if (json is not null)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "notice");
                writer.WriteString("notice", notice);
                writer.WriteString("text", text);
            });
        }
        else if (!quiet)
        {
            screen.Line(text);
        }
    }

    private readonly record struct Item(RecordedEvent Event, CapturedPacket? Packet, CaptureInterface? From);
}
