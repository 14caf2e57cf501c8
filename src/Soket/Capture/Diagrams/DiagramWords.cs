using System.Globalization;
using System.Net;
using System.Text;
using Soket.Events;
using Soket.Languages;
using Soket.Protocols.Packets;

namespace Soket.Capture.Diagrams;

/// <summary>The words of a diagram's rows. What a peer said is in them, made fit for a terminal. Pure.</summary>
public static class DiagramWords
{
    private const int MostMessages = 3;

    private static readonly Texts Words = Texts.Load(typeof(DiagramWords).Assembly, "diagrams");

    // As they are said: what a segment is for first, that it acknowledges as well last.
    private static readonly (TcpFlags Flag, string Name)[] Flags =
    [
        (TcpFlags.Syn, "SYN"), (TcpFlags.Fin, "FIN"), (TcpFlags.Rst, "RST"), (TcpFlags.Psh, "PSH"), (TcpFlags.Urg, "URG"), (TcpFlags.Ece, "ECE"),
        (TcpFlags.Cwr, "CWR"), (TcpFlags.Ae, "AE"), (TcpFlags.Ack, "ACK"),
    ];

    /// <summary>Each mark and its stable key, as JSON has it.</summary>
    internal static IReadOnlyList<(SegmentMarks Mark, string Key)> Marks { get; } =
    [
        (SegmentMarks.Retransmission, "retransmission"), (SegmentMarks.OutOfOrder, "out-of-order"), (SegmentMarks.Overlap, "overlap"), (SegmentMarks.Conflict, "conflict"),
        (SegmentMarks.Gap, "gap"), (SegmentMarks.DuplicateAck, "duplicate-ack"), (SegmentMarks.ZeroWindow, "zero-window"), (SegmentMarks.WindowUpdate, "window-update"),
        (SegmentMarks.WindowFull, "window-full"), (SegmentMarks.KeepAlive, "keep-alive"), (SegmentMarks.KeepAliveAck, "keep-alive-ack"),
        (SegmentMarks.ZeroWindowProbe, "zero-window-probe"), (SegmentMarks.AckOfUnseen, "ack-of-unseen"), (SegmentMarks.Coalesced, "coalesced"),
        (SegmentMarks.OutOfWindow, "out-of-window"), (SegmentMarks.AfterClose, "after-close"),
    ];

    /// <summary>A text of the diagrams.</summary>
    internal static string Text(Language language, string key, params ReadOnlySpan<(string Name, object? Value)> values) => Words.Get(language, key, values);

    /// <summary>A packet in a few words, the weightiest first: <c>SYN</c>, <c>seq=0</c>, <c>win=65535</c>, <c>mss=65495</c>; of a datagram <c>12 B</c>.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="kind">What carries it.</param>
    /// <param name="language">The language.</param>
    public static IReadOnlyList<string> Label(TracedPacket packet, ConversationKind kind, Language language)
    {
        if (packet.Icmp is { } icmp)
            return ["ICMP", TerminalText.Safe(icmp)];
        var words = new List<string>();
        if (kind == ConversationKind.Udp || packet.Fragment)
        {
            words.Add(Number(packet.Length) + " B");
            if (packet.Fragment)
                words.Add(Words.Get(language, "fragment"));
            return words;
        }

        words.Add(FlagNames(packet.Flags) is { Length: > 0 } flags ? flags : Words.Get(language, "no-flags"));
        words.Add("seq=" + Number(packet.Sequence));
        if (packet.Acknowledgment >= 0)
            words.Add("ack=" + Number(packet.Acknowledgment));
        if (packet.Length > 0)
            words.Add("len=" + Number(packet.Length));
        bool syn = packet.Flags.HasFlag(TcpFlags.Syn);
        bool aboutWindow = (packet.Marks & (SegmentMarks.ZeroWindow | SegmentMarks.WindowUpdate)) != 0;
        if (packet.Window >= 0 && (syn || aboutWindow))
            words.Add("win=" + Number(packet.Window));
        if (syn && packet.Options is { } options)
        {
            if (options.MaximumSegmentSize is { } size)
                words.Add("mss=" + Number(size));
            // What else was agreed on stands together.
            string[] others = [options.WindowScale is { } scale ? "wscale=" + Number(scale) : "", options.SackPermitted ? "sack" : "", options.Timestamp is null ? "" : "ts", options.FastOpenCookie is null ? "" : "tfo"];
            if (string.Join(' ', others.Where(static word => word.Length > 0)) is { Length: > 0 } agreed)
                words.Add(agreed);
        }

        return words;
    }

