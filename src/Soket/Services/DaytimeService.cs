using System.Buffers;
using System.Globalization;
using System.Text;

namespace Soket.Services;

/// <summary>
/// Tells date and time as text for people (RFC 867), in the form the RFC shows first: <c>Tuesday, February 22, 1982 17:37:43-UTC</c>, one line
/// with CRLF. A time zone other than UTC is told as its offset, <c>17:37:43+0700</c>: names of zones are ambiguous.
/// </summary>
/// <param name="time">The clock; its local time zone is the one told.</param>
public sealed class DaytimeService(TimeProvider time) : StreamSpeaker, IReplyRecognizer
{
    private const string Form = "dddd, MMMM d, yyyy HH:mm:ss";

    /// <inheritdoc/>
    public bool IsOwnReply(in ReadOnlySequence<byte> message)
    {
        if (message.Length is < 30 or > 60)
            return false;
        string text = Encoding.ASCII.GetString(message).TrimEnd('\r', '\n');
        int zone = text.AsSpan().LastIndexOfAny('-', '+');
        return zone > 0 && DateTime.TryParseExact(text.AsSpan(0, zone), Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
    }

    /// <inheritdoc/>
    protected override void Speak(IBufferWriter<byte> output)
    {
        DateTimeOffset now = time.GetLocalNow();
        string zone = now.Offset == TimeSpan.Zero ? "-UTC"
            : (now.Offset < TimeSpan.Zero ? "-" : "+") + now.Offset.ToString("hhmm", CultureInfo.InvariantCulture);
        Encoding.ASCII.GetBytes(now.ToString(Form, CultureInfo.InvariantCulture) + zone + "\r\n", output);
    }
}
