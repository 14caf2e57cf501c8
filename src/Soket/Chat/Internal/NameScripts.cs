using System.Globalization;
using System.Text;

namespace Soket.Chat.Internal;

/// <summary>The scripts that names may be written in. A name keeps to one; Japanese writes with three that count as one here.</summary>
internal enum NameScript
{
    None,
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Devanagari,
    Bengali,
    Tamil,
    Thai,
    Buginese,
    Balinese,
    Sundanese,
    Javanese,
    EastAsian,
    Hangul,
}

/// <summary>
/// Which characters a name may have: letters that are whole in themselves, and the vowel signs of scripts that cannot be written without. Latin, Greek
/// and Cyrillic letters with marks are only taken as one character, so that no name can be written in two ways.
/// </summary>
internal static class NameScripts
{
    private static readonly (int First, int Last, NameScript Script)[] Ranges =
    [
        (0x41, 0x5A, NameScript.Latin), (0x61, 0x7A, NameScript.Latin), (0xC0, 0xD6, NameScript.Latin), (0xD8, 0xF6, NameScript.Latin),
        (0xF8, 0x24F, NameScript.Latin), (0x386, 0x3CE, NameScript.Greek), (0x400, 0x45F, NameScript.Cyrillic), (0x48A, 0x52F, NameScript.Cyrillic),
        (0x5D0, 0x5EA, NameScript.Hebrew), (0x620, 0x64A, NameScript.Arabic), (0x671, 0x6D3, NameScript.Arabic),
        (0x901, 0x94D, NameScript.Devanagari), (0x981, 0x9CD, NameScript.Bengali), (0xB82, 0xBCD, NameScript.Tamil),
        (0xE01, 0xE3A, NameScript.Thai), (0xE40, 0xE4E, NameScript.Thai), (0x1A00, 0x1A1B, NameScript.Buginese),
        (0x1B00, 0x1B4C, NameScript.Balinese), (0x1B80, 0x1BAF, NameScript.Sundanese), (0x1E00, 0x1EFF, NameScript.Latin),
        (0x3041, 0x3096, NameScript.EastAsian), (0x30A1, 0x30FC, NameScript.EastAsian), (0x3400, 0x4DBF, NameScript.EastAsian), (0x4E00, 0x9FFF, NameScript.EastAsian),
        (0xA980, 0xA9C0, NameScript.Javanese), (0xAC00, 0xD7A3, NameScript.Hangul),
    ];

    public static NameScript Of(Rune rune)
    {
        if (rune.Value == 0x640)
            return NameScript.None; // the tatweel lengthens a letter, and is none
        foreach ((int first, int last, NameScript script) in Ranges)
        {
            if (rune.Value >= first && rune.Value <= last)
                return IsLetter(rune, script) ? script : NameScript.None;
        }

        return NameScript.None;
    }

    private static bool IsLetter(Rune rune, NameScript script) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter => true,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark => script is NameScript.Devanagari or NameScript.Bengali or NameScript.Tamil or NameScript.Thai
            or NameScript.Buginese or NameScript.Balinese or NameScript.Sundanese or NameScript.Javanese,
        _ => false,
    };
}
