using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>How the hashes of NSEC3 are made in a zone (RFC 5155 4).</summary>
/// <param name="Algorithm">1 is SHA-1.</param>
/// <param name="Bits">Always 0.</param>
/// <param name="Iterations">How often it is made again.</param>
/// <param name="Salt">What is put into it.</param>
public sealed record Nsec3ParamData(byte Algorithm, byte Bits, ushort Iterations, DnsBytes Salt) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => new(51);

    internal static DnsData Read(ref DnsCursor cursor) => new Nsec3ParamData(
        cursor.U8("nsec3param.algorithm"), cursor.U8("nsec3param.flags"), cursor.U16("nsec3param.iterations"), cursor.Bytes(cursor.U8("nsec3param.salt-length"), "nsec3param.salt"));

    internal static DnsData Parse(DnsText text)
    {
        var data = new Nsec3ParamData(text.U8(), text.U8(), text.U16(), text.HexWord());
        return data.Salt.Length <= byte.MaxValue ? data : text.Fail(data);
    }

    internal override void Write(DnsWriter writer)
    {
        writer.U8(Algorithm);
        writer.U8(Bits);
        writer.U16(Iterations);
        writer.String(Salt);
    }

    internal override string Present() => string.Create(CultureInfo.InvariantCulture, $"{Algorithm} {Bits} {Iterations} {(Salt.Length == 0 ? "-" : Salt.ToString())}");
}
