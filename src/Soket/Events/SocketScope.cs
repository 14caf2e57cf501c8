using System.Buffers;
using System.Diagnostics;
using System.Net;
using Soket.Explain;

namespace Soket.Events;

/// <summary>
/// One socket in the event stream: knows its addresses, its state as far as the calls tell it, and how many bytes went each way. A transport
/// holds it as a nullable field, so that with nobody looking a call costs one null check.
/// </summary>
/// <remarks>The calls of one direction come from one thread at a time; the two directions may run side by side.</remarks>
public sealed class SocketScope
{
    private readonly SocketEvents _events;
    private long _sent;         // any thread, atomically
    private long _received;     // any thread, atomically
    private SocketState _state; // under the gate of the stream, so that states are told in the order they are concluded

    internal SocketScope(SocketEvents events, long id, SocketRole role, string transport, long parent)
    {
        _events = events;
        Id = id;
        Role = role;
        Transport = transport;
        Parent = parent;
    }

    /// <summary>The socket's number in the stream.</summary>
    public long Id { get; }

    /// <summary>The number of the listener, or of the connection that a layer above it (<c>tls</c>) stands on; or 0.</summary>
    public long Parent { get; }

    /// <summary>The part it plays.</summary>
    public SocketRole Role { get; }

    /// <summary>What carries it.</summary>
    public string Transport { get; }

    /// <summary>The socket's own address; set when it is known.</summary>
    public EndPoint? Local { get; set; }

    /// <summary>The peer's address; set when it is known.</summary>
    public EndPoint? Remote { get; set; }

    /// <summary>
    /// While it is set, bytes are counted and not shown: a login is among them, or an answer that may repeat it. Written by whoever speaks,
    /// between calls.
    /// </summary>
    internal bool HidesBytes { get; set; }

    /// <summary>Bytes sent so far.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Bytes received so far.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>The events this socket is told in.</summary>
    public SocketEvents Events => _events;

    /// <summary>
    /// Held around a call that does not wait and what tells of it, so that what the call causes (the peer's receive, in the same process) is told after it.
    /// </summary>
    internal Lock Order => _events.Gate;

    /// <summary>Now, for the <c>started</c> of the other members.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    /// <summary>A call that moved no bytes succeeded.</summary>
    /// <param name="call">The call.</param>
    /// <param name="started">When it started.</param>
    /// <param name="reason">Why, as a stable key.</param>
    /// <param name="value">Its result, if it has one.</param>
    public void Called(SocketCall call, long started, string? reason = null, string? value = null)
    {
        SocketEvent e = Base(call, started) with { Reason = reason, Value = value };
        lock (_events.Gate)
            Publish(Advanced(in e, moved: -1), default);
    }

    /// <summary>An option was set or read.</summary>
    /// <param name="call"><see cref="SocketCall.SetOption"/> or <see cref="SocketCall.GetOption"/>.</param>
    /// <param name="started">When it started.</param>
    /// <param name="option">Its system name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="reason">A remark as a stable key: <c>kernel-doubles</c>.</param>
    public void Option(SocketCall call, long started, string option, string value, string? reason = null) =>
        Publish(Base(call, started) with { Option = option, Value = value, Reason = reason }, default);

    /// <summary>Bytes of a stream were sent or received.</summary>
    /// <param name="call"><see cref="SocketCall.Send"/> or <see cref="SocketCall.Receive"/>.</param>
    /// <param name="started">When it started.</param>
    /// <param name="requested">Bytes offered, or room for bytes.</param>
    /// <param name="bytes">The bytes that moved; empty for the end of the stream.</param>
    /// <param name="reason">
    /// A stable key, if there is more to say. The end of the stream says <c>peer-closed</c> by itself; with a reason of its own (this end stopped
    /// receiving) it is no FIN of the peer, and changes no state.
    /// </param>
    public void Streamed(SocketCall call, long started, long requested, in ReadOnlySequence<byte> bytes, string? reason = null)
    {
        ref long counter = ref call == SocketCall.Send ? ref _sent : ref _received;
        bool ended = call == SocketCall.Receive && bytes.IsEmpty && requested != 0 && reason is null; // recv with no room returns 0 as well, and tells nothing
        SocketEvent e = Base(call, started) with
        {
            Requested = requested,
            Moved = bytes.Length,
            StreamOffset = Interlocked.Add(ref counter, bytes.Length) - bytes.Length,
            Reason = ended ? "peer-closed" : reason ?? (HidesBytes ? "hidden" : null),
        };
        if (!ended)
        {
            Publish(in e, HidesBytes ? default : bytes); // Moving bytes changes no state.
            return;
        }

        lock (_events.Gate)
            Publish(Advanced(in e, moved: 0), in bytes);
    }

