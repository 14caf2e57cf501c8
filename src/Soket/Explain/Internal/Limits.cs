namespace Soket.Explain.Internal;

/// <summary>A limit or a rule: the system's, or one that Soket was given.</summary>
internal static class Limits
{
    public static Explanation OpenFiles(Inquiry q)
    {
        const string code = "too-many-open-files";
        if (q.Failure.Error.Name == "ENFILE")
            return q.Say(code, "system");
        q.Set("pid", Environment.ProcessId);
        if (q.Machine.OpenFileLimit is not { } limit)
            return q.Say(code, "unknown");
        q.Set("limit", limit);
        q.Set("more", limit * 4);
        return q.Say(code, q.Failure.Call == SocketCall.Accept ? "accept" : "process", OperatingSystem.IsLinux() ? "linux" : "other");
    }

    public static Explanation Message(Inquiry q)
    {
        const string code = "message-too-large";
        Sizes(q);
        return q.Fact(FailureFacts.Limit) is null ? q.Say(code, "unknown") : q.Fact(FailureFacts.Size) is null ? q.Say(code, "limit", q.Failure.Call == SocketCall.ReceiveFrame ? "websocket" : null) : q.Say(code, "size", "limit");
    }

    public static Explanation Datagram(Inquiry q)
    {
        const string code = "datagram-too-long";
        Sizes(q);
        if (q.UnixPath is not null)
            return q.Say(code, "unix");

        // RFC 768 and RFC 791: 65,535 less 8 for the UDP header and 20 for the IPv4 header; RFC 8200 does not count its own header.
        q.Set("most", q.Targets.Count > 0 && q.Targets[0].AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 65527 : 65507);
        return q.Failure.Call is SocketCall.Receive or SocketCall.ReceiveFrom
            ? q.Say(code, "receive")
            : q.Fact(FailureFacts.Size) is null ? q.Say(code, "send") : q.Say(code, "send-size", "send");
    }

    public static Explanation Connections(Inquiry q)
    {
        Sizes(q);
        return q.Fact(FailureFacts.Limit) is null ? q.Say("connection-limit", "unknown") : q.Say("connection-limit", "limit");
    }

    public static Explanation Rule(Inquiry q)
    {
        q.Set("rule", q.Fact(FailureFacts.Rule));
        q.Set("peer", q.Context.Remote?.ToString() ?? "?");
        return q.Fact(FailureFacts.Rule) is null ? q.Say("denied-by-rule", "unknown") : q.Say("denied-by-rule", "rule");
    }

    public static Explanation Option(Inquiry q)
    {
        const string code = "option-not-available";
        q.Set("option", q.Fact(FailureFacts.Option));
        if (q.Failure.Call is not (SocketCall.SetOption or SocketCall.GetOption))
            return q.Say(code, "operation");
        return q.Fact(FailureFacts.Option) is null ? q.Say(code, "unknown") : q.Say(code, "option");
    }

    public static Explanation Assertion(Inquiry q)
    {
        q.Set("expected", q.Fact(FailureFacts.Expected));
        q.Set("actual", q.Fact(FailureFacts.Actual));
        return q.Fact(FailureFacts.Expected) is null || q.Fact(FailureFacts.Actual) is null ? q.Say("assertion-failed", "said") : q.Say("assertion-failed", "differs");
    }

    private static void Sizes(Inquiry q)
    {
        q.Set("limit", q.Fact(FailureFacts.Limit));
        q.Set("size", q.Fact(FailureFacts.Size));
        q.Set("rule", q.Fact(FailureFacts.Rule));
    }
}
