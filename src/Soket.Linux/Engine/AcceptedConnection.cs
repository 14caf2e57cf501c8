using System.Net;
using System.Runtime.Versioning;
using Soket.Events;
using Soket.Explain;

namespace Soket.Linux.Engine;

/// <summary>A connection on its way to its loop.</summary>
[SupportedOSPlatform("linux")]
internal readonly record struct AcceptedConnection(LoopListener Listener, int Descriptor, SocketScope? Scope, PeerName Peer, EndPoint? Remote)
{
    /// <summary>The loop, when it is another one than the listener's.</summary>
    public EventLoop? Target { get; init; }

    /// <summary>Has its stream made, on the loop that will serve it.</summary>
    public void Open() => Open(Target!);

    /// <inheritdoc cref="Open()"/>
    public void Open(EventLoop loop)
    {
        LoopStream stream;
        try
        {
            stream = Listener.Create();
        }
        catch (Exception e)
        {
            loop.Group.Failed(e);
            Scope?.Note("callback-failed", e.Message);
            Drop(loop);
            return;
        }

        stream.Open(loop, Descriptor, Listener.Settings, Scope, Peer, Remote);
    }

    /// <summary>Nobody takes it.</summary>
    public void Drop(EventLoop loop)
    {
        long started = SocketScope.Now;
        _ = loop.Kernel.Close(Descriptor);
        Scope?.Called(SocketCall.Close, started);
    }
}
