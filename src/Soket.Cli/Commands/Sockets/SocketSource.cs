using Soket.Cli.CommandLine;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>What a table of sockets does not hold, in words.</summary>
internal static class SocketSource
{
    private const string OtherUsers = "other-users";

    /// <summary>The sentences.</summary>
    /// <param name="snapshot">The table.</param>
    /// <param name="unseen">Whether a socket without a holder is among what is shown.</param>
    /// <param name="io">Whose language it is.</param>
    public static IEnumerable<string> Missing(SocketTableSnapshot snapshot, bool unseen, CliIo io)
    {
        if (unseen && snapshot.Missing.Contains(OtherUsers))
            yield return io.Text("sockets.missing.other-users");
        string[] what = [.. snapshot.Missing.Where(key => key != OtherUsers).Select(key => io.Text("sockets.missing." + key))];
        if (what.Length > 0)
            yield return io.Text("sockets.missing", ("source", snapshot.Source), ("what", string.Join(", ", what)));
    }
}
