using System.Diagnostics.CodeAnalysis;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Linux.Engine.Splicing;
using Soket.Linux.Native;

namespace Soket.Linux.Transports.Internal;

/// <summary>The loop's side of a connection: passes what the loop says on to the pipes.</summary>
/// <param name="owner">Who made it, and waits for it to open.</param>
/// <param name="settings">What all connections have in common.</param>
[SuppressMessage("Reliability", "CA1001", Justification = "Whoever the connection is handed to disposes of it.")]
[SupportedOSPlatform("linux")]
internal sealed class ConnectionStream(IStreamOwner owner, ConnectionSettings settings) : LoopStream
{
    private IStreamOwner? _owner = owner; // the loop's thread only: until it is opened
    private LinuxConnection? _connection; // the loop's thread only

    public ConnectionSettings Settings { get; } = settings;

    /// <summary>The error that waits at the socket and that nobody has asked for, as errno; 0 for none. Loop's thread.</summary>
    public unsafe int PendingError()
    {
        int error = 0, length = sizeof(int);
        if (Descriptor < 0)
            return 0;
        _ = Loop.Kernel.GetOption(Descriptor, LibC.SocketLevel, LibC.PendingError, (byte*)&error, &length);
        // A Unix socket whose peer is gone has no error pending: only a send says so (EPIPE), one of nothing as well (unix(7)).
        if (error == 0 && Settings.Transport == "unix" && Loop.Kernel.Send(Descriptor, (byte*)&error, 0) is var sent and < 0 and not -LoopKernel.Again)
            return (int)-sent;
        return error;
    }

    /// <summary>Bytes that were sent and that the peer has not taken; below 0 where that cannot be told. Loop's thread.</summary>
    public int Untaken() => Descriptor < 0 ? -1 : Loop.Kernel.Untaken(Descriptor);

    /// <summary>From now on what comes while a read waits goes to another stream of this loop. Loop's thread.</summary>
    public void SpliceTo(ConnectionStream to, Action<long> moved) => Outwards = to.Inwards = new SpliceLane(this, to, moved);

    internal override void OnReady(uint events)
    {
        if (Outwards is { } lane && (events & LibC.PollIn) != 0 && _connection!.Reader.WaitsForBytes && lane.TryMove())
            return;
        base.OnReady(events);
    }

    protected internal override void OnOpened()
    {
        _connection = new LinuxConnection(this);
        IStreamOwner waiting = _owner!;
        _owner = null;
        waiting.Opened(_connection);
    }

    protected internal override void OnReceived(ReadOnlySpan<byte> bytes) => _connection!.Reader.Received(bytes);

    // Not the default: what ends is one direction, and what this end still says is the application's affair.
    protected internal override void OnEnd() => _connection!.PeerEnded();

    protected internal override void OnDrained()
    {
        Inwards?.Drained();
        _connection!.Writer.Drained();
    }

    protected internal override void OnClosed(SocketFailure? failure)
    {
        Inwards?.Drained();
        if (_connection is { } connection)
            connection.Closed(failure);
        else
            _owner!.Failed(failure);
    }
}

/// <summary>Waits for a stream to open: a listener, or an attempt to connect. Called on the loop's thread.</summary>
[SupportedOSPlatform("linux")]
internal interface IStreamOwner
{
    /// <summary>It stands.</summary>
    void Opened(LinuxConnection connection);

    /// <summary>It never stood.</summary>
    /// <param name="failure">Why; null when it was given up.</param>
    void Failed(SocketFailure? failure);
}
