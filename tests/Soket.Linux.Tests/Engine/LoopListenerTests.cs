using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Options;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Engine;

public sealed class LoopListenerTests
{
    private static readonly IPEndPoint _anywhere = new(IPAddress.Loopback, 0);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_address_in_use_is_told_and_never_shared()
    {
        await using var group = new LoopGroup(new() { Loops = 2 });
        await using LoopListener listener = LoopListener.Bind(group, _anywhere, Nobody);
        SocketFailure failure = Assert.Throws<SocketFailure>(() => LoopListener.Bind(group, listener.EndPoint, Nobody));
        Assert.Equal((SocketCall.Bind, "EADDRINUSE"), (failure.Call, failure.Error.Name));
        Assert.Equal(listener.EndPoint, failure.Context.Local);
    }

    [Fact]
    public async Task What_is_accepted_is_dealt_to_all_loops()
    {
        await using var group = new LoopGroup(new() { Loops = 3 });
        var streams = new List<SeenStream>();
        await using LoopListener listener = LoopListener.Bind(group, _anywhere, new()
        {
            Create = () =>
            {
                var stream = new SeenStream();
                lock (streams)
                    streams.Add(stream);
                return stream;
            },
        });
        var clients = new List<Socket>();
        for (int i = 0; i < 9; i++)
        {
            clients.Add(await ConnectAsync(listener.EndPoint));
            while (true)
            {
                SeenStream? last;
                lock (streams)
                    last = streams.Count > i ? streams[i] : null;
                if (last is not null)
                {
                    await last.Opened.Task.Guarded();
                    break;
                }

                await Task.Yield();
            }
        }

        Assert.Equal([3, 3, 3], streams.GroupBy(stream => stream.Loop.Index).OrderBy(loop => loop.Key).Select(loop => loop.Count()));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Each_loop_has_a_listener_only_where_the_port_is_to_be_shared()
    {
        await using var group = new LoopGroup(new() { Loops = 2 });
        LoopListenerOptions shared = Nobody with { Sockets = new() { Options = [new(SocketOptions.Find("SO_REUSEPORT")!, 1)] } };
        await using LoopListener listener = LoopListener.Bind(group, _anywhere, shared);
        await using LoopListener another = LoopListener.Bind(group, listener.EndPoint, shared);
        string port = ((IPEndPoint)listener.EndPoint).Port.ToString("X4", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(4, File.ReadLines("/proc/net/tcp").Count(line => line.Contains($"0100007F:{port} 00000000:0000 0A", StringComparison.Ordinal)));
        Assert.Throws<SocketFailure>(() => LoopListener.Bind(group, listener.EndPoint, Nobody));
    }

    [Fact]
    public async Task A_paused_listener_leaves_them_in_the_backlog()
    {
        await using var group = new LoopGroup(new() { Loops = 1 });
        var accepted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using LoopListener listener = LoopListener.Bind(group, _anywhere, new() { Create = () => Told(accepted), Paused = true });
        using Socket client = await ConnectAsync(listener.EndPoint);
        var turned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        group.Loops[0].Post(_ => turned.SetResult(), null);
        await turned.Task.Guarded();
        Assert.False(accepted.Task.IsCompleted);
        listener.ResumeAccepting();
        await accepted.Task.Guarded();
    }

    [Fact]
    public async Task A_closed_listener_refuses_and_what_was_accepted_goes_on()
    {
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => new EchoStream());
        await pair.Listener.DisposeAsync();
        SocketException refused = await Assert.ThrowsAnyAsync<SocketException>(() => ConnectAsync(pair.Listener.EndPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        pair.Client.Send("still here"u8);
        await pair.Client.ReceivedAsync(10);
    }

    [Fact]
    public async Task A_socket_that_was_handed_over_is_served()
    {
        await using var group = new LoopGroup(new() { Loops = 1 });
        var handed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        handed.Bind(_anywhere);
        EndPoint where = handed.LocalEndPoint!;
        await using LoopListener listener = LoopListener.Adopt(group, handed, new() { Create = () => new EchoStream() });
        Assert.Equal(where, listener.EndPoint);
        using Socket client = await ConnectAsync(where);
        await client.SendAsync("hello"u8.ToArray(), Cancelled);
        Assert.Equal(5, await client.ReceiveAsync(new byte[10], Cancelled).AsTask().Guarded());
    }

    [Fact]
    public async Task Options_are_set_on_what_is_accepted_and_connected()
    {
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => new SeenStream(), sockets: new() { Options = [new(SocketOptions.NoDelay, 1)] });
        Assert.Equal(1, await pair.Server.OnLoop(() => NoDelay(pair.Server.Descriptor)));
        Assert.Equal(0, await pair.Client.OnLoop(() => NoDelay(pair.Client.Descriptor)));

        static unsafe int NoDelay(int descriptor)
        {
            int value = -1;
            int length = 4;
            Assert.Equal(0, LinuxKernel.Instance.GetOption(descriptor, 6, 1, (byte*)&value, &length));
            return value;
        }
    }

    [Fact]
    public async Task Nobody_there_is_told_as_refused()
    {
        await using var group = new LoopGroup(new() { Loops = 1 });
        EndPoint gone;
        await using (LoopListener listener = LoopListener.Bind(group, _anywhere, Nobody))
            gone = listener.EndPoint;
        var client = new SeenStream();
        group.Next().Connect(client, gone);
        SocketFailure failure = (await client.Closed.Guarded())!;
        Assert.Equal((SocketCall.Connect, "ECONNREFUSED"), (failure.Call, failure.Error.Name));
        Assert.Equal(gone, failure.Context.Remote);
        Assert.NotNull(failure.Context.Elapsed);
        Assert.False(client.Opened.Task.IsCompleted);
    }

    [Fact]
    public async Task A_connect_that_nobody_answers_ends_at_its_deadline()
    {
        await using var group = new LoopGroup(new() { Loops = 1 });
        await using LoopListener full = LoopListener.Bind(group, _anywhere, Nobody with { Paused = true, Sockets = new() { Backlog = 1 } });
        var clients = new List<SeenStream>();
        SocketFailure? failure = null;
        while (failure is null)
        {
            var client = new SeenStream();
            clients.Add(client);
            group.Next().Connect(client, full.EndPoint, timeout: TimeSpan.FromMilliseconds(150));
            if (await Task.WhenAny(client.Opened.Task, client.Closed).Guarded() == client.Closed)
                failure = await client.Closed;
        }

        Assert.Equal((SocketCall.Connect, "ETIMEDOUT"), (failure.Call, failure.Error.Name));
        Assert.InRange(failure.Context.Elapsed!.Value.TotalMilliseconds, 150, 60_000);
    }

    [Fact]
    public async Task A_full_unix_listener_is_waited_for()
    {
        await using var group = new LoopGroup(new() { Loops = 1 });
        await using LoopListener full = LoopListener.Bind(group, Pair.Place("unix"), Nobody with { Paused = true, Sockets = new() { Backlog = 1 } });
        SeenStream[] clients = [.. Enumerable.Range(0, 6).Select(_ => new SeenStream())];
        foreach (SeenStream client in clients)
            group.Next().Connect(client, full.EndPoint);
        await clients[0].Opened.Task.Guarded();
        Assert.False(clients[5].Opened.Task.IsCompleted);
        full.ResumeAccepting();
        foreach (SeenStream client in clients)
            await client.Opened.Task.Guarded();
    }

    [Fact]
    public async Task A_connect_can_be_given_up()
    {
        await using var group = new LoopGroup(new() { Loops = 1 });
        await using LoopListener full = LoopListener.Bind(group, Pair.Place("unix"), Nobody with { Paused = true, Sockets = new() { Backlog = 1 } });
        SeenStream[] clients = [.. Enumerable.Range(0, 6).Select(_ => new SeenStream())];
        foreach (SeenStream client in clients)
            group.Next().Connect(client, full.EndPoint);
        await clients[0].Opened.Task.Guarded();
        clients[5].Close();
        Assert.Null(await clients[5].Closed.Guarded());
    }

    private static LoopListenerOptions Nobody { get; } = new() { Create = () => new SeenStream() };

    private static SeenStream Told(TaskCompletionSource accepted)
    {
        accepted.TrySetResult();
        return new();
    }

    private static async Task<Socket> ConnectAsync(EndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint).Guarded();
        return socket;
    }
}

/// <summary>The limit of open files is the whole process's, so nothing else runs meanwhile.</summary>
[Collection("descriptors")]
public sealed partial class LoopDescriptorTests
{
    private const int OpenFiles = 7; // RLIMIT_NOFILE

