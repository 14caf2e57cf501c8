using System.Globalization;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>The sockets under the processes that hold them; one that several hold stands under each. What nobody holds comes last, piles of TIME_WAIT as one line each.</summary>
internal static class SocketTree
{
    /// <summary>The tree.</summary>
    /// <param name="sockets">The sockets.</param>
    /// <param name="piles">Those in TIME_WAIT that stand together.</param>
    /// <param name="io">For whom.</param>
    public static IEnumerable<string> Render(IReadOnlyList<SocketEntry> sockets, IReadOnlyList<TimeWaitPile> piles, CliIo io)
    {
        var ink = new Ink(io.ColourOut);
        string branch = io.Unicode ? "├─ " : "|- ", last = io.Unicode ? "└─ " : "`- ";
        var held = sockets.SelectMany(socket => socket.Holders, (socket, holder) => (holder, socket)).GroupBy(pair => (pair.holder.ProcessId, pair.holder.Program)).OrderBy(group => group.Key.ProcessId);
        foreach (var process in held)
        {
            yield return ink.Bold(string.Create(CultureInfo.InvariantCulture, $"{process.Key.ProcessId} {TerminalText.Safe(process.Key.Program)}")) + (process.First().socket.User is { } user ? $" ({TerminalText.Safe(user)})" : "");
            (SocketHolder holder, SocketEntry socket)[] own = [.. process];
            for (int i = 0; i < own.Length; i++)
                yield return (i == own.Length - 1 ? last : branch) + Line(own[i].socket, own[i].holder.Descriptor is >= 0 and int descriptor ? string.Create(CultureInfo.InvariantCulture, $"fd {descriptor}  ") : "");
        }

        var piled = piles.SelectMany(pile => pile.Sockets).ToHashSet((IEqualityComparer<SocketEntry>)ReferenceEqualityComparer.Instance);
        string[] free = [.. sockets.Where(socket => socket.Holders.Count == 0 && !piled.Contains(socket)).Select(socket => Line(socket, "")), .. piles.Select(Line)];
        if (free.Length == 0)
            yield break;
        yield return ink.Bold(io.Text("sockets.tree.nobody"));
        for (int i = 0; i < free.Length; i++)
            yield return (i == free.Length - 1 ? last : branch) + free[i];
    }

    private static string Line(TimeWaitPile pile) =>
        string.Create(CultureInfo.InvariantCulture, $"tcp {SocketTableState.TimeWait.Name()} {SocketText.Address(pile.Local)} - {SocketText.Address(pile.Remote)}  ×{pile.Sockets.Count}");

    private static string Line(SocketEntry socket, string descriptor) =>
        $"{descriptor}{socket.Protocol} {socket.State.Name()} {SocketText.Address(socket.Local)}" + (socket.Remote is null ? "" : $" - {SocketText.Address(socket.Remote)}");
}
