using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Soket.Chat.Internal;

namespace Soket.Chat;

/// <summary>
/// Names of people and rooms: which are allowed, and which look alike. .NET normalises nothing where ICU is missing, so a name is made of characters of an
/// allow-list (<see cref="NameScripts"/>) that need no normalising, of one script, and two names are the same when their skeletons are
/// (the idea of Unicode's UTS 39, with a table of our own). Pure.
/// </summary>
public static class ChatName
{
    /// <summary>The fewest characters of a name.</summary>
    public const int Shortest = 2;

    /// <summary>The most characters of a name.</summary>
    public const int Longest = 24;

    // In UTF-16: no name is longer in any script, nor what another server tells for one.
    internal const int LongestText = 64;

    // Names that speak for the server, in any spelling that looks like them.
    private static readonly HashSet<string> Reserved = [.. new[] { "operator", "server", "soket", "system", "sistem", "admin", "root", "moderator", "everyone", "semua" }.Select(Skeleton)];

    /// <summary>Whether a text is a name. A room's may begin with <c>#</c>, which is no part of it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="reason">Why not: <c>name-length</c>, <c>name-character</c>, <c>name-scripts</c>, <c>name-edge</c>.</param>
    public static bool IsValid(string text, [NotNullWhen(false)] out string? reason)
    {
        reason = Check(text);
        return reason is null;
    }

    /// <summary>Whether a name is kept for whoever sits at the server.</summary>
    /// <param name="name">The name.</param>
    public static bool IsReserved(string name) => Reserved.Contains(Skeleton(name));

    /// <summary>What a name looks like: names with one skeleton are one name. It is for comparing only, not for showing.</summary>
    /// <param name="name">The name.</param>
    public static string Skeleton(string name)
    {
        // It is no name, and looks like none: what a stranger sends is not looked at letter by letter.
        if (name.Length > LongestText)
            return name;
        var skeleton = new StringBuilder(name.Length);
        foreach (Rune rune in name.EnumerateRunes())
            skeleton.Append(Confusables.Of(rune));
        // Two letters that look like one, which only shows when they stand together.
        return skeleton.Replace("rn", "m").Replace("vv", "w").Replace("cl", "d").ToString();
    }

    private static string? Check(string text)
    {
        int length = 0;
        NameScript script = NameScript.None;
        bool first = true, separator = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (++length > Longest)
                return "name-length";
            bool isSeparator = rune.Value is '-' or '_' or '.';
            if (isSeparator && (first || separator))
                return "name-edge";
            separator = isSeparator;
            if (!isSeparator && !(rune.Value is >= '0' and <= '9' && !first))
            {
                NameScript own = NameScripts.Of(rune);
                if (own == NameScript.None || (first && Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark))
                    return "name-character";
                if (script != NameScript.None && own != script)
                    return "name-scripts";
                script = own;
            }

            first = false;
        }

        return length < Shortest ? "name-length" : separator ? "name-edge" : null;
    }
}
