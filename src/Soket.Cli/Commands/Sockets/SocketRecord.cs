using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>A socket of the table as a JSON record: numbers as numbers, times in microseconds.</summary>
internal static class SocketRecord
{
    public static void Write(Utf8JsonWriter writer, SocketEntry socket, SocketNames? names, IReadOnlyList<StateNote> notes)
    {
        writer.WriteString("protocol", socket.Protocol);
        writer.WriteString("state", socket.State.Name());
        Address(writer, "local", socket.Local);
        Address(writer, "remote", socket.Remote);
        Name(writer, "local_name", names?.Named(socket.Local));
        Name(writer, "remote_name", names?.Named(socket.Remote));
        Number(writer, "receive_queue", socket.ReceiveQueue);
        Number(writer, "send_queue", socket.SendQueue);
        Number(writer, "uid", socket.UserId);
        if (socket.User is { } user)
            writer.WriteString("user", user);
        Number(writer, "inode", socket.Inode);
        Number(writer, "peer_inode", socket.PeerInode);
        if (socket.Cookie != 0)
            writer.WriteString("cookie", socket.Cookie.ToString("x", System.Globalization.CultureInfo.InvariantCulture)); // too large for a JSON number
        if (socket.Interface is { } link)
            writer.WriteString("interface", link);
        writer.WriteStartArray("holders");
        foreach (SocketHolder holder in socket.Holders)
        {
            writer.WriteStartObject();
            writer.WriteNumber("pid", holder.ProcessId);
            writer.WriteString("program", holder.Program);
            if (holder.Descriptor >= 0)
                writer.WriteNumber("descriptor", holder.Descriptor);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (socket.Timer is { } timer)
        {
            writer.WriteStartObject("timer");
            writer.WriteString("kind", timer.Kind);
            Time(writer, "expires_us", timer.Expires);
            writer.WriteNumber("tries", timer.Tries);
            writer.WriteEndObject();
        }

        if (socket.Info is { } info)
            Info(writer, info, socket.Congestion);
        if (socket.Memory is { } memory)
        {
            writer.WriteStartObject("memory");
            writer.WriteNumber("receive", memory.Receive);
            writer.WriteNumber("receive_limit", memory.ReceiveLimit);
            writer.WriteNumber("send", memory.Send);
            writer.WriteNumber("send_limit", memory.SendLimit);
            writer.WriteNumber("dropped", memory.Dropped);
            writer.WriteEndObject();
        }

        if (notes.Count == 0)
            return;
        writer.WriteStartArray("notes");
        foreach (StateNote note in notes)
        {
            writer.WriteStartObject();
            writer.WriteString("note", note.Key);
            writer.WriteString("turn", note.Turn.ToString().ToLowerInvariant());
            writer.WriteString("text", note.Text);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Info(Utf8JsonWriter writer, TcpInfo info, string? congestion)
    {
        writer.WriteStartObject("tcp_info");
        Time(writer, "rtt_us", info.RoundTrip);
        Time(writer, "rtt_variance_us", info.RoundTripVariance);
        if (info.LeastRoundTrip is { } least)
            Time(writer, "rtt_least_us", least);
        Time(writer, "rto_us", info.RetransmitTimeout);
        writer.WriteNumber("retransmits", info.Retransmits);
        writer.WriteNumber("retransmits_now", info.RetransmitsNow);
        writer.WriteNumber("lost", info.Lost);
        writer.WriteNumber("unacknowledged", info.Unacknowledged);
        writer.WriteNumber("congestion_window", info.CongestionWindow);
        Number(writer, "slow_start_threshold", info.SlowStartThreshold);
        if (congestion is { Length: > 0 })
            writer.WriteString("congestion", congestion);
        writer.WriteNumber("send_segment", info.SendSegment);
        writer.WriteNumber("receive_segment", info.ReceiveSegment);
        writer.WriteNumber("path_mtu", info.PathMtu);
        Time(writer, "since_sent_us", info.SinceSent);
        Time(writer, "since_received_us", info.SinceReceived);
        Number(writer, "bytes_sent", info.BytesSent);
        Number(writer, "bytes_retransmitted", info.BytesRetransmitted);
        Number(writer, "bytes_acknowledged", info.BytesAcknowledged);
        Number(writer, "bytes_received", info.BytesReceived);
        Number(writer, "delivery_rate", info.DeliveryRate);
        if (info.LimitedByPeer is { } limited)
            Time(writer, "limited_by_peer_us", limited);
        writer.WriteEndObject();
    }

    private static void Address(Utf8JsonWriter writer, string name, EndPoint? endpoint)
    {
        if (endpoint is IPEndPoint or UnixDomainSocketEndPoint)
            writer.WriteString(name, endpoint.ToString());
    }

    private static void Name(Utf8JsonWriter writer, string name, EndPoint? endpoint)
    {
        if (endpoint is DnsEndPoint named)
            writer.WriteString(name, named.Host);
    }

    private static void Number(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } known)
            writer.WriteNumber(name, known);
    }

    private static void Time(Utf8JsonWriter writer, string name, TimeSpan time) => writer.WriteNumber(name, (long)time.TotalMicroseconds);
}