    /// <summary>What it carries: the messages of the application that ended in it, else its data in quotes where it can be read. None for most.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="language">The language.</param>
    public static IReadOnlyList<string> Content(TracedPacket packet, Language language)
    {
        if (packet.Messages.Count > 0)
        {
            List<string> messages = [.. packet.Messages.Take(MostMessages).Select(static message => TerminalText.Safe($"{message.Protocol}: {message.Summary}"))];
            if (packet.Messages.Count > MostMessages)
                messages.Add(Words.Get(language, "more-messages", ("count", packet.Messages.Count - MostMessages)));
            return messages;
        }

        bool shown = packet.Icmp is null && !packet.Preview.IsEmpty && (packet.Marks & (SegmentMarks.KeepAlive | SegmentMarks.ZeroWindowProbe)) == 0;
        return shown && ReadableText.Is(packet.Length > packet.Preview.Length ? ReadableText.WholeCharacters(packet.Preview.Span) : packet.Preview.Span)
            ? [TerminalText.Quote(ReadableText.WholeCharacters(packet.Preview.Span), omitted: packet.Length - packet.Preview.Length, more: "…")]
            : [];
    }

    /// <summary>What is out of the ordinary: the marks, what became of a datagram, what was written beside it.</summary>
    /// <param name="row">A row.</param>
    /// <param name="language">The language.</param>
    public static IReadOnlyList<string> Remarks(DiagramRow row, Language language)
    {
        if (row.Packet is not { } packet)
            return [];
        var remarks = new List<string>();
        foreach ((SegmentMarks mark, string key) in Marks)
        {
            if ((packet.Marks & mark) != 0)
                remarks.Add(Words.Get(language, "mark." + key));
        }

        if (row.Fate != DatagramFate.None)
            remarks.Add(Words.Get(language, "fate." + FateKey(row.Fate)));
        if (packet.Comment is { Length: > 0 } comment && !packet.Inferred)
            remarks.Add(TerminalText.Safe(comment));
        return remarks;
    }

    /// <summary>A call as it stands beside its packet: <c>send(5) = 5</c>, <c>= -1 ECONNREFUSED (111)</c>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="language">The language.</param>
    public static string Call(DiagramCall call, Language language)
    {
        SocketEvent e = call.Event;
        string name = CallText.Call(in e, language), result = CallText.Result(in e, language);
        if (call.Part == DiagramCallPart.Began)
            return name;
        if (call.Part == DiagramCallPart.Ended)
            return result;
        // That a call succeeded needs no words, where there is little room.
        string text = result.Length == 0 || (result == "= 0" && e.Moved < 0) ? name : $"{name} {result}";
        if (e.Call == Explain.SocketCall.TlsHandshake && e.Failure is null)
            text = string.Join(' ', text.Split(' ').Take(4)); // The version; who vouches for whom is for the log.
        return call.Segments > 1 ? $"{text} {Words.Get(language, "over-segments", ("count", call.Segments))}" : text;
    }

    /// <summary>What was folded: <c>812 segments, 1.1 MiB →, 3 retransmissions</c>. Bytes of both directions stand apart, each with its arrow.</summary>
    /// <param name="fold">The fold.</param>
    /// <param name="kind">What carries it.</param>
    /// <param name="view">How it is shown.</param>
    public static string Fold(DiagramFold fold, ConversationKind kind, DiagramView view)
    {
        (string right, string left) = view.Unicode ? ("→", "←") : ("->", "<-");
        List<string> parts = [Words.Get(view.Language, kind == ConversationKind.Tcp ? "fold.segments" : "fold.datagrams", ("count", Grouped(fold.Packets.Count)))];
        if (fold.InitiatorBytes > 0)
            parts.Add($"{Size(fold.InitiatorBytes)} {right}");
        if (fold.ResponderBytes > 0)
            parts.Add($"{Size(fold.ResponderBytes)} {left}");
        foreach ((SegmentMarks mark, string key) in Marks)
        {
            if (Words.Has("fold." + key) && fold.Count(mark) is > 0 and int count)
                parts.Add(Words.Get(view.Language, "fold." + key, ("count", count)));
        }

        if (fold.Packets.Sum(static packet => packet.Messages.Count) is > 0 and int messages)
            parts.Add(Words.Get(view.Language, "fold.messages", ("count", messages)));
        if (fold.Calls > 0)
            parts.Add(Words.Get(view.Language, "fold.calls", ("count", fold.Calls)));
        return string.Join(", ", parts);
    }

