using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>Which authority may issue certificates for the name (RFC 8659).</summary>
/// <param name="Bits">128: an authority that does not know the property must refuse.</param>
/// <param name="Tag">The property: <c>issue</c>, <c>issuewild</c>, <c>iodef</c>; ASCII letters and digits.</param>
/// <param name="Value">Its value.</param>
public sealed record CaaData(byte Bits, string Tag, DnsBytes Value) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => new(257);

    internal static DnsData Read(ref DnsCursor cursor)
    {
        byte bits = cursor.U8("caa.flags");
        int at = cursor.At;
        DnsBytes tag = cursor.String("caa.tag");
        if (!IsTag(tag.Span))
            cursor.Fail(DnsFault.DataValue, at);
        return new CaaData(bits, System.Text.Encoding.ASCII.GetString(tag.Span), cursor.Rest("caa.value"));
    }

    internal static DnsData Parse(DnsText text)
    {
        byte bits = text.U8();
        DnsBytes tag = text.String();
        if (!IsTag(tag.Span))
            text.Fail(0);
        return new CaaData(bits, System.Text.Encoding.ASCII.GetString(tag.Span), text.Bytes(text.Word()));
    }

    internal override void Write(DnsWriter writer)
    {
        writer.U8(Bits);
        writer.String(DnsBytes.Of(Tag));
        writer.Bytes(Value.Span);
    }

    internal override string Present() => string.Create(CultureInfo.InvariantCulture, $"{Bits} {Tag} {DnsText.Quote(Value.Span)}");

    private static bool IsTag(ReadOnlySpan<byte> tag)
    {
        foreach (byte b in tag)
        {
            if (!char.IsAsciiLetterOrDigit((char)b))
                return false;
        }

        return tag.Length > 0;
    }
}
