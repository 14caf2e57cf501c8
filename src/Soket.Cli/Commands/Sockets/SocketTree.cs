using System.Globalization;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>The sockets under the processes that hold them; one that several hold stands under each.</summary>
internal static class SocketTree
{
    public static IEnumerable<string> Render(IReadOnlyList<SocketEntry> sockets, CliIo io)
    {
        var ink = new Ink(io.Colour && io.OutIsTerminal);
        string branch = io.Unicode ? "├─ " : "|- ", last = io.Unicode ? "└─ " : "`- ";
        var held = sockets.SelectMany(socket => socket.Holders, (socket, holder) => (holder, socket)).GroupBy(pair => (pair.holder.ProcessId, pair.holder.Program)).OrderBy(group => group.Key.ProcessId);
        foreach (var process in held)
        {
            yield return ink.Bold(string.Create(CultureInfo.InvariantCulture, $"{process.Key.ProcessId} {TerminalText.Safe(process.Key.Program)}")) + (process.First().socket.User is { } user ? $" ({TerminalText.Safe(user)})" : "");
            (SocketHolder holder, SocketEntry socket)[] own = [.. process];
            for (int i = 0; i < own.Length; i++)
                yield return (i == own.Length - 1 ? last : branch) + Line(own[i].socket, string.Create(CultureInfo.InvariantCulture, $"fd {own[i].holder.Descriptor}  "));
        }

        SocketEntry[] free = [.. sockets.Where(socket => socket.Holders.Count == 0)];
        if (free.Length == 0)
            yield break;
        yield return ink.Bold(io.Text("sockets.tree.nobody"));
        for (int i = 0; i < free.Length; i++)
            yield return (i == free.Length - 1 ? last : branch) + Line(free[i], "");
    }

    private static string Line(SocketEntry socket, string descriptor) =>
        $"{descriptor}{socket.Protocol} {socket.State.Name()} {SocketText.Address(socket.Local)}" + (socket.Remote is null ? "" : $" - {SocketText.Address(socket.Remote)}");
}
