using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Soket.Services;

/// <summary>
/// The lab's processing service. Five steps: invert the case of letters, count the characters of the data as received, remove white space at
/// both ends, add a timestamp, add the confirmation. For <c>ipin</c>: <c>IPIN | 4 | 2025-04-10 10:20:12 | Data telah diproses</c>.
/// </summary>
/// <remarks>
/// The data is UTF-8 text; what is not valid becomes U+FFFD. One line break at its end ended the message and is no part of it. Characters are
/// Unicode code points, as Python's <c>len</c> counts. Case is inverted code point by code point with Unicode's simple mappings, in every
/// culture the same; where Python's <c>swapcase</c> gives several letters for one (<c>ß</c> to <c>SS</c>) the letter stays. White space is
/// what Python's <c>strip</c> removes. The wire format does not change with the language.
/// </remarks>
/// <param name="time">The clock; its local time is told.</param>
/// <param name="format">How the results are written.</param>
public sealed class ProcessService(TimeProvider time, ReplyFormat format = ReplyFormat.Text) : IMessageService, IReplyRecognizer
{
    /// <summary>The last field of every reply.</summary>
    public const string Confirmation = "Data telah diproses";

    private const string TimeForm = "yyyy-MM-dd HH:mm:ss";

    // Letters of any script stay readable; quotes, backslashes and control characters are still escaped.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc/>
    public bool AnswersAtOnce => true;

    /// <inheritdoc/>
    public bool ExpectsText => true;

    /// <inheritdoc/>
    public bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context)
    {
        string data = MessageText.Decode(message);
        (string inverted, int count) = InvertCase(data);
        string trimmed = MessageText.Trim(inverted);
        string timestamp = time.GetLocalNow().ToString(TimeForm, CultureInfo.InvariantCulture);
        if (format == ReplyFormat.Json)
            WriteJson(reply, inverted, count, trimmed, timestamp);
        else
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{trimmed} | {count} | {timestamp} | {Confirmation}"), reply);
        return true;
    }

    /// <inheritdoc/>
    public bool IsOwnReply(in ReadOnlySequence<byte> message)
    {
        // "... | 4 | 2025-04-10 10:20:12 | Data telah diproses"; in whichever case an echoing processor left it.
        string tail = Encoding.UTF8.GetString(message.Slice(Math.Max(0, message.Length - 128))).TrimEnd('\r', '\n');
        if (format == ReplyFormat.Json)
            return tail.EndsWith($"\"confirmation\":\"{Confirmation}\"}}", StringComparison.OrdinalIgnoreCase);
        string[] fields = tail.Split(" | ");
        return fields.Length >= 3 && fields[^1].Equals(Confirmation, StringComparison.OrdinalIgnoreCase)
            && DateTime.TryParseExact(fields[^2], TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
    }

    private static (string Inverted, int Count) InvertCase(string data)
    {
        var inverted = new StringBuilder(data.Length);
        Span<char> units = stackalloc char[2];
        int count = 0;
        foreach (Rune rune in data.EnumerateRunes())
        {
            count++;
            int length = InvertCase(rune).EncodeToUtf16(units);
            inverted.Append(units[..length]);
        }

        return (inverted.ToString(), count);
    }

    private static Rune InvertCase(Rune rune)
    {
        // Title-case letters (ǅ) are neither. What is no letter but has a counterpart (ⓐ, ⅳ) has a case as well.
        if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter)
            return rune;
        // .NET's invariant mapping leaves out the two small letters whose capital is ASCII, U+0131 and U+017F.
        Rune upper = rune.Value switch { 'ı' => new Rune('I'), 'ſ' => new Rune('S'), _ => Rune.ToUpperInvariant(rune) };
        return upper != rune ? upper : Rune.ToLowerInvariant(rune);
    }

    private static void WriteJson(IBufferWriter<byte> reply, string inverted, int count, string trimmed, string timestamp)
    {
        using var json = new Utf8JsonWriter(reply, Json);
        json.WriteStartObject();
        json.WriteString("inverted", inverted);
        json.WriteNumber("count", count);
        json.WriteString("trimmed", trimmed);
        json.WriteString("timestamp", timestamp);
        json.WriteString("confirmation", Confirmation);
        json.WriteEndObject();
    }
}
