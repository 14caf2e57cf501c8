namespace Soket.Protocols.Dns.Records;

/// <summary>The options of EDNS (RFC 6891 6.1.2); <see cref="Edns"/> gives them their meaning.</summary>
/// <param name="Options">The options.</param>
public sealed record OptData(DnsList<EdnsOption> Options) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => DnsType.Opt;

    internal static DnsData Read(ref DnsCursor cursor)
    {
        var options = new List<EdnsOption>();
        while (cursor.Left > 0)
        {
            ushort code = cursor.U16("opt.code");
            options.Add(new(code, cursor.Bytes(cursor.U16("opt.length"), EdnsOption.FieldName(code))));
        }

        return new OptData(new DnsList<EdnsOption>(options));
    }

    // It stands in no zone file; bytes (RFC 3597) are the one way to write it.
    internal static DnsData Parse(DnsText text) => text.Fail(new OptData(new DnsList<EdnsOption>([])));

    internal override void Write(DnsWriter writer)
    {
        foreach (EdnsOption option in Options)
        {
            writer.U16(option.Code);
            writer.U16(option.Data.Length);
            writer.Bytes(option.Data.Span);
        }
    }

    internal override string Present() => string.Join(' ', Options.Select(option => $"{option.Code}:{option.Data}"));
}
