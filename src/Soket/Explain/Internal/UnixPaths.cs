using System.Net.Sockets;

namespace Soket.Explain.Internal;

/// <summary>Unix sockets fail for what stands, or does not stand, at their path.</summary>
internal static class UnixPaths
{
    private static bool Binds(Inquiry q) => q.Failure.Call is SocketCall.Bind or SocketCall.Listen;

    /// <summary>Any failure on a path but a taken one or a forbidden one.</summary>
    public static Explanation Explain(Inquiry q, string path)
    {
        PathFact? there = Look(q, path);
        bool abstractName = path.StartsWith('@');
        if (abstractName && q.Failure.Error.Name == "ECONNREFUSED")
            return q.Say("unix-path-missing", "abstract");
        if (q.Failure.Error.Name is "EAGAIN" && q.Failure.Call == SocketCall.Connect)
        {
            Holder(q, path);
            return q.Say("unix-backlog-full", "full");
        }

        return there?.Kind switch
        {
            PathKind.Missing when !Binds(q) => q.Say("unix-path-missing", "missing"),
            PathKind.DirectoryMissing => q.Say("unix-path-missing", "directory"),
            PathKind.Socket when q.Failure.Error.Name == "ECONNREFUSED" => Silent(q, path),
            PathKind.Socket when q.Failure.Error.Name == "EPROTOTYPE" => OtherKind(q),
            PathKind.File or PathKind.Directory => q.Say("unix-not-a-socket", there.Kind == PathKind.Directory ? "directory" : "file"),
            _ when q.Failure.Error.Name == "ECONNREFUSED" => q.Say("connection-refused", "unix"),
            _ when q.Failure.Error.Name is "EADDRNOTAVAIL" or "ENOENT" => q.Say("unix-path-missing", "unseen"),
            _ => q.Say("other-failure", "said"),
        };
    }

    /// <summary>
    /// Whether a connect that came to no end waits for room in a listener's queue: unix(7) has it succeed, fail or find the queue full, nothing else,
    /// and the transport tries a full queue again until its time is up.
    /// </summary>
    public static bool IsFull(Inquiry q, string path)
    {
        Look(q, path);
        return Holder(q, path) && q.Machine.SocketsOnPath(path)?.Any(socket => socket.State == "LISTEN") == true;
    }

    public static Explanation Taken(Inquiry q, string path)
    {
        PathFact? there = Look(q, path);
        if (there?.Kind is PathKind.File or PathKind.Directory)
            return q.Say("address-in-use", "unix-file");
        IReadOnlyList<SocketFact>? sockets = q.Machine.SocketsOnPath(path);
        if (sockets is null)
            return q.Say("address-in-use", "unix-unseen");
        if (sockets.Count == 0)
        {
            // The table is of names, and of one network namespace: a file that was renamed, or comes from a container, stands there otherwise or not at all.
            bool? held = there?.Kind == PathKind.Socket ? q.Machine.IsSocketHeld(path) : null;
            return q.Say("address-in-use", held switch { true => "unix-hidden", false => "unix-leftover", _ => "unix-unseen" });
        }

        SocketFact holder = sockets.FirstOrDefault(socket => socket.Holder is not null) ?? sockets[0];
        q.Set("holder", q.Holder(holder.Holder));
        return q.Say("address-in-use", "unix");
    }

    public static Explanation Denied(Inquiry q, string path)
    {
        const string code = "permission-denied-path";
        PathFact? there = Look(q, path);
        if (there?.Barrier is not { } barrier)
            return q.Say(code, "unseen");
        q.Set("barrier", barrier);
        string full = path.StartsWith('@') ? path : System.IO.Path.GetFullPath(path); // as the barrier is
        bool itself = barrier == full;
        if (!itself)
            q.RuleOut("path-itself");
        return q.Say(code, itself ? "socket" : Binds(q) && barrier == System.IO.Path.GetDirectoryName(full) ? "bind" : "directory");
    }

    private static Explanation OtherKind(Inquiry q)
    {
        bool stream = q.Scheme == "unix";
        q.Set("scheme", q.Scheme);
        q.Set("kind", stream ? "SOCK_STREAM" : "SOCK_DGRAM");
        q.Set("right", stream ? "unixgram" : "unix");
        return q.Say("protocol-not-supported", "unix");
    }

    private static Explanation Silent(Inquiry q, string path)
    {
        q.RuleOut("not-a-socket");
        if (Holder(q, path))
            return q.Say("connection-refused", "unix-held");
        return q.Say("unix-stale-socket", "connect");
    }

    private static bool Holder(Inquiry q, string path)
    {
        IReadOnlyList<SocketFact>? sockets = q.Machine.SocketsOnPath(path);
        SocketFact? holder = sockets?.FirstOrDefault(socket => socket.State == "LISTEN") ?? (sockets is [var first, ..] ? first : null);
        q.Set("holder", q.Holder(holder?.Holder));
        return holder is not null;
    }

    private static PathFact? Look(Inquiry q, string path)
    {
        PathFact? there = path.StartsWith('@') ? null : q.Machine.PathAt(path, Binds(q));
        q.Set("path", path);
        q.Set("directory", System.IO.Path.GetDirectoryName(path) is { Length: > 0 } directory ? directory : ".");
        q.Set("mode", there?.Mode ?? "?");
        q.Set("owner", there?.Owner ?? "?");
        q.Set("user", Environment.UserName);
        return there;
    }
}
