using System.Globalization;
using System.Text;
using Soket.Languages;

namespace Soket.Endpoints;

/// <summary>Why a text is not an endpoint: what is wrong, as a stable key, and a right one to show.</summary>
/// <param name="Key">The kind of mistake: <c>port-range</c>, <c>scheme-unknown</c> ... also the key of its text in both languages.</param>
/// <param name="Part">The part of the text that is wrong.</param>
/// <param name="Example">A right endpoint, as near to what was meant as can be told.</param>
public sealed record SocketUriError(string Key, string Part, string Example)
{
    private static readonly Texts Words = Texts.Load(typeof(SocketUriError).Assembly, "endpoints");

    /// <summary>Every key there is.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "empty", "control-character", "scheme-unknown", "scheme-http", "scheme-separator", "host-missing", "host-invalid", "port-missing", "port-alone", "port-invalid",
        "port-range", "ipv6-brackets", "ipv6-invalid", "path-missing", "path-unexpected", "path-too-long", "user-info",
    ];

    /// <summary>What is wrong, and a right one, in words. Characters that would act on a terminal are shown by their numbers.</summary>
    /// <param name="language">The language.</param>
    /// <param name="text">The text that is not an endpoint.</param>
    public string Describe(Language language, ReadOnlySpan<char> text) =>
        Words.Get(language, "endpoint." + Key, ("text", Printable(text)), ("part", Printable(Part)), ("example", Printable(Example)));

    private static string Printable(ReadOnlySpan<char> text)
    {
        var printable = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            // Controls, and the invisible ones that turn the direction of the text around.
            if (char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                printable.Append(CultureInfo.InvariantCulture, $"<U+{(int)c:X4}>");
            else
                printable.Append(c);
        }

        return printable.ToString();
    }
}
