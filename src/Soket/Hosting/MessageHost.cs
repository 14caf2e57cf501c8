using System.Net;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Framing;
using Soket.Services;

namespace Soket.Hosting;

/// <summary>
/// A message service on one endpoint, for a transport that answers messages itself: who is let in, what is told of it, and when accepting rests. Any thread, and
/// nothing here blocks.
/// </summary>
internal sealed class MessageHost : IAsyncDisposable
{
    private readonly ServerDoor _door;
    private readonly SocketServerOptions _options;
    private readonly ServedEndpoint _served;
    private volatile TaskCompletionSource _short = new(TaskCreationOptions.RunContinuationsAsynchronously); // fires when accepting is paused; replaced before it goes on
    private int _paused;
    private volatile bool _told;

    private MessageHost(ServerDoor door, SocketServerOptions options, ServedEndpoint served)
    {
        _door = door;
        _options = options;
        _served = served;
        AsksPeer = options.Limits is { MaxConnectionsPerAddress: > 0 } or { Allow.Count: > 0 } or { Deny.Count: > 0 };
    }

    /// <summary>What it is the host of; accepts nothing before <see cref="AcceptAsync"/>.</summary>
    public IMessageListener Listener { get; private set; } = null!; // set before anything calls

    /// <summary>What is served, and where.</summary>
    public BoundEndpoint Bound { get; private set; } = null!; // set before anything calls

    /// <summary>Answers the messages.</summary>
    public IMessageService Service => _served.Service.Messages!;

    /// <summary>Cuts the messages.</summary>
    public Framing Framing => _options.Framing;

    /// <summary>How long a connection may move no byte; zero for ever.</summary>
    public TimeSpan IdleTimeout => _options.Limits.IdleTimeout;

    /// <summary>Whether it is the peer's address that decides who is let in: it need not be made otherwise.</summary>
    public bool AsksPeer { get; }

    /// <summary>Whether the server stops: whoever is let in now is asked to end at once.</summary>
    public bool IsStopping => _door.IsStopping;

    /// <summary>Binds an address.</summary>
    /// <exception cref="SocketFailure">The address is in use, not this machine's, not permitted ...</exception>
    public static MessageHost Bind(IMessageTransport transport, EndPoint address, ServerDoor door, SocketServerOptions options, ServedEndpoint served)
    {
        var host = new MessageHost(door, options, served);
        host.Open(served.Socket is { } handed ? transport.AdoptMessages(handed, host) : transport.BindMessages(address, host));
        return host;
    }

    /// <summary>Lets a connection in, or tells why not: it is to be reset then.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="peer">Who came; may be null where nobody asks (<see cref="AsksPeer"/>).</param>
    public bool TryEnter(IMessageStream stream, EndPoint? peer)
    {
        if (_told && Volatile.Read(ref _paused) == 0)
        {
            _told = false;
            _door.Tell("accept-resumed", Bound.Actual, null);
        }

        string? refusal = _door.Enter(peer);
        if (refusal is not null && stream.Scope is { } scope)
            ServerDoor.TellRefusal(scope, refusal, Bound, stream.LocalEndPoint, stream.RemoteEndPoint);
        _door.Accepted();
        if (!_door.HasRoom())
            Pause(ServerDoor.OutOfDescriptors(Bound));
        return refusal is null;
    }

    /// <summary>A connection that was let in has ended.</summary>
    /// <param name="peer">Who it was, as when it was let in.</param>
    /// <param name="failed">Whether it ended with a failure.</param>
    public void Leave(EndPoint? peer, bool failed)
    {
        if (failed)
            _door.Counters.Failed();
        _door.Leave(peer);
    }

    /// <summary>The system cannot give a connection.</summary>
    public void AcceptFailed(SocketFailure failure)
    {
        _door.AcceptFailed(failure);
        Pause(failure);
    }

    /// <summary>Tells that the service threw.</summary>
    public void TellServiceFailed(Exception e, IMessageStream stream) => ServerDoor.TellServiceFailed(e, stream.Scope, Bound, stream.RemoteEndPoint);

    /// <summary>Asks whether connections may hold more of what is not whole yet, or not read; see <see cref="IMessageMeter.TryHold"/>.</summary>
    public bool TryHold(long change) => _door.Counters.TryHold(change);

    /// <summary>Lets connections come, and lets them come again after accepting had to rest; until the server stops. Never faults.</summary>
    public async Task AcceptAsync()
    {
        Task ended = _door.ConnectionEnded;
        if (_door.HasRoom())
            Listener.Resume();
        else
            Pause(ServerDoor.OutOfDescriptors(Bound));
        while (!_door.IsStopping)
        {
            await _short.Task.WaitAsync(_door.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            do
            {
                await _door.RestAsync(ended).ConfigureAwait(false);
                ended = _door.ConnectionEnded;
            }
            while (!_door.IsStopping && !_door.HasRoom());
            _short = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _paused, 0);
            if (!_door.IsStopping)
                Listener.Resume();
        }
    }

    public ValueTask DisposeAsync() => Listener.DisposeAsync();

    private void Open(IMessageListener listener)
    {
        Listener = listener;
        Bound = new BoundEndpoint(_served.Endpoint, SocketUri.FromEndPoint(_served.Endpoint.Scheme, listener.EndPoint), _served.Service);
    }

    private void Pause(SocketFailure failure)
    {
        if (Interlocked.Exchange(ref _paused, 1) != 0)
            return;
        Listener.Pause();
        if (!_told)
            _door.Tell("accept-paused", Bound.Actual, failure);
        _told = true;
        _short.TrySetResult();
    }
}
