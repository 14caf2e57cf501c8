using System.Net;

namespace Soket.Explain.Internal;

/// <summary>A connection that was there and is gone: reset, broken pipe, abort.</summary>
internal static class Lost
{
    public static Explanation Reset(Inquiry q)
    {
        const string code = "connection-reset";
        if (q.Failure.Call == SocketCall.Connect)
            return q.Say(code, "connecting");
        if (LooksLikeTls(q))
            return Tls.ToPlain(q);
        q.RuleOut("orderly");
        Neighbour(q);
        string variant = (q.Context.Sent, q.Context.Received) switch
        {
            (null, null) => "unknown",
            (null or 0, null or 0) => "before",
            ( > 0, null or 0) => "unanswered",
            (null or 0, > 0) => "receiving",
            _ => "both",
        };
        return q.Say(code, variant);
    }

    public static Explanation Pipe(Inquiry q)
    {
        const string code = "broken-pipe";
        if (q.Context.Remote is null && q.Context.Sent is null && q.Context.Received is null)
            return q.Say(code, "unknown");
        Neighbour(q);
        return q.Say(code, q.Context.Received > 0 ? "both" : q.Context.Sent > 0 ? "unanswered" : "first");
    }

    public static Explanation Aborted(Inquiry q) => q.Failure.Call == SocketCall.Accept ? q.Say("connection-aborted", "accept") : q.Say("connection-aborted", "other");

    public static Explanation Unanswered(Inquiry q)
    {
        if (q.Failure.Call == SocketCall.Http)
            return q.Say("closed-unanswered", "nothing", "http");
        q.Set("left", q.Fact(FailureFacts.Unanswered));
        if (q.Scheme is "ws" or "wss")
            return q.Say("closed-unanswered", "websocket");
        return q.Say("closed-unanswered", q.Context.Received > 0 ? "some" : "nothing");
    }

    // When the peer's end is on this machine, it can be seen whether the server is still up: a crash and a refusal to go on look alike on the wire.
    private static void Neighbour(Inquiry q)
    {
        if (q.IsServer || q.Context.Remote is not IPEndPoint remote || !q.IsOwn(Inquiry.Plain(remote).Address))
            return;
        if (q.Machine.SocketsOnPort("tcp", remote.Port) is not { } sockets)
            return;
        q.Set("port", remote.Port);
        SocketFact? listener = sockets.FirstOrDefault(socket => socket.State == "LISTEN");
        if (listener is null)
            return;
        q.Set("holder", q.Holder(listener.Holder));
        q.RuleOut("server-gone");
    }

    private static bool LooksLikeTls(Inquiry q) => q.Scheme is "tcp" or "ws" && PeerBytes.Of(q) is { IsTls: true };
}
