using Soket.Capture;
using Soket.Capture.Diagrams;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Trace;
using Soket.Cli.Rendering;
using Soket.Cli.Rendering.Diagram;
using Soket.Events;

namespace Soket.Cli.Commands.RunPackets;

/// <summary>The diagrams of a run: its conversations with the calls beside them, and the calls alone where there are no packets.</summary>
/// <param name="io">For whom.</param>
/// <param name="calls">What the sockets of the run did.</param>
/// <param name="callsLeftOut">How many calls were not kept.</param>
/// <param name="mostCalls">How many are kept.</param>
internal sealed class RunDrawing(CliIo io, IReadOnlyList<RecordedEvent> calls, long callsLeftOut, int mostCalls)
{
    private const int Most = 10; // on a terminal, more is not read

    private readonly List<SocketEvent> _events = [.. calls.Select(recorded => recorded.Event)];
    private readonly List<SocketEvent> _connections = [.. calls.Select(recorded => recorded.Event).Where(e => e.Role != SocketRole.Listener)];

    /// <summary>As lines for people.</summary>
    public void Draw(IReadOnlyList<Conversation> conversations, Screen screen)
    {
        var options = new DiagramOptions { Width = Math.Clamp(io.Width - 1, DiagramLayout.Narrowest, 120), Unicode = io.Unicode, Language = io.Language, Ink = new Ink(io.ColourError) };
        var lines = new List<string>();
        var legend = new List<string>();
        int drawn = Math.Min(conversations.Count, Most);
        for (int i = 0; i < drawn; i++)
        {
            lines.Add("");
            if (conversations.Count > 1)
                lines.Add(options.Ink.Bold(io.Text("trace.conversation", ("number", conversations[i].Number), ("end", ConversationList.End(conversations[i], io)))));
            // What made the listener stands above the first of its connections, and not above each.
            IReadOnlyList<SocketEvent> beside = i == 0 ? _events : _connections;
            ConversationDiagram diagram = ConversationDiagram.Of(conversations[i], beside);
            lines.AddRange(TraceDiagram.Draw(diagram, options, legend: false));
            legend.AddRange(TraceDiagram.Legend(diagram, options).Except(legend));
        }

        lines.AddRange(legend);

        List<RecordedEvent> withoutPackets = [.. calls.Where(recorded => recorded.Event.Transport is "unix" or "unixgram")];
        if (withoutPackets.Count > 0)
        {
            lines.AddRange(["", io.Text("run-packets.unix")]);
            lines.AddRange(SequenceDiagram.Draw(withoutPackets, options));
        }

        if (lines.Count == 0)
            lines.AddRange(["", io.Text("run-packets.nothing")]);
        if (conversations.Count > drawn)
            lines.AddRange(["", io.Text("run-packets.more", ("count", conversations.Count - drawn))]);
        if (callsLeftOut > 0)
            lines.Add(io.Text("run-packets.calls-left-out", ("count", callsLeftOut), ("limit", mostCalls)));
        foreach (string line in lines)
            screen.Line(line);
    }

    /// <summary>As records.</summary>
    public void Write(IReadOnlyList<Conversation> conversations, JsonLinesObserver json)
    {
        foreach (Conversation conversation in conversations)
            json.Write(writer => JsonDiagram.WriteProperties(writer, ConversationDiagram.Of(conversation, _events)));
    }
}
