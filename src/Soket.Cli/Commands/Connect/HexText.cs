using System.Diagnostics.CodeAnalysis;

namespace Soket.Cli.Commands.Connect;

/// <summary>Bytes as people type them in hex: <c>68656c6c6f</c>, <c>68 65 6c</c>, <c>0x68,0x65</c>, <c>68:65</c>.</summary>
internal static class HexText
{
    public static bool TryParse(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        string digits = text.Replace("0x", "", StringComparison.OrdinalIgnoreCase).Replace("\\x", "", StringComparison.OrdinalIgnoreCase);
        digits = string.Concat(digits.Where(c => c is not (' ' or ':' or ',' or '-' or '\t')));
        bytes = null;
        if (digits.Length % 2 != 0 || digits.Any(c => !char.IsAsciiHexDigit(c)))
            return false;
        bytes = Convert.FromHexString(digits);
        return true;
    }
}
