using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Options;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Engine;

/// <summary>The event stream of the engine beside that of the managed transport, over the same conversation.</summary>
public sealed class LoopEventTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static SocketOptionSetting[] Asked { get; } = [new(SocketOptions.NoDelay, 1), new(SocketOptions.KeepAlive, 1), new(SocketOptions.ReceiveBuffer, 100_000)];

    public static TheoryData<string, string> Conversations
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (string family in (string[])["127.0.0.1", "::1", "unix"])
            {
                foreach (string end in (string[])["peer-ends", "server-ends", "peer-resets", "server-aborts"])
                {
                    if (family != "unix" || end != "peer-resets") // a Unix socket that is closed with nothing unread ends in order
                        all.Add(family, end);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task A_server_tells_what_the_managed_one_tells(string family, string end)
    {
        var managed = new Recorder();
        await ServeManagedAsync(family, end, managed);
        var ours = new Recorder();
        await ServeAsync(family, end, ours);
        // After a reset the managed connection half-closes what is no connection any more, which .NET says succeeded; the engine makes no such call.
        IEnumerable<string> told = end == "peer-resets" ? managed.Lines.Where(line => !line.Contains(" shutdown ", StringComparison.Ordinal)) : managed.Lines;
        Assert.Equal(told, ours.Lines);
        Assert.Contains(ours.Lines, line => line.Contains("recv 4", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("unix")]
    public async Task A_client_tells_what_the_managed_one_tells(string family)
    {
        using var server = new Socket(family == "unix" ? AddressFamily.Unix : IPAddress.Parse(family).AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        server.Bind(Pair.Place(family));
        server.Listen();
        Task serving = Task.Run(async () =>
        {
            for (int i = 0; i < 2; i++)
            {
                using Socket accepted = await server.AcceptAsync(Cancelled);
                byte[] buffer = new byte[100];
                int received = await accepted.ReceiveAsync(buffer, Cancelled);
                await accepted.SendAsync(buffer.AsMemory(0, received), Cancelled);
                while (await accepted.ReceiveAsync(buffer, Cancelled) > 0)
                {
                }
            }
        }, Cancelled);

        var managed = new Recorder();
        await using (ConnectionContext connection = await new ManagedTransport(Options(managed)).ConnectAsync(server.LocalEndPoint!, Cancelled))
        {
            await connection.Transport.Output.WriteAsync("ping"u8.ToArray(), Cancelled);
            connection.Transport.Input.AdvanceTo((await connection.Transport.Input.ReadAsync(Cancelled)).Buffer.End);
            await connection.Transport.Output.CompleteAsync();
            connection.Transport.Input.AdvanceTo((await connection.Transport.Input.ReadAsync(Cancelled)).Buffer.End);
        }

        var ours = new Recorder();
        await using var group = new LoopGroup(new() { Loops = 1 });
        var client = new SeenStream { Opens = stream => stream.Send("ping"u8), Receives = (stream, _) => stream.ShutdownSend() };
        group.Next().Connect(client, server.LocalEndPoint!, Options(ours));
        Assert.Null(await client.Closed.Guarded());
        await serving.Guarded();
        Assert.Equal(managed.Lines, ours.Lines);
    }

    [Fact]
    public async Task A_refused_connect_is_told_as_the_managed_one_tells_it()
    {
        await using var group = new LoopGroup(new() { Loops = 1 });
        EndPoint gone;
        await using (LoopListener listener = LoopListener.Bind(group, Pair.Place("127.0.0.1"), new() { Create = () => new SeenStream() }))
            gone = listener.EndPoint;
        var managed = new Recorder();
        await Assert.ThrowsAsync<SocketFailure>(async () => await new ManagedTransport(Options(managed)).ConnectAsync(gone, Cancelled));
        var ours = new Recorder();
        var client = new SeenStream();
        group.Next().Connect(client, gone, Options(ours));
        Assert.NotNull(await client.Closed.Guarded());
        Assert.Equal(managed.Lines, ours.Lines);
    }

    [Fact]
    public async Task An_address_in_use_is_told_as_the_managed_one_tells_it()
    {
        await using var group = new LoopGroup(new() { Loops = 1 });
        await using LoopListener holder = LoopListener.Bind(group, Pair.Place("127.0.0.1"), new() { Create = () => new SeenStream() });
        var managed = new Recorder();
        await Assert.ThrowsAsync<SocketFailure>(async () => await new ManagedTransport(Options(managed)).BindAsync(holder.EndPoint, Cancelled));
        var ours = new Recorder();
        Assert.Throws<SocketFailure>(() => LoopListener.Bind(group, holder.EndPoint, new() { Create = () => new SeenStream(), Sockets = Options(ours) }));
        Assert.Equal(managed.Lines, ours.Lines);
    }

    [Fact]
    public async Task Every_send_is_told_with_its_bytes_however_it_was_cut()
    {
        var recorder = new Recorder();
        var server = new SeenStream();
        await using var pair = await Pair.ConnectAsync("127.0.0.1", () => server, sockets: new ManagedTransportOptions { Events = recorder.Events });
        pair.Client.PauseReceiving();
        byte[] sent = System.Security.Cryptography.RandomNumberGenerator.GetBytes(10_000_000);
        Assert.False(await server.OnLoop(() => server.Send(sent)));
        pair.Client.ResumeReceiving();
        Assert.Equal(sent, await pair.Client.ReceivedAsync(sent.Length));
        Assert.Equal(sent, recorder.Sent);
        Assert.True(recorder.Lines.Count(line => line.Contains(" send ", StringComparison.Ordinal)) > 1);
    }

    private static ManagedTransportOptions Options(Recorder recorder) => new() { Events = recorder.Events, Options = Asked, Native = new LinuxSockets(), Endpoint = "tcp://somewhere" };

    private static async Task ServeManagedAsync(string family, string end, Recorder recorder)
    {
        await using IConnectionListener listener = await new ManagedTransport(Options(recorder)).BindAsync(Pair.Place(family), Cancelled);
        Task client = TalkAsync(listener.EndPoint, end);
        ConnectionContext connection = (await listener.AcceptAsync(Cancelled))!;
        connection.Transport.Input.AdvanceTo((await connection.Transport.Input.ReadAsync(Cancelled)).Buffer.End);
        await connection.Transport.Output.WriteAsync("pong!"u8.ToArray(), Cancelled);
        switch (end)
        {
            case "server-aborts":
                connection.Abort();
                break;
            case not "server-ends":
                await Record.ExceptionAsync(async () => await connection.Transport.Input.ReadAsync(Cancelled));
                break;
        }

        await connection.DisposeAsync();
        await client.Guarded();
    }

    private static async Task ServeAsync(string family, string end, Recorder recorder)
    {
        await using var group = new LoopGroup(new() { Loops = 1 });
        var server = new SeenStream
        {
            Receives = (stream, _) =>
            {
                stream.Send("pong!"u8);
                if (end == "server-ends")
                    stream.Close();
                if (end == "server-aborts")
                    stream.Abort();
            },
        };
        await using LoopListener listener = LoopListener.Bind(group, Pair.Place(family), new() { Create = () => server, Sockets = Options(recorder) });
        await TalkAsync(listener.EndPoint, end).Guarded();
        await server.Closed.Guarded();
    }

    private static async Task TalkAsync(EndPoint endpoint, string end)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(endpoint, Cancelled);
        await socket.SendAsync("ping"u8.ToArray(), Cancelled);
        byte[] buffer = new byte[100];
        if (end == "server-aborts")
        {
            await Record.ExceptionAsync(async () =>
            {
                while (await socket.ReceiveAsync(buffer, Cancelled) > 0)
                {
                }
            });
            return;
        }

        await socket.ReceiveAsync(buffer, Cancelled);
        if (end == "server-ends")
            await socket.ReceiveAsync(buffer, Cancelled);
        if (end == "peer-resets")
            socket.LingerState = new LingerOption(true, 0);
    }

    // The story without what differs from run to run: numbers of ports, times.
    private sealed class Recorder : ISocketObserver
    {
        private readonly List<string> _lines = [];
        private readonly List<byte> _sent = [];

        public Recorder() => Events = new SocketEvents(this);

        public SocketEvents Events { get; }

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public byte[] Sent
        {
            get
            {
                lock (_lines)
                    return [.. _sent];
            }
        }

        public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
        {
            lock (_lines)
            {
                if (e.Role == SocketRole.Server && e.Call == SocketCall.Send)
                    _sent.AddRange(bytes.ToArray());
                _lines.Add($"{e.Role} {e.Connection} of {e.Parent} {e.Transport} {e.Call.Name()} {e.Moved} of {e.Requested} at {e.StreamOffset} {e.Option}={e.Value} {e.Reason} {e.State} {(e.StateInferred ? "inferred " : "")}{Place(e.Local)} {Place(e.Remote)} {e.Failure?.Error} {Place(e.Failure?.Context.Remote)} {e.Failure?.Context.Endpoint} {e.Failure?.Context.Sent} {e.Failure?.Context.Received} {e.Failure?.Context.Elapsed is not null} {bytes.Length}");
            }
        }

        private static string Place(EndPoint? endpoint) => endpoint switch
        {
            null => "-",
            IPEndPoint ip => ip.Address.ToString(),
            _ => endpoint.ToString() is { Length: > 0 } path ? path[..path.LastIndexOf('/')] : "nameless",
        };
    }
}
