namespace Soket.Explain.Internal;

/// <summary>STARTTLS: how far the plain dialogue got, and what the server said there.</summary>
internal static class StartTls
{
    public static Explanation NotOffered(Inquiry q)
    {
        Prepare(q);
        return q.Say("starttls-not-offered", q.Fact(FailureFacts.StartTlsProtocol) == "ftp" ? "ftp" : "listed", "other");
    }

    public static Explanation Refused(Inquiry q)
    {
        Prepare(q);
        return q.Fact(FailureFacts.StartTlsStep) switch
        {
            "greeting" => q.Say("starttls-refused", "greeting"),
            "capabilities" => q.Say("starttls-refused", "capabilities", "greeting"),
            _ => q.Say("starttls-refused", "asked"),
        };
    }

    public static Explanation NotProtocol(Inquiry q)
    {
        const string code = "starttls-wrong-protocol";
        Prepare(q);
        if (PeerBytes.Of(q) is not { } bytes)
            return q.Say(code, "ended", "other");
        q.Set("bytes", bytes.Shown);
        q.Set("spoken", bytes.Protocol);
        if (q.Fact(FailureFacts.StartTlsAnswer) is not null)
            return q.Say(code, "unasked", "other");
        return q.Say(code, bytes.Protocol is null ? "bytes" : "known", "other");
    }

    public static Explanation Injected(Inquiry q)
    {
        Prepare(q);
        q.Set("bytes", PeerBytes.Of(q)?.Shown);
        return q.Say("starttls-injected", "seen");
    }

    /// <summary>The dialogue's time ran out: whose turn it was.</summary>
    public static Explanation TimedOut(Inquiry q)
    {
        Prepare(q);
        if (q.Fact(FailureFacts.StartTlsStep) != "greeting")
            return q.Say("starttls-timed-out", "later");
        return q.Context.Received > 0 ? q.Say("starttls-timed-out", "part", "later") : q.Say("starttls-timed-out", "greeting");
    }

    private static void Prepare(Inquiry q)
    {
        q.Set("spoken-there", q.Fact(FailureFacts.StartTlsProtocol)?.ToUpperInvariant() ?? "?");
        q.Set("answer", q.Fact(FailureFacts.StartTlsAnswer) ?? "");
    }
}
