using System.Net;

namespace Soket.Explain.Internal;

/// <summary>The system does not permit it: which rule, and the ways around it.</summary>
internal static class Denied
{
    public static Explanation Explain(Inquiry q)
    {
        if (q.UnixPath is { } path)
            return UnixPaths.Denied(q, path);
        q.Set("user", Environment.UserName);
        q.Set("option", q.Fact(FailureFacts.Option));
        return q.Failure.Call switch
        {
            SocketCall.Bind or SocketCall.Listen => Binding(q),
            SocketCall.SetOption => Option(q),
            SocketCall.Socket when q.IsCapture => Capturing(q),
            SocketCall.Socket => q.Say("permission-denied", "socket"),
            SocketCall.Send or SocketCall.SendTo or SocketCall.Connect => Sending(q),
            _ => q.Say("permission-denied", "other"),
        };
    }

    private static Explanation Binding(Inquiry q)
    {
        if (q.Targets.Count == 0)
            return q.Say("permission-denied", "other");
        IPEndPoint wanted = q.Targets[0];
        q.Set("port", wanted.Port);
        if (OperatingSystem.IsWindows())
            return q.Say("permission-denied", "windows-port");
        if (q.Machine.FirstUnprivilegedPort is not { } first || wanted.Port >= first)
            return q.Say("permission-denied", "other");

        q.Set("first", first);
        // The usual habit, 80 becomes 8080 and 443 becomes 8443, as far as the port is really free.
        int usual = wanted.Port == 443 ? 8443 : 8000 + wanted.Port;
        int instead = q.Machine.IsFree(q.Protocol, new(wanted.Address, usual)) == false
            ? q.NextFreePort(new(wanted.Address, usual)) ?? usual
            : usual;
        q.Set("instead", q.OnPort(wanted, Math.Max(instead, first)));
        q.Set("program", Environment.ProcessPath ?? "soket");
        return q.Say("permission-denied-port", "low");
    }

    // socket(7), tcp(7): which capability an option asks for.
    private static Explanation Option(Inquiry q)
    {
        string? capability = q.Fact(FailureFacts.Option) switch
        {
            "SO_MARK" or "SO_PRIORITY" or "TCP_CONGESTION" => "cap_net_admin",
            "SO_BINDTODEVICE" => "cap_net_raw",
            _ => null,
        };
        if (capability is null)
            return q.Say("permission-denied", "option");
        q.Set("capability", capability);
        q.Set("program", Environment.ProcessPath ?? "soket");
        return q.Say("permission-denied", "option-capability");
    }

    // packet(7), capabilities(7), user_namespaces(7). Whoever opened the socket looked at what this process may.
    private static Explanation Capturing(Inquiry q)
    {
        if (q.Fact(FailureFacts.CaptureWhy) is not { } why)
            return q.Say("permission-denied", "socket"); // there was no looking
        if (why != "capability")
            return q.Say("capture-not-permitted", why);
        string program = Environment.ProcessPath ?? "soket";
        q.Set("program", program);
        // The privilege would go to every .NET program where the process is .NET's own host.
        return q.Say("capture-not-permitted", why, Path.GetFileNameWithoutExtension(program) == "dotnet" ? "host" : why);
    }

    private static Explanation Sending(Inquiry q)
    {
        if (q.Failure.Error.Name == "EPERM")
            return q.Say("permission-denied", "filter");
        bool broadcast = q.Targets.Count > 0 && q.Targets[0].Address.GetAddressBytes() is [.., 255] and { Length: 4 };
        return broadcast ? q.Say("broadcast-not-permitted", "send") : q.Say("permission-denied", "route");
    }
}
