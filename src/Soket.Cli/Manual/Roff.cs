using System.Text;
using Soket.Cli.Rendering;

namespace Soket.Cli.Manual;

/// <summary>Text as man(7) wants it. What a roff program would take for a request or an escape is made plain.</summary>
internal sealed class Roff
{
    private readonly StringBuilder _text = new();
    private bool _afterHeading;

    /// <summary>A line for whoever reads the source.</summary>
    public Roff Comment(string text)
    {
        _text.Append(".\\\" ").Append(text).Append('\n');
        return this;
    }

    /// <summary>A request with quoted arguments: <c>.SH "EXIT STATUS"</c>.</summary>
    public Roff Request(string name, params ReadOnlySpan<string> arguments)
    {
        // A heading begins a paragraph by itself.
        if (name == "PP" && _afterHeading)
            return this;
        _afterHeading = name is "SH" or "SS";
        _text.Append('.').Append(name);
        foreach (string argument in arguments)
            _text.Append(" \"").Append(Escape(argument).Replace("\"", "\\(dq", StringComparison.Ordinal)).Append('"');
        _text.Append('\n');
        return this;
    }

    /// <summary>A paragraph's text, filled.</summary>
    public Roff Text(string text)
    {
        // Roff fills lines itself; short ones are for whoever reads the source.
        foreach (string line in text.Split('\n').SelectMany(line => TextWidth.Wrap(line, 72, indent: "")))
            Line(Escape(line)); // after the folding, which knows nothing of escapes
        return this;
    }

    /// <summary>Paragraphs, parted by empty lines.</summary>
    public Roff Paragraphs(string text)
    {
        foreach (string paragraph in text.Split("\n\n"))
            Request("PP").Text(paragraph);
        return this;
    }

    /// <summary>Lines as they are.</summary>
    public Roff Example(string text)
    {
        Request("PP").Request("EX");
        foreach (string line in text.Split('\n'))
            Line("  " + Escape(line));
        return Request("EE");
    }

    /// <summary>An entry of a list: a term, already in roff, and its text.</summary>
    public Roff Entry(string term, string text) => Request("TP").Line(term).Text(text);

    /// <summary>A line that is roff already.</summary>
    public Roff Line(string line)
    {
        // A point or an apostrophe at the beginning would make it a request.
        if (line.StartsWith('.') || line.StartsWith('\''))
            _text.Append("\\&");
        _afterHeading = false;
        _text.Append(line).Append('\n');
        return this;
    }

    public override string ToString() => _text.ToString();

    public static string Bold(string text) => $"\\fB{Escape(text)}\\fR";

    public static string Italic(string text) => $"\\fI{Escape(text)}\\fR";

    // A bare hyphen may become a typographic one, which nobody can copy into a shell; the same goes for quotes, the tilde and the caret (groff_char(7)).
    public static string Escape(string text) => text
        .Replace("\\", "\\e", StringComparison.Ordinal)
        .Replace("-", "\\-", StringComparison.Ordinal)
        .Replace("'", "\\(aq", StringComparison.Ordinal)
        .Replace("`", "\\(ga", StringComparison.Ordinal)
        .Replace("^", "\\(ha", StringComparison.Ordinal)
        .Replace("~", "\\(ti", StringComparison.Ordinal);
}