    /// <summary>Bytes of a stream were moved without being seen, splice(2): they are counted.</summary>
    /// <param name="call"><see cref="SocketCall.Send"/> or <see cref="SocketCall.Receive"/>.</param>
    /// <param name="started">When it started.</param>
    /// <param name="requested">Bytes offered, or room for bytes.</param>
    /// <param name="moved">Bytes that moved.</param>
    public void Spliced(SocketCall call, long started, long requested, long moved)
    {
        ref long counter = ref call == SocketCall.Send ? ref _sent : ref _received;
        Publish(Base(call, started) with { Requested = requested, Moved = moved, StreamOffset = Interlocked.Add(ref counter, moved) - moved, Reason = "spliced" }, default);
    }

    /// <summary>One datagram was sent or received.</summary>
    /// <param name="call"><see cref="SocketCall.SendTo"/>, <see cref="SocketCall.ReceiveFrom"/>, or the forms without an address on a connected socket.</param>
    /// <param name="started">When it started.</param>
    /// <param name="requested">Bytes offered, or room for bytes.</param>
    /// <param name="bytes">The datagram, as far as it fitted.</param>
    /// <param name="peer">Whom it went to or came from; null for a sender without a name.</param>
    /// <param name="reason"><c>truncated</c> when it did not fit, or another stable key.</param>
    /// <param name="callId">The call's number when several datagrams share one call; else 0.</param>
    public void Datagram(SocketCall call, long started, long requested, in ReadOnlySequence<byte> bytes, EndPoint? peer, string? reason = null, long callId = 0)
    {
        ref long counter = ref call is SocketCall.Send or SocketCall.SendTo ? ref _sent : ref _received;
        Interlocked.Add(ref counter, bytes.Length);
        SocketEvent e = Base(call, started) with { Requested = requested, Moved = bytes.Length, Remote = peer, Reason = reason };
        Publish(callId == 0 ? e : e with { CallId = callId }, in bytes);
    }

    /// <summary>A frame of a layer (WebSocket) was sent or received.</summary>
    /// <param name="call"><see cref="SocketCall.SendFrame"/> or <see cref="SocketCall.ReceiveFrame"/>.</param>
    /// <param name="started">When it started.</param>
    /// <param name="kind">What it was: <c>text fin</c>.</param>
    /// <param name="payload">Its payload.</param>
    public void Frame(SocketCall call, long started, string kind, in ReadOnlySequence<byte> payload)
    {
        Interlocked.Add(ref call == SocketCall.SendFrame ? ref _sent : ref _received, payload.Length);
        Publish(Base(call, started) with { Requested = payload.Length, Moved = payload.Length, Value = kind }, in payload);
    }

    /// <summary>A call failed.</summary>
    /// <param name="call">The call.</param>
    /// <param name="started">When it started.</param>
    /// <param name="failure">The failure.</param>
    /// <param name="reason">A stable key, if there is more to say.</param>
    public void Failed(SocketCall call, long started, SocketFailure failure, string? reason = null)
    {
        SocketEvent e = Base(call, started) with { Failure = failure, Reason = reason };
        lock (_events.Gate)
        {
            SocketState next = SocketStates.AfterFailure(_state, call, failure, Transport, out bool inferred);
            if (next != _state)
                e = e with { State = _state = next, StateInferred = inferred };
            Publish(in e, default);
        }
    }

    /// <summary>Something that is no call: a limit was reached, a handshake ended, a message was refused.</summary>
    /// <param name="reason">What, as a stable key.</param>
    /// <param name="value">Details.</param>
    public void Note(string reason, string? value = null) => Publish(Base(SocketCall.None, SocketScope.Now) with { Reason = reason, Value = value }, default);

    /// <summary>The system says that the peer's FIN is there, though no call has read it yet: what this end's own FIN means depends on that (RFC 9293, figure 5).</summary>
    internal void PeerEnded()
    {
        lock (_events.Gate)
            _state = _state == SocketState.Established ? SocketState.CloseWait : _state;
    }

    // Under the gate.
    private SocketEvent Advanced(in SocketEvent e, long moved)
    {
        SocketState next = SocketStates.After(_state, e.Call, moved, Transport, out bool inferred);
        if (next == _state)
            return e;
        _state = next;
        return e with { State = next, StateInferred = inferred };
    }

    private SocketEvent Base(SocketCall call, long started)
    {
        long ended = Stopwatch.GetTimestamp();
        return new()
        {
            Utc = DateTime.UtcNow,
            Timestamp = ended,
            Duration = Stopwatch.GetElapsedTime(started, ended),
            Connection = Id,
            Parent = Parent,
            Role = Role,
            Transport = Transport,
            CallId = _events.NextCall(),
            Call = call,
            Requested = -1,
            Moved = -1,
            StreamOffset = -1,
            Local = Local,
            Remote = Remote,
        };
    }

    private void Publish(in SocketEvent e, in ReadOnlySequence<byte> bytes) => _events.Publish(in e, in bytes);
}
