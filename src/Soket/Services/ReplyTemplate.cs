using System.Diagnostics.CodeAnalysis;

namespace Soket.Services;

/// <summary>Why a text is not a reply template: what is wrong, as a stable key, and a right one to show.</summary>
/// <param name="Key">The kind of mistake; also the key of its text in both languages, after <c>reply.</c></param>
/// <param name="Part">The part of the text that is wrong.</param>
/// <param name="Example">A right template.</param>
public sealed record ReplyTemplateError(string Key, string Part, string Example)
{
    /// <summary>Every key there is.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["placeholder-unknown", "brace-open", "brace-close"];
}

/// <summary>
/// A fixed text with placeholders: <c>{time}</c> (local, <c>yyyy-MM-dd HH:mm:ss</c>), <c>{counter}</c> (from 1, over all connections),
/// <c>{peer}</c>, <c>{message}</c> (as received, without the line break that ended it), <c>{random}</c> (0 to 999,999). <c>{{</c> and <c>}}</c>
/// stand for the braces themselves.
/// </summary>
public sealed class ReplyTemplate
{
    private ReplyTemplate(string text, IReadOnlyList<Part> parts)
    {
        Text = text;
        Parts = parts;
    }

    internal enum Kind
    {
        Literal,
        Time,
        Counter,
        Peer,
        Message,
        Random,
    }

    /// <summary>The answer of the lab's fixed-reply server.</summary>
    public static ReplyTemplate Default { get; } = Parse("Halo juga dari server!");

    /// <summary>The names that may stand in braces.</summary>
    public static IReadOnlyList<string> Placeholders { get; } = ["time", "counter", "peer", "message", "random"];

    /// <summary>The template as it was written.</summary>
    public string Text { get; }

    internal IReadOnlyList<Part> Parts { get; }

    /// <summary>Reads a template.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static ReplyTemplate Parse(string text) =>
        TryParse(text, out ReplyTemplate? template, out ReplyTemplateError? error)
            ? template
            : throw new FormatException($"'{text}' is not a reply template ({error.Key}: '{error.Part}'). A right one: {error.Example}");

    /// <summary>Reads a template, or says what is wrong with it.</summary>
    /// <param name="text">The text; empty is a template that replies with nothing.</param>
    /// <param name="template">The template.</param>
    /// <param name="error">What is wrong, when it is not one.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ReplyTemplate? template, [NotNullWhen(false)] out ReplyTemplateError? error)
    {
        template = null;
        error = null;
        var parts = new List<Part>();
        var literal = new System.Text.StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is not ('{' or '}'))
            {
                literal.Append(c);
                continue;
            }

            if (i + 1 < text.Length && text[i + 1] == c)
            {
                literal.Append(c);
                i++;
                continue;
            }

            int close = c == '{' ? text.IndexOf('}', i) : -1;
            if (close < 0)
            {
                error = new(c == '{' ? "brace-open" : "brace-close", text[i..], c == '{' ? "{{" : "}}");
                return false;
            }

            string name = text[(i + 1)..close];
            if (!Placeholders.Contains(name, StringComparer.Ordinal) || !Enum.TryParse(name, ignoreCase: true, out Kind kind))
            {
                error = new("placeholder-unknown", text[i..(close + 1)], Nearest(name));
                return false;
            }

            Flush();
            parts.Add(new Part(kind, ""));
            i = close;
        }

        Flush();
        template = new ReplyTemplate(text, parts);
        return true;

        void Flush()
        {
            if (literal.Length > 0)
                parts.Add(new Part(Kind.Literal, literal.ToString()));
            literal.Clear();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static string Nearest(string name)
    {
        string like = name.Trim().ToLowerInvariant();
        string? found = like.Length == 0 ? null : Placeholders.FirstOrDefault(placeholder => placeholder.StartsWith(like, StringComparison.Ordinal) || like.StartsWith(placeholder, StringComparison.Ordinal) || placeholder[0] == like[0]);
        return $"{{{found ?? "time"}}}";
    }

    internal readonly record struct Part(Kind Kind, string Text);
}