    // No task anywhere: a thread pool that wants one more thread while there is no descriptor ends the process.
    [Fact]
    public void A_process_without_a_free_descriptor_goes_on_accepting_once_one_is_closed()
    {
        using var failed = new ManualResetEventSlim();
        using var resumed = new ManualResetEventSlim();
        SocketFailure? failure = null;
        var group = new LoopGroup(new() { Loops = 1 });
        LoopListener listener = LoopListener.Bind(group, new IPEndPoint(IPAddress.Loopback, 0), new()
        {
            Create = () => new EchoStream(),
            AcceptFailed = told =>
            {
                failure ??= told;
                failed.Set();
            },
            AcceptResumed = resumed.Set,
            BackOff = TimeSpan.FromHours(1),
        });
        Socket[] clients = [.. Enumerable.Range(0, 20).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        foreach (Socket client in clients.Take(2))
        {
            client.Connect(listener.EndPoint);
            Echo(client);
        }

        Assert.Equal(0, GetLimit(OpenFiles, out Limit before));
        int highest = Directory.EnumerateFileSystemEntries("/proc/self/fd").Max(path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture));
        var small = new Limit { Soft = (ulong)highest + 3, Hard = before.Hard };
        var kept = new List<Socket>();
        Assert.Equal(0, SetLimit(OpenFiles, in small));
        try
        {
            Fill(kept);
            foreach (Socket client in clients.Skip(2))
                client.Connect(listener.EndPoint);
            Assert.True(failed.Wait(Waiting.Limit, TestContext.Current.CancellationToken));
            Echo(clients[0]); // those that stand go on
            clients[1].Dispose();
            Assert.True(resumed.Wait(Waiting.Limit, TestContext.Current.CancellationToken));
        }
        finally
        {
            _ = SetLimit(OpenFiles, in before);
            kept.ForEach(socket => socket.Dispose());
        }

        Assert.Equal((SocketCall.Accept, "EMFILE"), (failure!.Call, failure.Error.Name));
        clients[0].Dispose(); // the next one of the group's that closes lets the rest in
        Echo(clients[19]);
        foreach (Socket client in clients)
            client.Dispose();
    }

    private static void Fill(List<Socket> kept)
    {
        try
        {
            while (true)
                kept.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        }
        catch (SocketException)
        {
            // No descriptor is left.
        }
    }

    private static void Echo(Socket client)
    {
        client.ReceiveTimeout = (int)Waiting.Limit.TotalMilliseconds;
        client.Send("x"u8);
        Assert.Equal(1, client.Receive(new byte[10]));
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
