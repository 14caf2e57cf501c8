using Soket.Explain;
using Soket.Languages;

namespace Soket.Cli.Rendering;

/// <summary>What was said when a call failed: by the system, in its own words; by Soket, in the person's language.</summary>
internal static class ErrorText
{
    /// <summary>The error with words for this person, safe for a terminal.</summary>
    public static SystemError In(Language language, SystemError error)
    {
        // What has a number is the system's.
        bool own = error.Number is null && language != Language.English;
        string words = own && Explainer.Lookup(error.Name, language).Entries is [{ } entry, ..] && entry.Errors.Any(known => known.Name == error.Name) ? entry.Title : error.Message;
        return error with { Message = TerminalText.Safe(words) };
    }
}
