using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>A place on the earth (RFC 1876), in the units of the wire.</summary>
/// <param name="Size">The diameter of what is there, centimetres: a digit and a power of ten, four bits each.</param>
/// <param name="Horizontal">How exact the place is, likewise.</param>
/// <param name="Vertical">How exact the altitude is, likewise.</param>
/// <param name="Latitude">Thousandths of a second of arc from 2^31, north above.</param>
/// <param name="Longitude">Likewise, east above.</param>
/// <param name="Altitude">Centimetres above 100,000 m below the WGS 84 ellipsoid.</param>
public sealed record LocData(byte Size, byte Horizontal, byte Vertical, uint Latitude, uint Longitude, uint Altitude) : DnsData
{
    private const uint Equator = 1u << 31;
    private const uint Ground = 10_000_000;

    /// <inheritdoc/>
    public override DnsType Type => new(29);

    internal static DnsData Read(ref DnsCursor cursor)
    {
        int at = cursor.At;
        // Only version 0 is known, and its numbers are decimal digits and places that exist.
        if (cursor.U8("loc.version") != 0)
            cursor.Fail(DnsFault.DataValue, at);
        var data = new LocData(cursor.U8("loc.size"), cursor.U8("loc.horizontal"), cursor.U8("loc.vertical"), cursor.U32("loc.latitude"), cursor.U32("loc.longitude"), cursor.U32("loc.altitude"));
        if (!cursor.Failed && !(IsPrecision(data.Size) && IsPrecision(data.Horizontal) && IsPrecision(data.Vertical) && Away(data.Latitude) <= 90 * 3_600_000u && Away(data.Longitude) <= 180 * 3_600_000u))
            cursor.Fail(DnsFault.DataValue, at);
        return data;
    }

    internal static DnsData Parse(DnsText text)
    {
        uint latitude = Angle(text, 90, 'N', 'S'), longitude = Angle(text, 180, 'E', 'W');
        decimal altitude = Metres(text) * 100 + Ground;
        if (altitude is < 0 or > uint.MaxValue)
            altitude = text.Fail(0m);
        return new LocData(Precision(text, 0x12), Precision(text, 0x16), Precision(text, 0x13), latitude, longitude, (uint)altitude);
    }

    internal override void Write(DnsWriter writer)
    {
        writer.Bytes([0, Size, Horizontal, Vertical]);
        writer.U32(Latitude);
        writer.U32(Longitude);
        writer.U32(Altitude);
    }

    internal override string Present()
    {
        long centimetres = Altitude - (long)Ground;
        return string.Create(CultureInfo.InvariantCulture,
            $"{Degrees(Latitude, 'N', 'S')} {Degrees(Longitude, 'E', 'W')} {(centimetres < 0 ? "-" : "")}{Math.Abs(centimetres) / 100}.{Math.Abs(centimetres) % 100:00}m {Length(Size)} {Length(Horizontal)} {Length(Vertical)}");
    }

    private static bool IsPrecision(byte value) => value >> 4 <= 9 && (value & 0xF) <= 9;

    private static uint Away(uint angle) => angle >= Equator ? angle - Equator : Equator - angle;

    private static string Degrees(uint angle, char above, char below)
    {
        uint away = Away(angle);
        return string.Create(CultureInfo.InvariantCulture, $"{away / 3_600_000} {away / 60_000 % 60} {away / 1000 % 60}.{away % 1000:000} {(angle >= Equator ? above : below)}");
    }

    private static string Length(byte value)
    {
        ulong centimetres = (ulong)(value >> 4);
        for (int i = 0; i < (value & 0xF); i++)
            centimetres *= 10;
        return centimetres % 100 == 0 && (centimetres > 0) ? string.Create(CultureInfo.InvariantCulture, $"{centimetres / 100}m") : string.Create(CultureInfo.InvariantCulture, $"{centimetres / 100}.{centimetres % 100:00}m");
    }

    // Minutes and seconds may be left out: 51 30 N.
    private static uint Angle(DnsText text, uint most, char above, char below)
    {
        decimal total = 0, unit = 3_600_000;
        for (int i = 0; ; i++)
        {
            string word = text.Word();
            if (word.Length == 1 && (char.ToUpperInvariant(word[0]) == above || char.ToUpperInvariant(word[0]) == below))
            {
                if (i == 0 || total > most * 3_600_000m)
                    return text.Fail(Equator);
                return char.ToUpperInvariant(word[0]) == above ? Equator + (uint)total : Equator - (uint)total;
            }

            if (i > 2 || !decimal.TryParse(word, i == 2 ? NumberStyles.AllowDecimalPoint : NumberStyles.None, CultureInfo.InvariantCulture, out decimal value) || value > (i == 0 ? most : 59.999m))
                return text.Fail(Equator);
            total += value * unit;
            unit /= 60;
        }
    }

    private static decimal Metres(DnsText text)
    {
        string word = text.Word();
        return decimal.TryParse(word.EndsWith('m') ? word[..^1] : word, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal value) ? value : text.Fail(0m);
    }

    private static byte Precision(DnsText text, byte standard)
    {
        if (text.AtEnd)
            return standard;
        decimal centimetres = decimal.Truncate(Metres(text) * 100);
        int power = 0;
        for (; centimetres >= 10; power++)
            centimetres = decimal.Truncate(centimetres / 10);
        return power <= 9 && centimetres >= 0 ? (byte)((int)centimetres << 4 | power) : text.Fail(standard);
    }
}
