using Soket.Protocols.Dns;

namespace Soket.Tests.Protocols.Dns;

/// <summary>A zone with every type whose data is read, and a reply that has all of it.</summary>
internal static class DnsSamples
{
    public const string Zone = """
        $ORIGIN example.test.
        $TTL 1h
        @       IN SOA ns1 hostmaster ( 2024010101 ; serial
                       2h 1h 2w 300 )
                NS  ns1
        ns1     A   127.0.0.1
        a       60 IN A 192.0.2.1
                AAAA 2001:db8::1
        cn      CNAME a
        dn      DNAME other.example.
        ptr     PTR a
        mx      MX  10 mail
        txt     TXT "v=spf1 a \"q\" \\ ;" two "b\001\255in" ""
        hinfo   HINFO "PC x" Linux
        srv     SRV 0 5 5060 sip
        naptr   NAPTR 100 10 "S" "SIP+D2U" "!^.*$!sip:i@e.com!" _sip._udp.example.com.
        caa     CAA 0 issue "letsencrypt.org; a=b"
        ds      DS  20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E88040 9BBC683457104237C7F8EC8D
        dnskey  DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+Gq JxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
        sig     RRSIG A 13 3 3600 20340101000000 20240101000000 12345 example.test. mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
        nsec    NSEC \000.a A MX RRSIG NSEC TYPE65280
        n3      NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG
        n3p     NSEC3PARAM 1 0 0 -
        tlsa    TLSA 3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971
        ssh     SSHFP 4 2 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971
        svc     HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 port=8443
        svc2    SVCB 16 foo.example.org. mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1 key667=hello no-default-alpn ech=AEX+DQ==
        loc     LOC 6 12 30.5 S 106 49 0 E 8m
        loc2    LOC 51 30 12.748 N 0 7 39.611 W -10.50m 0.5m 20000000m 10m
        raw     TYPE65280 \# 4 0a000001
        esc\$x  A 192.0.2.7
        """;

    public static IReadOnlyList<DnsRecord> Records { get; } = ZoneFile.TryParse(Zone, DnsName.Root, out IReadOnlyList<DnsRecord>? records, out ZoneFileError? error) ? records : throw new InvalidOperationException(error.ToString());

    public static DnsMessage Reply { get; } = new()
    {
        Id = 0x1234,
        Flags = DnsHeaderBits.Response | DnsHeaderBits.RecursionDesired | DnsHeaderBits.Authoritative,
        Questions = [new(DnsName.Parse("example.test."), DnsType.Any, DnsClass.In)],
        Answers = [.. Records.Take(10)],
        Authorities = [.. Records.Skip(10).Take(5)],
        Additionals = [.. Records.Skip(15)],
        Edns = new() { Dnssec = true, Options = new([new(EdnsOption.Nsid, DnsBytes.Of("ns1")), new(EdnsOption.ExtendedError, new([0, 18, .. "no"u8])), DnsClientSubnet.Parse("192.0.2.0/24")!.ToOption()]) },
    };
}
