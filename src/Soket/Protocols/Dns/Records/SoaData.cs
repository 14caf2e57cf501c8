using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>The start of a zone (RFC 1035 3.3.13). Times are seconds.</summary>
/// <param name="Primary">The server the zone comes from.</param>
/// <param name="Mailbox">Who looks after it: the first dot stands for the at sign.</param>
/// <param name="Serial">Its version.</param>
/// <param name="Refresh">How often the other servers ask for a newer one.</param>
/// <param name="Retry">How soon they ask again after a failure.</param>
/// <param name="Expire">How long they answer without news.</param>
/// <param name="Minimum">The most a negative answer may be kept (RFC 2308 4).</param>
public sealed record SoaData(DnsName Primary, DnsName Mailbox, uint Serial, uint Refresh, uint Retry, uint Expire, uint Minimum) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Soa;

    internal static DnsData Read(ref DnsCursor cursor) => new SoaData(
        cursor.Name("soa.primary"), cursor.Name("soa.mailbox"), cursor.U32("soa.serial"), cursor.U32("soa.refresh"), cursor.U32("soa.retry"), cursor.U32("soa.expire"), cursor.U32("soa.minimum"));

    internal static DnsData Parse(DnsText text) => new SoaData(text.Name(), text.Name(), text.U32(), text.Ttl(), text.Ttl(), text.Ttl(), text.Ttl());

    internal override void Write(DnsWriter writer)
    {
        writer.Name(Primary);
        writer.Name(Mailbox);
        writer.U32(Serial);
        writer.U32(Refresh);
        writer.U32(Retry);
        writer.U32(Expire);
        writer.U32(Minimum);
    }

    internal override string Present() => string.Create(CultureInfo.InvariantCulture, $"{Primary} {Mailbox} {Serial} {Refresh} {Retry} {Expire} {Minimum}");
}
