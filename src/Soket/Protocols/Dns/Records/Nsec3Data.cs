using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>The next name of a signed zone as a hash (RFC 5155 3).</summary>
/// <param name="Algorithm">How the hash is made: 1 is SHA-1.</param>
/// <param name="Bits">1: names that are delegated without keys may be left out.</param>
/// <param name="Iterations">How often it is made again.</param>
/// <param name="Salt">What is put into it.</param>
/// <param name="Next">The next hash.</param>
/// <param name="Types">The types of the name.</param>
public sealed record Nsec3Data(byte Algorithm, byte Bits, ushort Iterations, DnsBytes Salt, DnsBytes Next, DnsList<DnsType> Types) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => new(50);

    internal static DnsData Read(ref DnsCursor cursor) => new Nsec3Data(
        cursor.U8("nsec3.algorithm"), cursor.U8("nsec3.flags"), cursor.U16("nsec3.iterations"),
        cursor.Bytes(cursor.U8("nsec3.salt-length"), "nsec3.salt"), cursor.Bytes(cursor.U8("nsec3.next-length"), "nsec3.next"), TypeBitmap.Read(ref cursor, "nsec3.types"));

    internal static DnsData Parse(DnsText text)
    {
        byte algorithm = text.U8(), bits = text.U8();
        ushort iterations = text.U16();
        DnsBytes salt = text.HexWord();
        if (!Base32Hex.TryParse(text.Word(), out byte[] next) || next.Length > byte.MaxValue || salt.Length > byte.MaxValue)
            text.Fail(0);
        return new Nsec3Data(algorithm, bits, iterations, salt, new(next), TypeBitmap.Parse(text));
    }

    internal override void Write(DnsWriter writer)
    {
        writer.U8(Algorithm);
        writer.U8(Bits);
        writer.U16(Iterations);
        writer.String(Salt);
        writer.String(Next);
        TypeBitmap.Write(writer, Types);
    }

    internal override string Present() =>
        string.Create(CultureInfo.InvariantCulture, $"{Algorithm} {Bits} {Iterations} {(Salt.Length == 0 ? "-" : Salt.ToString())} {Base32Hex.Write(Next.Span)}{TypeBitmap.Present(Types)}");
}
