using System.Globalization;

namespace Soket.Options;

/// <summary>The names of differentiated services code points: RFC 2474 (CS), RFC 2597 (AF), RFC 3246 (EF), RFC 5865 (VA), RFC 8622 (LE). Pure.</summary>
public static class Dscp
{
    /// <summary>Reads a name, in any case, or a number from 0 to 63.</summary>
    public static bool TryParse(string text, out int value)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value))
            return value <= 63;
        value = text.ToUpperInvariant() switch
        {
            "BE" or "DF" => 0,
            "LE" => 1,
            "EF" => 46,
            "VA" => 44,
            ['C', 'S', >= '0' and <= '7' and char c] => (c - '0') * 8,
            ['A', 'F', >= '1' and <= '4' and char c, >= '1' and <= '3' and char drop] => ((c - '0') * 8) + ((drop - '0') * 2),
            _ => -1,
        };
        return value >= 0;
    }

    /// <summary>The name of a code point and its number, <c>EF (46)</c>; the number alone where it has no name.</summary>
    public static string Format(int value)
    {
        string? name = value switch
        {
            1 => "LE",
            46 => "EF",
            44 => "VA",
            _ when value % 8 == 0 => $"CS{value / 8}",
            >= 10 and <= 38 when value % 2 == 0 => $"AF{value / 8}{value % 8 / 2}",
            _ => null,
        };
        return name is null ? value.ToString(CultureInfo.InvariantCulture) : $"{name} ({value})";
    }
}
