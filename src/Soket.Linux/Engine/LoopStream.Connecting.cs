using System.Net;
using System.Net.Sockets;
using Soket.Events;
using Soket.Explain;

namespace Soket.Linux.Engine;

public abstract partial class LoopStream
{
    /// <summary>Gives it to a loop, which will connect it. Any thread, once.</summary>
    internal void Prepare(EventLoop loop, ConnectAttempt attempt)
    {
        Attach(loop);
        _flags = StreamFlags.Connecting;
        _extras = new() { Connecting = attempt };
    }

    /// <summary>The attempt begins.</summary>
    internal void BeginConnecting(SocketScope? scope)
    {
        _scope = scope;
        Loop.Slots.Take(this);
    }

    /// <summary>epoll is to look for something else once nobody is being called.</summary>
    internal void MarkUnsettled() => Unsettle();

    /// <summary>The attempt succeeded.</summary>
    internal void EndConnecting(StreamSettings settings, EndPoint endpoint)
    {
        _settings = settings;
        _extras!.Connecting = null;
        if (endpoint is IPEndPoint address)
            _peer = PeerName.Of(address);
        else
            _extras.Remote = endpoint; // by the path that was asked for, not as the server wrote it
        if (_scope is null && endpoint is IPEndPoint)
            _extras = null;
        else
            _extras.Waiting = SocketScope.Now;
        Change(StreamFlags.Connecting, set: false);
        Call(static stream => stream.OnOpened());
    }

    /// <summary>It failed.</summary>
    internal void NotConnected(SocketFailure failure)
    {
        _flags |= StreamFlags.EndTold;
        Die(failure);
    }
}
