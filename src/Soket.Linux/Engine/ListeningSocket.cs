using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Native;

namespace Soket.Linux.Engine;

/// <summary>One listening descriptor on one loop. Loop's thread only.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class ListeningSocket(LoopListener listener, int descriptor, SocketScope? scope, bool spreads) : LoopSource
{
    // Of one turn: who is connected already waits no longer than that.
    private const int MostAtOnce = 64;

    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _watched;
    private bool _paused;
    private bool _starves;

    /// <summary>Ends when it is closed.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Begins to accept.</summary>
    public void Open(bool paused)
    {
        Descriptor = descriptor;
        Loop.Slots.Take(this);
        _paused = paused;
        Watch();
    }

    /// <summary>Accepts, or accepts no more.</summary>
    public void Pause(bool paused)
    {
        _paused = paused;
        Watch();
    }

    /// <summary>Something became free.</summary>
    public void TryAgain()
    {
        if (Descriptor < 0 || !_starves)
            return;
        Loop.Timers.Clear(Slot);
        OnTimer();
    }

    /// <summary>Closes it.</summary>
    public void Close()
    {
        if (Descriptor < 0)
            return;
        long started = SocketScope.Now;
        _paused = true;
        Watch(); // taken out before it is closed: another process may hold it too, and epoll would go on telling of it
        Loop.Timers.Remove(Slot);
        Loop.Slots.Free(this);
        listener.Unlink();
        _ = Loop.Kernel.Close(Descriptor);
        Descriptor = -1;
        scope?.Called(SocketCall.Close, started);
        Loop.Group.DescriptorFreed();
        _closed.SetResult();
    }

    internal override void OnLoopEnded() => Close();

    // The rest is over; it is tried again, and that goes on resting if it fails again.
    internal override void OnTimer()
    {
        _starves = false;
        Watch();
    }

    internal override void OnReady(uint events)
    {
        byte* name = stackalloc byte[SocketName.Longest];
        for (int i = 0; i < MostAtOnce && Descriptor >= 0 && !_paused && !listener.Pauses; i++)
        {
            if (!listener.MayAccept())
            {
                Pause(true);
                return;
            }

            long started = scope is null ? 0 : SocketScope.Now;
            int length = SocketName.Longest;
            int accepted = Loop.Kernel.Accept(Descriptor, name, &length);
            if (accepted < 0)
            {
                if (!GoesOn(-accepted, started))
                    return;
                continue;
            }

            listener.Succeeded();
            listener.Accepted();
            Take(accepted, name, length, started);
        }
    }

    // Whether the next one is asked for. accept(2) passes errors on of a connection that has died meanwhile, or that a firewall forbids: they concern nobody else.
    private bool GoesOn(int error, long started)
    {
        switch (error)
        {
            case LoopKernel.Again:
                return false;
            case LoopKernel.Interrupted:
                return true;
        }

        SocketFailure failure = LoopFailure.Of(SocketCall.Accept, error, listener.Context);
        scope?.Failed(SocketCall.Accept, started, failure);
        if (LoopFailure.Error(error).Name is "ECONNABORTED" or "ECONNRESET" or "EPERM" or "EPROTO" or "ENOPROTOOPT" or "EOPNOTSUPP" or "ENETDOWN" or "ENETUNREACH" or "EHOSTDOWN" or "EHOSTUNREACH" or "ETIMEDOUT")
            return true;

        // Descriptors or memory are short, or the socket listens no more (who shares it has shut it down): asked again and again it would burn the loop.
        _starves = true;
        Watch();
        Loop.Timers.Set(Slot, Loop.Now, Loop.Now + listener.BackOff);
        Loop.Group.Starves(this);
        listener.Failed(failure);
        return false;
    }

    private void Take(int accepted, byte* name, int length, long started)
    {
        PeerName peer = PeerName.Read(new ReadOnlySpan<byte>(name, length));
        EndPoint? remote = peer.IsKnown || length <= sizeof(ushort) ? null : SocketName.Read(name, length);
        SocketScope? connection = scope?.Events.Open(SocketRole.Server, scope.Transport, scope);
        if (connection is not null)
        {
            connection.Local = listener.Settings.Local ?? LoopSockets.LocalName(Loop.Kernel, accepted);
            connection.Remote = remote ?? peer.ToEndPoint() ?? (EndPoint)NamelessPeer.EndPoint;
            connection.Called(SocketCall.Accept, started);
        }

        SetOptions(accepted, connection);
        var handed = new AcceptedConnection(listener, accepted, connection, peer, remote);
        EventLoop target = spreads ? Loop.Group.Next() : Loop;
        if (target == Loop)
            handed.Open(target);
        else if (!target.PostTo(static state => ((AcceptedConnection)state!).Open(), handed with { Target = target }))
            handed.Drop(Loop);
    }

    private void SetOptions(int accepted, SocketScope? connection)
    {
        if (listener.AcceptedOptions.Length == 0)
            return;
        try
        {
            foreach (LoopOption option in listener.AcceptedOptions)
                LoopSockets.Set(Loop.Kernel, accepted, option, connection, listener.Context);
            LoopSockets.ReadBack(Loop.Kernel, accepted, listener.AcceptedOptions, connection);
        }
        catch (SocketFailure e)
        {
            // Already gone again; the connection tells it at its first receive.
            connection?.Note("options-not-set", e.Message);
        }
    }

    private void Watch()
    {
        bool wanted = !_paused && !_starves;
        if (wanted == _watched)
            return;
        int result = Loop.Watch(wanted ? LibC.PollAdd : LibC.PollDelete, this, LibC.PollIn);
        if (wanted && result < 0)
        {
            // ENOMEM, or fs.epoll.max_user_watches: rests like an accept that failed.
            _starves = true;
            Loop.Timers.Set(Slot, Loop.Now, Loop.Now + listener.BackOff);
            listener.Failed(LoopFailure.Of(SocketCall.Accept, -result, listener.Context));
            return;
        }

        _watched = wanted;
    }
}
