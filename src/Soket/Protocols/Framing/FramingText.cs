using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Soket.Protocols.Framing;

/// <summary>The textual forms of framings, as <c>--framing</c> takes them.</summary>
internal static class FramingText
{
    public static bool TryParse(string text, int maxMessage, [NotNullWhen(true)] out Framing? framing, [NotNullWhen(false)] out FramingError? error)
    {
        framing = null;
        error = null;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string name = (colon < 0 ? text : text[..colon]).Trim().ToLowerInvariant();
        string? option = colon < 0 ? null : text[(colon + 1)..];
        switch (name)
        {
            case "chunk" when option is null:
                framing = new ChunkFraming(maxMessage);
                return true;
            case "line" when option is null or "lf" or "crlf":
                framing = new LineFraming(maxMessage, crlf: option == "crlf");
                return true;
            case "chunk" or "line":
                error = new("option-unknown", option!, name == "line" ? "line:crlf" : "chunk");
                return false;
            case "length":
                framing = option switch
                {
                    null or "4" or "4:be" => new LengthFraming(4, littleEndian: false, maxMessage),
                    "4:le" => new LengthFraming(4, littleEndian: true, maxMessage),
                    "2" or "2:be" => new LengthFraming(2, littleEndian: false, maxMessage),
                    "2:le" => new LengthFraming(2, littleEndian: true, maxMessage),
                    _ => null,
                };
                error = framing is null ? new("length-invalid", option!, option!.StartsWith('2') ? "length:2:le" : "length:4:le") : null;
                return framing is not null;
            case "delimiter":
                return TryDelimiter(option, maxMessage, out framing, out error);
            case "fixed":
                return TryFixed(option, maxMessage, out framing, out error);
            default:
                error = new("name-unknown", text, "line");
                return false;
        }
    }

    /// <summary>The bytes as the command line takes them: printable ASCII as it is, the rest as escapes.</summary>
    public static string Escape(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte b in bytes)
        {
            _ = b switch
            {
                0 => text.Append(@"\0"),
                (byte)'\n' => text.Append(@"\n"),
                (byte)'\r' => text.Append(@"\r"),
                (byte)'\t' => text.Append(@"\t"),
                (byte)'\\' => text.Append(@"\\"),
                >= 0x20 and < 0x7f => text.Append((char)b),
                _ => text.Append(CultureInfo.InvariantCulture, $@"\x{b:x2}"),
            };
        }

        return text.ToString();
    }

    private static bool TryDelimiter(string? text, int maxMessage, out Framing? framing, out FramingError? error)
    {
        framing = null;
        if (string.IsNullOrEmpty(text))
        {
            error = new("delimiter-missing", "delimiter", @"delimiter:\0");
            return false;
        }

        if (!TryUnescape(text, out byte[] delimiter, out string wrong))
        {
            error = new("escape-invalid", wrong, @"delimiter:\x1e");
            return false;
        }

        if (delimiter.Length > DelimiterFraming.LongestDelimiter)
        {
            error = new("delimiter-too-long", text, @"delimiter:\r\n");
            return false;
        }

        framing = new DelimiterFraming(delimiter, maxMessage);
        error = null;
        return true;
    }

    private static bool TryFixed(string? text, int maxMessage, out Framing? framing, out FramingError? error)
    {
        framing = null;
        error = null;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size < 1)
            error = new("size-invalid", text ?? "fixed", $"fixed:{Math.Min(16, maxMessage).ToString(CultureInfo.InvariantCulture)}");
        else if (size > maxMessage)
            error = new("size-over-limit", text, $"fixed:{maxMessage.ToString(CultureInfo.InvariantCulture)}");
        else
            framing = new FixedFraming(size);
        return framing is not null;
    }

    private static bool TryUnescape(string text, out byte[] bytes, out string wrong)
    {
        bytes = [];
        wrong = "";
        var result = new List<byte>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                // Whole runs, so that a pair of surrogates stays together.
                int end = text.IndexOf('\\', i);
                end = end < 0 ? text.Length : end;
                result.AddRange(Encoding.UTF8.GetBytes(text[i..end]));
                i = end - 1;
                continue;
            }

            char kind = ++i < text.Length ? text[i] : ' ';
            if (kind == 'x' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                result.Add(value);
                i += 2;
                continue;
            }

            int simple = kind switch { '0' => 0, 'n' => '\n', 'r' => '\r', 't' => '\t', '\\' => '\\', _ => -1 };
            if (simple < 0)
            {
                wrong = text[(i - 1)..Math.Min(text.Length, kind == 'x' ? i + 3 : i + 1)];
                return false;
            }

            result.Add((byte)simple);
        }

        bytes = [.. result];
        return true;
    }
}
