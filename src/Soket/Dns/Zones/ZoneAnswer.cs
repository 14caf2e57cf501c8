using Soket.Protocols.Dns;

namespace Soket.Dns.Zones;

/// <summary>What a zone says to a question, as it is put together.</summary>
internal sealed class ZoneAnswer
{
    public DnsRcode Rcode { get; set; } = DnsRcode.NoError;

    public List<DnsRecord> Answers { get; } = [];

    public List<DnsRecord> Authorities { get; } = [];

    public List<DnsRecord> Additionals { get; } = [];

    /// <summary>Whether it points to the servers of a zone below.</summary>
    public bool IsReferral { get; set; }
}
