using System.Globalization;
using Soket.Capture;
using Soket.Capture.Diagrams;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Events;
using Soket.Languages;

namespace Soket.Cli.Commands.Trace;

/// <summary>The conversations of a trace as a table: who, how much each way, how long, and how it ended.</summary>
internal static class ConversationList
{
    private static readonly string[] Columns = ["number", "protocol", "initiator", "responder", "packets", "sent", "received", "time", "end"];
    private static readonly bool[] AlignRight = [true, false, false, false, true, true, true, true, false];

    public static IEnumerable<string> Render(IReadOnlyList<Conversation> conversations, CliIo io, bool times)
    {
        var ink = new Ink(io.ColourOut);
        string[] heading = [.. Columns.Select(name => io.Text("trace.head." + name))];
        IReadOnlyList<IReadOnlyList<string>> rows = TableLayout.Lay([heading, .. conversations.Select(conversation => Row(conversation, io, times))], AlignRight, io.MostOut);
        return rows.SelectMany((lines, i) => i == 0 ? lines.Select(ink.Bold) : lines);
    }

    /// <summary>How it ended, as far as the packets show it, and what of it was unusual.</summary>
    public static string End(Conversation conversation, CliIo io)
    {
        var parts = new List<string>();
        if (conversation.Application is { } application)
            parts.Add(application);
        if (conversation.Kind == ConversationKind.Udp)
        {
            if (conversation.ResponderPackets == 0)
                parts.Add(io.Text("trace.end.unanswered"));
        }
        else
        {
            parts.Add(io.Text("trace.end." + TcpEnd(conversation)));
        }

        if (conversation.IcmpErrors > 0)
            parts.Add(io.Text("trace.end.icmp", ("count", conversation.IcmpErrors)));
        if (conversation.Retransmissions > 0)
            parts.Add(io.Text("trace.end.retransmissions", ("count", conversation.Retransmissions)));
        if (conversation.Marks.HasFlag(SegmentMarks.ZeroWindow))
            parts.Add(DiagramWords.MarkNames(SegmentMarks.ZeroWindow, io.Language).First());
        if (conversation.Marks.HasFlag(SegmentMarks.Gap))
            parts.Add(DiagramWords.MarkNames(SegmentMarks.Gap, io.Language).First());
        return string.Join(", ", parts);
    }

    private static string TcpEnd(Conversation conversation)
    {
        bool reset = conversation.Packets.Any(packet => packet.Flags.HasFlag(Protocols.Packets.TcpFlags.Rst));
        if (reset)
            return conversation is { InitiatorBytes: 0, ResponderBytes: 0, HandshakeRoundTrip: null, SawBeginning: true } ? "refused" : "reset";
        if (conversation is { SawBeginning: true, ResponderPackets: 0 })
            return "unanswered";
        return conversation.InitiatorState is SocketState.TimeWait or SocketState.Closed && conversation.ResponderState is SocketState.TimeWait or SocketState.Closed ? "closed" : "open";
    }

    private static string[] Row(Conversation conversation, CliIo io, bool times) =>
    [
        conversation.Number.ToString(CultureInfo.InvariantCulture),
        conversation.Kind == ConversationKind.Tcp ? "tcp" : "udp",
        conversation.Initiator.ToString(),
        conversation.Responder.ToString(),
        (conversation.InitiatorPackets + conversation.ResponderPackets).ToString(CultureInfo.InvariantCulture),
        Units.FormatBytes(conversation.InitiatorBytes),
        Units.FormatBytes(conversation.ResponderBytes),
        times ? Units.Format(conversation.Duration) : "-",
        End(conversation, io),
    ];
}
