using System.Text;
using Soket.Capture;
using Soket.Capture.Diagrams;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Rendering.Diagram;

namespace Soket.Cli.Commands.Trace;

/// <summary>What a trace looks like at its end: a table, diagrams on the terminal, a picture, a page.</summary>
internal sealed class TraceDrawing(CliIo io, IReadOnlyList<Conversation> conversations)
{
    private const int Few = 10; // more is not read on a terminal

    public bool Times { get; init; } = true;

    /// <summary>Whether long runs are drawn packet by packet.</summary>
    public bool Unfolded { get; init; }

    /// <summary>Whether every conversation is drawn.</summary>
    public bool All { get; init; }

    public void List(Stream output)
    {
        Write(output, ConversationList.Render(conversations, io, Times));
        if (conversations.Count == 0)
            io.Error.WriteLine(io.Text("trace.none"));
    }

    public void Diagrams(Stream output)
    {
        if (conversations.Count == 0)
        {
            io.Error.WriteLine(io.Text("trace.none"));
            return;
        }

        var options = new DiagramOptions { Width = Math.Clamp(io.Width - 1, DiagramLayout.Narrowest, 120), Unicode = io.Unicode, Language = io.Language, Ink = new Ink(io.ColourOut), Times = Times };
        int drawn = All ? conversations.Count : Math.Min(conversations.Count, Few);
        var legend = new List<string>();
        for (int i = 0; i < drawn; i++)
        {
            if (conversations.Count > 1)
                Write(output, [(i == 0 ? "" : "\n") + options.Ink.Bold(io.Text("trace.conversation", ("number", conversations[i].Number), ("end", ConversationList.End(conversations[i], io))))]);
            ConversationDiagram diagram = Diagram(conversations[i]);
            Write(output, TraceDiagram.Draw(diagram, options, legend: false));
            legend.AddRange(TraceDiagram.Legend(diagram, options).Except(legend));
        }

        Write(output, legend);
        if (io.MostOut < DiagramLayout.Narrowest)
        {
            foreach (string line in io.FitError(io.Text("trace.narrow", ("columns", DiagramLayout.Narrowest), ("width", io.Width))))
                io.Error.WriteLine(line);
        }

        if (drawn < conversations.Count)
        {
            foreach (string line in io.FitError(io.Text("trace.more", ("count", conversations.Count - drawn))))
                io.Error.WriteLine(line);
        }
    }

    public Task SvgAsync(string path) => WriteAsync(path, SvgDiagram.Draw([.. Each()], View()));

    public Task HtmlAsync(string path) => WriteAsync(path, HtmlDiagram.Draw([.. Each()], View()));

    /// <summary>Every conversation as a diagram.</summary>
    public IEnumerable<ConversationDiagram> Each() => conversations.Select(Diagram);

    private static async Task WriteAsync(string path, string text)
    {
        try
        {
            await File.WriteAllTextAsync(path, text).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(e.Message, e) { File = path };
        }
    }

    private ConversationDiagram Diagram(Conversation conversation) => ConversationDiagram.Of(conversation, calls: null, Unfolded ? 0 : ConversationDiagram.DefaultFoldAfter);

    private DiagramView View() => new() { Language = io.Language, Times = Times };

    private static void Write(Stream output, IEnumerable<string> lines) => output.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
}
