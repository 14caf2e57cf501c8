using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Soket.Events;
using Soket.Languages;

namespace Soket.Capture.Diagrams;

/// <summary>
/// Draws conversations as one HTML page, which needs nothing besides itself: no script, nothing is loaded, and its own policy (CSP) allows neither. The
/// diagram is a table, so that it is read aloud row by row; it fits a phone, is light or dark as the reader prefers, and folds open without a script. Pure.
/// </summary>
public sealed class HtmlDiagram
{
    private const int MostFolded = 500;

    private readonly DiagramView _view;
    private readonly StringBuilder _page = new();

    private HtmlDiagram(DiagramView view) => _view = view with { Unicode = true };

    /// <summary>A page.</summary>
    /// <param name="diagrams">The conversations.</param>
    /// <param name="view">How they are shown; its width means nothing here.</param>
    public static string Draw(IReadOnlyList<ConversationDiagram> diagrams, DiagramView view)
    {
        var page = new HtmlDiagram(view);
        page.Page(diagrams);
        return page._page.ToString();
    }

    private void Page(IReadOnlyList<ConversationDiagram> diagrams)
    {
        string title = diagrams.Count == 1 ? SvgDiagram.Title(diagrams[0], _view.Language) : Text("page.title");
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(HtmlStyle.Sheet)));
        Add($"<!doctype html>\n<html lang=\"{(_view.Language == Language.Indonesian ? "id" : "en")}\">\n<head>\n<meta charset=\"utf-8\">\n");
        Add($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'\">\n");
        Add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
        Add($"<title>{Markup.Escape(title)}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{HtmlStyle.Sheet}</style>\n</head>\n<body>\n<main>\n");
        Add($"<h1>{Markup.Escape(title)}</h1>\n");
        if (diagrams.Count == 0)
            Add($"<p>{Markup.Escape(Text("page.empty"))}</p>\n");
        if (diagrams.Count > 1)
        {
            Add($"<nav aria-label=\"{Markup.Escape(Text("page.conversations"))}\">\n<ul>\n");
            foreach (ConversationDiagram diagram in diagrams)
                Add($"<li><a href=\"#c{diagram.Conversation.Number}\">{Markup.Escape(SvgDiagram.Title(diagram, _view.Language))}</a></li>\n");
            Add("</ul>\n</nav>\n");
        }

        foreach (ConversationDiagram diagram in diagrams)
            Section(diagram, titled: diagrams.Count > 1);
        Add("</main>\n</body>\n</html>\n");
    }

    private void Section(ConversationDiagram diagram, bool titled)
    {
        Conversation conversation = diagram.Conversation;
        string title = Markup.Escape(SvgDiagram.Title(diagram, _view.Language));
        Add($"<section id=\"c{conversation.Number}\">\n");
        if (titled)
            Add($"<h2>{title}</h2>\n");
        long count = conversation.Packets.Count + conversation.Dropped;
        Add($"<p>{Text("page.packets", ("count", count))}</p>\n<table>\n<caption class=\"aside\">{title}</caption>\n<thead>\n<tr>");
        if (_view.Times)
            Add($"<th scope=\"col\" class=\"time\">{Text("column.time-unit")}</th>");
        bool known = conversation.Kind == ConversationKind.Udp || conversation.SawBeginning;
        Add($"<th scope=\"col\" class=\"end\">{Lane(known, "lane.client", conversation.Initiator)}</th>");
        Add($"<th scope=\"col\" class=\"between\"><span class=\"aside\">{Text("column.between")}</span></th>");
        Add($"<th scope=\"col\" class=\"end\">{Lane(known, "lane.server", conversation.Responder)}</th></tr>\n</thead>\n<tbody>\n");
        if (conversation is { Kind: ConversationKind.Tcp, SawBeginning: false })
            Row("note", null, "", $"<p class=\"note\">{Markup.Escape(Text("beginning-not-captured"))}</p>", "");
        LayoutBracket[] left = RowBrackets.Of(diagram.Rows, static row => row.InitiatorCalls), right = RowBrackets.Of(diagram.Rows, static row => row.ResponderCalls);
        for (int i = 0; i < diagram.Rows.Count; i++)
            Row(diagram, diagram.Rows[i], left[i], right[i]);
        Add("</tbody>\n</table>\n");
        Add($"<h3>{Text("page.legend")}</h3>\n<ul class=\"legend\">\n");
        foreach (string line in DiagramWords.Legend(diagram, _view))
            Add($"<li>{Markup.Escape(line)}</li>\n");
        Add("</ul>\n</section>\n");
    }

    private static string Address(IPEndPoint address) => $"<span class=\"address\">{Markup.Escape(DiagramWords.End(address))}</span>";

    private string Lane(bool known, string key, IPEndPoint address) => known ? $"<b>{Markup.Escape(Text(key))}</b> {Address(address)}" : Address(address);

    private void Row(ConversationDiagram diagram, DiagramRow row, LayoutBracket left, LayoutBracket right)
    {
        string kinds = row.Kind switch
        {
            DiagramRowKind.Packet => (row.Packet!.FromInitiator ? "to-right" : "to-left") + (row.Packet.Inferred ? " inferred" : "") + (row.Fate == DatagramFate.NotReceived ? " lost" : ""),
            DiagramRowKind.Call => "call-only",
            _ => "note",
        };
        string between = row.Kind switch
        {
            DiagramRowKind.Packet => Packet(diagram.Conversation, row),
            DiagramRowKind.Fold => Fold(diagram.Conversation, row.Fold!),
            DiagramRowKind.Silence => $"<p class=\"note\">{Markup.Escape(Text("silence"))}</p>",
            DiagramRowKind.Dropped => $"<p class=\"note\">{Markup.Escape(Text("dropped", ("count", row.Dropped == 1 ? row.Dropped : DiagramWords.Grouped(row.Dropped))))}</p>",
            _ => "",
        };
        Row(kinds, row, Side(row.InitiatorCalls, row.InitiatorState, left), between, Side(row.ResponderCalls, row.ResponderState, right), Taken(left), Taken(right));
    }

    private void Row(string kinds, DiagramRow? row, string left, string between, string right, string leftClass = "", string rightClass = "")
    {
        Add($"<tr class=\"{kinds}\">");
        if (_view.Times)
        {
            string time = row is { Since: >= 0 } ? DiagramWords.Time(row.Since) : "";
            string wait = row is { Delay: >= DiagramLayout.LongDelay } ? $"<span class=\"wait\">+{DiagramWords.Wait(row.Delay)}</span> " : "";
            Add($"<td class=\"time\">{wait}{time}</td>");
        }

        Add($"<td class=\"left{leftClass}\">{left}</td><td class=\"between\">{between}</td><td class=\"right{rightClass}\">{right}</td></tr>\n");
    }

    private string Packet(Conversation conversation, DiagramRow row)
    {
        TracedPacket packet = row.Packet!;
        var cell = new StringBuilder();
        (IPEndPoint from, IPEndPoint to) = packet.FromInitiator ? (conversation.Initiator, conversation.Responder) : (conversation.Responder, conversation.Initiator);
        // What the arrow says to the eye.
        string heard = Text("page.to-right", ("from", DiagramWords.End(from)), ("to", DiagramWords.End(to))) + (packet.Inferred ? $", {Text("row.inferred")}" : "");
        cell.Append(CultureInfo.InvariantCulture, $"<div class=\"label\"><span class=\"aside\">{Markup.Escape(heard)}: </span>{Words(string.Join(' ', DiagramWords.Label(packet, conversation.Kind, _view.Language)))}</div><div class=\"arrow\" aria-hidden=\"true\"></div>");
        foreach (string content in DiagramWords.Content(packet, _view.Language))
            cell.Append(CultureInfo.InvariantCulture, $"<div class=\"content\">{Words(content)}</div>");
        foreach (string remark in DiagramWords.Remarks(row, _view.Language))
            cell.Append(CultureInfo.InvariantCulture, $"<div class=\"remark\">{Words(remark)}</div>");
        return cell.ToString();
    }

    private string Fold(Conversation conversation, DiagramFold fold)
    {
        int shown = Math.Min(fold.Packets.Count, MostFolded);
        string open = shown < fold.Packets.Count ? Text("page.folded", ("count", shown)) : Text("page.all-folded");
        var cell = new StringBuilder();
        cell.Append(CultureInfo.InvariantCulture, $"<details><summary>… {Markup.Escape(DiagramWords.Fold(fold, conversation.Kind, _view))} … <span class=\"open\">{Markup.Escape(open)}</span></summary><ol>");
        foreach (TracedPacket packet in fold.Packets.Take(shown))
        {
            var row = new DiagramRow { Kind = DiagramRowKind.Packet, Packet = packet };
            IEnumerable<string> words = [.. DiagramWords.Label(packet, conversation.Kind, _view.Language), .. DiagramWords.Content(packet, _view.Language), .. DiagramWords.Remarks(row, _view.Language)];
            cell.Append(CultureInfo.InvariantCulture, $"<li>{(packet.FromInitiator ? "→" : "←")} {Words(string.Join(' ', words))}</li>");
        }

        return cell.Append("</ol></details>").ToString();
    }

    private string Side(IReadOnlyList<DiagramCall> calls, SocketState state, LayoutBracket bracket)
    {
        var cell = new StringBuilder();
        foreach (DiagramCall call in calls)
        {
            bool failed = call is { Part: not DiagramCallPart.Began, Event.Failure: not null };
            cell.Append(CultureInfo.InvariantCulture, $"<div class=\"{(failed ? "failed" : "call")}\">{Words(DiagramWords.Call(call, _view.Language))}</div>");
        }

        if (state != SocketState.None)
            cell.Append(CultureInfo.InvariantCulture, $"<div class=\"state\"><span class=\"aside\">{Markup.Escape(Text("row.state"))} </span>{state.Name()}</div>");
        return cell.ToString();
    }

    // Letters that are written from right to left keep to their place.
    private static string Words(string text) => $"<bdi>{Markup.Escape(text)}</bdi>";

    private static string Taken(LayoutBracket bracket) => bracket switch
    {
        LayoutBracket.None => "",
        LayoutBracket.First => " taken first",
        LayoutBracket.Last => " taken last",
        _ => " taken",
    };

    private string Text(string key, params ReadOnlySpan<(string Name, object? Value)> values) => DiagramWords.Text(_view.Language, key, values);

    private void Add(string text) => _page.Append(text);
}
