using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Protocols.Framing;
using Soket.Services;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Tests.Services;

/// <summary>A clock that stands still.</summary>
internal sealed class StoppedClock(DateTimeOffset utc, TimeSpan offset = default) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("test", offset, "test", "test");

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => utc;

    public override long GetTimestamp() => utc.Ticks;
}

/// <summary>Keeps the events of a test.</summary>
internal sealed class EventList : ISocketObserver
{
    private readonly List<SocketEvent> _events = [];
    private readonly List<(Func<SocketEvent, bool> What, TaskCompletionSource<SocketEvent> Seen)> _waiting = [];

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        lock (_events)
        {
            _events.Add(e);
            SocketEvent seen = e;
            foreach ((_, TaskCompletionSource<SocketEvent> source) in _waiting.Where(waiting => waiting.What(seen)))
                source.TrySetResult(e);
        }
    }

    public IReadOnlyList<SocketEvent> Where(Func<SocketEvent, bool> what)
    {
        lock (_events)
            return [.. _events.Where(what)];
    }

    public Task<SocketEvent> SeeAsync(Func<SocketEvent, bool> what)
    {
        lock (_events)
        {
            var source = new TaskCompletionSource<SocketEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_events.Any(what))
                source.SetResult(_events.First(what));
            else
                _waiting.Add((what, source));
            return source.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }
}

/// <summary>Counts what a service did.</summary>
internal sealed class CountingMeter : IMessageMeter
{
    private long _messages;
    private long _received;
    private long _sent;
    private long _refused;

    public (long Messages, long Received, long Sent, long Refused) Seen => (Interlocked.Read(ref _messages), Interlocked.Read(ref _received), Interlocked.Read(ref _sent), Interlocked.Read(ref _refused));

    public void Message(long received, long sent)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _received, received);
        Interlocked.Add(ref _sent, sent);
    }

    public void Refused() => Interlocked.Increment(ref _refused);
}

/// <summary>A connection through memory with a handler on its far end.</summary>
internal sealed class Served : ISoketConnectionFeature
{
    private readonly Pipe _toService = new();
    private readonly Pipe _fromService = new();
    private readonly EventList _events = new();

    public Served(ConnectionHandler handler)
    {
        Scope = new SocketEvents(_events).Open(SocketRole.Server, "memory");
        var connection = new DefaultConnectionContext("test", new DuplexPipe(_toService.Reader, _fromService.Writer), new DuplexPipe(_fromService.Reader, _toService.Writer));
        connection.Features.Set<ISoketConnectionFeature>(this);
        Done = handler.OnConnectedAsync(connection);
    }

    public Task Done { get; }

    public SocketScope? Scope { get; }

    public long BytesReceived => 0;

    public long BytesSent => 0;

    public bool IsAborted => false;

    public EventList Events => _events;

    public PipeWriter Output => _toService.Writer;

    public PipeReader Input => _fromService.Reader;

    public static Served By(string service, string framing = "chunk", int limit = 1024, ServiceOptions? options = null, IMessageMeter? meter = null)
    {
        SocketService made = ServiceCatalog.Find(service)!.Create(options ?? new());
        return Framing.TryParse(framing, limit, out Framing? cut, out _) ? new(made.Stream ?? new MessageStreamHandler(made.Messages!, cut, meter)) : throw new ArgumentException(framing);
    }

    /// <summary>Sends all, ends this direction, and gives what came back until the service ended its own.</summary>
    public async Task<byte[]> AskAsync(ReadOnlyMemory<byte> bytes)
    {
        Task sending = SendAsync();
        byte[] answer = await ReadToEndAsync();
        await sending;
        await Done.WaitAsync(TimeSpan.FromSeconds(20));
        return answer;

        async Task SendAsync()
        {
            await Output.WriteAsync(bytes);
            await Output.CompleteAsync();
        }
    }

    public async Task<string> AskAsync(string text) => Encoding.UTF8.GetString(await AskAsync(Encoding.UTF8.GetBytes(text)));

    public async Task<byte[]> ReadToEndAsync()
    {
        var all = new MemoryStream();
        await Input.CopyToAsync(all).WaitAsync(TimeSpan.FromSeconds(20));
        return all.ToArray();
    }

    public async Task<string> ReadExactlyAsync(int count)
    {
        ReadResult result = await Input.ReadAtLeastAsync(count).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        string text = Encoding.UTF8.GetString(result.Buffer.Slice(0, count));
        Input.AdvanceTo(result.Buffer.GetPosition(count));
        return text;
    }

    public void EndInput(string reason) => _toService.Reader.CancelPendingRead();

    public void AddLayer(IAsyncDisposable layer) => throw new NotSupportedException();
}

/// <summary>A service on a UDP socket of 127.0.0.1, and a plain socket to ask it with.</summary>
internal sealed class ServedDatagrams : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly IDatagramSocket _socket;
    private readonly Task _serving;

    public ServedDatagrams(IMessageService service, DatagramRules? rules = null, IMessageMeter? meter = null)
    {
        _socket = DatagramPlaces.Bind(new IPEndPoint(IPAddress.Loopback, 0), new ManagedTransportOptions { Events = new SocketEvents(Events) });
        _serving = new DatagramMessageLoop(service, rules ?? new(), meter).ServeAsync(_socket, _end.Token);
        Client.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Client.Connect(_socket.LocalEndPoint);
        Client.ReceiveTimeout = 20_000;
    }

    public EventList Events { get; } = new();

    public EndPoint Address => _socket.LocalEndPoint;

    public Socket Client { get; } = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public async Task<byte[]> AskAsync(ReadOnlyMemory<byte> datagram)
    {
        await Client.SendAsync(datagram);
        return await ReceiveAsync();
    }

    public async Task<byte[]> ReceiveAsync()
    {
        var room = new byte[65_536];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return room[..await Client.ReceiveAsync(room, limit.Token)];
    }

    /// <summary>Lets the service end: what it has received is answered then.</summary>
    public async Task EndAsync()
    {
        await _end.CancelAsync();
        await _serving.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await _socket.DisposeAsync();
        Client.Dispose();
        _end.Dispose();
    }
}
