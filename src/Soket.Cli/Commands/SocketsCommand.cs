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
    private static readonly Positional Filter = new("FILTER", Many: true) { Choices = static () => [.. SocketTableStates.All.Select(state => state.Name().ToLowerInvariant()), "tcp", "udp", "raw", "unix", .. SocketFilter.Terms.Select(term => term + "=")] };
    private static readonly Flag All = new("--all", FlagKind.Switch, "flags.where", Short: "-a") { TextKey = "sockets.flag.all" };
    private static readonly Flag Namespace = new("--netns", FlagKind.Value, "flags.where", "NAME");
    private static readonly Flag Info = new("--info", FlagKind.Switch, "flags.output", Short: "-i");
    private static readonly Flag Memory = new("--memory", FlagKind.Switch, "flags.output", Short: "-m");
    private static readonly Flag Explains = new("--explain", FlagKind.Switch, "flags.output", Short: "-e");
    private static readonly Flag Users = new("--users", FlagKind.Switch, "flags.output", Short: "-u");
    private static readonly Flag Summary = new("--summary", FlagKind.Switch, "flags.output", Short: "-s");
    private static readonly Flag Tree = new("--tree", FlagKind.Switch, "flags.output");
    private static readonly Flag Watch = new("--watch", FlagKind.Switch, "flags.output", Short: "-w");
    private static readonly Flag Interval = new("--interval", FlagKind.Value, "flags.output", "TIME");

    public override string Name => "sockets";

    public override string Group => "group.understand";

    public override IReadOnlyList<Positional> Positionals { get; } = [Filter];

    public override IReadOnlyList<Flag> Flags { get; } = [All, Namespace, Info, Memory, Explains, Users, Summary, Tree, Watch, Interval, CommonFlags.Json];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        SocketFilter filter = ReadFilter(string.Join(' ', values.All(Filter)), io);
        bool json = values.IsOn(CommonFlags.Json);
        if (new[] { Summary, Tree, Watch }.Where(values.IsTyped).Take(2).ToArray() is [var one, var other])
            throw io.Wrong("sockets.wrong.two-views", ("one", one.Name), ("other", other.Name));
        if (values.IsTyped(Interval) && !values.IsOn(Watch))
            throw io.Wrong("sockets.wrong.interval", ("flag", Interval.Name), ("other", Watch.Name));
        if (values.IsTyped(Namespace) && !OperatingSystem.IsLinux())
            throw io.Wrong("sockets.wrong.netns", ("flag", Namespace.Name));
        bool explains = values.IsOn(Explains);
        var view = new SocketView(io, Platform.SocketTable(values.Text(Namespace)), filter)
        {
            Query = new SocketTableQuery
            {
                Protocols = filter.NamesUnix || values.IsOn(All) ? ["tcp", "udp", "raw", "unix"] : ["tcp", "udp", "raw"],
                Info = values.IsOn(Info) || explains,
                Memory = values.IsOn(Memory) || explains,
                Holders = !values.IsOn(Summary) || filter.NeedsHolders,
            },
            Explains = explains,
            List = new SocketList(io) { Info = values.IsOn(Info), Memory = values.IsOn(Memory), Explains = explains, Users = values.IsOn(Users) },
        };
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
        var text = new StringBuilder();
        if (json)
        {
            using var bytes = new MemoryStream();
            foreach (SocketEntry socket in sockets)
                view.Record(bytes, socket);
            bytes.Position = 0;
            await bytes.CopyToAsync(io.Out, cancellationToken).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        IEnumerable<string> lines = values.IsOn(Summary) ? SocketSummary.Render(sockets, io) : values.IsOn(Tree) ? SocketTree.Render(sockets, io) : view.List.Render(sockets);
        // Rows stay whole; what is said under them is folded.
        foreach (string line in lines.SelectMany(line => line.StartsWith("    ", StringComparison.Ordinal) ? io.FitOut(line) : [line]))
            text.Append(line).Append('\n');
        await io.Out.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken).ConfigureAwait(false);
        if (sockets.Count == 0)
            io.Error.WriteLine(io.Text("sockets.none"));
        bool unseen = sockets.Any(socket => socket is { Holders.Count: 0, Inode: > 0 });
        foreach (string missing in snapshot.Missing.Where(missing => missing != "other-users" || unseen))
        {
            foreach (string line in io.FitError(io.Text("sockets.missing." + missing, ("source", snapshot.Source))))
                io.Error.WriteLine(line);
        }

        return ExitCodes.Done;
    }

    private static SocketFilter ReadFilter(string text, CliIo io) =>
        SocketFilter.TryParse(text, out SocketFilter? filter, out SocketFilterError? error) ? filter : throw new UsageException(TerminalText.Safe(error.Describe(io.Language)));
}
