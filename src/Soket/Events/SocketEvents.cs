using System.Buffers;
using Soket.Explain;

namespace Soket.Events;

/// <summary>The event stream: numbers what sockets do and passes it to its observers. Safe for use by any thread.</summary>
/// <remarks>
/// <para>
/// Each observer sees every event, one at a time and in the order of <see cref="SocketEvent.Sequence"/>: numbering and telling happen under one
/// lock, so that a log reads in order, the states of a socket never run backwards, and a sink needs no lock against its own stream. That is why an
/// observer must not block: while it runs, no other socket of the stream can tell anything. With no observer nothing is locked and nothing is numbered.
/// </para>
/// <para>
/// The order says when calls were told, which is just after they ended. Calls of two threads that end together may be told in either order: a receive
/// may come before the send whose bytes it returned. <see cref="SocketEvent.Timestamp"/> and <see cref="SocketEvent.StreamOffset"/> say more.
/// </para>
/// </remarks>
public sealed class SocketEvents
{
    private readonly ISocketObserver[] _observers; // written once
    private long _sequence;                        // under the gate
    private long _sockets;
    private long _calls;
    private long _observerFailures;                // written under the gate
    private Exception? _observerFailure;           // written once, under the gate

    /// <summary>Creates a stream.</summary>
    /// <param name="observers">Who looks.</param>
    public SocketEvents(params ReadOnlySpan<ISocketObserver> observers) => _observers = observers.ToArray();

    /// <summary>
    /// How many times an observer threw. It must not; when it does all the same, the connection it watched and the other observers go on as if it had
    /// not, it is told the next event again, and this is counted.
    /// </summary>
    public long ObserverFailures => Interlocked.Read(ref _observerFailures);

    /// <summary>What the first observer that threw threw; null when none did.</summary>
    public Exception? FirstObserverFailure => Volatile.Read(ref _observerFailure);

    /// <summary>Held while a state is concluded and told. An observer that makes events of its own enters it again on the same thread.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Starts telling about one socket.</summary>
    /// <param name="role">The part it plays.</param>
    /// <param name="transport">What carries it: <c>tcp</c> ...</param>
    /// <param name="parent">The listener that accepted it, if one did; for <c>tls</c> the connection it stands on.</param>
    public SocketScope Open(SocketRole role, string transport, SocketScope? parent = null) =>
        new(this, Interlocked.Increment(ref _sockets), role, transport, parent?.Id ?? 0);

    internal long NextCall() => Interlocked.Increment(ref _calls);

    internal void Publish(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        if (_observers.Length == 0)
            return;

/// <summary>
/// One socket in the event stream: knows its addresses, its state as far as the calls tell it, and how many bytes went each way. A transport
/// holds it as a nullable field, so that with nobody looking a call costs one null check.
/// </summary>
/// <remarks>The calls of one direction come from one thread at a time; the two directions may run side by side.</remarks>
public sealed class SocketScope
{
    private readonly SocketEvents _events;
    private readonly Lock _stateLock = new();
    private long _sent;     // written by the sending side only
    private long _received; // written by the receiving side only
    private SocketState _state;

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

    /// <summary>Bytes sent so far.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Bytes received so far.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>The events this socket is told in.</summary>
    public SocketEvents Events => _events;

    /// <summary>Now, for the <c>started</c> of the other members.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    /// <summary>A call that moved no bytes succeeded.</summary>
    /// <param name="call">The call.</param>
    /// <param name="started">When it started.</param>
    /// <param name="reason">Why, as a stable key.</param>
    /// <param name="value">Its result, if it has one.</param>
    public void Called(SocketCall call, long started, string? reason = null, string? value = null)
    {
        SocketState state = Advance(call, moved: -1, out bool inferred);
        Publish(Base(call, started) with { Reason = reason, Value = value, State = state, StateInferred = inferred }, default);
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
    /// <param name="reason">A stable key, if there is more to say; the end of the stream says <c>peer-closed</c> by itself.</param>
    public void Streamed(SocketCall call, long started, long requested, in ReadOnlySequence<byte> bytes, string? reason = null)
    {
        ref long counter = ref call == SocketCall.Send ? ref _sent : ref _received;
        long offset = counter;
        Volatile.Write(ref counter, offset + bytes.Length);
        SocketState state = Advance(call, bytes.Length, out bool inferred);
        Publish(
            Base(call, started) with
            {
                Requested = requested,
                Moved = bytes.Length,
                StreamOffset = offset,
                State = state,
                StateInferred = inferred,
                Reason = reason ?? (call == SocketCall.Receive && bytes.IsEmpty && requested != 0 ? "peer-closed" : null),
            },
            in bytes);
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

    /// <summary>A call failed.</summary>
    /// <param name="call">The call.</param>
    /// <param name="started">When it started.</param>
    /// <param name="failure">The failure.</param>
    /// <param name="reason">A stable key, if there is more to say.</param>
    public void Failed(SocketCall call, long started, SocketFailure failure, string? reason = null)
    {
        SocketState state = SocketState.None;
        if (failure.IsReset || call is SocketCall.Connect)
        {
            lock (_stateLock)
                state = _state = SocketState.Closed;
        }

        Publish(Base(call, started) with { Failure = failure, Reason = reason, State = state, StateInferred = true }, default);
    }

    /// <summary>Something that is no call: a limit was reached, a handshake ended, a message was refused.</summary>
    /// <param name="reason">What, as a stable key.</param>
    /// <param name="value">Details.</param>
    public void Note(string reason, string? value = null) => Publish(Base(SocketCall.None, SocketScope.Now) with { Reason = reason, Value = value }, default);

    private SocketState Advance(SocketCall call, long moved, out bool inferred)
    {
        lock (_stateLock)
        {
            SocketState next = SocketStates.After(_state, call, moved, Transport, out inferred);
            if (next == _state)
                return SocketState.None;
            return _state = next;
        }
    }
}
