using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Soket.Explain.Internal;

/// <summary>A refusal: somebody answered, and said no. On this machine it can be seen why.</summary>
internal static class Refused
{
    private const string Code = "connection-refused";
    private const int Near = 10;

    public static Explanation Explain(Inquiry q)
    {
        if (q.Targets.Count == 0)
            return q.Say(Code, "unknown");

        q.Set("addresses", string.Join(", ", q.Targets));
        q.Set("port", q.Targets[0].Port);
        if (!q.Targets.All(target => q.IsOwn(target.Address)))
        {
            q.RuleOut("unreachable");
            q.RuleOut("dropped");
            return q.Context.Elapsed is null ? q.Say(Code, "remote") : q.Say(Code, "remote-time", "remote");
        }

        if (q.Machine.SocketsOnPort(q.Protocol, q.Targets[0].Port) is not { } sockets)
            return q.Say(Code, "own-unseen", "nothing");
        SocketFact[] listeners = [.. sockets.Where(Inquiry.IsListening).Where(socket => socket.Local is IPEndPoint)];
        if (q.Fact(FailureFacts.DnsName) is not null && listeners.Length > 0)
            return AtAddress(q, listeners);
        return SamePort(q, listeners) ?? OtherProtocol(q) ?? NextDoor(q) ?? q.Say(Code, "nothing");
    }

    // Many name servers may share a port on a machine, each at an address of its own: another address is another server, unless the one process has it over
    // both UDP and TCP there, as name servers do, and no walk has just come by. What is at the address asked, over the other protocol, comes first.
    private static Explanation AtAddress(Inquiry q, SocketFact[] listeners)
    {
        if (listeners.FirstOrDefault(listener => q.Targets.Any(target => Covers(q, listener, target))) is { } there)
            return SamePort(q, [there])!;
        string other = q.Protocol == "tcp" ? "udp" : "tcp";
        SocketFact[] others = [.. (q.Machine.SocketsOnPort(other, q.Targets[0].Port) ?? []).Where(Inquiry.IsListening).Where(socket => socket.Local is IPEndPoint)];
        if (others.FirstOrDefault(socket => q.Targets.Any(target => Covers(q, socket, target))) is { } beside)
            return OverOther(q, beside, other);
        SocketFact? moved = q.Fact(FailureFacts.DnsWalk) is not null ? null
            : listeners.FirstOrDefault(listener => others.Any(socket => socket.Local.Equals(listener.Local) && socket.Holder is { } holder && holder.Id == listener.Holder?.Id));
        return moved is null ? q.Say(Code, "nothing-there", "nothing") : SamePort(q, [moved])!;
    }

    private static Explanation OverOther(Inquiry q, SocketFact bound, string other)
    {
        var at = (IPEndPoint)bound.Local;
        q.Set("other-protocol", other.ToUpperInvariant());
        q.Set("holder", q.Holder(bound.Holder));
        q.Set("listener", at);
        q.Set("reach", q.Named(q.Targets[0], other));
        return q.Say(Code, "other-protocol");
    }

    private static Explanation? SamePort(Inquiry q, SocketFact[] listeners)
    {
        if (listeners.Length == 0)
            return null;

        SocketFact? there = listeners.FirstOrDefault(listener => q.Targets.Any(target => Covers(q, listener, target)));
        SocketFact listener = there ?? listeners[0];
        var at = (IPEndPoint)listener.Local;
        q.Set("holder", q.Holder(listener.Holder));
        q.Set("listener", at);
        q.Set("reach", q.Named(Reachable(at)));
        if (there is not null)
            return q.Say(Code, "now");

        bool sameFamily = q.Targets.Any(target => target.AddressFamily == at.AddressFamily);
        q.Set("family", at.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4");
        q.Set("asked-family", q.Targets[0].AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4");
        return q.Say(Code, sameFamily ? "other-address" : "other-family");
    }

    private static Explanation? OtherProtocol(Inquiry q)
    {
        string other = q.Protocol == "tcp" ? "udp" : "tcp";
        SocketFact? bound = q.Machine.SocketsOnPort(other, q.Targets[0].Port)?.Where(Inquiry.IsListening)
            .OrderByDescending(socket => socket.Local is IPEndPoint && q.Targets.Any(target => Covers(q, socket, target)))
            .FirstOrDefault();
        q.Set("other-protocol", other.ToUpperInvariant());
        if (bound?.Local is not IPEndPoint at)
        {
            q.RuleOut("other-protocol");
            return null;
        }

        q.RuleOut("same-port");
        q.Set("holder", q.Holder(bound.Holder));
        q.Set("listener", at);
        q.Set("reach", q.Named(Reachable(at), other));
        return q.Say(Code, "other-protocol");
    }

    private static Explanation? NextDoor(Inquiry q)
    {
        int port = q.Targets[0].Port;
        List<SocketFact> around = [.. (q.Machine.Listeners(q.Protocol) ?? [])
            .Where(socket => socket.Local is IPEndPoint at && at.Port != port && IsNear(at.Port, port) && q.Targets.Any(target => Covers(q, socket, new(target.Address, at.Port))))
            .OrderBy(socket => Math.Abs(((IPEndPoint)socket.Local).Port - port))];
        if (around.Count == 0)
            q.RuleOut("near-port");
        // A relay's own end is not the server it looks for; but it does listen.
        (SocketFact? near, ProcessFact? holder) = around.Select(socket => (socket, HolderOf(q, socket))).FirstOrDefault(one => one.Item2?.Id != Environment.ProcessId);
        if (near is null)
            return null;

        var there = (IPEndPoint)near.Local;
        q.RuleOut("same-port");
        q.Set("holder", q.Holder(holder));
        q.Set("near", there.Port);
        q.Set("reach", q.OnPort(q.Targets[0], there.Port));
        return q.Say(Code, "near");
    }

    private static ProcessFact? HolderOf(Inquiry q, SocketFact socket) =>
        socket.Holder ?? q.Machine.SocketsOnPort(q.Protocol, ((IPEndPoint)socket.Local).Port)?.FirstOrDefault(other => Inquiry.IsListening(other) && other.Local.Equals(socket.Local))?.Holder;

    // A few ports away, or the same digits in another order: 8008 for 8080.
    private static bool IsNear(int candidate, int port) =>
        Math.Abs(candidate - port) <= Near
        || (port > 999 && candidate.ToString(CultureInfo.InvariantCulture).Order().SequenceEqual(port.ToString(CultureInfo.InvariantCulture).Order()));

    // Whether a listener takes what is sent to the target. A wildcard IPv6 listener may take IPv4 as well, which no table shows; but then the
    // IPv4 wildcard on that port cannot be bound, and that can be tried.
    private static bool Covers(Inquiry q, SocketFact listener, IPEndPoint target)
    {
        var at = Inquiry.Plain((IPEndPoint)listener.Local);
        if (at.AddressFamily == target.AddressFamily)
            return at.Address.Equals(target.Address) || at.Address.Equals(IPAddress.Any) || at.Address.Equals(IPAddress.IPv6Any);
        return at.Address.Equals(IPAddress.IPv6Any) && q.Machine.IsFree(q.Protocol, new IPEndPoint(IPAddress.Any, at.Port)) == false;
    }

    private static IPEndPoint Reachable(IPEndPoint listener) =>
        listener.Address.Equals(IPAddress.Any) ? new(IPAddress.Loopback, listener.Port)
        : listener.Address.Equals(IPAddress.IPv6Any) ? new(IPAddress.IPv6Loopback, listener.Port)
        : listener;
}
