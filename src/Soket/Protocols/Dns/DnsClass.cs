using System.Globalization;

namespace Soket.Protocols.Dns;

/// <summary>The class of a record or a question (RFC 6895 3.2).</summary>
/// <param name="Code">The number.</param>
public readonly record struct DnsClass(ushort Code)
{
    /// <summary>The Internet.</summary>
    public static DnsClass In { get; } = new(1);

    /// <summary>Chaosnet; today what servers tell about themselves: <c>version.bind</c>.</summary>
    public static DnsClass Ch { get; } = new(3);

    /// <summary>Any class.</summary>
    public static DnsClass Any { get; } = new(255);

    /// <summary>Reads a class: <c>IN</c>, <c>CH</c>, <c>HS</c>, <c>NONE</c>, <c>ANY</c> in any case, or <c>CLASS32</c> (RFC 3597 5).</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The class.</param>
    public static bool TryParse(string text, out DnsClass value)
    {
        value = text.ToUpperInvariant() switch
        {
            "IN" => In,
            "CH" => Ch,
            "HS" => new(4),
            "NONE" => new(254),
            "ANY" => Any,
            _ => default,
        };
        if (value.Code != 0)
            return true;
        bool number = text.StartsWith("CLASS", StringComparison.OrdinalIgnoreCase) && ushort.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out ushort code) && (value = new(code)).Code == code;
        return number;
    }

    /// <summary>Its name; <c>CLASS32</c> where it has none.</summary>
    public override string ToString() => Code switch
    {
        1 => "IN",
        3 => "CH",
        4 => "HS",
        254 => "NONE",
        255 => "ANY",
        _ => string.Create(CultureInfo.InvariantCulture, $"CLASS{Code}"),
    };
}
