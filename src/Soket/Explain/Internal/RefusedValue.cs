namespace Soket.Explain.Internal;

/// <summary>An option that exists, and a value the system does not take: out of range, or a name of something that is not there.</summary>
internal static class RefusedValue
{
    public static Explanation Explain(Inquiry q)
    {
        const string code = "option-value";
        q.Set("option", q.Fact(FailureFacts.Option) ?? q.Failure.Call.Name());
        q.Set("value", q.Fact(FailureFacts.Value) ?? "?");
        q.Set("limit", q.Fact(FailureFacts.Limit));
        string error = q.Failure.Error.Name;
        if (error == "ENOENT" && q.Fact(FailureFacts.Option) == "TCP_CONGESTION" && q.Machine.CongestionControls is { Count: > 0 } known)
        {
            q.Set("known", string.Join(", ", known));
            q.Set("first", known[0]);
            return q.Say(code, "congestion");
        }

        if (error == "ENODEV" && q.Machine.Interfaces is { Count: > 0 } interfaces)
        {
            q.Set("known", string.Join(", ", interfaces));
            return q.Say(code, "device");
        }

        return q.Fact(FailureFacts.Limit) is null ? q.Say(code, "refused") : q.Say(code, "range");
    }
}
