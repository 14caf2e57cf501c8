using System.Globalization;
using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>The table as rows under a heading, as wide as they need to be.</summary>
internal sealed class SocketList(CliIo io)
{
    private static readonly bool[] AlignRight = [false, false, true, true, false, false, false, false];

    public bool Info { get; init; }

    public bool Memory { get; init; }

    public bool Explains { get; init; }

    public bool Users { get; init; }

    /// <summary>The order of rows: what listens first, then by protocol, port and peer.</summary>
    public static IEnumerable<SocketEntry> Sorted(IEnumerable<SocketEntry> sockets) => sockets
        .OrderBy(socket => socket.State == SocketTableState.Listen ? 0 : socket.State == SocketTableState.Unconnected ? 1 : 2)
        .ThenBy(socket => socket.IsInet ? 0 : 1).ThenBy(socket => socket.Protocol, StringComparer.Ordinal)
        .ThenBy(socket => (socket.Local as System.Net.IPEndPoint)?.Port ?? 0).ThenBy(socket => SocketText.Address(socket.Local), StringComparer.Ordinal).ThenBy(socket => SocketText.Address(socket.Remote), StringComparer.Ordinal);

    public IEnumerable<string> Render(IReadOnlyList<SocketEntry> sockets)
    {
        var ink = new Ink(io.Colour && io.OutIsTerminal);
        string[] heading = [io.Text("sockets.head.protocol"), io.Text("sockets.head.state"), io.Text("sockets.head.receive"), io.Text("sockets.head.send"), io.Text("sockets.head.local"), io.Text("sockets.head.remote"), io.Text("sockets.head.program")];
        if (Users)
            heading = [.. heading, io.Text("sockets.head.user")];
        List<string[]> rows = [.. sockets.Select(Row)];
        int[] widths = [.. heading.Select((title, column) => Math.Max(TextWidth.Of(title), rows.Count == 0 ? 0 : rows.Max(row => TextWidth.Of(row[column]))))];
        yield return ink.Bold(Line(heading, widths));
        for (int i = 0; i < rows.Count; i++)
        {
            SocketEntry socket = sockets[i];
            string line = Line(rows[i], widths);
            yield return socket.State switch
            {
                SocketTableState.Listen => ink.Green(line),
                SocketTableState.CloseWait or SocketTableState.SynSent or SocketTableState.SynReceived => ink.Yellow(line),
                SocketTableState.TimeWait => ink.Dim(line),
                _ => line,
            };
            foreach (string detail in Details(socket))
                yield return "    " + detail;
        }
    }

    private string[] Row(SocketEntry socket)
    {
        string[] row = [socket.Protocol, socket.State.Name(), SocketText.Queue(socket.ReceiveQueue), SocketText.Queue(socket.SendQueue), SocketText.Address(socket.Local), Peer(socket), SocketText.Holder(socket)];
        return Users ? [.. row, TerminalText.Safe(socket.User ?? "-")] : row;
    }

    private static string Peer(SocketEntry socket) =>
        socket is { IsInet: false, PeerInode: > 0 and { } peer } ? string.Create(CultureInfo.InvariantCulture, $"#{peer}") : SocketText.Address(socket.Remote);

    private IEnumerable<string> Details(SocketEntry socket)
    {
        if (Info && SocketText.Info(socket) is { Length: > 0 } info)
            yield return info;
        if (Info && socket.Timer is { } timer)
            yield return io.Text("sockets.timer", ("timer", SocketText.Timer(timer)));
        if (Memory && socket.Memory is { } memory)
            yield return SocketText.Memory(memory);
        if (Explains)
        {
            foreach (StateNote note in StateNotes.Of(socket, io.Language))
                yield return TerminalText.Safe(note.Text);
        }
    }

    private static string Line(string[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (int column = 0; column < cells.Length; column++)
        {
            if (column > 0)
                line.Append("  ");
            line.Append(AlignRight[column] ? TextWidth.PadLeft(cells[column], widths[column]) : column == cells.Length - 1 ? cells[column] : TextWidth.PadRight(cells[column], widths[column]));
        }

        return line.ToString().TrimEnd();
    }
}
