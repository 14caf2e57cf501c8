using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Soket.Chat.Internal;

/// <summary>A datagram of a session: <c>soket-chat/1 SESSION NUMBER ACK COOKIE</c>, a line feed, and what it carries, which is nothing where the number is 0.</summary>
internal sealed record NumberedDatagram(string Session, long Number, long Ack, string Cookie, ReadOnlyMemory<byte> Payload)
{
    private const string Mark = "soket-chat/1 ";

    public static bool IsOne(ReadOnlySpan<byte> datagram) => datagram.StartsWith("soket-chat/1 "u8);

    public static bool TryRead(ReadOnlyMemory<byte> datagram, [NotNullWhen(true)] out NumberedDatagram? read)
    {
        read = null;
        int end = datagram.Span.IndexOf((byte)'\n');
        if (!IsOne(datagram.Span) || end is < 0 or > 128)
            return false;
        string[] words = Encoding.ASCII.GetString(datagram.Span[Mark.Length..end]).Split(' ');
        if (words is not [{ Length: >= 8 and <= 32 } session, var number, var ack, { Length: >= 1 and <= 32 } cookie]
            || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long n)
            || !long.TryParse(ack, NumberStyles.None, CultureInfo.InvariantCulture, out long a))
            return false;
        read = new NumberedDatagram(session, n, a, cookie, datagram[(end + 1)..]);
        return true;
    }

    public byte[] Write()
    {
        byte[] head = Encoding.ASCII.GetBytes(FormattableString.Invariant($"{Mark}{Session} {Number} {Ack} {Cookie}\n"));
        return [.. head, .. Payload.Span];
    }
}
