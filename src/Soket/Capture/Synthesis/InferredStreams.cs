using System.Net;
using Soket.Events;
using Soket.Explain;

namespace Soket.Capture.Synthesis;

/// <summary>
/// Brings the events of TCP sockets, or of what TLS carries on them, to the connections they belong to: the two ends of one, where both are told, by
/// their addresses.
/// </summary>
internal sealed class InferredStreams(InferredPacketWriter writer, EventPacketsOptions options, bool plainText)
{
    private const int MostEnded = 1024;
    private const int MostAttempts = 1024;

    private readonly Dictionary<long, Told> _sockets = [];
    private readonly Dictionary<Pair, InferredStream> _pairs = [];
    private readonly Queue<Pair> _ended = [];               // of which the other end may still tell: its events come on another thread
    private readonly Dictionary<long, long> _attempts = []; // sockets that may be connecting: when the call before ended
    private readonly Dictionary<long, long> _layers = [];   // what stands on a connection, by that connection
    private uint _count;

    public void Add(in InferredStep step)
    {
        SocketEvent e = step.Event;
        if (e.Failure is not null)
            Failed(in step);
        else if (plainText ? e.Call == SocketCall.TlsHandshake : e.Call is SocketCall.Connect or SocketCall.Accept)
            Begin(in step);
        else if (e.Call is SocketCall.Send or SocketCall.Receive)
            Moved(in step);
        else if (e.Call is SocketCall.Shutdown or SocketCall.Close or SocketCall.Abort)
            Ended(in step);
        else if (e.Role == SocketRole.Client && !_sockets.ContainsKey(e.Connection) && _attempts.Count < MostAttempts)
            _attempts[e.Connection] = step.Ended;
    }

    /// <summary>The connection below was reset: so is what stood on it.</summary>
    public void CarrierReset(in InferredStep step)
    {
        SocketEvent e = step.Event;
        if (_layers.TryGetValue(e.Connection, out long layer) && _sockets.TryGetValue(layer, out Told? known))
            known.Stream.Reset(e.Call == SocketCall.Abort ? known.End : known.Stream.Other(known.End), step.Ended, Name(in e));
    }

    public void End()
    {
        foreach (InferredStream stream in _sockets.Values.Select(known => known.Stream).Distinct().ToList())
            stream.End();
    }

    private void Begin(in InferredStep step)
    {
        SocketEvent e = step.Event;
        _attempts.Remove(e.Connection);
        if (Find(in e, begins: true) is not { } known)
            return;
        known.Stream.Handshake(e.Call == SocketCall.Connect ? step.Started : step.Ended, step.Ended, Name(in e));
    }

    private void Moved(in InferredStep step)
    {
        SocketEvent e = step.Event;
        if (e.Moved < 0 || Find(in e, begins: false) is not { } known)
            return;
        (InferredStream stream, InferredEnd end, _) = known;
        string call = e.Reason == "hidden" ? Name(in e) + ", a login may be among what is not shown" : Name(in e);
        if (e.Call == SocketCall.Send && e.Moved > 0)
        {
            stream.Data(end, e.StreamOffset, step.Bytes, e.Moved, step.Ended, call);
        }
        else if (e.Call == SocketCall.Receive && e.Moved > 0)
        {
            stream.Data(stream.Other(end), e.StreamOffset, step.Bytes, e.Moved, step.Ended, call);
            stream.HasRead(end, e.StreamOffset + e.Moved, step.Ended, call);
        }
        else if (e is { Call: SocketCall.Receive, Requested: not 0, Reason: null or "peer-closed" })
        {
            stream.SawFinish(end, step.Ended, call + " = 0");
        }
    }

    private void Ended(in InferredStep step)
    {
        SocketEvent e = step.Event;
        bool attempted = _attempts.Remove(e.Connection, out long began);
        if (!_sockets.TryGetValue(e.Connection, out Told? known))
        {
            if (e is { Call: SocketCall.Close, Reason: "given-up" } && attempted && !plainText)
                Unanswered(in step, began + 1000, "connect(), given up"); // after the call before
            return;
        }

        (InferredStream stream, InferredEnd end, Pair pair) = known;
        if (e.Call == SocketCall.Abort)
        {
            stream.Reset(end, step.Ended, Name(in e));
        }
        else if (e.Call == SocketCall.Shutdown)
        {
            stream.Finish(end, step.Ended, Name(in e));
            return;
        }

        // Whether close(2) sends a FIN is what the state says: none after a shutdown, and none after a reset. A layer has no states.
        bool finishes = e.Call == SocketCall.Close && (plainText || e.State is SocketState.FinWait1 or SocketState.LastAck);
        stream.Close(end, finishes, step.Ended, Name(in e));
        _sockets.Remove(e.Connection);
        _layers.Remove(e.Parent);
        if (!stream.IsOver)
            return;
        _ended.Enqueue(pair);
        if (_ended.Count > MostEnded && _ended.Dequeue() is var oldest && _pairs.TryGetValue(oldest, out InferredStream? old) && old.IsOver)
            _pairs.Remove(oldest);
    }

