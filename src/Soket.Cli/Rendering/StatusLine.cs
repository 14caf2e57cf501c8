using Soket.Cli.Settings;
using Soket.Languages;

namespace Soket.Cli.Rendering;

/// <summary>What a server has done so far.</summary>
internal readonly record struct StatusSnapshot(long Connections, long TotalConnections, long Messages, long BytesIn, long BytesOut, TimeSpan Elapsed);

/// <summary>The one-line status of a server: what it is now, and how fast since the line before. One thread at a time.</summary>
internal sealed class StatusLine(Func<StatusSnapshot> snapshot, Language language, bool unicode = true)
{
    private StatusSnapshot _last;

    public string Render()
    {
        StatusSnapshot now = snapshot();
        double seconds = (now.Elapsed - _last.Elapsed).TotalSeconds;
        double inRate = seconds > 0 ? (now.BytesIn - _last.BytesIn) / seconds : 0;
        double outRate = seconds > 0 ? (now.BytesOut - _last.BytesOut) / seconds : 0;
        _last = now;
        string text = RenderingTexts.All.Get(
            language,
            "status",
            ("now", Units.FormatCount(now.Connections)),
            ("total", Units.FormatCount(now.TotalConnections)),
            ("count", now.Messages),
            ("messages", Units.FormatCount(now.Messages)),
            ("inRate", Units.FormatBytes(inRate)),
            ("outRate", Units.FormatBytes(outRate)),
            ("elapsed", Clock(now.Elapsed)));
        return unicode ? text : text.Replace('·', '|');
    }

    // Whole seconds: a status that changes only because time passes changes once a second.
    private static string Clock(TimeSpan elapsed) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(long)elapsed.TotalHours:00}:{elapsed.Minutes:00}:{elapsed.Seconds:00}");
}
