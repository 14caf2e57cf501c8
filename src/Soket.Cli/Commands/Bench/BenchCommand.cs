using System.Text;
using System.Text.Json;
using Soket.Bench;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Commands.Bench;

/// <summary><c>soket bench ENDPOINT</c>: how much a server can take, and how long it takes for it. <c>soket bench compare A B</c>: whether that changed.</summary>
internal sealed class BenchCommand : Verb
{
    private const string Compare = "compare";

    private static readonly Positional Endpoint = new("ENDPOINT") { Choices = static () => [Compare] };
    private static readonly Positional Files = new("FILE", Many: true);
    private static readonly Flag Assert = new("--assert", FlagKind.Many, "flags.output", "CONDITION");
    private static readonly Flag Html = new("--html", FlagKind.Value, "flags.output", "FILE") { TypedOnly = true };
    private static readonly Flag Save = new("--save", FlagKind.Value, "flags.output", "FILE") { TypedOnly = true };

    public override string Name => "bench";

    public override string Group => "group.understand";

    public override IReadOnlyList<Positional> Positionals { get; } = [Endpoint, Files];

    public override IReadOnlyList<Flag> Flags { get; } = [.. BenchFlags.All, Assert, Html, Save, CommonFlags.Force, CommonFlags.Json, CommonFlags.Quiet];

    public override string? Meant(string option, CliIo io) => option.Split('=')[0] switch
    {
        "--threads" => io.Text("bench.meant.threads"),
        "--requests" => io.Text("bench.meant.requests"),
        "--concurrency" => io.Text("bench.meant.concurrency"),
        _ => null,
    };

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        string first = values.One(Endpoint) ?? throw io.Wrong("bench.wrong.no-endpoint");
        IReadOnlyList<string> files = values.All(Files);
        bool json = values.IsOn(CommonFlags.Json);
        if (first == Compare)
        {
            return files.Count == 2
                ? await new BenchCompare(io).RunAsync(files[0], files[1], json).ConfigureAwait(false)
                : throw io.Wrong("bench.wrong.compare");
        }

        values.CheckHostAndPort([first, .. files], "bench");
        if (files.Count > 0)
            throw io.Wrong("wrong.argument", ("word", TerminalText.Safe(files[0])));
        SocketUri endpoint = values.Endpoint(first);
        BenchPlan plan = BenchFlags.Read(values, io, endpoint);
        List<BenchAssertion> assertions = BenchAssertion.Read(values, Assert, io);
        ILoadGenerator generator = BenchGenerators.For(plan, managed: TransportChoice.Read(values, io).Name == "managed") ?? throw io.Wrong("bench.wrong.not-supported", ("mode", plan.Mode.ToString().ToLowerInvariant()), ("endpoint", endpoint));

        // What cannot be written is known before the minutes of work, and not after them.
        await using FileStream? page = OpenFile(values, io, Html);
        await using FileStream? saved = OpenFile(values, io, Save);
        var lines = json ? new JsonLinesObserver(io.Out, new JsonLinesOptions { LeaveOpen = true }) : null;
        await using (lines)
        {
            try
            {
                BenchOutcome outcome = await MeasureAsync(plan, generator, assertions, io, lines, values.IsOn(CommonFlags.Quiet), cancellationToken).ConfigureAwait(false);
                if (lines is not null)
                    await lines.WriteAsync(writer => BenchJson.Result(writer, outcome)).ConfigureAwait(false);
                else if (!values.IsOn(CommonFlags.Quiet) || outcome.ExitCode != ExitCodes.Done)
                    await WriteAsync(io, new BenchReport(io, outcome).Render()).ConfigureAwait(false);
                await KeepAsync(page, saved, outcome, io).ConfigureAwait(false);
                return outcome.ExitCode;
            }
            catch (SocketFailure failure)
            {
                Discard(page);
                Discard(saved);
                return await FailureView.TellAsync(failure, io, json, lines).ConfigureAwait(false);
            }
        }
    }

    private static async Task<BenchOutcome> MeasureAsync(BenchPlan plan, ILoadGenerator generator, List<BenchAssertion> assertions, CliIo io, JsonLinesObserver? lines, bool quiet, CancellationToken cancellationToken)
    {
        var errors = new BenchErrors(io);
        BenchRun? run = null;
        run = new BenchRun(generator, plan, waiting: Platform.ReadWaiting)
        {
            OnSecond = second =>
            {
                lines?.Write(writer => BenchJson.Second(writer, second));
                errors.See(run!.Progress);
            },
        };
        using var signals = new Signals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked);
        BenchScreen? screen = lines is null && !quiet && io.ErrorIsTerminal && io.Rewrites ? new BenchScreen(io, run, plan) : null;
        BenchResult result;
        await using (screen)
            result = await run.RunAsync(stop.Token).ConfigureAwait(false);
        return new BenchOutcome(result, await errors.ExplainAsync(result.Measured.Failures).ConfigureAwait(false), assertions);
    }

    private static async Task WriteAsync(CliIo io, IReadOnlyList<string> lines)
    {
        string indent = new(' ', BenchReport.Label);
        string text = string.Concat(lines.SelectMany(line => io.FitOut(line, indent)).Select(line => line + "\n"));
        await io.Out.WriteAsync(Encoding.UTF8.GetBytes(text)).ConfigureAwait(false);
        await io.Out.FlushAsync().ConfigureAwait(false);
    }

    private static async Task KeepAsync(FileStream? page, FileStream? saved, BenchOutcome outcome, CliIo io)
    {
        if (page is not null)
            await page.WriteAsync(Encoding.UTF8.GetBytes(BenchPage.Draw(outcome, io))).ConfigureAwait(false);
        if (saved is null)
            return;
        await using var writer = new JsonLinesObserver(saved, new JsonLinesOptions { LeaveOpen = true });
        await writer.WriteAsync(record => BenchJson.Result(record, outcome)).ConfigureAwait(false);
    }

    // A run that never began leaves no empty file behind.
    private static void Discard(FileStream? file)
    {
        if (file is null || file.Name.StartsWith("/dev/", StringComparison.Ordinal))
            return;
        file.Dispose();
        File.Delete(file.Name);
    }

    private static FileStream? OpenFile(VerbValues values, CliIo io, Flag flag)
    {
        if (values.Text(flag) is not { } path)
            return null;
        NewFile.Check(path, flag, values, io);
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("wrong.events-file", ("flag", flag.Name), ("path", TerminalText.Safe(path)), ("error", FileTrouble.Of(e, path, io)));
        }
    }
}
