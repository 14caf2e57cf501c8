namespace Soket.Protocols.Dns.Records;

/// <summary>Text in pieces of at most 255 bytes, one or more (RFC 1035 3.3.14).</summary>
/// <param name="Strings">The pieces.</param>
public sealed record TxtData(DnsList<DnsBytes> Strings) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Txt;

    internal static DnsData Read(ref DnsCursor cursor)
    {
        var strings = new List<DnsBytes>();
        do
            strings.Add(cursor.String("txt.text"));
        while (cursor.Left > 0);
        return new TxtData(new DnsList<DnsBytes>(strings));
    }

    internal static DnsData Parse(DnsText text)
    {
        var strings = new List<DnsBytes>();
        do
            strings.Add(text.String());
        while (!text.AtEnd);
        return new TxtData(new DnsList<DnsBytes>(strings));
    }

    internal override void Write(DnsWriter writer)
    {
        foreach (DnsBytes text in Strings)
            writer.String(text);
    }

    internal override string Present() => string.Join(' ', Strings.Select(text => DnsText.Quote(text.Span)));
}