    private void Failed(in InferredStep step)
    {
        SocketEvent e = step.Event;
        if (e.Call == SocketCall.Connect && !plainText)
        {
            _attempts.Remove(e.Connection);
            if (e.Failure!.Error.Name == "ETIMEDOUT")
                Unanswered(in step, step.Started, "connect() = ETIMEDOUT");
            else if (e.Failure.Error.Name == "ECONNREFUSED" && Attempt(in e) is { } refused)
                Refused(refused, in step);
        }
        else if (e.Failure!.IsReset && _sockets.TryGetValue(e.Connection, out Told? known)
            && !(e.Failure.Error.Name == "EPIPE" && known.End.Finished)) // which is what sending after one's own FIN gives
        {
            known.Stream.Reset(known.Stream.Other(known.End), step.Ended, $"{Name(in e)} = {e.Failure.Error.Name}");
        }
    }

    private static void Refused(InferredStream stream, in InferredStep step)
    {
        stream.Syn(step.Started, "connect() = ECONNREFUSED");
        stream.Refuse(step.Ended, "connect() = ECONNREFUSED");
    }

    // RFC 6298: after a second, and after twice as long each time; Linux 6.5 and later begin with some a second apart (tcp(7)).
    private void Unanswered(in InferredStep step, long began, string call)
    {
        SocketEvent e = step.Event;
        if (Attempt(in e) is not { } stream)
            return;
        stream.Syn(began, call);
        long at = began;
        for (int tries = 0; tries < 16; tries++)
        {
            at += 1_000_000_000L << Math.Max(0, tries - options.LinearSynTimeouts);
            if (at >= step.Ended)
                return;
            stream.Syn(at, call + ", sent again");
        }
    }

    private InferredStream? Attempt(in SocketEvent e)
    {
        if ((e.Remote ?? e.Failure?.Context.Remote) is not IPEndPoint remote)
            return null;
        IPEndPoint server = EventPackets.Plain(remote), client = EventPackets.Own(e.Local ?? e.Failure?.Context.Local, server, options);
        var stream = new InferredStream(writer, client, server, ++_count, client.Port == 0 ? "; its port is not known" : "");
        stream.Client.Socket = e.Connection;
        return stream;
    }

    private Told? Find(in SocketEvent e, bool begins)
    {
        if (_sockets.TryGetValue(e.Connection, out Told? known))
            return known;
        if (e.Remote is not IPEndPoint remote || e.Local is not IPEndPoint || (plainText && e.Parent == 0))
            return null;
        IPEndPoint peer = EventPackets.Plain(remote), own = EventPackets.Own(e.Local, peer, options);
        bool isClient = e.Role == SocketRole.Client;
        Pair pair = isClient ? new(own, peer) : new(peer, own);
        if (!_pairs.TryGetValue(pair, out InferredStream? stream) || (isClient ? stream.Client : stream.Server).IsSeen)
        {
            // Whoever told of this pair before has told of another connection: ports are used again.
            stream = Create(pair);
            _pairs[pair] = stream;
        }

        InferredEnd end = isClient ? stream.Client : stream.Server;
        end.Socket = e.Connection;
        known = new Told(stream, end, pair);
        _sockets[e.Connection] = known;
        if (plainText)
            _layers[e.Parent] = e.Connection;
        else if (!begins)
            _attempts.Remove(e.Connection);
        return known;
    }

    private InferredStream Create(Pair pair)
    {
        if (!plainText)
            return new InferredStream(writer, pair.Client, pair.Server, ++_count, "");
        var server = new IPEndPoint(pair.Server.Address, EventPacketsOptions.PlainTextPort(pair.Server.Port));
        return new InferredStream(writer, pair.Client, server, ++_count + 0x4000_0000, $"; plain text of the TLS between {pair.Client} and {pair.Server}");
    }

    private string Name(in SocketEvent e) => plainText && e.Call == SocketCall.TlsHandshake ? "TLS handshake" : e.Call.Name() + "()";

    private sealed record Pair(IPEndPoint Client, IPEndPoint Server);

    private sealed record Told(InferredStream Stream, InferredEnd End, Pair Pair);
}
