using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Soket.Dns.Zones;
using Soket.Protocols.Dns;
using Xunit;

namespace Soket.Tests.Dns;

/// <summary>What a zone answers, and what makes none. Beside nsd it is held in the tests of the command line.</summary>
public sealed class DnsZoneTests
{
    private const string Text = """
        $ORIGIN example.test.
        $TTL 3600
        @ SOA ns1 hostmaster 7 7200 3600 1209600 300
        @ NS ns1
        ns1 A 127.0.0.1
        a 60 A 192.0.2.1
        a 30 A 192.0.2.2
        a A 192.0.2.1
        cn CNAME a
        out CNAME www.example.org.
        loop1 CNAME loop2
        loop2 CNAME loop1
        dangling CNAME nothing
        deep.in.the A 192.0.2.3
        *.wild TXT "any"
        sub NS ns.sub
        ns.sub A 192.0.2.53
        dn DNAME a.wild
        any MX 10 a

        """;

    private static readonly DnsAuthority Server = new([Zone(Text)]);

    [Theory]
    [InlineData("a A", "NOERROR aa", "a 30 A 192.0.2.1, a 30 A 192.0.2.2")] // one time to live for all, and nothing twice
    [InlineData("A.EXAMPLE.test. A", "NOERROR aa", "A 30 A 192.0.2.1, A 30 A 192.0.2.2")]
    [InlineData("cn A", "NOERROR aa", "cn 3600 CNAME a.example.test., a 30 A 192.0.2.1, a 30 A 192.0.2.2")]
    [InlineData("cn CNAME", "NOERROR aa", "cn 3600 CNAME a.example.test.")]
    [InlineData("cn MX", "NOERROR aa", "cn 3600 CNAME a.example.test.", "@ 300 SOA")]
    [InlineData("out A", "NOERROR aa", "out 3600 CNAME www.example.org.")]
    [InlineData("loop1 A", "NOERROR aa", "loop1 3600 CNAME loop2.example.test., loop2 3600 CNAME loop1.example.test.")]
    [InlineData("dangling A", "NXDOMAIN aa", "dangling 3600 CNAME nothing.example.test.", "@ 300 SOA")]
    [InlineData("nothing A", "NXDOMAIN aa", "", "@ 300 SOA")]
    [InlineData("a TXT", "NOERROR aa", "", "@ 300 SOA")]
    [InlineData("in.the A", "NOERROR aa", "", "@ 300 SOA")] // above a name that is there, and so there itself
    [InlineData("x.wild TXT", "NOERROR aa", "x.wild 3600 TXT \"any\"")]
    [InlineData("x.y.wild TXT", "NOERROR aa", "x.y.wild 3600 TXT \"any\"")]
    [InlineData("x.wild A", "NOERROR aa", "", "@ 300 SOA")]
    [InlineData("wild TXT", "NOERROR aa", "", "@ 300 SOA")] // the star does not stand for nothing
    [InlineData("*.wild TXT", "NOERROR aa", "*.wild 3600 TXT \"any\"")]
    [InlineData("sub A", "NOERROR", "", "sub 3600 NS ns.sub.example.test.", "ns.sub 3600 A 192.0.2.53")]
    [InlineData("ns.sub A", "NOERROR", "", "sub 3600 NS ns.sub.example.test.", "ns.sub 3600 A 192.0.2.53")]
    [InlineData("sub DS", "NOERROR aa", "", "@ 300 SOA")]
    [InlineData("x.dn TXT", "NOERROR aa", "dn 3600 DNAME a.wild.example.test., x.dn 3600 CNAME x.a.wild.example.test., x.a.wild 3600 TXT \"any\"")]
    [InlineData("x.dn CNAME", "NOERROR aa", "dn 3600 DNAME a.wild.example.test., x.dn 3600 CNAME x.a.wild.example.test.")]
    [InlineData("dn DNAME", "NOERROR aa", "dn 3600 DNAME a.wild.example.test.")]
    [InlineData("a ANY", "NOERROR aa", "a 3600 HINFO \"RFC8482\" \"\"")]
    [InlineData("cn ANY", "NOERROR aa", "cn 3600 CNAME a.example.test.")]
    [InlineData("any MX", "NOERROR aa", "any 3600 MX 10 a.example.test.", "", "a 30 A 192.0.2.1, a 30 A 192.0.2.2")]
    [InlineData("www.example.org. A", "REFUSED", "")]
    [InlineData("example.test. AXFR", "REFUSED", "")]
    [InlineData("example.test. IXFR", "NOERROR aa", "@ 3600 SOA")] // RFC 1995 2: over UDP the SOA alone
    [InlineData("a IXFR", "REFUSED", "")]
    [InlineData("a TYPE128", "NOTIMP", "")]
    public void A_question_is_answered_from_the_zone(string question, string says, string answers, string authorities = "", string additionals = "")
    {
        string[] words = question.Split(' ');
        DnsName name = words[0].EndsWith('.') ? DnsName.Parse(words[0]) : DnsName.Parse(words[0] + ".example.test.");
        Assert.True(DnsType.TryParse(words[1], out DnsType type));
        DnsMessage reply = Ask(new() { Id = 7, Flags = DnsHeaderBits.RecursionDesired, Questions = [new(name, type, DnsClass.In)], Edns = new() });
        Assert.Equal(says, reply.Rcode + ((reply.Flags & DnsHeaderBits.Authoritative) != 0 ? " aa" : ""));
        Assert.Equal((7, true, true), (reply.Id, reply.IsResponse, (reply.Flags & DnsHeaderBits.RecursionDesired) != 0));
        Assert.Equal((answers, authorities, additionals), (Told(reply.Answers), Told(reply.Authorities), Told(reply.Additionals)));
    }

