using System.Text;
using Soket.Http;

namespace Soket.Cli.Commands.Fetch;

/// <summary>
/// The name of a file from a URL: the last part of its path, which never leaves the folder, is never hidden, and is no device. What was asked for counts, and not
/// where a redirect leads: the server does not choose what is written. Pure.
/// </summary>
internal static class SavedName
{
    private const int MostBytes = 250; // of 255 that the usual file systems take

    // Windows opens these whatever folder and extension they are given.
    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL"];

    /// <summary>The name; null where the path ends in none.</summary>
    public static string? Of(HttpUrl url)
    {
        string last = Uri.UnescapeDataString(url.Path[(url.Path.LastIndexOf('/') + 1)..]);
        var name = new StringBuilder();
        foreach (Rune rune in last.EnumerateRunes())
        {
            bool plain = !Rune.IsControl(rune) && Rune.GetUnicodeCategory(rune) is not (System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.Surrogate)
                && rune.Value is not ('/' or '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|') && rune != Rune.ReplacementChar;
            if (Encoding.UTF8.GetByteCount(name.ToString()) + rune.Utf8SequenceLength > MostBytes)
                break;
            name.Append(plain ? rune.ToString() : "_");
        }

        string safe = name.ToString().TrimEnd(' ', '.');
        if (safe.Length == 0)
            return null;
        // A leading dot hides it (or is .bashrc), a leading dash is an option to the next command.
        if (safe[0] is '.' or '-')
            safe = "_" + safe[1..];
        string stem = safe.Split('.')[0].TrimEnd().ToUpperInvariant();
        bool device = Devices.Contains(stem, StringComparer.Ordinal) || (stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal)) && char.IsAsciiDigit(stem[3]));
        return device ? "_" + safe : safe;
    }
}
