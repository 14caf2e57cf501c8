using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Soket.Languages;
using Soket.SocketTable;
using Xunit;

namespace Soket.Linux.Tests;

/// <summary>The table against ss(8) and /proc, with a socket in every state of TCP, in a network of the test's own.</summary>
public sealed class SocketTableTests
{
    private static readonly SocketTableQuery Everything = new() { Info = true, Memory = true };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void Every_state_is_seen_as_ss_and_proc_see_it()
    {
        Namespace.Run(() =>
        {
            Namespace.Tool("ip link set lo up");
            using var kept = new Kept();
            (Socket client, Socket server) = kept.Pair(kept.Listener());          // ESTABLISHED, five bytes unread
            client.Send("hello"u8);
            (Socket first, Socket second) = kept.Pair(kept.Listener());           // FIN_WAIT_2 and CLOSE_WAIT
            first.Shutdown(SocketShutdown.Send);
            (Socket closing, Socket closed) = kept.Pair(kept.Listener());         // TIME_WAIT
            closing.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, closed.Receive(new byte[1]));
            closed.Close();
            Assert.Equal(0, closing.Receive(new byte[1]));
            closing.Close();

            Socket full = kept.Listener(backlog: 0);                              // nobody calls accept(): its queue is full
            for (int i = 0; i < 4; i++)
                kept.Connecting(full.LocalEndPoint!);

            (Socket last, Socket gone) = kept.Pair(kept.Listener());              // LAST_ACK: the last FIN never arrives
            gone.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, last.Receive(new byte[1]));
            (Socket wants, Socket both) = kept.Pair(kept.Listener());             // CLOSING, and FIN_WAIT_1 at its peer
            Namespace.Tool("nft add table inet t");
            Namespace.Tool("nft add chain inet t in { type filter hook input priority 0 ; }");
            Namespace.Tool($"nft add rule inet t in tcp dport {Port(gone.LocalEndPoint)} drop");
            Namespace.Tool($"nft add rule inet t in tcp sport {Port(both.LocalEndPoint)} drop");
            Socket mute = kept.Listener();                                        // SYN_RECV: its SYN-ACK never arrives; SYN_SENT at the client
            Namespace.Tool($"nft add rule inet t in tcp sport {Port(mute.LocalEndPoint)} drop");
            last.Close();
            both.Shutdown(SocketShutdown.Send);
            wants.Shutdown(SocketShutdown.Send);
            kept.Connecting(mute.LocalEndPoint!);
            kept.Datagram();

            var table = new LinuxSocketTable();
            var proc = new LinuxSocketTable { WithoutNetlink = true };
            HashSet<SocketTableState> wanted = [.. SocketTableStates.All.Where(state => state is not SocketTableState.Closed)];
            Until(() => wanted.IsSubsetOf(table.Read(Everything).Sockets.Select(socket => socket.State)),
                () => "missing: " + string.Join(", ", wanted.Except(table.Read(Everything).Sockets.Select(socket => socket.State))));

            // A SYN_RECV may time out between two looks, so the three are taken until they are of one moment.
            Until(() =>
            {
                string[] ours = Inet(table.Read(Everything));
                return ours.SequenceEqual(Ss()) && ours.SequenceEqual(Inet(proc.Read(Everything)));
            }, () => $"sock_diag:\n{string.Join('\n', Inet(table.Read(Everything)))}\nss:\n{string.Join('\n', Ss())}\n/proc:\n{string.Join('\n', Inet(proc.Read(Everything)))}");

            SocketTableSnapshot now = table.Read(Everything);
            Assert.Equal("sock_diag", now.Source);
            SocketEntry unread = now.Sockets.Single(socket => Equals(socket.Local, server.LocalEndPoint) && Equals(socket.Remote, server.RemoteEndPoint));
            Assert.Equal((5L, "ESTABLISHED"), (unread.ReceiveQueue, unread.State.Name()));
            Assert.Equal(5, unread.Info!.BytesReceived);
            Assert.Equal(Environment.ProcessId, Assert.Single(unread.Holders).ProcessId);
            Assert.Equal((int)server.Handle, unread.Holders[0].Descriptor);
            Assert.Equal((int)(server.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveBuffer) as int? ?? 0), unread.Memory!.ReceiveLimit);

