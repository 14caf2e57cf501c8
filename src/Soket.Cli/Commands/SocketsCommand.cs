using System.Text;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Sockets;
using Soket.Cli.Rendering;
using Soket.Explain;
using Soket.SocketTable;

namespace Soket.Cli.Commands;

/// <summary><c>soket sockets [FILTER]</c>: the sockets of this machine, their states, who has them, and whose turn it is.</summary>
internal sealed class SocketsCommand : Verb
{
    private static readonly Positional Filter = new("FILTER", Many: true) { RefusesEmpty = true, Choices = static () => [.. SocketTableStates.All.Select(state => state.Name().ToLowerInvariant()), "tcp", "udp", "raw", "unix", .. SocketFilter.Terms.Select(term => term + "=")] };
    private static readonly Flag All = new("--all", FlagKind.Switch, "flags.where", Short: "-a") { TextKey = "sockets.flag.all" };
    private static readonly Flag Namespace = new("--netns", FlagKind.Value, "flags.where", "NAME");
    private static readonly Flag Info = new("--info", FlagKind.Switch, "flags.output", Short: "-i");
    private static readonly Flag Memory = new("--memory", FlagKind.Switch, "flags.output", Short: "-m");
    private static readonly Flag Explains = new("--explain", FlagKind.Switch, "flags.output", Short: "-e");
    private static readonly Flag Users = new("--users", FlagKind.Switch, "flags.output", Short: "-u");
    private static readonly Flag Summary = new("--summary", FlagKind.Switch, "flags.output", Short: "-s");
    private static readonly Flag Tree = new("--tree", FlagKind.Switch, "flags.output");
    private static readonly Flag Resolve = new("--resolve", FlagKind.Switch, "flags.output", Short: "-r") { TextKey = "sockets.flag.resolve" };
    private static readonly Flag Each = new("--each", FlagKind.Switch, "flags.output");
    private static readonly Flag Sort = new("--sort", FlagKind.Value, "flags.output", string.Join('|', SocketOrder.Keys));
    private static readonly Flag Reverse = new("--reverse", FlagKind.Switch, "flags.output");
    private static readonly Flag Close = new("--close", FlagKind.Switch, "flags.end") { TypedOnly = true };
    private static readonly Flag Kill = new("--kill", FlagKind.Switch, "flags.end") { TypedOnly = true };
    private static readonly Flag Signal = new("--signal", FlagKind.Value, "flags.end", string.Join('|', SocketEnding.Signals.Keys)) { TypedOnly = true };
    private static readonly Flag Yes = new("--yes", FlagKind.Switch, "flags.end", Short: "-y") { TypedOnly = true };
    private static readonly Flag Watch = new("--watch", FlagKind.Switch, "flags.output", Short: "-w");
    private static readonly Flag Interval = new("--interval", FlagKind.Value, "flags.output", "TIME");

    public override string Name => "sockets";

    public override string Group => "group.understand";

    public override IReadOnlyList<Positional> Positionals { get; } = [Filter];

    public override IReadOnlyList<Flag> Flags { get; } = [All, Namespace, Info, Memory, Explains, Users, Resolve, Each, Sort, Reverse, Summary, Tree, Watch, Interval, CommonFlags.Json, Close, Kill, Signal, Yes];

