using System.Globalization;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>The table as rows under a heading: as wide as they need to be, and on a terminal as wide as that is.</summary>
internal sealed class SocketList(CliIo io)
{
    private const int Pile = 5; // fewer are as quickly read as counted
    private const string Beside = "    "; // what is said of a row stands under it

    private static readonly bool[] AlignRight = [false, false, true, true, false, false, false, false, false];

    public bool Info { get; init; }

    public bool Memory { get; init; }

    public bool Explains { get; init; }

    /// <summary>What is unusual about a socket; nothing where that is not asked for.</summary>
    public Func<SocketEntry, IReadOnlyList<StateNote>> Notes { get; set; } = static _ => [];

    public bool Users { get; init; }

    /// <summary>The names of addresses, where they were asked for.</summary>
    public SocketNames? Names { get; init; }

    /// <summary>Whether each socket in TIME_WAIT has a row of its own, however many there are.</summary>
    public bool Each { get; init; }

    /// <summary>The sockets in TIME_WAIT that stand together.</summary>
    public IReadOnlyList<TimeWaitPile> Piles(IReadOnlyList<SocketEntry> sockets) => Each ? [] : TimeWaitPile.Find(sockets, Pile);

    /// <summary>The rows, with piles of TIME_WAIT as one row each.</summary>
    public IEnumerable<string> Render(IReadOnlyList<SocketEntry> sockets)
    {
        IReadOnlyList<TimeWaitPile> piles = Piles(sockets);
        Dictionary<SocketEntry, TimeWaitPile> firsts = piles.ToDictionary(pile => pile.Sockets[0], (IEqualityComparer<SocketEntry>)ReferenceEqualityComparer.Instance);
        var folded = piles.SelectMany(pile => pile.Sockets.Skip(1)).ToHashSet((IEqualityComparer<SocketEntry>)ReferenceEqualityComparer.Instance);
        return Lines([.. sockets.Where(socket => !folded.Contains(socket))], socket => firsts.GetValueOrDefault(socket));
    }

    /// <summary>The heading and a row for each, whatever there is, with a cell more at its end; no details. Each in as many lines as it needs.</summary>
    /// <param name="sockets">The sockets.</param>
    /// <param name="last">What the last cell of a socket's row says.</param>
    /// <param name="most">The most columns of a line.</param>
    public IReadOnlyList<IReadOnlyList<string>> RenderEach(IReadOnlyList<SocketEntry> sockets, Func<SocketEntry, string> last, int most)
    {
        IReadOnlyList<IReadOnlyList<string>> rows = TableLayout.Lay([[.. Heading(), ""], .. sockets.Select(socket => (string[])[.. Row(socket, null), last(socket)])], AlignRight, most);
        var ink = new Ink(io.ColourOut);
        return [.. rows.Select((lines, i) => (IReadOnlyList<string>)[.. lines.Select(line => i == 0 ? ink.Bold(line) : Painted(sockets[i - 1], line, ink))])];
    }

    private IEnumerable<string> Lines(IReadOnlyList<SocketEntry> sockets, Func<SocketEntry, TimeWaitPile?> pileOf)
    {
        var ink = new Ink(io.ColourOut);
        IReadOnlyList<IReadOnlyList<string>> rows = TableLayout.Lay([Heading(), .. sockets.Select(socket => Row(socket, pileOf(socket)))], AlignRight, io.MostOut);
        foreach (string line in rows[0])
            yield return ink.Bold(line);
        for (int i = 0; i < sockets.Count; i++)
        {
            SocketEntry socket = sockets[i];
            foreach (string line in rows[i + 1])
                yield return Painted(socket, line, ink);
            foreach (string detail in pileOf(socket) is { } pile ? Details(pile) : Details(socket))
                yield return detail;
        }
    }

    private string[] Heading()
    {
        string[] heading = [io.Text("sockets.head.protocol"), io.Text("sockets.head.state"), io.Text("sockets.head.receive"), io.Text("sockets.head.send"), io.Text("sockets.head.local"), io.Text("sockets.head.remote"), io.Text("sockets.head.program")];
        return Users ? [.. heading, io.Text("sockets.head.user")] : heading;
    }

    private static string Painted(SocketEntry socket, string line, Ink ink) => socket.State switch
    {
        SocketTableState.Listen => ink.Green(line),
        SocketTableState.CloseWait or SocketTableState.SynSent or SocketTableState.SynReceived => ink.Yellow(line),
        SocketTableState.TimeWait => ink.Dim(line),
        _ => line,
    };

    private string[] Row(SocketEntry socket, TimeWaitPile? pile)
    {
        string local = Address(pile is null ? socket.Local : pile.Local), remote = pile is null ? Peer(socket) : Address(pile.Remote);
        string holder = pile is null ? SocketText.Holder(socket) : string.Create(CultureInfo.InvariantCulture, $"×{pile.Sockets.Count}");
        string[] row = [socket.Protocol, socket.State.Name(), SocketText.Queue(socket.ReceiveQueue), SocketText.Queue(socket.SendQueue), local, remote, holder];
        return Users ? [.. row, TerminalText.Safe(socket.User ?? "-")] : row;
    }

    private string Peer(SocketEntry socket) =>
        socket is { IsInet: false, PeerInode: > 0 and { } peer } ? string.Create(CultureInfo.InvariantCulture, $"#{peer}") : Address(socket.Remote);

    private string Address(System.Net.EndPoint? endpoint) => SocketText.Address(Names is null ? endpoint : Names.Named(endpoint));

    private IEnumerable<string> Details(TimeWaitPile pile) => Explains ? io.FitOut(Beside + TerminalText.Safe(pile.Describe(io.Language)), Beside) : [];

    private IEnumerable<string> Details(SocketEntry socket)
    {
        IReadOnlyList<StateNote> notes = Notes(socket);
        if (!Info && !Memory && notes.Count == 0)
            return [];
        IEnumerable<string> details = [];
        if (Info)
            details = details.Concat(TableLayout.Flow(SocketText.Info(socket), Beside, io.MostOut));
        if (Info && socket.Timer is { } timer)
            details = details.Append(Beside + io.Text("sockets.timer", ("timer", SocketText.Timer(timer))));
        if (Memory && socket.Memory is { } memory)
            details = details.Concat(TableLayout.Flow(SocketText.Memory(memory), Beside, io.MostOut));
        return details.Concat(notes.SelectMany(note => io.FitOut(Beside + TerminalText.Safe(note.Text), Beside)));
    }
}
