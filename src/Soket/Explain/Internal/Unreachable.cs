using System.Net.Sockets;

namespace Soket.Explain.Internal;

/// <summary>No way to the host: told by this machine's own routes, or by what came back.</summary>
internal static class Unreachable
{
    public static Explanation Explain(Inquiry q)
    {
        if (q.IsCapture)
        {
            q.Set("interface", q.Endpoint[(q.Endpoint.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            return q.Say("network-unreachable", "interface");
        }

        string code = q.Failure.Error.Name is "EHOSTUNREACH" or "EHOSTDOWN" ? "host-unreachable" : "network-unreachable";
        if (q.Targets.Count == 0)
            return q.Say(code, "unknown");

        q.Set("target", q.Targets[0].Address);
        bool ipv6 = q.Targets[0].AddressFamily == AddressFamily.InterNetworkV6;
        q.SetWords("routes", OperatingSystem.IsWindows() ? "route print" : OperatingSystem.IsMacOS() ? "netstat -rn" : ipv6 ? "ip -6 route" : "ip route");
        RouteFact? route = q.Machine.RouteTo(q.Targets[0].Address);
        if (route?.Error is not null)
            return q.Say(code, ipv6 && code == "network-unreachable" ? "no-route-ipv6" : "no-route");
        if (route is null)
            return q.Say(code, "unknown");

        q.Set("source", route.Source);
        q.RuleOut("route");
        return q.Say(code, route.IsOnLink == true && code == "host-unreachable" ? "neighbour" : "told");
    }
}