    public override string? Meant(string option, CliIo io) => SsLetters.Read(option) is { } filter ? io.Text("sockets.wrong.ss", ("filter", filter)) : null;

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        string asked = string.Join(' ', values.All(Filter));
        SocketFilter filter = ReadFilter(asked, io);
        CheckEnding(values, asked, io);
        SocketOrder order = ReadOrder(values, io);
        bool json = values.IsOn(CommonFlags.Json);
        if (new[] { Summary, Tree, Watch }.Where(values.IsTyped).Take(2).ToArray() is [var one, var other])
            throw io.Wrong("sockets.wrong.two-views", ("one", one.Name), ("other", other.Name));
        if (values.IsTyped(Interval) && !values.IsOn(Watch))
            throw io.Wrong("sockets.wrong.interval", ("flag", Interval.Name), ("other", Watch.Name));
        if (values.IsTyped(Namespace) && !OperatingSystem.IsLinux())
            throw io.Wrong("sockets.wrong.netns", ("flag", Namespace.Name));
        Platform.CheckNamespace(values.Text(Namespace), io);
        bool explains = values.IsOn(Explains);
        var view = new SocketView(io, Platform.SocketTable(values.Text(Namespace)), filter)
        {
            Query = new SocketTableQuery
            {
                Protocols = filter.NamesUnix || values.IsOn(All) ? ["tcp", "udp", "raw", "unix"] : ["tcp", "udp", "raw"],
                Info = values.IsOn(Info) || explains || order.Key == "rtt",
                Memory = values.IsOn(Memory) || explains,
                Holders = !values.IsOn(Summary) || filter.NeedsHolders,
            },
            Explains = explains,
            Order = order,
            List = new SocketList(io)
            {
                Info = values.IsOn(Info),
                Memory = values.IsOn(Memory),
                Explains = explains,
                Users = values.IsOn(Users),
                Each = values.IsOn(Each),
                Names = values.IsOn(Resolve) ? new SocketNames() : null,
            },
        };
        view.List.Notes = socket => view.Notes(socket);
        if (values.IsOn(Watch))
        {
            TimeSpan interval = values.Duration(Interval, TimeSpan.FromSeconds(1))!.Value;
            if (interval < TimeSpan.FromMilliseconds(50))
                throw io.Wrong("sockets.wrong.too-often", ("flag", Interval.Name), ("least", "50ms"));
            using var signals = new Signals();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Asked);
            await new SocketWatch(view, io, json).RunAsync(interval, stop.Token).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        IReadOnlyList<SocketEntry> sockets = view.Read(out SocketTableSnapshot snapshot);
        if (view.List.Names is { } names)
            await names.LookUpAsync(sockets, cancellationToken).ConfigureAwait(false);
        if (json)
        {
            using var bytes = new MemoryStream();
            foreach (SocketEntry socket in sockets)
                view.Record(bytes, socket);
            bytes.Position = 0;
            await bytes.CopyToAsync(io.Out, cancellationToken).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        IEnumerable<string> lines = values.IsOn(Summary) ? SocketSummary.Render(sockets, io) : values.IsOn(Tree) ? SocketTree.Render(sockets, view.List.Piles(sockets), io) : view.List.Render(sockets);
        // The list has laid its rows out; a summary and a tree have lines.
        // As they come: a text of all of them would be megabytes.
        var output = new StreamWriter(io.Out, bufferSize: 32 * 1024, leaveOpen: true) { NewLine = "\n" };
        await using (output)
        {
            foreach (string line in values.IsOn(Summary) || values.IsOn(Tree) ? lines.SelectMany(line => io.FitOut(line, TableLayout.Indent)) : lines)
                await output.WriteLineAsync(line.AsMemory(), cancellationToken).ConfigureAwait(false);
        }

        if (sockets.Count == 0)
            io.Error.WriteLine(io.Text("sockets.none"));
        bool unseen = sockets.Any(socket => socket is { Holders.Count: 0, Inode: > 0 });
        foreach (string line in SocketSource.Missing(snapshot, unseen, io).SelectMany(line => io.FitError(line)))
            io.Error.WriteLine(line);

        if (sockets.Count == 0 || !(values.IsOn(Close) || values.IsOn(Kill)) || !OperatingSystem.IsLinux())
            return ExitCodes.Done;
        await io.Out.FlushAsync(cancellationToken).ConfigureAwait(false);
        var ending = new SocketEnding(view, new Soket.Linux.LinuxSocketEnder(values.Text(Namespace)), io);
        return values.IsOn(Close)
            ? await ending.CloseAsync(sockets, values.IsOn(Yes), cancellationToken).ConfigureAwait(false)
            : await ending.SignalAsync(sockets, values.Text(Signal) ?? "TERM", values.IsOn(Yes), cancellationToken).ConfigureAwait(false);
    }

    // Nothing is ended that was not named, nor without a yes.
    private static void CheckEnding(VerbValues values, string filter, CliIo io)
    {
        Flag? ends = values.IsOn(Close) ? Close : values.IsOn(Kill) ? Kill : null;
        if (values.IsOn(Close) && values.IsOn(Kill))
            throw io.Wrong("sockets.wrong.two-views", ("one", Close.Name), ("other", Kill.Name));
        if (values.IsTyped(Signal) && !values.IsOn(Kill))
            throw io.Wrong("sockets.wrong.interval", ("flag", Signal.Name), ("other", Kill.Name));
        if (values.Text(Signal) is { } signal && !SocketEnding.Signals.ContainsKey(signal))
            throw io.Wrong("sockets.wrong.signal", ("flag", Signal.Name), ("value", TerminalText.Safe(signal)), ("signals", string.Join(", ", SocketEnding.Signals.Keys)));
        if (ends is null)
            return;
        if (!OperatingSystem.IsLinux())
            throw io.Wrong("sockets.wrong.netns", ("flag", ends.Name));
        if (filter.Length == 0)
            throw io.Wrong("sockets.wrong.end-all", ("flag", ends.Name));
        if (new[] { Summary, Tree, Watch, CommonFlags.Json }.FirstOrDefault(values.IsTyped) is { } other)
            throw io.Wrong("sockets.wrong.two-views", ("one", ends.Name), ("other", other.Name));
        if (!io.InIsTerminal && !values.IsOn(Yes))
            throw io.Wrong("sockets.wrong.end-unasked", ("flag", ends.Name), ("other", Yes.Name));
    }

    private static SocketOrder ReadOrder(VerbValues values, CliIo io)
    {
        string key = values.Text(Sort) ?? SocketOrder.Usual.Key;
        return SocketOrder.Keys.Contains(key) ? new(key, values.IsOn(Reverse)) : throw io.Wrong("sockets.wrong.sort", ("flag", Sort.Name), ("value", TerminalText.Safe(key)), ("keys", string.Join(", ", SocketOrder.Keys)));
    }

    private static SocketFilter ReadFilter(string text, CliIo io) =>
        SocketFilter.TryParse(text, out SocketFilter? filter, out SocketFilterError? error) ? filter : throw new UsageException(TerminalText.Safe(error.Describe(io.Language)));
}
