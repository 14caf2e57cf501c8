using System.Buffers;
using System.Text;

namespace Soket.Services;

/// <summary>Messages as text, the way the labs' Python programs see them.</summary>
internal static class MessageText
{
    /// <summary>The text of a message, without the one line break (LF or CRLF) that ended it; what is not UTF-8 becomes U+FFFD.</summary>
    public static string Decode(in ReadOnlySequence<byte> message) => Encoding.UTF8.GetString(WithoutLineBreak(message));

    /// <summary>A message without the one line break (LF or CRLF) that ended it.</summary>
    public static ReadOnlySequence<byte> WithoutLineBreak(in ReadOnlySequence<byte> message)
    {
        if (!EndsWith(message, (byte)'\n'))
            return message;
        ReadOnlySequence<byte> line = message.Slice(0, message.Length - 1);
        return EndsWith(line, (byte)'\r') ? line.Slice(0, line.Length - 1) : line;
    }

    /// <summary>Removes white space at both ends: Unicode's, and the information separators U+001C to U+001F, which Python counts as such too.</summary>
    public static string Trim(string text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && IsWhiteSpace(text[start]))
            start++;
        while (end > start && IsWhiteSpace(text[end - 1]))
            end--;
        return text[start..end];
    }

    private static bool IsWhiteSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    private static bool EndsWith(in ReadOnlySequence<byte> bytes, byte last) => !bytes.IsEmpty && bytes.Slice(bytes.Length - 1).FirstSpan[0] == last;
}
