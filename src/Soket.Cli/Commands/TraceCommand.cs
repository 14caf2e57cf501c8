using System.Globalization;
using System.Net;
using System.Text;
using Soket.Capture;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Trace;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Languages;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;

namespace Soket.Cli.Commands;

/// <summary><c>soket trace SOURCE</c>: what really went over the wire, live or from a capture file, as diagrams, a table, or a line a packet.</summary>
internal sealed class TraceCommand : Verb
{
    private static readonly Positional Source = new("SOURCE", Many: true) { RefusesEmpty = true };
    private static readonly Flag Interface = new("--interface", FlagKind.Value, "flags.where", "NAME", "-i") { Choices = static () => System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces().Select(link => link.Name) };
    private static readonly Flag Count = new("--count", FlagKind.Value, "flags.limits", "N", "-c");
    private static readonly Flag Duration = new("--duration", FlagKind.Value, "flags.limits", "TIME", "-d");
    private static readonly Flag List = new("--list", FlagKind.Switch, "flags.output", Short: "-l");
    private static readonly Flag PacketLines = new("--packets", FlagKind.Switch, "flags.output", Short: "-p");
    private static readonly Flag Numbers = new("--conversation", FlagKind.Many, "flags.output", "N", "-n");
    private static readonly Flag All = new("--all", FlagKind.Switch, "flags.output", Short: "-a");
    private static readonly Flag Time = new("--time", FlagKind.Value, "flags.output", "relative|clock|delta|none");
    private static readonly Flag Hex = new("--hex", FlagKind.Switch, "flags.output", Short: "-x");
    private static readonly Flag Write = new("--write", FlagKind.Value, "flags.output", "FILE", "-w");
    private static readonly Flag Svg = new("--svg", FlagKind.Value, "flags.output", "FILE");
    private static readonly Flag Html = new("--html", FlagKind.Value, "flags.output", "FILE");

    public override string Name => "trace";

    public override string Group => "group.understand";

    public override IReadOnlyList<Positional> Positionals { get; } = [Source];

