using System.Globalization;
using System.Net;
using System.Text.Json;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Languages;
using Soket.Protocols.Packets;

namespace Soket.Capture.Diagrams;

/// <summary>Writes a diagram as one JSON object: the record <c>diagram</c> of docs/json.md. The same in every language. Pure.</summary>
public static class JsonDiagram
{
    /// <summary>Writes it.</summary>
    /// <param name="json">Where to; it is not flushed.</param>
    /// <param name="diagram">The diagram.</param>
    public static void Write(Utf8JsonWriter json, ConversationDiagram diagram)
    {
        json.WriteStartObject();
        json.WriteNumber("v", JsonLinesObserver.SchemaVersion);
        WriteProperties(json, diagram);
        json.WriteEndObject();
    }

    /// <summary>Writes what the object holds behind its version, for <see cref="JsonLinesObserver.Write"/>.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="diagram">The diagram.</param>
    public static void WriteProperties(Utf8JsonWriter json, ConversationDiagram diagram)
    {
        Conversation conversation = diagram.Conversation;
        SocketScheme scheme = conversation.Kind == ConversationKind.Tcp ? SocketScheme.Tcp : SocketScheme.Udp;
        json.WriteString("type", "diagram");
        json.WriteNumber("conversation", conversation.Number);
        json.WriteString("protocol", conversation.Kind == ConversationKind.Tcp ? "tcp" : "udp");
        json.WriteString("initiator", Address(scheme, conversation.Initiator));
        json.WriteString("responder", Address(scheme, conversation.Responder));
        json.WriteBoolean("saw_beginning", conversation.SawBeginning);
        json.WriteNumber("packets", conversation.Packets.Count + conversation.Dropped);
        json.WriteStartArray("rows");
        foreach (DiagramRow row in diagram.Rows)
            Row(json, row, conversation.Kind);
        json.WriteEndArray();
    }

    private static string Address(SocketScheme scheme, IPEndPoint address) => SocketUri.FromEndPoint(scheme, address).ToString();

    private static void Row(Utf8JsonWriter json, DiagramRow row, ConversationKind kind)
    {
        json.WriteStartObject();
        json.WriteString("row", row.Kind switch
        {
            DiagramRowKind.Packet => "packet",
            DiagramRowKind.Call => "call",
            DiagramRowKind.Fold => "fold",
            DiagramRowKind.Silence => "silence",
            _ => "dropped",
        });
        if (row.Since >= 0)
            json.WriteNumber("since_us", Microseconds(row.Since));
        if (row.Delay > 0)
            json.WriteNumber("delay_us", Microseconds(row.Delay));
        if (row.Packet is { } packet)
            Packet(json, packet, kind);
        if (row.Fold is { } fold)
            Fold(json, fold);
        if (row.Dropped > 0)
            json.WriteNumber("packets", row.Dropped);
        if (row.Fate != DatagramFate.None)
            json.WriteString("fate", DiagramWords.FateKey(row.Fate));
        Calls(json, "initiator_calls", row.InitiatorCalls);
        Calls(json, "responder_calls", row.ResponderCalls);
        if (row.InitiatorState != SocketState.None)
            json.WriteString("initiator_state", row.InitiatorState.Name());
        if (row.ResponderState != SocketState.None)
            json.WriteString("responder_state", row.ResponderState.Name());
        json.WriteEndObject();
    }

    private static void Packet(Utf8JsonWriter json, TracedPacket packet, ConversationKind kind)
    {
        json.WriteNumber("number", packet.Number);
        json.WriteString("time", DateTime.UnixEpoch.AddTicks(packet.Nanoseconds / 100).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        json.WriteString("from", packet.FromInitiator ? "initiator" : "responder");
        json.WriteNumber("length", packet.Length);
        if (kind == ConversationKind.Tcp && packet.Icmp is null)
            Segment(json, packet);
        Text(json, "icmp", packet.Icmp);
        if (packet.Fragment)
            json.WriteBoolean("fragment", true);
        if (packet.Inferred)
            json.WriteBoolean("inferred", true);
        if (packet.Comment is { } comment)
            json.WriteString("comment", JsonEncodedText.Encode(comment, TerminalText.JsonEncoder));
        if (packet.Marks != SegmentMarks.None)
        {
            json.WriteStartArray("marks");
            foreach ((SegmentMarks mark, string key) in DiagramWords.Marks)
            {
                if ((packet.Marks & mark) != 0)
                    json.WriteStringValue(key);
            }

            json.WriteEndArray();
        }

        if (packet.Messages.Count == 0)
            return;
        json.WriteStartArray("messages");
        foreach (ApplicationMessage message in packet.Messages)
        {
            json.WriteStartObject();
            json.WriteString("protocol", message.Protocol);
            json.WriteString("summary", message.Summary);
            json.WriteNumber("length", message.Length);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Segment(Utf8JsonWriter json, TracedPacket packet)
    {
        json.WriteStartArray("flags");
        foreach (string flag in DiagramWords.FlagNames(packet.Flags).Split(", ", StringSplitOptions.RemoveEmptyEntries))
            json.WriteStringValue(flag);
        json.WriteEndArray();
        json.WriteNumber("seq", packet.Sequence);
        if (packet.Acknowledgment >= 0)
            json.WriteNumber("ack", packet.Acknowledgment);
        if (packet.Window >= 0)
            json.WriteNumber("window", packet.Window);
        if (packet.Options is not { } options || !packet.Flags.HasFlag(TcpFlags.Syn))
            return;
        if (options.MaximumSegmentSize is { } size)
            json.WriteNumber("mss", size);
        if (options.WindowScale is { } scale)
            json.WriteNumber("window_scale", scale);
    }

    private static void Fold(Utf8JsonWriter json, DiagramFold fold)
    {
        json.WriteNumber("packets", fold.Packets.Count);
        json.WriteNumber("first", fold.Packets[0].Number);
        json.WriteNumber("last", fold.Packets[^1].Number);
        json.WriteNumber("initiator_bytes", fold.InitiatorBytes);
        json.WriteNumber("responder_bytes", fold.ResponderBytes);
        json.WriteStartObject("marks");
        foreach ((SegmentMarks mark, string key) in DiagramWords.Marks)
        {
            if (fold.Count(mark) is > 0 and int count)
                json.WriteNumber(key, count);
        }

        json.WriteEndObject();
        json.WriteNumber("calls", fold.Calls);
    }

    private static void Calls(Utf8JsonWriter json, string key, IReadOnlyList<DiagramCall> calls)
    {
        if (calls.Count == 0)
            return;
        json.WriteStartArray(key);
        foreach (DiagramCall call in calls)
        {
            SocketEvent e = call.Event;
            json.WriteStartObject();
            json.WriteNumber("seq", e.Sequence);
            json.WriteString("call", e.Call.Name());
            if (call.Part != DiagramCallPart.Whole)
                json.WriteString("part", call.Part == DiagramCallPart.Began ? "began" : "ended");
            if (e.Requested >= 0)
                json.WriteNumber("requested", e.Requested);
            if (e.Moved >= 0)
                json.WriteNumber("moved", e.Moved);
            if (call.Segments > 1)
                json.WriteNumber("segments", call.Segments);
            if (call.Part != DiagramCallPart.Began && e.Failure is { } failure)
                json.WriteString("errno", failure.Error.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, string key, string? value)
    {
        if (value is not null)
            json.WriteString(key, value);
    }

    private static decimal Microseconds(long nanoseconds) => decimal.Round(nanoseconds / 1000m, 3);
}
