using System.Text;

namespace Soket.Capture.Diagrams;

/// <summary>Text within XML and HTML.</summary>
internal static class Markup
{
    /// <summary>A text as the content of an element or of a quoted attribute. What neither may hold (controls) is no part of it: see <see cref="Languages.TerminalText"/>.</summary>
    public static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAny("&<>\"'"))
            return text;
        var result = new StringBuilder(text.Length + 32);
        foreach (char c in text)
        {
            _ = c switch
            {
                '&' => result.Append("&amp;"),
                '<' => result.Append("&lt;"),
                '>' => result.Append("&gt;"),
                '"' => result.Append("&quot;"),
                '\'' => result.Append("&#39;"),
                _ => result.Append(c),
            };
        }

        return result.ToString();
    }
}
