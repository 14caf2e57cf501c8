using System.Buffers;
using System.Globalization;
using System.Text;

namespace Soket.Languages;

/// <summary>Tells text from bytes that only happen to hold a few letters, a cipher text say. Pure.</summary>
internal static class ReadableText
{
    /// <summary>Whether all of it is UTF-8 that can be printed, lines and tabs included.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) != OperationStatus.Done)
                return false;
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control && rune.Value is not ('\t' or '\n' or '\r'))
                return false;
            bytes = bytes[length..];
        }

        return true;
    }

    /// <summary>The bytes without a last character that is half there: they were cut somewhere.</summary>
    public static ReadOnlySpan<byte> WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        for (int back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            byte b = bytes[^back];
            if ((b & 0xC0) == 0x80)
                continue;
            int needs = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC0 ? 2 : 1;
            return needs > back ? bytes[..^back] : bytes;
        }

        return bytes;
    }
}
