namespace Soket.Cli.Rendering;

/// <summary>Colour, or none. What it marks is always said by the text as well.</summary>
/// <param name="On">Whether the terminal gets ANSI sequences (ECMA-48 SGR).</param>
internal readonly record struct Ink(bool On)
{
    public string Dim(string text) => Wrap("2", text);

    public string Bold(string text) => Wrap("1", text);

    public string Red(string text) => Wrap("31", text);

    public string Green(string text) => Wrap("32", text);

    public string Yellow(string text) => Wrap("33", text);

    public string Cyan(string text) => Wrap("36", text);

    private string Wrap(string code, string text) => On && text.Length > 0 ? $"\u001b[{code}m{text}\u001b[0m" : text;
}
