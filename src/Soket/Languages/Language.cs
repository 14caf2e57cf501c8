namespace Soket.Languages;

/// <summary>A language Soket speaks to people. Wire formats and JSON keys never change with it.</summary>
public enum Language
{
    /// <summary>English, the default.</summary>
    English,

    /// <summary>Indonesian (<c>id</c>).</summary>
    Indonesian,
}

/// <summary>Choosing a <see cref="Language"/> from what a person or the environment says.</summary>
public static class LanguageChoice
{
    /// <summary>The language of a tag or a POSIX locale name: <c>id</c>, <c>id_ID.UTF-8</c>, <c>in</c> (the old code), <c>en</c>.</summary>
    /// <param name="tag">A language tag or a POSIX locale name.</param>
    /// <param name="language">The language, when the tag names one that Soket speaks.</param>
    /// <returns>Whether Soket speaks it.</returns>
    public static bool TryParse(ReadOnlySpan<char> tag, out Language language)
    {
        int end = tag.IndexOfAny("_-.@");
        ReadOnlySpan<char> primary = end < 0 ? tag : tag[..end];
        bool indonesian = primary.Equals("id", StringComparison.OrdinalIgnoreCase) || primary.Equals("in", StringComparison.OrdinalIgnoreCase);
        language = indonesian ? Language.Indonesian : Language.English;
        return indonesian || primary.Equals("en", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The language of the environment, in POSIX order: <c>LC_ALL</c>, <c>LC_MESSAGES</c>, <c>LANG</c>; English when none says otherwise.</summary>
    public static Language FromEnvironment()
    {
        foreach (string name in (ReadOnlySpan<string>)["LC_ALL", "LC_MESSAGES", "LANG"])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                return TryParse(value, out Language language) ? language : Language.English;
        }

        return Language.English;
    }
}
