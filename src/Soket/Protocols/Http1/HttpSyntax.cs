using System.Buffers;

namespace Soket.Protocols.Http1;

/// <summary>What may stand where in a head (RFC 9110 5.5, 5.6.2; RFC 9112 2 to 5).</summary>
public static class HttpSyntax
{
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);
    private static readonly SearchValues<char> TokenChars = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Whether a text is a token: a method, a field's name, a subprotocol.</summary>
    /// <param name="text">The text.</param>
    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenChars);

    /// <summary>Whether a text can be a field's value: no control character but the tab, nothing that is not a byte, no white space at its ends.</summary>
    /// <param name="text">The text.</param>
    public static bool IsFieldValue(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if ((c < ' ' && c != '\t') || c is '\x7f' or > '\xff')
                return false;
        }

        return text.IsEmpty || (text[0] is not (' ' or '\t') && text[^1] is not (' ' or '\t'));
    }

    /// <summary>Whether a text can be a request's target: printable ASCII, one character or more.</summary>
    /// <param name="text">The text.</param>
    public static bool IsTarget(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange('!', '~');

    /// <summary>The members of a list, without white space around them; empty ones are left out, separators in quoted strings part nothing.</summary>
    /// <param name="value">The list.</param>
    /// <param name="separator">What parts it: a comma, or a semicolon between parameters.</param>
    public static List<string> Split(string value, char separator)
    {
        var members = new List<string>();
        int start = 0;
        bool quoted = false;
        for (int i = 0; i <= value.Length; i++)
        {
            if (i < value.Length && (quoted || value[i] != separator))
            {
                if (quoted && value[i] == '\\')
                    i++;
                else if (value[i] == '"')
                    quoted = !quoted;
                continue;
            }

            string member = value[start..Math.Min(i, value.Length)].Trim(' ', '\t');
            if (member.Length > 0)
                members.Add(member);
            start = i + 1;
        }

        // A backslash at the very end steps over it.
        if (start < value.Length && quoted)
            members.Add(value[start..].Trim(' ', '\t'));
        return members;
    }

    internal static bool IsToken(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && !bytes.ContainsAnyExcept(TokenBytes);

    internal static bool IsFieldValue(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if ((b < ' ' && b != '\t') || b == 0x7f)
                return false;
        }

        return true;
    }
}
