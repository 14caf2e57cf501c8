namespace Soket.Protocols.Dns.Records;

/// <summary>The kind of a machine (RFC 1035 3.3.2); today an answer to ANY (RFC 8482).</summary>
/// <param name="Cpu">Its processor.</param>
/// <param name="System">Its operating system.</param>
public sealed record HinfoData(DnsBytes Cpu, DnsBytes System) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => new(13);

    internal static DnsData Read(ref DnsCursor cursor) => new HinfoData(cursor.String("hinfo.cpu"), cursor.String("hinfo.os"));

    internal static DnsData Parse(DnsText text) => new HinfoData(text.String(), text.String());

    internal override void Write(DnsWriter writer)
    {
        writer.String(Cpu);
        writer.String(System);
    }

    internal override string Present() => $"{DnsText.Quote(Cpu.Span)} {DnsText.Quote(System.Span)}";
}