    /// <summary>What has to be known to read the diagram, in lines.</summary>
    /// <param name="diagram">The diagram.</param>
    /// <param name="view">How it is shown.</param>
    public static IReadOnlyList<string> Legend(ConversationDiagram diagram, DiagramView view)
    {
        var lines = new List<string>();
        bool tcp = diagram.Conversation.Kind == ConversationKind.Tcp;
        if (diagram.HasInferred)
            lines.Add(Words.Get(view.Language, "legend.inferred", ("mark", view.Unicode ? "┄" : "~")));
        if (diagram.Rows.Any(static row => row.Packet is not null && (row.InitiatorState != SocketState.None || row.ResponderState != SocketState.None)))
            lines.Add(Words.Get(view.Language, diagram.Conversation.Packets.All(static packet => packet.Inferred) ? "legend.states-inferred" : "legend.states"));
        if (tcp)
            lines.Add(Words.Get(view.Language, diagram.Conversation.SawBeginning ? "legend.numbers" : "legend.numbers-unseen"));
        if (view.Times)
            lines.Add(Words.Get(view.Language, "legend.time"));
        return lines;
    }

    /// <summary>What a segment is, in words: <c>retransmission</c>.</summary>
    /// <param name="marks">The marks.</param>
    /// <param name="language">The language.</param>
    public static IEnumerable<string> MarkNames(SegmentMarks marks, Language language) => Marks.Where(one => (marks & one.Mark) != 0).Select(one => Words.Get(language, "mark." + one.Key));

    /// <summary>The stable keys of marks, as JSON has them: <c>out-of-order</c>.</summary>
    /// <param name="marks">The marks.</param>
    public static IEnumerable<string> MarkKeys(SegmentMarks marks) => Marks.Where(one => (marks & one.Mark) != 0).Select(static one => one.Key);

    /// <summary>The flags as they are said: <c>SYN, ACK</c>; empty for none.</summary>
    /// <param name="flags">The flags.</param>
    public static string FlagNames(TcpFlags flags) => string.Join(", ", Flags.Where(one => flags.HasFlag(one.Flag)).Select(static one => one.Name));

    /// <summary>An end of a conversation; without a port where none is known (a connect that was refused has lost its port by the time it is told).</summary>
    internal static string End(IPEndPoint end) => end.Port == 0 ? end.Address.ToString() : end.ToString();

    internal static string FateKey(DatagramFate fate) => fate switch
    {
        DatagramFate.NoAnswer => "no-answer",
        DatagramFate.NoAnswerBeforeNext => "no-answer-before-next",
        _ => "not-received",
    };

    /// <summary>Milliseconds with two places, whole ones from a second on, seconds from 100 s on (<c>120 s</c>).</summary>
    internal static string Time(long nanoseconds) => (nanoseconds / 1e6) switch
    {
        < 999.995 and var ms => ms.ToString("0.00", CultureInfo.InvariantCulture),
        < 99_999.5 and var ms => ms.ToString("0", CultureInfo.InvariantCulture),
        var ms => (ms / 1000).ToString("0", CultureInfo.InvariantCulture) + " s",
    };

    /// <summary>A wait to read, in at most six characters: <c>120 ms</c>, <c>1.02 s</c>, <c>12.3 s</c>, <c>250 s</c>, <c>40 m</c>, <c>30 h</c>.</summary>
    internal static string Wait(long nanoseconds) => (nanoseconds / 1e9) switch
    {
        < 0.9995 and var s => (s * 1000).ToString("0", CultureInfo.InvariantCulture) + " ms",
        < 9.995 and var s => s.ToString("0.00", CultureInfo.InvariantCulture) + " s",
        < 99.95 and var s => s.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        < 999.5 and var s => s.ToString("0", CultureInfo.InvariantCulture) + " s",
        < 59_970 and var s => (s / 60).ToString("0", CultureInfo.InvariantCulture) + " m",
        var s => (s / 3600).ToString("0", CultureInfo.InvariantCulture) + " h",
    };

    internal static string Grouped(long count) => count.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    private static string Size(double bytes)
    {
        if (bytes < 1023.5)
            return bytes.ToString("0", CultureInfo.InvariantCulture) + " B";
        int unit = 0;
        for (bytes /= 1024; bytes >= 1023.95 && unit < 4; unit++)
            bytes /= 1024;
        return $"{bytes.ToString(bytes < 99.95 ? "0.0" : "0", CultureInfo.InvariantCulture)} {"KMGTP"[unit]}iB";
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
