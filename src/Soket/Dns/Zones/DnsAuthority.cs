using System.Buffers.Binary;
using System.Text;
using Soket.Protocols.Dns;

namespace Soket.Dns.Zones;

/// <summary>Answers queries for zones it has, and for nothing else: it asks nobody. Pure; safe for any thread.</summary>
/// <param name="zones">The zones, one or more.</param>
public sealed class DnsAuthority(IReadOnlyList<DnsZone> zones)
{
    /// <summary>The longest reply in a datagram, bytes, however much the client would take: longer ones are cut into pieces on the way, and forged ones reach further (RFC 9715 3.1).</summary>
    public const int LongestDatagram = 1232;

    private const int ShortestDatagram = 512; // what every client takes (RFC 1035 4.2.1)

    /// <summary>The zones.</summary>
    public IReadOnlyList<DnsZone> Zones => zones;

    /// <summary>Answers a query.</summary>
    /// <param name="query">The query as it came.</param>
    /// <param name="isStream">Whether it came on a stream, where a reply may be long.</param>
    /// <returns>The reply; null where none may be given, since it was none that came.</returns>
    public byte[]? Answer(ReadOnlySpan<byte> query, bool isStream)
    {
        // A reply is never answered, or two servers could answer each other for ever.
        if (!DnsHeader.TryParse(query, out DnsHeader header) || (header.Flags & DnsHeaderBits.Response) != 0)
            return null;
        var bare = new DnsMessage { Id = header.Id, Opcode = header.Opcode, Flags = DnsHeaderBits.Response | header.Flags & (DnsHeaderBits.RecursionDesired | DnsHeaderBits.CheckingDisabled) };
        if (!DnsMessage.TryParse(query, out DnsMessage? asked, out _))
            return (bare with { Rcode = DnsRcode.FormErr }).ToBytes();
        // Several questions are none that a reply could repeat: it would be as long as the query.
        bare = bare with { Questions = asked.Questions.Count == 1 ? asked.Questions : [], Edns = asked.Edns is null ? null : new() { UdpSize = LongestDatagram } };
        DnsMessage reply = Answer(asked, bare, isStream);
        int limit = isStream ? DnsMessage.MaxLength : Math.Clamp((int)(asked.Edns?.UdpSize ?? 0), ShortestDatagram, LongestDatagram);
        return Fit(reply, limit);
    }

    /// <summary>A reply that says nothing but that the query should come over TCP, where its sender's address cannot be forged.</summary>
    /// <param name="query">The query as it came.</param>
    public static byte[]? AskAgain(ReadOnlySpan<byte> query) =>
        DnsMessage.TryParse(query, out DnsMessage? asked, out _) && asked is { IsResponse: false, Questions.Count: 1 }
            ? new DnsMessage { Id = asked.Id, Opcode = asked.Opcode, Flags = DnsHeaderBits.Response | DnsHeaderBits.Truncated | asked.Flags & DnsHeaderBits.RecursionDesired, Questions = asked.Questions }.ToBytes()
            : null;

    /// <summary>The zone that a transfer asks for (RFC 5936), whole or what has changed (RFC 1995), which is given whole as well: what a zone was before is not kept; null where the query asks for something else, or for a zone that is not here.</summary>
    /// <param name="query">The query.</param>
    internal DnsZone? Transferred(DnsMessage query) =>
        query is { IsResponse: false, Opcode: 0, Questions: [{ } question] } && (question.Type == DnsType.Axfr || question.Type == DnsType.Ixfr) && question.Class == DnsClass.In
            ? zones.FirstOrDefault(zone => zone.Name.Equals(question.Name))
            : null;

    private DnsMessage Answer(DnsMessage asked, DnsMessage bare, bool isStream)
    {
        if (asked.Edns is { Version: > 0 })
            return bare with { Rcode = DnsRcode.BadVers };
        if (asked.Opcode != 0)
            return bare with { Rcode = DnsRcode.NotImp };
        if (asked.Questions is not [{ } question] || asked.Answers.Count > 0)
            return bare with { Rcode = DnsRcode.FormErr };
        // RFC 1995 2: the SOA alone in a datagram says which version there is, and that the rest comes over TCP.
        if (question.Type == DnsType.Ixfr && !isStream && Transferred(asked) is { } whole)
            return bare with { Flags = bare.Flags | DnsHeaderBits.Authoritative, Answers = [whole.Soa] };
        if (question.Type.Code is >= 128 and <= 254 || question.Type == DnsType.Opt)
            return bare with { Rcode = question.Type == DnsType.Axfr || question.Type == DnsType.Ixfr ? DnsRcode.Refused : DnsRcode.NotImp };
        if (question.Class != DnsClass.In || ZoneOf(question) is not { } zone)
            return bare with { Rcode = DnsRcode.Refused, Edns = bare.Edns is { } edns ? edns with { Options = new([NotAuthoritative]) } : null };
        ZoneAnswer found = zone.Find(question.Name, question.Type);
        bool authoritative = !found.IsReferral || found.Answers.Count > 0;
        return bare with
        {
            Rcode = found.Rcode,
            Flags = bare.Flags | (authoritative ? DnsHeaderBits.Authoritative : 0),
            Answers = found.Answers,
            Authorities = found.Authorities,
            Additionals = found.Additionals,
        };
    }

    // RFC 8914 4.21
    private static EdnsOption NotAuthoritative
    {
        get
        {
            byte[] data = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(data, 20);
            return new(EdnsOption.ExtendedError, new([.. data, .. Encoding.ASCII.GetBytes("no such zone here")]));
        }
    }

    // The nearest zone above the name; a zone's DS stands in the one above it.
    private DnsZone? ZoneOf(DnsQuestion question) => zones
        .Where(zone => question.Name.IsUnder(zone.Name))
        .OrderByDescending(zone => question.Type == DnsType.Ds && zone.Name.Equals(question.Name) ? -1 : zone.Name.Labels)
        .FirstOrDefault();

    private static byte[] Fit(DnsMessage reply, int limit)
    {
        // Addresses of servers below belong to a referral (RFC 9471); all others are a kindness.
        bool needed = reply.Answers.Count == 0 && reply.Authorities.Any(record => record.Type == DnsType.Ns);
        foreach (DnsMessage one in needed ? [reply] : new[] { reply, reply with { Additionals = [] } })
        {
            if (one.TryToBytes(limit) is { } bytes)
                return bytes;
        }

        return (reply with { Flags = reply.Flags | DnsHeaderBits.Truncated, Answers = [], Authorities = [], Additionals = [] }).ToBytes();
    }
}
