using System.Globalization;
using System.Text;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Events;
using Soket.Explain;
using Soket.Languages;
using Soket.SocketTable;

namespace Soket.Cli.Commands;

/// <summary><c>soket states</c>: TCP's states and the ways between them, with how many sockets of this machine are in each now.</summary>
internal sealed class StatesCommand : Verb
{
    private static readonly Flag Namespace = new("--netns", FlagKind.Value, "flags.where", "NAME") { TextKey = "sockets.flag.netns" };

    // From the first call to the last packet, the end that closes first before the other.
    private static readonly SocketTableState[] InOrder =
    [
        SocketTableState.Listen, SocketTableState.SynSent, SocketTableState.SynReceived, SocketTableState.Established, SocketTableState.FinWait1, SocketTableState.FinWait2,
        SocketTableState.Closing, SocketTableState.TimeWait, SocketTableState.CloseWait, SocketTableState.LastAck, SocketTableState.Closed,
    ];

    public override string Name => "states";

    public override string Group => "group.understand";

    public override IReadOnlyList<Flag> Flags { get; } = [Namespace, CommonFlags.Json];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        if (values.IsTyped(Namespace) && !OperatingSystem.IsLinux())
            throw io.Wrong("sockets.wrong.netns", ("flag", Namespace.Name));
        Platform.CheckNamespace(values.Text(Namespace), io);
        SocketTableSnapshot table = Platform.SocketTable(values.Text(Namespace)).Read(new SocketTableQuery { Protocols = ["tcp"], Holders = false });
        Dictionary<SocketTableState, int> counts = table.Sockets.GroupBy(socket => socket.State).ToDictionary(group => group.Key, group => group.Count());
        if (values.IsOn(CommonFlags.Json))
        {
            using var bytes = new MemoryStream();
            using (var writer = new Utf8JsonWriter(bytes))
            {
                writer.WriteStartObject();
                writer.WriteNumber("v", JsonLinesObserver.SchemaVersion);
                writer.WriteString("type", "states");
                foreach (SocketTableState state in SocketTableStates.All.Where(state => state != SocketTableState.Unconnected))
                    writer.WriteNumber(state.Name(), counts.GetValueOrDefault(state));
                writer.WriteEndObject();
            }

            bytes.Write("\n"u8);
            bytes.Position = 0;
            await bytes.CopyToAsync(io.Out, cancellationToken).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        string states = Draw(counts, io);
        if (io.MostOut is { } most && states.Split('\n').Max(TextWidth.Of) > most)
            states = List(counts, io);
        await io.Out.WriteAsync(Encoding.UTF8.GetBytes(states + "\n" + string.Concat(io.FitOut(io.Text("states.legend"), indent: "").Select(line => line + "\n"))), cancellationToken).ConfigureAwait(false);
        return ExitCodes.Done;
    }

    // Where a drawing has no room: each state, and what leads to it.
    private static string List(Dictionary<SocketTableState, int> counts, CliIo io)
    {
        var ink = new Ink(io.ColourOut);
        return string.Join('\n', InOrder.SelectMany(state => (string[])
        [
            state.Name() + (counts.TryGetValue(state, out int count) ? ink.Bold($" [{count.ToString(CultureInfo.InvariantCulture)}]") : ""),
            .. io.FitOut("  " + io.Text($"state.{state.Name().ToLowerInvariant().Replace('_', '-')}.begins"), "  "),
        ]));
    }

    private static string Draw(Dictionary<SocketTableState, int> counts, CliIo io)
    {
        var ink = new Ink(io.ColourOut);
        string drawing = io.Text("states.diagram"); // RFC 9293, figure 5. {NAME} is replaced by the count, in as many columns.
        foreach (SocketTableState state in SocketTableStates.All)
        {
            int start = drawing.IndexOf("{" + state.Name(), StringComparison.Ordinal);
            if (start < 0)
                continue;
            int end = drawing.IndexOf('}', start);
            string count = counts.GetValueOrDefault(state) is > 0 and int some ? $"[{some.ToString(CultureInfo.InvariantCulture)}]" : "";
            // On the left of a name it stands beside it.
            int line = drawing.LastIndexOf('\n', start) + 1;
            int room = end + 1 - start;
            string space = new(' ', Math.Max(0, room - count.Length));
            string cell = count.Length == 0 ? space : drawing[line..start].Trim().Length == 0 ? space + ink.Bold(count) : ink.Bold(count) + space;
            drawing = drawing[..start] + cell + drawing[(end + 1)..];
        }

        if (!io.Unicode)
        {
            foreach ((string line, string plain) in (ReadOnlySpan<(string, string)>)[("─", "-"), ("│", "|"), ("┌", "+"), ("┐", "+"), ("└", "+"), ("┘", "+"), ("┬", "+"), ("┴", "+"), ("┤", "+"), ("├", "+"), ("▼", "v"), ("▶", ">")])
                drawing = drawing.Replace(line, plain, StringComparison.Ordinal);
        }

        return string.Join('\n', drawing.Split('\n').Select(line => line.TrimEnd()));
    }
}
