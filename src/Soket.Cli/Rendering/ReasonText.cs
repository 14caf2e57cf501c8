using Soket.Languages;

namespace Soket.Cli.Rendering;

/// <summary>Why something happened, in words.</summary>
internal static class ReasonText
{
    /// <summary>A reason in words; the key itself when there are none for it.</summary>
    public static string Of(string reason, string transport, Language language)
    {
        string stream = $"reason.{reason}-stream";
        if (transport != "tcp" && RenderingTexts.All.Has(stream))
            return RenderingTexts.All.Get(language, stream);
        return RenderingTexts.All.Has("reason." + reason) ? RenderingTexts.All.Get(language, "reason." + reason) : TerminalText.Safe(reason);
    }
}
