using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>A rule that rewrites a name or a number into the next thing to look up (RFC 3403).</summary>
/// <param name="Order">The lowest first, strictly.</param>
/// <param name="Preference">Among those of one order, the lowest is preferred.</param>
/// <param name="Control">What comes next: <c>S</c>, <c>A</c>, <c>U</c>, <c>P</c>.</param>
/// <param name="Services">What is offered.</param>
/// <param name="Expression">A substitution, in the notation of sed; empty where there is a replacement.</param>
/// <param name="Replacement">The next name; the root where there is an expression.</param>
public sealed record NaptrData(ushort Order, ushort Preference, DnsBytes Control, DnsBytes Services, DnsBytes Expression, DnsName Replacement) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => new(35);

    internal static DnsData Read(ref DnsCursor cursor) => new NaptrData(
        cursor.U16("naptr.order"), cursor.U16("naptr.preference"), cursor.String("naptr.flags"), cursor.String("naptr.services"), cursor.String("naptr.regexp"), cursor.Name("naptr.replacement"));

    internal static DnsData Parse(DnsText text) => new NaptrData(text.U16(), text.U16(), text.String(), text.String(), text.String(), text.Name());

    internal override void Write(DnsWriter writer)
    {
        writer.U16(Order);
        writer.U16(Preference);
        writer.String(Control);
        writer.String(Services);
        writer.String(Expression);
        writer.WholeName(Replacement);
    }

    internal override string Present() =>
        string.Create(CultureInfo.InvariantCulture, $"{Order} {Preference} {DnsText.Quote(Control.Span)} {DnsText.Quote(Services.Span)} {DnsText.Quote(Expression.Span)} {Replacement}");
}
