using System.Buffers;
using System.Text;

namespace Soket.Services;

/// <summary>
/// Says the quote of the day (RFC 865): printable ASCII and CRLF, under 512 characters. English and Indonesian proverbs take turns, one for each
/// day of the local calendar.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class QuoteService(TimeProvider time) : StreamSpeaker, IReplyRecognizer
{
    /// <summary>The quotes, in the order of days. Proverbs belong to nobody.</summary>
    public static IReadOnlyList<string> Quotes { get; } =
    [
        "Sedikit demi sedikit, lama-lama menjadi bukit.",
        "A chain is no stronger than its weakest link.",
        "Berakit-rakit ke hulu, berenang-renang ke tepian; bersakit-sakit dahulu, bersenang-senang kemudian.",
        "He that would fish must not mind getting wet.",
        "Tak kenal maka tak sayang.",
        "Better ask the way twice than lose it once.",
        "Di mana bumi dipijak, di situ langit dijunjung.",
        "Measure twice, cut once.",
        "Ada gula, ada semut.",
        "A watched pot never boils.",
        "Bagai air di daun talas.",
        "Many hands make light work.",
        "Berat sama dipikul, ringan sama dijinjing.",
        "Little strokes fell great oaks.",
        "Sepandai-pandai tupai melompat, sekali waktu jatuh juga.",
        "The proof of the pudding is in the eating.",
        "Tong kosong nyaring bunyinya.",
        "Still waters run deep.",
        "Sambil menyelam minum air.",
        "Two heads are better than one.",
        "Malu bertanya, sesat di jalan.",
        "Practice makes perfect.",
        "Air beriak tanda tak dalam.",
        "Good fences make good neighbours.",
    ];

    /// <inheritdoc/>
    public bool IsOwnReply(in ReadOnlySequence<byte> message)
    {
        if (message.Length is 0 or >= 512)
            return false;
        string text = Encoding.ASCII.GetString(message).TrimEnd('\r', '\n');
        return Quotes.Contains(text, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    protected override void Speak(IBufferWriter<byte> output)
    {
        int day = DateOnly.FromDateTime(time.GetLocalNow().DateTime).DayNumber;
        Encoding.ASCII.GetBytes(Quotes[day % Quotes.Count], output);
        output.Write("\r\n"u8);
    }
}
