using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;

namespace Soket.Dns;

/// <summary>Keeps replies as long as they say (RFC 2181 8), and that there is nothing as long as the zone says (RFC 2308 5). Safe for any thread.</summary>
/// <param name="capacity">How many replies are kept at most; one is dropped for each beyond.</param>
/// <param name="time">The clock; null for the system's.</param>
public sealed class DnsCache(int capacity = 10_000, TimeProvider? time = null)
{
    // RFC 2308 5: a negative answer is kept three hours at most; RFC 8767 4: a positive one a week.
    private const uint LongestNegative = 3 * 3600;
    private const uint LongestPositive = 7 * 86400;
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Dictionary<DnsQuestion, (DnsExchange Exchange, long At, uint Lives)> _kept = []; // under its own lock

    /// <summary>What is kept for a question, its times to live counted down; null where nothing is.</summary>
    /// <param name="question">The question.</param>
    public DnsExchange? Find(DnsQuestion question)
    {
        lock (_kept)
        {
            if (!_kept.TryGetValue(question, out (DnsExchange Exchange, long At, uint Lives) kept))
                return null;
            double age = _time.GetElapsedTime(kept.At).TotalSeconds;
            if (age >= kept.Lives)
            {
                _kept.Remove(question);
                return null;
            }

            return kept.Exchange with { Reply = Aged(kept.Exchange.Reply, (uint)age), Elapsed = TimeSpan.Zero };
        }
    }

    /// <summary>Keeps a reply, where it may be kept.</summary>
    /// <param name="question">What it answers.</param>
    /// <param name="exchange">The reply.</param>
    public void Keep(DnsQuestion question, DnsExchange exchange)
    {
        uint lives = Lifetime(exchange.Reply);
        if (lives == 0)
            return;
        lock (_kept)
        {
            if (_kept.Count >= capacity && !_kept.ContainsKey(question))
                _kept.Remove(_kept.Keys.First());
            _kept[question] = (exchange with { Dropped = [] }, _time.GetTimestamp(), lives); // what came with the reply is told once
        }
    }

    /// <summary>How long a reply may be kept, seconds; 0 for not at all.</summary>
    /// <param name="reply">The reply.</param>
    public static uint Lifetime(DnsMessage reply)
    {
        if ((reply.Flags & DnsHeaderBits.Truncated) != 0 || (reply.Rcode != DnsRcode.NoError && reply.Rcode != DnsRcode.NxDomain))
            return 0;
        uint answers = reply.Answers.Count > 0 ? reply.Answers.Min(record => record.Ttl) : uint.MaxValue;
        bool negative = reply.Rcode == DnsRcode.NxDomain || reply.Answers.All(record => record.Type == DnsType.Cname) && reply.Questions is [{ } asked] && asked.Type != DnsType.Cname;
        if (!negative)
            return answers > int.MaxValue ? 0 : Math.Min(answers, LongestPositive);
        // Without SOA it says not how long, and is not kept.
        return reply.Authorities.FirstOrDefault(record => record.Data is SoaData) is { Data: SoaData soa } record ? Math.Min(Math.Min(Math.Min(record.Ttl, soa.Minimum), answers), LongestNegative) : 0;
    }

    private static DnsMessage Aged(DnsMessage reply, uint age)
    {
        IReadOnlyList<DnsRecord> Older(IReadOnlyList<DnsRecord> records) => [.. records.Select(record => record with { Ttl = record.Ttl > age ? record.Ttl - age : 0 })];
        return reply with { Answers = Older(reply.Answers), Authorities = Older(reply.Authorities), Additionals = Older(reply.Additionals) };
    }
}
