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

    private static readonly TimeSpan KeyWait = TimeSpan.FromMilliseconds(50); // a key is answered at once, as people see it

    private const int Mark = 2; // "+ ", "~ ", "- "

    private readonly Dictionary<string, Watched> _known = [];
    private bool _paused;

    public async Task RunAsync(TimeSpan interval, CancellationToken stop)
    {
        bool live = io.OutIsTerminal && io.Rewrites && !json, keys = live && io.InIsTerminal;
        bool first = true;
        if (live)
            await WriteAsync("\u001b[?1049h\u001b[?25l").ConfigureAwait(false); // xterm: the other screen, no cursor
        try
        {
            using var timer = new PeriodicTimer(interval);
            do
            {
                if (!_paused || first)
                {
                    IReadOnlyList<SocketEntry> sockets = view.Read(out _);
                    if (view.List.Names is { } names)
                        await names.LookUpAsync(sockets, stop).ConfigureAwait(false);
                    List<Watched> changed = Compare(sockets, first);
                    if (!live)
                        await TellAsync(changed).ConfigureAwait(false);
                }

                if (live)
                    await DrawAsync(keys).ConfigureAwait(false);
                first = false;
            }
            while (await (keys ? WaitForKeyAsync(timer, stop) : WaitAsync(timer, stop)).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl-C while names were looked up.
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

    // Until the next look, or a key that changes what is shown.
    private async Task<bool> WaitForKeyAsync(PeriodicTimer timer, CancellationToken stop)
    {
        Task<bool> tick = WaitAsync(timer, stop);
        while (!tick.IsCompleted)
        {
            while (Console.KeyAvailable)
            {
                switch (char.ToLowerInvariant(Console.ReadKey(intercept: true).KeyChar))
                {
                    case 'q':
                        timer.Dispose(); // ends the wait for it
                        await tick.ConfigureAwait(false);
                        return false;
                    case 's':
                        view.Order = view.Order.Next();
                        break;
                    case 'r':
                        view.Order = view.Order with { Reversed = !view.Order.Reversed };
                        break;
                    case 'p':
                        _paused = !_paused;
                        break;
                    default:
                        continue;
                }

                await DrawAsync(keys: true).ConfigureAwait(false);
            }

            await Task.WhenAny(tick, Task.Delay(KeyWait, CancellationToken.None)).ConfigureAwait(false);
        }

        return await tick.ConfigureAwait(false);
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

    private async Task DrawAsync(bool keys)
    {
        int height = Math.Max(5, TerminalHeight()), width = Math.Max(20, io.Width);
        List<Watched> shown = [.. view.Order.Apply(_known.Values.Select(watched => watched.Socket)).Select(socket => _known[Identity(socket)])];
        // One row a socket, with what people watch for at its end; details are for the table that stands still.
        var ages = shown.ToDictionary(watched => watched.Socket, AgeText, (IEqualityComparer<SocketEntry>)ReferenceEqualityComparer.Instance);
        IReadOnlyList<IReadOnlyList<string>> rows = view.List.RenderEach([.. shown.Select(watched => watched.Socket)], socket => ages[socket], width - 1 - Mark);
        var frame = new StringBuilder("\u001b[H");
        Put(io.Text("sockets.watch.title", ("count", shown.Count(watched => watched.Change != "gone")), ("time", DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture))));
        Put(!keys ? "" : io.Text(_paused ? "sockets.watch.keys-paused" : "sockets.watch.keys", ("order", io.Text("sockets.order." + view.Order.Key) + (view.Order.Reversed ? " ↑" : ""))));
        int room = height - 4 - rows[0].Count, row = 0; // title, keys, heading, the rest, and the line the cursor is on
        foreach (string line in rows[0])
            Put("  " + line);
        for (; row < shown.Count && rows[row + 1].Count <= room; row++)
        {
            Watched watched = shown[row];
            bool fresh = Stopwatch.GetElapsedTime(watched.At) < Shown;
            string mark = !fresh ? "  " : watched.Change switch { "new" => "+ ", "state" => "~ ", "gone" => "- ", _ => "  " };
            foreach (string line in rows[row + 1])
            {
                Put(mark + line);
                mark = "  ";
                room--;
            }
        }

        if (shown.Count > row)
            Put(io.Text("sockets.watch.more", ("count", shown.Count - row)));
        frame.Append("\u001b[J");
        await WriteAsync(frame.ToString()).ConfigureAwait(false);

        void Put(string line) => frame.Append(TextWidth.Cut(line, width - 1, "…")).Append("\u001b[0m\u001b[K\r\n");
    }

    private string AgeText(Watched watched) =>
        Age(watched) is { } known ? io.Text("sockets.watch.age", ("time", string.Create(CultureInfo.InvariantCulture, $"{(long)known.TotalSeconds} s"))) : "";

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