    public override IReadOnlyList<Flag> Flags { get; } =
    [
        Interface, Count, Duration, List, PacketLines, Numbers, All, Time, Hex, Write, Svg, Html, CommonFlags.Force, CommonFlags.Json, CommonFlags.Verbose, CommonFlags.Quiet,
    ];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> words = values.All(Source);
        TraceSource source = await TraceSource.ReadAsync(words, values.Text(Interface), io, cancellationToken).ConfigureAwait(false);
        if (source.File is not null && ((ReadOnlySpan<Flag>)[Interface, Duration]).ToArray().FirstOrDefault(values.IsTyped) is { } stray)
            throw io.Wrong("trace.wrong.live-only", ("flag", stray.Name));
        bool json = values.IsOn(CommonFlags.Json), lines = values.IsOn(PacketLines), quiet = values.IsOn(CommonFlags.Quiet);
        bool live = source.File is null;
        PacketTime time = values.Text(Time) switch
        {
            null or "relative" => PacketTime.Relative,
            "clock" => PacketTime.Clock,
            "delta" => PacketTime.Delta,
            "none" => PacketTime.None,
            { } other => throw io.Wrong("wrong.choice", ("flag", Time.Name), ("value", TerminalText.Safe(other)), ("choices", "relative, clock, delta, none")),
        };
        HashSet<int> only = [.. values.Many(Numbers).Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
            : throw io.Wrong("wrong.number", ("flag", Numbers.Name), ("value", TerminalText.Safe(text)), ("least", 1), ("most", int.MaxValue)))];
        long most = values.Number(Count, int.MaxValue, 1, int.MaxValue);
        foreach (Flag flag in (ReadOnlySpan<Flag>)[Write, Svg, Html])
        {
            if (values.Text(flag) is { } file)
                NewFile.Check(file, flag, values, io);
        }

        await using Screen screen = io.CreateScreen(canRewrite: !json && !quiet);
        using var signals = new Signals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked);
        // What is told while it is captured goes where log lines go; a line a packet that was asked for is the output itself.
        Stream output = io.Out;
        var records = json ? new TraceRecords(output) : null;
        bool tells = !json && (lines || (live && io.ErrorIsTerminal && !quiet));
        using CaptureWriter? writer = values.Text(Write) is { } path ? CaptureWriter.Create(NewFile.Open(path, Write, values.IsOn(CommonFlags.Force), io), CaptureWriter.FormatOf(path), source.Interfaces) : null;
        var run = new TraceRun(io, new PacketLine(io, time, new Ink(lines ? io.ColourOut : io.ColourError)))
        {
            Tell = !tells ? null : lines ? line => output.Write(Encoding.UTF8.GetBytes(string.Concat(io.FitOut(line, TableLayout.Indent).Select(part => part + "\n")))) : screen.Offer,
            Fields = lines && values.IsOn(CommonFlags.Verbose),
            Hex = lines && values.IsOn(Hex),
            Writer = writer,
            Wanted = source.File is null ? null : source.Wanted,
            Record = lines ? records is null ? null : records.Packet : null,
            Only = only,
        };
        if (live)
        {
            if (values.Duration(Duration, null) is { } limit)
                stop.CancelAfter(limit);
            if (!quiet)
                screen.Line(io.Text("trace.capturing", ("what", source.Description), ("interface", source.Interface ?? "*")));
        }

        int exit = await TakeAsync(source, run, most, screen, io, stop.Token).ConfigureAwait(false);
        writer?.Flush();
        if (!quiet && live)
            screen.Line(run.Summary());
        if (!quiet && run.Parts() is { } parts)
            screen.Line(parts);
        await screen.FlushAsync().ConfigureAwait(false);
        if (only.Count > 0 && only.FirstOrDefault(number => number > run.AllConversations) is > 0 and var missing)
            throw io.Wrong("trace.wrong.conversation", ("flag", Numbers.Name), ("value", missing), ("count", run.AllConversations));

        var drawing = new TraceDrawing(io, run.Conversations) { Times = time != PacketTime.None, Unfolded = values.IsOn(CommonFlags.Verbose), All = values.IsOn(All) || only.Count > 0 };
        switch (values.IsOn(List), lines)
        {
            case (true, _) when records is not null:
                records.Conversations(run.Conversations);
                break;
            case (true, _):
                drawing.List(output);
                break;
            case (_, false) when records is not null:
                records.Diagrams(drawing.Each());
                break;
            case (_, false):
                drawing.Diagrams(output);
                break;
        }

        await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        if (values.Text(Svg) is { } svg)
            await drawing.SvgAsync(svg).ConfigureAwait(false);
        if (values.Text(Html) is { } html)
            await drawing.HtmlAsync(html).ConfigureAwait(false);
        return exit;
    }

    // Packets are taken by a thread of its own: a capture blocks it until one comes, and a file is worked through without giving way.
    private static Task<int> TakeAsync(TraceSource source, TraceRun run, long most, Screen screen, CliIo io, CancellationToken stop) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                using IPacketSource packets = source.Open();
                while (run.Shown < most && !stop.IsCancellationRequested && packets.TryNext(out CapturedPacket packet, stop))
                    run.Take(packet);
                if (packets.Lost > 0)
                    screen.Line(io.Text("trace.lost", ("count", packets.Lost)));
                return ExitCodes.Done;
            }
            catch (CaptureFileException e) when (e.Problem == CaptureFileProblem.CutShort && run.Packets > 0)
            {
                screen.Line(io.Text("trace.cut")); // what a capture that was killed leaves
                return ExitCodes.Done;
            }
            catch (CaptureFileException e)
            {
                screen.Line("soket: " + io.Text("trace.wrong.file", ("path", TerminalText.Safe(source.File ?? "-")), ("error", e.Describe(io.Language))));
                return ExitCodes.Failed;
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