    [Fact]
    public void What_is_no_query_is_not_answered_and_a_broken_one_is_told()
    {
        byte[] query = new DnsMessage { Id = 7, Questions = [new(DnsName.Parse("a.example.test"), DnsType.A, DnsClass.In)] }.ToBytes();
        byte[] response = [.. query];
        response[2] |= 0x80;
        Assert.Null(Server.Answer(response, isStream: false));
        Assert.Null(Server.Answer(query.AsSpan(0, 11), isStream: false));
        Assert.Equal("FORMERR", Read(Server.Answer(query.AsSpan(0, 20), isStream: false)).Rcode.ToString());
        var question = new DnsQuestion(DnsName.Parse("a.example.test"), DnsType.A, DnsClass.In);
        byte[]? several = Server.Answer(new DnsMessage { Questions = [.. Enumerable.Repeat(question, 1000)] }.ToBytes(), isStream: false);
        Assert.Equal(("FORMERR", 12), (Read(several).Rcode.ToString(), several!.Length));
        byte[] update = [.. query];
        update[2] |= 5 << 3;
        Assert.Equal("NOTIMP", Read(Server.Answer(update, isStream: false)).Rcode.ToString());
        DnsMessage later = Ask(new() { Questions = [new(DnsName.Parse("a.example.test"), DnsType.A, DnsClass.In)], Edns = new() { Version = 1 } });
        Assert.Equal("BADVERS", later.Rcode.ToString());
        Assert.Equal("NOTIMP", Ask(new() { Opcode = 4, Questions = [new(DnsName.Parse("example.test"), DnsType.Soa, DnsClass.In)] }).Rcode.ToString());
        Assert.Equal("REFUSED", Ask(new() { Questions = [new(DnsName.Parse("version.bind"), DnsType.Txt, DnsClass.Ch)] }).Rcode.ToString());
    }

    [Fact]
    public void No_query_breaks_it_and_every_reply_is_one_that_can_be_read()
    {
        byte[][] queries = [.. from name in (string[])["a", "x.wild", "x.dn", "cn", "nothing", "x.sub"] from type in (ushort[])[1, 5, 252, 255] select new DnsMessage { Questions = [new(DnsName.Parse(name + ".example.test"), new(type), DnsClass.In)], Edns = new() }.ToBytes()];
        Gen<byte[]> changed = from query in Gen.Elements(queries)
                              from changes in Gen.Choose(0, 5)
                              from places in Gen.Choose(0, query.Length - 1).ArrayOf(changes)
                              from values in Gen.Choose(0, 255).ArrayOf(changes)
                              from length in Gen.Frequency((4, Gen.Constant(query.Length)), (1, Gen.Choose(0, query.Length)))
                              select Change(query, places, values)[..length];
        Prop.ForAll(Arb.From(changed), bytes => Answered(bytes, isStream: false) && Answered(bytes, isStream: true)).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

        static bool Answered(byte[] query, bool isStream) =>
            Server.Answer(query, isStream) is not { } reply
            || (DnsMessage.TryParse(reply, out DnsMessage? read, out _) && read.IsResponse && read.Id == (query[0] << 8 | query[1]) && (isStream || reply.Length <= DnsAuthority.LongestDatagram));

        static byte[] Change(byte[] query, int[] places, int[] values)
        {
            byte[] copy = [.. query];
            for (int i = 0; i < places.Length; i++)
                copy[places[i]] = (byte)values[i];
            return copy;
        }
    }

    [Fact]
    public void What_does_not_fit_a_datagram_is_cut_short_and_comes_whole_on_a_stream()
    {
        string many = string.Concat(Enumerable.Range(0, 60).Select(i => $"many A 192.0.2.{i}\n"));
        var server = new DnsAuthority([Zone(Text + many)]);
        byte[] Query(Edns? edns) => new DnsMessage { Questions = [new(DnsName.Parse("many.example.test"), DnsType.A, DnsClass.In)], Edns = edns }.ToBytes();
        DnsMessage cut = Read(server.Answer(Query(null), isStream: false));
        Assert.Equal((true, 0), ((cut.Flags & DnsHeaderBits.Truncated) != 0, cut.Answers.Count));
        Assert.Equal(60, Read(server.Answer(Query(null), isStream: true)).Answers.Count);
        DnsMessage whole = Read(server.Answer(Query(new() { UdpSize = 4096 }), isStream: false));
        Assert.Equal((60, (ushort)DnsAuthority.LongestDatagram), (whole.Answers.Count, whole.Edns!.UdpSize));
        Assert.Empty(Read(server.Answer(Query(new() { UdpSize = 600 }), isStream: false)).Answers);
    }