            StateNote note = Assert.Single(StateNotes.Of(now.Sockets.Single(socket => socket.State == SocketTableState.CloseWait), Language.English, TimeSpan.FromSeconds(40)));
            Assert.Equal("close-wait", note.Key);
            Assert.Equal(Turn.Program, note.Turn);
            Assert.Contains("CLOSE_WAIT for 40 s", note.Text, StringComparison.Ordinal);
            Assert.Contains($"(PID {Environment.ProcessId}) has not called close()", note.Text, StringComparison.Ordinal);
            Assert.Contains(now.Sockets, socket => socket.State == SocketTableState.TimeWait && socket.Inode == 0 && socket.Timer is { Kind: "time-wait", Expires.TotalSeconds: > 30 and <= 60 });
            Assert.Contains(now.Sockets, socket => StateNotes.Of(socket, Language.Indonesian).Any(one => one.Key == "listen-full"));
            GC.KeepAlive(second);
        });
    }

    [Fact]
    public void Unix_sockets_are_seen_with_their_paths_and_holders()
    {
        string path = Path.Combine(Path.GetTempPath(), $"soket-table-{Environment.ProcessId}.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            listener.Listen(7);
            foreach (bool withoutNetlink in (bool[])[false, true])
            {
                SocketEntry entry = new LinuxSocketTable { WithoutNetlink = withoutNetlink }.Read(new() { Protocols = ["unix"] }).Sockets.Single(socket => socket.Local?.ToString() == path);
                Assert.Equal(("unix", SocketTableState.Listen), (entry.Protocol, entry.State));
                Assert.Contains(entry.Holders, holder => holder.ProcessId == Environment.ProcessId);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string[] Inet(SocketTableSnapshot snapshot) =>
        [.. snapshot.Sockets.Where(socket => socket.Protocol is "tcp" or "udp").Select(socket => $"{socket.Protocol} {socket.State} {socket.ReceiveQueue} {(socket.State == SocketTableState.Listen ? 0 : socket.SendQueue)} {socket.Local} {socket.Remote?.ToString() ?? "-"}").Order(StringComparer.Ordinal)];

    // Netid State Recv-Q Send-Q Local Remote
    private static string[] Ss()
    {
        using Process ss = Process.Start(new ProcessStartInfo("ss", "-Htuan") { RedirectStandardOutput = true })!;
        string[] lines = ss.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        ss.WaitForExit();
        return [.. lines.Select(line =>
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(SocketTableStates.TryParse(fields[1], out SocketTableState state), line);
            // What a listener's Send-Q is, its backlog, /proc does not tell.
            return $"{fields[0]} {state} {fields[2]} {(state == SocketTableState.Listen ? "0" : fields[3])} {fields[4]} {(fields[5].EndsWith(":*", StringComparison.Ordinal) ? "-" : fields[5])}";
        }).Order(StringComparer.Ordinal)];
    }

    private static int Port(EndPoint? endpoint) => ((IPEndPoint)endpoint!).Port;

    // The kernel's own steps (a handshake, a FIN on the loopback) end by themselves and tell nobody.
    private static void Until(Func<bool> holds, Func<string>? otherwise = null)
    {
        long started = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                Assert.Fail(otherwise?.Invoke() ?? "it did not come to be");
            Thread.Yield();
        }
    }

    /// <summary>Sockets that stay open for the test.</summary>
    private sealed class Kept : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public Socket Listener(int backlog = 5)
        {
            Socket listener = Make(SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen(backlog);
            return listener;
        }

        public (Socket Client, Socket Server) Pair(Socket listener)
        {
            Socket client = Make(SocketType.Stream, ProtocolType.Tcp);
            client.Connect(listener.LocalEndPoint!);
            Socket server = listener.Accept();
            _sockets.Add(server);
            return (client, server);
        }

        public void Connecting(EndPoint endpoint)
        {
            Socket client = Make(SocketType.Stream, ProtocolType.Tcp);
            client.Blocking = false;
            try
            {
                client.Connect(endpoint);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                return; // on its way
            }
        }

        public void Datagram() => Make(SocketType.Dgram, ProtocolType.Udp).Bind(new IPEndPoint(IPAddress.Loopback, 0));

        public void Dispose() => _sockets.ForEach(static socket => socket.Dispose());

        private Socket Make(SocketType type, ProtocolType protocol)
        {
            var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
            _sockets.Add(socket);
            return socket;
        }
    }
}
