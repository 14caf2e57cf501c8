using System.Net;

namespace Soket.Explain.Internal;

/// <summary>Time ran out: how far it got, and whose turn it was.</summary>
internal static class TimedOut
{
    public static Explanation Explain(Inquiry q)
    {
        q.Set("elapsed", q.Context.Elapsed is { } elapsed ? q.Time(elapsed) : q.Text("time.unknown"));
        return q.Failure.Call switch
        {
            SocketCall.Connect => Connecting(q),
            SocketCall.TlsHandshake => Handshake(q),
            SocketCall.WebSocketHandshake => WebSockets.TimedOut(q),
            SocketCall.StartTls => StartTls.TimedOut(q),
            SocketCall.ProxyHandshake => Proxies.TimedOut(q),
            SocketCall.Http => HttpAnswers.TimedOut(q),
            SocketCall.Resolve => Names.NoAnswer(q),
            SocketCall.Send => Sending(q),
            _ => Reading(q),
        };
    }

    public static Explanation NoReply(Inquiry q)
    {
        q.Set("elapsed", q.Context.Elapsed is { } elapsed ? q.Time(elapsed) : q.Text("time.unknown"));
        if (q.Protocol != "udp" || q.UnixPath is not null)
            return q.Say("no-reply", "stream", q.Failure.Call == SocketCall.ReceiveFrame ? "websocket" : null);
        if (q.Targets.Count == 0 || !q.IsOwn(q.Targets[0].Address))
            return q.Say("no-reply", "remote");

        // A datagram to a port of this machine that nobody holds comes back as a refusal; so it can be told whether it was delivered.
        SocketFact? there = q.Machine.SocketsOnPort("udp", q.Targets[0].Port)?.FirstOrDefault(Inquiry.IsListening);
        if (there is null)
            return q.Say("no-reply", "remote");
        q.Set("holder", q.Holder(there.Holder));
        q.Set("queue", q.Bytes(there.ReceiveQueue ?? 0));
        return there.ReceiveQueue > 0 ? q.Say("no-reply", "unread") : q.Say("no-reply", "local");
    }

    private static Explanation Connecting(Inquiry q)
    {
        const string code = "connect-timed-out";
        if (q.UnixPath is { } path && UnixPaths.IsFull(q, path))
            return q.Say("unix-backlog-full", "full");
        if (q.Context.Host is { } host && !IPAddress.TryParse(host, out _))
        {
            q.Set("host", host);
            q.RuleOut("name");
        }

        q.RuleOut("refusal");
        IEnumerable<string> tried = q.Context.Attempts.Count > 0
            ? q.Context.Attempts.Select(attempt => $"{attempt.Address} ({q.Time(attempt.Elapsed)})")
            : q.Targets.Select(target => target.ToString());
        q.Set("tried", string.Join(", ", tried));
        if (q.Targets.Count == 0)
            return q.Say(code, "unknown");

        IPEndPoint target = q.Targets[0];
        if (q.IsOwn(target.Address))
            return Own(q, target, code);

        RouteFact? route = q.Machine.RouteTo(target.Address);
        if (route?.Source is not { } source)
            return q.Say(code, "unknown");
        q.Set("source", source);
        q.RuleOut("route");
        q.Set("target", target.Address);
        return q.Say(code, "silent");
    }

    private static Explanation Own(Inquiry q, IPEndPoint target, string code)
    {
        if (q.Machine.SocketsOnPort("tcp", target.Port) is not { } sockets)
            return q.Say(code, "own-unseen");
        SocketFact? listener = sockets.FirstOrDefault(socket => socket.State == "LISTEN" && socket.Local is IPEndPoint at
            && (at.Address.Equals(target.Address) || at.Address.Equals(IPAddress.Any) || at.Address.Equals(IPAddress.IPv6Any)));
        if (listener is null)
            return q.Say(code, "own-filter");
        q.Set("holder", q.Holder(listener.Holder));
        q.Set("queue", listener.ReceiveQueue);
        q.Set("count", listener.ReceiveQueue);
        return listener.ReceiveQueue > 0 ? q.Say(code, "backlog") : q.Say(code, "own-unseen");
    }

    private static Explanation Handshake(Inquiry q)
    {
        const string code = "tls-handshake-timed-out";
        q.Set("plain-endpoint", Tls.PlainEndpoint(q));
        q.RuleOut(q.IsServer ? "accepted" : "connected");
        return q.Context.Received > 0 ? q.Say(code, "part") : q.Say(code, q.IsServer ? "silent-client" : "silent");
    }

    private static Explanation Sending(Inquiry q)
    {
        q.RuleOut(q.IsServer ? "accepted" : "connected");
        return q.Say("read-timed-out", "unsent");
    }

    private static Explanation Reading(Inquiry q)
    {
        const string code = "read-timed-out";
        if (q.Protocol == "udp")
            return NoReply(q);
        q.RuleOut(q.IsServer ? "accepted" : "connected");
        q.RuleOut("closed");
        string? lineEnded = q.Context.Facts.ContainsKey(FailureFacts.LineEnded) ? "line-ended" : null;

        // While the socket is still there, the system's table tells on which side the bytes lie.
        if (q.Context.Local is IPEndPoint local && q.Context.Remote is IPEndPoint remote)
        {
            SocketFact? mine = Connection(q, local, remote);
            if (mine?.SendQueue > 0)
            {
                q.Set("queue", q.Bytes(mine.SendQueue.Value));
                return q.Say(code, "unacknowledged");
            }

            SocketFact? theirs = q.IsOwn(Inquiry.Plain(remote).Address) ? Connection(q, remote, local) : null;
            if (theirs is not null)
            {
                q.Set("holder", q.Holder(theirs.Holder));
                q.Set("queue", q.Bytes(theirs.ReceiveQueue ?? 0));
                if (theirs.ReceiveQueue is null or 0 && Served.Otherwise(q, theirs.Holder) is { } served)
                {
                    q.Set("served-endpoint", served);
                    return q.Say(code, "served");
                }

                return theirs.ReceiveQueue > 0 ? q.Say(code, "unread") : q.Context.Sent > 0 ? q.Say(code, "read", lineEnded) : q.Say(code, "quiet");
            }
        }

        return (q.Context.Sent ?? 0, q.Context.Received ?? 0) switch
        {
            (0, 0) => q.Say(code, "nothing"),
            ( > 0, 0) => q.Say(code, "no-answer", lineEnded),
            _ => q.Say(code, "stopped"),
        };
    }

    private static SocketFact? Connection(Inquiry q, IPEndPoint local, IPEndPoint remote) =>
        q.Machine.SocketsOnPort("tcp", local.Port)?.FirstOrDefault(socket => socket.State is "ESTABLISHED" or "CLOSE_WAIT"
            && socket.Remote is IPEndPoint peer && Inquiry.Plain(peer).Equals(Inquiry.Plain(remote)));
}
