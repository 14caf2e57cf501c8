using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Soket.Events;
using Soket.Hosting;
using Soket.Linux.Transports;
using Soket.Protocols.Framing;
using Soket.Services;
using Soket.Transports;

namespace Soket.Linux.Tests.Engine.Messages;

/// <summary>A server of one message service, inline on the loops or on the managed transport's pipes, that tells all it does.</summary>
internal sealed class Conversations : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Conversations(SocketServer server, EventLog log)
    {
        Server = server;
        Log = log;
    }

    public SocketServer Server { get; }

    public EventLog Log { get; }

    public EndPoint Address => new IPEndPoint(IPAddress.Parse(Server.Endpoints[0].Actual.Host), Server.Endpoints[0].Actual.Port);

    public static async Task<Conversations> StartAsync(IMessageService service, Framing framing, bool inline = true, ServerLimits? limits = null, ManagedTransportOptions? transport = null)
    {
        var log = new EventLog();
        SocketServer server = await SocketServer.StartAsync(new SocketServerOptions
        {
            Endpoints = [new ServedEndpoint(Soket.Endpoints.SocketUri.Parse("tcp://127.0.0.1:0"), new SocketService { Name = "tested", Messages = service })],
            Framing = framing,
            Limits = limits ?? new(),
            Transport = (transport ?? new()) with { Events = new SocketEvents(log), Streams = inline ? static options => new LinuxTransport(options) : null },
        });
        return new(server, log);
    }

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(Address).WaitAsync(Patience);
        return socket;
    }

    public static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes).AsTask().WaitAsync(Patience)..];
    }

    public static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int received = 0; received < count;)
        {
            int now = await socket.ReceiveAsync(bytes.AsMemory(received)).AsTask().WaitAsync(Patience);
            if (now == 0)
                return bytes[..received];
            received += now;
        }

        return bytes;
    }

    /// <summary>Everything up to the end; <c>RST</c> is added when that is a reset.</summary>
    public static async Task<byte[]> ReceiveToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        byte[] room = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(room).WaitAsync(Patience) is > 0 and int now)
                all.Write(room, 0, now);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            all.Write("RST"u8);
        }

        return all.ToArray();
    }

    public Task<int> DrainAsync(TimeSpan? limit = null) => Server.DrainAsync(limit ?? Patience).WaitAsync(Patience);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>Keeps every event with its bytes, and waits for what is to come.</summary>
internal sealed class EventLog : ISocketObserver
{
    private readonly List<(SocketEvent Event, byte[] Bytes)> _all = [];
    private readonly List<(Func<IReadOnlyList<(SocketEvent Event, byte[] Bytes)>, bool> Holds, TaskCompletionSource Reached)> _awaited = [];

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        lock (_all)
        {
            _all.Add((e, bytes.ToArray()));
            _awaited.RemoveAll(awaited => awaited.Holds(_all) && awaited.Reached.TrySetResult());
        }
    }

    /// <summary>What was told so far.</summary>
    public IReadOnlyList<(SocketEvent Event, byte[] Bytes)> All
    {
        get
        {
            lock (_all)
                return [.. _all];
        }
    }

    /// <summary>Ends when something holds of all that was told.</summary>
    public Task UntilAsync(Func<IReadOnlyList<(SocketEvent Event, byte[] Bytes)>, bool> holds)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_all)
        {
            if (holds(_all))
                reached.SetResult();
            else
                _awaited.Add((holds, reached));
        }

        return reached.Task.WaitAsync(Conversations.Patience);
    }

    /// <summary>Ends when an event was told.</summary>
    public Task UntilAsync(Func<SocketEvent, bool> fits) => UntilAsync(all => all.Any(told => fits(told.Event)));
}
