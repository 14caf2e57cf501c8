using System.Diagnostics;
using System.Globalization;
using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>The table again and again: on a terminal redrawn with what has changed marked, elsewhere the changes as lines.</summary>
internal sealed class SocketWatch(SocketView view, CliIo io, bool json)
{
    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(3); // how long what has gone stays to be seen

    private readonly Dictionary<string, Watched> _known = [];

    public async Task RunAsync(TimeSpan interval, CancellationToken stop)
    {
        bool live = io.OutIsTerminal && io.Rewrites && !json;
        bool first = true;
        if (live)
            await WriteAsync("\u001b[?1049h\u001b[?25l").ConfigureAwait(false); // xterm: the other screen, no cursor
        try
        {
            using var timer = new PeriodicTimer(interval);
            do
            {
                List<Watched> changed = Compare(view.Read(out _), first);
                if (live)
                    await DrawAsync().ConfigureAwait(false);
                else
                    await TellAsync(changed).ConfigureAwait(false);
                first = false;
            }
            while (await WaitAsync(timer, stop).ConfigureAwait(false));
        }
        finally
        {
            if (live)
                await WriteAsync("\u001b[?25h\u001b[?1049l").ConfigureAwait(false);
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // A socket is the same one by its cookie; where the kernel tells none, by protocol and addresses.
    private static string Identity(SocketEntry socket) => socket.Cookie != 0
        ? socket.Cookie.ToString("x", CultureInfo.InvariantCulture) + socket.Protocol
        : $"{socket.Protocol} {socket.Local} {socket.Remote} {socket.Inode}";

    private List<Watched> Compare(IReadOnlyList<SocketEntry> now, bool first)
    {
        long time = Stopwatch.GetTimestamp();
        var changed = new List<Watched>();
        var seen = new HashSet<string>();
        foreach (SocketEntry socket in now)
        {
            string identity = Identity(socket);
            if (!seen.Add(identity))
                continue;
            if (!_known.TryGetValue(identity, out Watched? before) || before.Change == "gone")
            {
                // When the state began is known only of what came while it was watched.
                _known[identity] = new(socket, first ? "there" : "new", null, time) { Since = first ? null : time };
                changed.Add(_known[identity]);
            }
            else if (before.Socket.State != socket.State)
            {
                _known[identity] = new(socket, "state", before.Socket.State, time) { Since = time };
                changed.Add(_known[identity]);
            }
            else
            {
                _known[identity] = before with { Socket = socket };
            }
        }

        foreach ((string identity, Watched watched) in _known.ToArray())
        {
            if (seen.Contains(identity))
                continue;
            if (watched.Change == "gone" && Stopwatch.GetElapsedTime(watched.At) > Shown)
            {
                _known.Remove(identity);
            }
            else if (watched.Change != "gone")
            {
                _known[identity] = watched with { Change = "gone", Before = null, At = time };
                changed.Add(_known[identity]);
            }
        }

        return changed;
    }

    private async Task TellAsync(List<Watched> changed)
    {
        using var bytes = new MemoryStream();
        foreach (Watched watched in changed)
        {
            if (json)
                view.Record(bytes, watched.Socket, watched.Change, watched.Before, Age(watched));
            else
                bytes.Write(Encoding.UTF8.GetBytes(Line(watched) + "\n"));
        }

        bytes.Position = 0;
        await bytes.CopyToAsync(io.Out).ConfigureAwait(false);
    }

    private string Line(Watched watched)
    {
        SocketEntry socket = watched.Socket;
        string state = watched.Before is { } before ? $"{before.Name()} -> {socket.State.Name()}" : socket.State.Name();
        return $"{DateTime.Now.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)}  {io.Text("sockets.change." + watched.Change),-6}  {socket.Protocol}  {state}  {SocketText.Address(socket.Local)} - {SocketText.Address(socket.Remote)}  {SocketText.Holder(socket)}";
    }

    private async Task DrawAsync()
    {
        int height = Math.Max(5, TerminalHeight()), width = Math.Max(20, io.Width);
        List<Watched> shown = [.. SocketList.Sorted(_known.Values.Select(watched => watched.Socket)).Select(socket => _known[Identity(socket)])];
        string[] lines = [.. view.List.Render([.. shown.Select(watched => watched.Socket)])];
        var frame = new StringBuilder("\u001b[H");
        Put(io.Text("sockets.watch.title", ("count", shown.Count(watched => watched.Change != "gone")), ("time", DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture))));
        Put("");
        // One row a socket: details are for the table that stands still.
        int room = height - 5, row = 0; // title, gap, heading, the rest, and the line the cursor is on
        Put("  " + lines[0]);
        foreach (string line in lines.Skip(1).Where(line => !line.StartsWith("    ", StringComparison.Ordinal)).Take(room))
        {
            Watched watched = shown[row++];
            bool fresh = Stopwatch.GetElapsedTime(watched.At) < Shown;
            string mark = !fresh ? "  " : watched.Change switch { "new" => "+ ", "state" => "~ ", "gone" => "- ", _ => "  " };
            string age = Age(watched) is { } known ? "  " + io.Text("sockets.watch.age", ("time", string.Create(CultureInfo.InvariantCulture, $"{(long)known.TotalSeconds} s"))) : "";
            Put(mark + line + age);
        }

        if (shown.Count > room)
            Put(io.Text("sockets.watch.more", ("count", shown.Count - room)));
        frame.Append("\u001b[J");
        await WriteAsync(frame.ToString()).ConfigureAwait(false);

        void Put(string line) => frame.Append(TextWidth.Cut(line, width - 1, "…")).Append("\u001b[0m\u001b[K\r\n");
    }

    private static TimeSpan? Age(Watched watched) => watched.Since is { } since ? Stopwatch.GetElapsedTime(since) : null;

    private static int TerminalHeight()
    {
        try
        {
            return Console.WindowHeight;
        }
        catch (IOException)
        {
            return 24;
        }
    }

    private ValueTask WriteAsync(string text) => io.Out.WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>A socket as it was last seen.</summary>
    /// <param name="Socket">The socket.</param>
    /// <param name="Change"><c>there</c> from the beginning, <c>new</c>, <c>state</c>, <c>gone</c>.</param>
    /// <param name="Before">The state before.</param>
    /// <param name="At">When that was.</param>
    private sealed record Watched(SocketEntry Socket, string Change, SocketTableState? Before, long At)
    {
        /// <summary>Since when it has been in its state, where that was seen.</summary>
        public long? Since { get; init; }
    }
}
