using System.Globalization;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using Soket.Capture;
using Soket.Capture.Diagrams;
using Soket.Events;
using Soket.Languages;
using Soket.Protocols.Packets;

namespace Soket.Cli.Commands.Trace;

/// <summary>Packets and conversations as lines of JSON: numbers as numbers, times in nanoseconds since the first packet and as text.</summary>
internal sealed class TraceRecords(Stream output)
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private long? _first;

    public void Packet(Packet packet, TracedPacket? traced, int conversation) => Line("packet", writer =>
    {
        CapturedPacket captured = packet.Captured;
        _first ??= captured.Nanoseconds;
        writer.WriteString("time", Time(captured.Nanoseconds));
        writer.WriteNumber("since_ns", captured.Nanoseconds - _first.Value);
        writer.WriteNumber("length", captured.OriginalLength);
        if (captured.Bytes.Length != captured.OriginalLength)
            writer.WriteNumber("captured", captured.Bytes.Length);
        if (captured.Interface > 0)
            writer.WriteNumber("interface", captured.Interface);
        if (captured.Direction != PacketDirection.Unknown)
            writer.WriteString("direction", captured.Direction.ToString().ToLowerInvariant());
        writer.WriteString("protocol", packet.Tcp is not null ? "tcp" : packet.Udp is not null ? "udp" : packet.Icmp is { Version6: true } ? "icmpv6" : packet.Icmp is not null ? "icmp" : packet.Arp is not null ? "arp" : packet.Ipv4 is not null ? "ipv4" : packet.Ipv6 is not null ? "ipv6" : "other");
        if (packet.Ipv4 is { } four)
            Addresses(writer, packet, four.Source, four.Destination);
        else if (packet.Ipv6 is { } six)
            Addresses(writer, packet, six.Source, six.Destination);
        if (packet.Problem != PacketProblem.None)
            writer.WriteString("problem", packet.Problem.ToString().ToLowerInvariant());
        if (traced is not null)
            Traced(writer, traced, conversation);
        else if (packet.Icmp is { } icmp)
            writer.WriteString("icmp", icmp.TypeName + (icmp.CodeName.Length > 0 ? ": " + icmp.CodeName : ""));
        if (captured.Comment is { } comment)
            writer.WriteString("comment", JsonEncodedText.Encode(comment, TerminalText.JsonEncoder)); // anybody may have written it into the file
    });

    public void Conversations(IEnumerable<Conversation> conversations)
    {
        foreach (Conversation conversation in conversations)
        {
            Line("conversation", writer =>
            {
                writer.WriteNumber("conversation", conversation.Number);
                writer.WriteString("protocol", conversation.Kind == ConversationKind.Tcp ? "tcp" : "udp");
                writer.WriteString("initiator", conversation.Initiator.ToString());
                writer.WriteString("responder", conversation.Responder.ToString());
                writer.WriteBoolean("saw_beginning", conversation.SawBeginning);
                writer.WriteNumber("initiator_packets", conversation.InitiatorPackets);
                writer.WriteNumber("responder_packets", conversation.ResponderPackets);
                writer.WriteNumber("initiator_bytes", conversation.InitiatorBytes);
                writer.WriteNumber("responder_bytes", conversation.ResponderBytes);
                writer.WriteNumber("retransmissions", conversation.Retransmissions);
                writer.WriteNumber("icmp_errors", conversation.IcmpErrors);
                writer.WriteNumber("duration_us", (long)conversation.Duration.TotalMicroseconds);
                if (conversation.HandshakeRoundTrip is { } trip)
                    writer.WriteNumber("handshake_us", (long)trip.TotalMicroseconds);
                if (conversation.Application is { } application)
                    writer.WriteString("application", application);
                State(writer, "initiator_state", conversation.InitiatorState);
                State(writer, "responder_state", conversation.ResponderState);
                Marks(writer, conversation.Marks);
            });
        }
    }

    public void Diagrams(IEnumerable<ConversationDiagram> diagrams)
    {
        foreach (ConversationDiagram diagram in diagrams)
        {
            using (var writer = new Utf8JsonWriter(output, Relaxed))
                JsonDiagram.Write(writer, diagram);
            output.Write("\n"u8);
        }
    }

    private static void Traced(Utf8JsonWriter writer, TracedPacket traced, int conversation)
    {
        writer.WriteNumber("conversation", conversation);
        writer.WriteBoolean("from_initiator", traced.FromInitiator);
        if (traced.Window >= 0)
        {
            writer.WriteString("flags", PacketLine.Flags(traced.Flags));
            writer.WriteNumber("sequence", traced.Sequence);
            if (traced.Acknowledgment >= 0)
                writer.WriteNumber("acknowledgment", traced.Acknowledgment);
            writer.WriteNumber("window", traced.Window);
        }

        writer.WriteNumber("payload", traced.Length);
        State(writer, "initiator_state", traced.InitiatorState);
        State(writer, "responder_state", traced.ResponderState);
        Marks(writer, traced.Marks);
        if (traced.Icmp is { } icmp)
            writer.WriteString("icmp", icmp);
        if (traced.Fragment)
            writer.WriteBoolean("fragment", true);
        if (traced.Inferred)
            writer.WriteBoolean("inferred", true);
        if (traced.Messages.Count == 0)
            return;
        writer.WriteStartArray("messages");
        foreach (ApplicationMessage message in traced.Messages)
        {
            writer.WriteStartObject();
            writer.WriteString("protocol", message.Protocol);
            writer.WriteString("summary", message.Summary);
            writer.WriteNumber("length", message.Length);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Addresses(Utf8JsonWriter writer, Packet packet, IPAddress source, IPAddress destination)
    {
        (int from, int to) = packet.Tcp is { } tcp ? (tcp.SourcePort, tcp.DestinationPort) : packet.Udp is { } udp ? (udp.SourcePort, udp.DestinationPort) : (-1, -1);
        writer.WriteString("source", from < 0 ? source.ToString() : new IPEndPoint(source, from).ToString());
        writer.WriteString("destination", to < 0 ? destination.ToString() : new IPEndPoint(destination, to).ToString());
    }

    private static void State(Utf8JsonWriter writer, string name, SocketState state)
    {
        if (state != SocketState.None)
            writer.WriteString(name, state.Name());
    }

    private static void Marks(Utf8JsonWriter writer, SegmentMarks marks)
    {
        if (marks == SegmentMarks.None)
            return;
        writer.WriteStartArray("marks");
        foreach (string mark in DiagramWords.MarkKeys(marks))
            writer.WriteStringValue(mark);
        writer.WriteEndArray();
    }

    private static string Time(long nanoseconds)
    {
        long seconds = Math.DivRem(nanoseconds, 1_000_000_000, out long rest);
        return DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture) + string.Create(CultureInfo.InvariantCulture, $".{rest:000000000}Z");
    }

    private void Line(string type, Action<Utf8JsonWriter> write)
    {
        using (var writer = new Utf8JsonWriter(output, Relaxed))
        {
            writer.WriteStartObject();
            writer.WriteNumber("v", JsonLinesObserver.SchemaVersion);
            writer.WriteString("type", type);
            write(writer);
            writer.WriteEndObject();
        }

        output.Write("\n"u8);
    }
}