    [Theory]
    [InlineData("a.example.test. 60 A 192.0.2.1", "no-soa")]
    [InlineData("@ 60 SOA a b 1 1 1 1 1\nb 60 SOA a b 1 1 1 1 1", "several-soa")]
    [InlineData("@ 60 SOA a b 1 1 1 1 1\nexample.org. 60 A 192.0.2.1", "outside")]
    [InlineData("@ 60 SOA a b 1 1 1 1 1\na 60 CH TXT x", "class")]
    [InlineData("@ 60 SOA a b 1 1 1 1 1\na 60 CNAME b\na 60 A 192.0.2.1", "cname-alone")]
    [InlineData("@ 60 SOA a b 1 1 1 1 1\na 60 CNAME b\na 60 CNAME c", "cname-alone")]
    [InlineData("@ 60 SOA a b 1 1 1 1 1\na 60 TYPE250 \\# 0", "meta")]
    public void Records_that_make_no_zone_are_told(string text, string key)
    {
        Assert.True(ZoneFile.TryParse(text, DnsName.Parse("example.test"), out IReadOnlyList<DnsRecord>? records, out _));
        Assert.False(DnsZone.TryCreate(records, out _, out DnsZoneError? error));
        Assert.Equal(key, error.Key);
    }

    [Fact]
    public void Replies_to_one_network_are_bounded_and_loopback_is_not()
    {
        var clock = new ManualClock();
        var limit = new DnsReplyLimit(10, clock);
        IPEndPoint Peer(int host) => new(IPAddress.Parse($"192.0.2.{host}"), 1000 + host);
        Assert.All(Enumerable.Range(1, 10), host => Assert.Equal(DnsReplyVerdict.Answer, limit.Judge(Peer(host))));
        Assert.Equal([DnsReplyVerdict.Silence, DnsReplyVerdict.AskAgain, DnsReplyVerdict.Silence, DnsReplyVerdict.AskAgain], Enumerable.Range(1, 4).Select(host => limit.Judge(Peer(host))));
        Assert.Equal(DnsReplyVerdict.Answer, limit.Judge(new IPEndPoint(IPAddress.Parse("192.0.3.1"), 1)));
        Assert.Equal(DnsReplyVerdict.Answer, limit.Judge(new IPEndPoint(IPAddress.Parse("2001:db8::1"), 1)));
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(DnsReplyVerdict.Answer, limit.Judge(new IPEndPoint(IPAddress.Loopback, 1))));
        clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(5, Enumerable.Range(1, 9).Count(host => limit.Judge(Peer(host)) == DnsReplyVerdict.Answer));
    }

    [Fact]
    public void Forged_networks_do_not_fill_the_memory_and_share_one_bound_beyond_it()
    {
        var limit = new DnsReplyLimit(2, new ManualClock());
        int answered = Enumerable.Range(0, 20_000).Count(i => limit.Judge(new IPEndPoint(new IPAddress([20, (byte)(i >> 8), (byte)i, 1]), 1)) == DnsReplyVerdict.Answer);
        Assert.InRange(answered, 10_000, 10_010);
    }

    private static DnsMessage Ask(DnsMessage query) => Read(Server.Answer(query.ToBytes(), isStream: false));

    private static DnsMessage Read(byte[]? reply)
    {
        Assert.NotNull(reply);
        Assert.True(DnsMessage.TryParse(reply, out DnsMessage? message, out DnsError error), error.ToString());
        return message;
    }

    private static DnsZone Zone(string text)
    {
        Assert.True(ZoneFile.TryParse(text, DnsName.Root, out IReadOnlyList<DnsRecord>? records, out ZoneFileError? wrong), wrong?.ToString());
        Assert.True(DnsZone.TryCreate(records, out DnsZone? zone, out DnsZoneError? error), error?.ToString());
        return zone;
    }

    // Without the zone's name behind each owner, and an SOA by its owner and time to live alone.
    private static string Told(IReadOnlyList<DnsRecord> records) => string.Join(", ", records.Select(record =>
    {
        string name = record.Name.ToString();
        string owner = name.Equals("example.test.", StringComparison.OrdinalIgnoreCase) ? "@" : name[..^".example.test.".Length];
        return record.Type == DnsType.Soa ? $"{owner} {record.Ttl} SOA" : $"{owner} {record.Ttl} {record.Type} {record.Data}";
    }));

    private sealed class ManualClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _now += time.Ticks;

        public override long GetTimestamp() => _now;
    }
}
