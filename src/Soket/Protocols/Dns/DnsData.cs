namespace Soket.Protocols.Dns;

/// <summary>The data of a record. Its text is its presentation form, as a zone file has it, names with their final dot.</summary>
public abstract record DnsData
{
    // Closed: every type Soket reads is one of those in Records, all others are unknown data.
    private protected DnsData()
    {
    }

    /// <summary>The type of the record.</summary>
    public abstract DnsType Type { get; }

    internal abstract void Write(DnsWriter writer);

    internal abstract string Present();

    /// <summary>Reads data from its presentation form: what stands behind the type in a zone file.</summary>
    /// <param name="type">The type.</param>
    /// <param name="text">The text.</param>
    /// <param name="origin">What names without a final dot stand under.</param>
    /// <param name="data">The data.</param>
    public static bool TryParse(DnsType type, string text, DnsName origin, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out DnsData? data)
    {
        data = null;
        return ZoneWords.TrySplit(text, out List<DnsWord> words) && DnsDataTable.TryParse(type, new DnsText(words, origin), out data);
    }

    /// <summary>The data as bytes, names without compression.</summary>
    public byte[] ToBytes()
    {
        var writer = new DnsWriter(compress: false);
        Write(writer);
        return writer.Written.ToArray();
    }

    /// <summary>Its presentation form.</summary>
    public sealed override string ToString() => Present();
}
