using System.Net;

namespace Soket.Explain.Internal;

/// <summary>An address that cannot be bound: somebody has it, or it is not this machine's.</summary>
internal static class InUse
{
    public static Explanation Explain(Inquiry q)
    {
        const string code = "address-in-use";
        if (q.UnixPath is { } path)
            return UnixPaths.Taken(q, path);
        if (q.Targets.Count == 0)
            return q.Say(code, "unknown");

        IPEndPoint wanted = q.Targets[0];
        if (q.IsSource)
            return Source(q, wanted, code);
        q.Set("port", wanted.Port);
        string free = "";
        if (q.NextFreePort(wanted) is { } next)
        {
            q.Set("free", next);
            q.Set("free-endpoint", q.OnPort(wanted, next));
            free = q.Remedy("free-port");
        }

        q.SetWords("free-port", free);
        if (q.Machine.SocketsOnPort(q.Protocol, wanted.Port) is not { } all)
            return q.Say(code, "unseen");

        SocketFact[] sockets = [.. all.Where(socket => socket.Local is IPEndPoint at && Collides(at, wanted))];
        if (sockets.FirstOrDefault(Inquiry.IsListening) is { } listener)
            return Held(q, listener, code);
        if (sockets.FirstOrDefault(socket => socket.State is not ("TIME_WAIT" or "FIN_WAIT_2" or "CLOSED" or "SYN_RECV") && socket.Holder is not null) is { } connection)
        {
            q.Set("state", connection.State);
            q.Set("peer", connection.Remote?.ToString() ?? "?");
            q.Set("holder", q.Holder(connection.Holder));
            return q.Say(code, "connection");
        }

        if (sockets.FirstOrDefault(socket => socket is { State: "CLOSED", Holder: not null }) is { Holder: { } binder })
        {
            Holder(q, binder);
            return q.Say(code, "bound-holder", "holder");
        }

        if (sockets.All(socket => socket.State == "CLOSED"))
            return q.Say(code, "bound");
        q.Set("count", sockets.Length);
        q.Set("state", sockets[0].State);
        q.RuleOut("live-holder");
        return q.Say(code, "leftover");
    }

    public static Explanation NotAvailable(Inquiry q)
    {
        const string code = "address-not-available";
        if (q.UnixPath is { } path)
            return UnixPaths.Explain(q, path);
        IReadOnlyList<IPAddress>? own = q.Machine.OwnAddresses;
        q.Set("own", own is null ? "" : string.Join(", ", own));
        if (q.Failure.Call is not (SocketCall.Bind or SocketCall.Listen))
        {
            bool noIPv6 = q.Targets.Count > 0 && own is not null && q.Targets[0].Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
                && own.All(address => address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6);
            return q.Say(code, noIPv6 ? "no-ipv6" : "connect");
        }

        if (q.Targets.Count == 0 || own is null)
            return q.Say(code, "unseen");
        q.Set("asked", q.Targets[0].Address);
        if (q.IsSource)
            return q.Say(code, "source");
        return own.Contains(q.Targets[0].Address) ? q.Say(code, "unseen") : q.Say(code, "foreign");
    }

    private static Explanation Source(Inquiry q, IPEndPoint source, string code)
    {
        q.Set("source", source);
        q.Set("address", source.Address);
        SocketFact[] holders = [.. q.Machine.SocketsOnPort(q.Protocol, source.Port)?.Where(socket => socket.Local is IPEndPoint at && Collides(at, source)) ?? []];
        SocketFact? holder = holders.FirstOrDefault(Inquiry.IsListening) ?? holders.FirstOrDefault(socket => socket.Holder is not null) ?? holders.FirstOrDefault();
        if (holder is null)
            return q.Say(code, "source-unseen");
        q.Set("holder", q.Holder(holder.Holder));
        q.Set("state", holder.State);
        return q.Say(code, holder.Holder is null && !Inquiry.IsListening(holder) ? "source-leftover" : "source");
    }

    private static void Holder(Inquiry q, ProcessFact holder)
    {
        q.Set("holder", q.Holder(holder));
        q.Set("pid", holder.Id);
        q.SetWords("stop", OperatingSystem.IsWindows() ? $"taskkill /PID {holder.Id}" : $"kill {holder.Id}");
    }

    private static Explanation Held(Inquiry q, SocketFact listener, string code)
    {
        q.Set("holder", q.Holder(listener.Holder));
        q.Set("listener", listener.Local);
        if (q.Protocol == "tcp")
            q.RuleOut("leftover");
        if (listener.Holder is null)
        {
            int port = ((IPEndPoint)listener.Local).Port;
            q.SetWords("look", OperatingSystem.IsWindows() ? "netstat -ano" : OperatingSystem.IsMacOS() ? $"sudo lsof -nP -i :{port}" : $"sudo ss -ltunp 'sport = :{port}'");
            return q.Say(code, "unseen-holder");
        }

        Holder(q, listener.Holder);
        return listener.Holder.Id == Environment.ProcessId ? q.Say(code, "self") : q.Say(code, "holder");
    }

    // A wildcard collides with every address, an IPv6 wildcard also with IPv4 ones (unless it is for IPv6 only, but then nothing had collided).
    private static bool Collides(IPEndPoint held, IPEndPoint wanted)
    {
        IPAddress a = Inquiry.Plain(held).Address, b = wanted.Address;
        if (a.Equals(IPAddress.IPv6Any) || b.Equals(IPAddress.IPv6Any))
            return true;
        return a.AddressFamily == b.AddressFamily && (a.Equals(b) || a.Equals(IPAddress.Any) || b.Equals(IPAddress.Any));
    }
}
