using System.Globalization;
using System.Net;
using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Explain;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>
/// Closes the sockets of a table, or ends the programs that hold them: on request only, and after it was said what will happen and answered with
/// yes. What is ended is what still stands in the table then, by cookie, and not what has come to its place meanwhile.
/// </summary>
internal sealed class SocketEnding(SocketView view, ISocketEnder ender, CliIo io)
{
    /// <summary>The signals that can be sent, by name.</summary>
    public static IReadOnlyDictionary<string, int> Signals { get; } = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)
    {
        ["TERM"] = 15, ["INT"] = 2, ["HUP"] = 1, ["QUIT"] = 3, ["KILL"] = 9, ["USR1"] = 10, ["USR2"] = 12,
    };

    /// <summary>Has the kernel close the sockets.</summary>
    public async Task<int> CloseAsync(IReadOnlyList<SocketEntry> shown, bool agreed, CancellationToken cancellationToken)
    {
        SocketEntry[] wanted = [.. shown.Where(CanClose)];
        if (shown.Count > wanted.Length)
            Say("sockets.close.left", ("count", shown.Count - wanted.Length));
        if (wanted.Length == 0)
            return ExitCodes.Failed;
        Say(wanted.Any(socket => socket.State == SocketTableState.Listen) ? "sockets.close.what-listens" : "sockets.close.what", ("count", wanted.Length));
        if (!agreed && !await AskAsync("sockets.close.ask", cancellationToken).ConfigureAwait(false))
            return ExitCodes.Done;
        Dictionary<ulong, SocketEntry> now = Now().Where(CanClose).DistinctBy(socket => socket.Cookie).ToDictionary(socket => socket.Cookie);
        int closed = 0;
        foreach (SocketEntry socket in wanted)
        {
            string name = $"{socket.Protocol} {SocketText.Address(socket.Local)} - {SocketText.Address(socket.Remote)}";
            try
            {
                if (now.ContainsKey(socket.Cookie) && ender.Close(socket))
                    closed++;
                else
                    Say("sockets.close.gone", ("socket", name));
            }
            catch (SocketFailure failure)
            {
                Say("sockets.close.failed", ("socket", name), ("error", failure.Error));
                Say(failure.Error.Name is "EPERM" or "EACCES" ? "sockets.close.failed-permission" : "sockets.close.failed-kernel");
                return failure.Error.Name is "EPERM" or "EACCES" ? ExitCodes.PermissionDenied : ExitCodes.NotSupported;
            }
        }

        Say("sockets.close.done", ("count", closed));
        return ExitCodes.Done;
    }

    /// <summary>Sends a signal to every process that holds one of the sockets.</summary>
    public async Task<int> SignalAsync(IReadOnlyList<SocketEntry> shown, string signal, bool agreed, CancellationToken cancellationToken)
    {
        var programs = Programs(shown);
        if (programs.Count == 0)
        {
            Say("sockets.kill.nobody");
            return ExitCodes.Failed;
        }

        foreach ((SocketHolder program, int count) in programs.Values)
            Say("sockets.kill.what", ("signal", "SIG" + signal.ToUpperInvariant()), ("program", SocketText.Holder(program)), ("count", count));
        if (!agreed && !await AskAsync("sockets.kill.ask", cancellationToken).ConfigureAwait(false))
            return ExitCodes.Done;
        // A number can have passed to another process while the question stood there.
        Dictionary<int, (SocketHolder Program, int Count)> now = Programs(Now());
        int worst = ExitCodes.Done;
        foreach ((SocketHolder program, _) in programs.Values)
        {
            string name = SocketText.Holder(program);
            try
            {
                bool same = now.TryGetValue(program.ProcessId, out (SocketHolder Program, int Count) still) && still.Program.Program == program.Program;
                Say(same && ender.Signal(program.ProcessId, Signals[signal]) ? "sockets.kill.done" : "sockets.kill.gone", ("program", name), ("signal", "SIG" + signal.ToUpperInvariant()));
            }
            catch (SocketFailure failure)
            {
                Say("sockets.kill.failed", ("program", name), ("error", failure.Error));
                worst = ExitCodes.PermissionDenied;
            }
        }

        return worst;
    }

    private static bool CanClose(SocketEntry socket) => socket is { Protocol: "tcp" or "udp", Cookie: not 0, Local: IPEndPoint };

    private static Dictionary<int, (SocketHolder Program, int Count)> Programs(IEnumerable<SocketEntry> sockets) => sockets
        .SelectMany(socket => socket.Holders).Where(holder => holder.ProcessId != Environment.ProcessId && holder.ProcessId > 1)
        .GroupBy(holder => holder.ProcessId).OrderBy(group => group.Key).ToDictionary(group => group.Key, group => (group.First(), group.Count()));

    private IReadOnlyList<SocketEntry> Now() => view.Read(out _);

    private async Task<bool> AskAsync(string key, CancellationToken cancellationToken)
    {
        io.Error.Write(io.Text(key) + " ");
        io.Error.Flush();
        await foreach (byte[] line in io.In.ReadLinesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Encoding.UTF8.GetString(line).Trim().ToLowerInvariant() is "y" or "yes" or "ya")
                return true;
            break;
        }

        Say("sockets.end.nothing");
        return false;
    }

    private void Say(string key, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        foreach (string line in io.FitError(io.Text(key, values)))
            io.Error.WriteLine(line);
    }
}
