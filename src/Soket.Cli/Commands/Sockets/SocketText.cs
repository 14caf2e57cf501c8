using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>The parts of a row as people read them. What others chose (paths, program names) is made safe.</summary>
internal static class SocketText
{
    public static string Address(EndPoint? endpoint) => endpoint switch
    {
        null => "*",
        UnixDomainSocketEndPoint unix => TerminalText.Safe(unix.ToString()),
        IPEndPoint ip when ip.Port == 0 => Host(ip.Address) + ":*",
        IPEndPoint { AddressFamily: AddressFamily.InterNetwork } ip => string.Create(CultureInfo.InvariantCulture, $"{ip.Address}:{ip.Port}"),
        IPEndPoint ip => string.Create(CultureInfo.InvariantCulture, $"[{ip.Address}]:{ip.Port}"),
        DnsEndPoint name => TerminalText.Safe(name.Host) + (name.Port == 0 ? ":*" : string.Create(CultureInfo.InvariantCulture, $":{name.Port}")),
        _ => TerminalText.Safe(endpoint.ToString() ?? "?"),
    };

    public static string Queue(long? count) => count is { } known ? known.ToString(CultureInfo.InvariantCulture) : "?";

    /// <summary><c>812/nginx</c>, with how many more hold it.</summary>
    public static string Holder(SocketEntry socket) => socket.Holders switch
    {
        [] => "-",
        [var one] => Holder(one),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Holder(socket.Holders[0])} +{socket.Holders.Count - 1}"),
    };

    public static string Holder(SocketHolder holder) => string.Create(CultureInfo.InvariantCulture, $"{holder.ProcessId}/{TerminalText.Safe(holder.Program)}");

    /// <summary>What the kernel knows of the connection, in ss's short words.</summary>
    public static IReadOnlyList<string> Info(SocketEntry socket)
    {
        if (socket.Info is not { } info)
            return [];
        var parts = new List<string> { $"rtt {Time(info.RoundTrip)} ±{Time(info.RoundTripVariance)}" };
        if (info.LeastRoundTrip is { } least)
            parts.Add($"min {Time(least)}");
        parts.Add($"rto {Time(info.RetransmitTimeout)}");
        parts.Add(string.Create(CultureInfo.InvariantCulture, $"mss {info.SendSegment}"));
        parts.Add(string.Create(CultureInfo.InvariantCulture, $"cwnd {info.CongestionWindow}") + (info.SlowStartThreshold is { } threshold ? string.Create(CultureInfo.InvariantCulture, $"/{threshold}") : ""));
        if (socket.Congestion is { Length: > 0 } congestion)
            parts.Add(TerminalText.Safe(congestion));
        if (info.BytesSent is { } sent)
            parts.Add("sent " + Units.FormatBytes(sent));
        if (info.BytesReceived is { } received)
            parts.Add("received " + Units.FormatBytes(received));
        if (info.Retransmits > 0 || info.RetransmitsNow > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"retransmits {info.Retransmits} (now {info.RetransmitsNow})"));
        if (info.Lost > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"lost {info.Lost}"));
        if (info.DeliveryRate is > 0 and { } rate)
            parts.Add(Units.FormatBytes(rate) + "/s");
        // Before the connection stands these times count from the kernel's own beginning.
        if (socket.State is not (SocketTableState.SynSent or SocketTableState.SynReceived))
            parts.AddRange(["last sent " + Time(info.SinceSent) + " ago", "last received " + Time(info.SinceReceived) + " ago"]);
        return parts;
    }

    public static IEnumerable<string> Memory(SocketMemory memory) =>
    [
        $"receive {Units.FormatBytes(memory.Receive)} of {Units.FormatBytes(memory.ReceiveLimit)}",
        $"send {Units.FormatBytes(memory.Send)} of {Units.FormatBytes(memory.SendLimit)}",
        .. memory.Dropped > 0 ? (string[])[string.Create(CultureInfo.InvariantCulture, $"dropped {memory.Dropped}")] : [],
    ];

    public static string Timer(SocketTimer timer) => $"{timer.Kind} {Time(timer.Expires)}" + (timer.Tries > 0 ? string.Create(CultureInfo.InvariantCulture, $" ×{timer.Tries}") : "");

    public static string Time(TimeSpan time) => Units.Format(time);

    private static string Host(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
}
