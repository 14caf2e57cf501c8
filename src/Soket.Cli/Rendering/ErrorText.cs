using System.Globalization;
using Soket.Explain;
using Soket.Languages;

namespace Soket.Cli.Rendering;

/// <summary>What was said when a call failed: by the system, in its own words; by Soket, in the person's language.</summary>
internal static class ErrorText
{
    /// <summary>The failure's error with words for this person, safe for a terminal: what it says of its own (a status, a date) as the English words do.</summary>
    public static SystemError In(Language language, SocketFailure failure)
    {
        string key = "said." + failure.Error.Name;
        if (!IsTranslated(language, failure.Error) || !RenderingTexts.All.Has(key))
            return In(language, failure.Error);
        string words = RenderingTexts.All.Get(language, key, [.. failure.Context.Facts.Select(fact => (fact.Key.Replace('.', '-'), (object?)Value(fact.Value)))]).TrimEnd(' ', ':');
        // What it would say is not known of this one.
        return words.Contains('{', StringComparison.Ordinal) ? In(language, failure.Error) : failure.Error with { Message = TerminalText.Safe(words) };
    }

    /// <summary>The error with words for this person, safe for a terminal.</summary>
    public static SystemError In(Language language, SystemError error)
    {
        string words = IsTranslated(language, error) && Explainer.Lookup(error.Name, language).Entries is [{ } entry, ..] && entry.Errors.Any(known => known.Name == error.Name) ? entry.Title : error.Message;
        return error with { Message = TerminalText.Safe(words) };
    }

    // What has a number is the system's.
    private static bool IsTranslated(Language language, SystemError error) => error.Number is null && language != Language.English;

    // Dates are facts in round-trip form; people read them to the minute.
    private static string Value(string fact) =>
        fact.Length >= 20 && fact[4] == '-' && fact[10] == 'T' && DateTimeOffset.TryParse(fact, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            ? date.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)
            : fact;
}
