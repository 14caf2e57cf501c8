using System.Globalization;

namespace Soket.Protocols.Dns;

/// <summary>Times in signatures: seconds since 1970, written <c>YYYYMMDDHHMMSS</c> in UTC (RFC 4034 3.2).</summary>
internal static class DnsTime
{
    private const string Format = "yyyyMMddHHmmss";

    public static string Write(uint seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds).ToString(Format, CultureInfo.InvariantCulture);

    public static bool TryParse(ReadOnlySpan<char> text, out uint seconds)
    {
        seconds = 0;
        if (text.Length != Format.Length)
            return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds);
        if (!DateTimeOffset.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) || time.ToUnixTimeSeconds() is < 0 or > uint.MaxValue)
            return false;
        seconds = (uint)time.ToUnixTimeSeconds();
        return true;
    }
}
