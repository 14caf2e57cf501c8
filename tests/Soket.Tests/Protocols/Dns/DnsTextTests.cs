using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Soket.Protocols.Dns;
using Xunit;

namespace Soket.Tests.Protocols.Dns;

public sealed class DnsTextTests
{
    public static TheoryData<string> Records => [.. DnsSamples.Records.Select(record => record.ToString())];

    [Theory]
    [MemberData(nameof(Records))]
    public void What_a_record_is_written_as_is_read_back_as_it(string line)
    {
        Assert.True(ZoneFile.TryParse(line, DnsName.Root, out IReadOnlyList<DnsRecord>? records, out ZoneFileError? error), error?.ToString());
        Assert.Equal(line, Assert.Single(records).ToString());
        // RFC 3597: the same data as bytes.
        byte[] data = records[0].Data.ToBytes();
        Assert.True(DnsData.TryParse(records[0].Type, $"\\# {data.Length} {Convert.ToHexString(data)}", DnsName.Root, out DnsData? same));
        Assert.Equal(records[0].Data, same);
    }

    [Theory]
    [InlineData("svc", "1 . alpn=\"h2,h3\" port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1")]
    [InlineData("svc2", "16 foo.example.org. mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" no-default-alpn ipv4hint=192.0.2.1 ech=AEX+DQ== key667=\"hello\"")]
    [InlineData("loc", "6 12 30.500 S 106 49 0.000 E 8.00m 1m 10000m 10m")]
    [InlineData("loc2", "51 30 12.748 N 0 7 39.611 W -10.50m 0.50m 20000000m 10m")]
    [InlineData("txt", "\"v=spf1 a \\\"q\\\" \\\\ ;\" \"two\" \"b\\001\\255in\" \"\"")]
    [InlineData("nsec", "\\000.a.example.test. A MX RRSIG NSEC TYPE65280")]
    [InlineData("n3", "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG")]
    [InlineData("sig", "A 13 3 3600 20340101000000 20240101000000 12345 example.test. mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==")]
    [InlineData("raw", "\\# 4 0A000001")]
    public void Data_is_written_as_dig_writes_it(string name, string expected) =>
        Assert.Equal(expected, DnsSamples.Records.Single(record => record.Name.Equals(DnsName.Parse(name + ".example.test"))).Data.ToString());

    [Theory]
    [InlineData("münchen.example", "xn--mnchen-3ya.example.", "münchen.example.")]
    [InlineData("日本.example", "xn--wgv71a.example.", "日本.example.")]
    [InlineData("日本。example", "xn--wgv71a.example.", "日本.example.")]
    [InlineData("a\\.b.c", "a\\.b.c.", "a\\.b.c.")]
    [InlineData("a\\032b.c", "a\\032b.c.", "a\\032b.c.")]
    [InlineData(".", ".", ".")]
    [InlineData("_sip._udp.X.", "_sip._udp.X.", "_sip._udp.X.")]
    public void A_name_is_read_and_written(string text, string expected, string unicode)
    {
        var name = DnsName.Parse(text);
        Assert.Equal(expected, name.ToString());
        Assert.Equal(unicode, name.ToUnicode());
    }

    [Theory]
    [InlineData("", DnsFault.LabelLength)]
    [InlineData("a..b", DnsFault.LabelLength)]
    [InlineData(".a", DnsFault.LabelLength)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b", DnsFault.LabelLength)]
    [InlineData("a\\25.b", DnsFault.Text)]
    [InlineData("a\\256.b", DnsFault.Text)]
    [InlineData("a\\", DnsFault.Text)]
    [InlineData("snow☃.example", DnsFault.Text)]
    [InlineData("a\u200Bb.example", DnsFault.Text)]
    public void A_wrong_name_is_refused(string text, DnsFault expected)
    {
        Assert.False(DnsName.TryParse(text, out _, out DnsFault fault));
        Assert.Equal(expected, fault);
    }

    [Fact]
    public void A_name_has_at_most_255_bytes()
    {
        string label = new('a', 49);
        string longest = string.Join('.', label, label, label, label, label) + ".abc"; // 5 x 50 + 4 + 1
        Assert.Equal(255, DnsName.Parse(longest).Wire.Length);
        Assert.False(DnsName.TryParse(longest + "d", out _, out DnsFault fault));
        Assert.Equal(DnsFault.NameTooLong, fault);
    }

    [Fact]
    public void Names_of_any_bytes_go_out_and_in()
    {
        Gen<byte[]> label = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf().Where(bytes => bytes.Length is > 0 and < 64);
        Prop.ForAll(Arb.From(label), bytes =>
        {
            var name = DnsName.FromWire([(byte)bytes.Length, .. bytes, 0]);
            return DnsName.TryParse(name.ToString(), out DnsName? again, out _) && again.Wire.SequenceEqual(name.Wire);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("192.0.2.1", "1.2.0.192.in-addr.arpa.")]
    [InlineData("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.")]
    public void An_address_backwards(string address, string expected) => Assert.Equal(expected, DnsName.Reverse(IPAddress.Parse(address)).ToString());

    [Theory]
    [InlineData("a 60 A 1.2.3", 1, "data")]
    [InlineData("$TTL 60\na A 192.0.2.1\nb NOSUCH x", 3, "type")]
    [InlineData("a A 192.0.2.1", 1, "ttl")]
    [InlineData("$INCLUDE other\n", 1, "directive")]
    [InlineData("a 60 TXT \"open", 1, "quotes")]
    [InlineData("\na 60 SOA a b ( 1 2 3\n", 2, "quotes")]
    [InlineData(" 60 A 192.0.2.1", 1, "owner")]
    [InlineData("a..b 60 A 192.0.2.1", 1, "owner")]
    [InlineData("a 60 CAA 0 is-sue x", 1, "data")]
    [InlineData("a 60 LOC 91 N 0 E 0m", 1, "data")]
    [InlineData("a 60 NSEC3 1 0 0 - 0", 1, "data")]
    [InlineData("a 60 HTTPS 1 . alpn=h2 alpn=h3", 1, "data")]
    [InlineData("a 60 A \\# 3 010203", 1, "data")]
    public void A_wrong_line_of_a_zone_is_named(string text, int line, string key)
    {
        Assert.False(ZoneFile.TryParse(text, DnsName.Root, out _, out ZoneFileError? error));
        Assert.Equal((line, key), (error.Line, error.Key));
    }

    [Fact]
    public void Any_text_is_a_zone_or_is_refused() =>
        Prop.ForAll(Arb.From(Gen.Elements("a 60 A 1.2.3.4", "(", ")", "\"", "\\", "\n", " ", "TXT", "IN", "$TTL 5", "LOC 1 N 2 E 3m", "HTTPS 1 . alpn=", ";", "\\0", "é", "60", "@").ArrayOf()), words =>
        {
            string text = string.Join(' ', words);
            return ZoneFile.TryParse(text, DnsName.Root, out IReadOnlyList<DnsRecord>? records, out ZoneFileError? error) ? records is not null : error is not null;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
}
