using System.Globalization;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>How many sockets of each protocol are in which state.</summary>
internal static class SocketSummary
{
    public static IEnumerable<string> Render(IReadOnlyList<SocketEntry> sockets, CliIo io)
    {
        string[] protocols = [.. sockets.Select(socket => socket.Protocol).Distinct().OrderBy(name => name, StringComparer.Ordinal)];
        SocketTableState[] states = [.. sockets.Select(socket => socket.State).Distinct().Order()];
        var ink = new Ink(io.ColourOut);
        int[] widths = [.. protocols.Select(name => Math.Max(name.Length, 7))];
        yield return ink.Bold(Line(io.Text("sockets.head.state"), protocols, io.Text("sockets.total")));
        foreach (SocketTableState state in states)
            yield return Line(state.Name(), protocols.Select(name => Count(sockets.Count(socket => socket.State == state && socket.Protocol == name))), Count(sockets.Count(socket => socket.State == state)));
        yield return Line(io.Text("sockets.total"), protocols.Select(name => Count(sockets.Count(socket => socket.Protocol == name))), Count(sockets.Count));

        string Line(string title, IEnumerable<string> cells, string total) =>
            TextWidth.PadRight(title, 12) + string.Concat(cells.Zip(widths, (cell, width) => "  " + TextWidth.PadLeft(cell, width))) + "  " + TextWidth.PadLeft(total, 7);
    }

    private static string Count(int count) => count == 0 ? "-" : count.ToString(CultureInfo.InvariantCulture);
}
