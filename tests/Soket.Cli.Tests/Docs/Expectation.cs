using System.Text;
using System.Text.RegularExpressions;

namespace Soket.Cli.Tests.Docs;

/// <summary>
/// Lines as a document shows them, held against what a terminal showed. <c>...</c> matches anything: as a line, any number of lines; within one,
/// any text. What no two runs share (times of day, durations, process numbers, users, the ports a system gives out, fingerprints) is alike to it, so that
/// documents show real ones.
/// </summary>
internal sealed partial class Expectation
{
    private readonly List<string> _written;
    private readonly List<string> _lines;
    private readonly Regex _prefix;
    private readonly Regex _whole;

    public Expectation(IEnumerable<string> lines)
    {
        _written = [.. lines.Where(line => !DiagramPause().IsMatch(line))];
        _lines = NormaliseLines(_written);
        string pattern = Pattern(_lines);
        _prefix = new Regex(@"\A" + pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
        _whole = new Regex(@"\A" + pattern + @"\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
    }

    /// <summary>How many lines of a text that goes on are what is expected; -1 while they are not.</summary>
    public int MatchStart(string text)
    {
        // A line still without its end may become another one.
        string whole = Normalise(text[..(text.LastIndexOf('\n') + 1)]);
        return _prefix.Match(whole) is { Success: true } match ? match.Value.Count(c => c == '\n') : -1;
    }

    /// <summary>Whether a text that has ended is what is expected, to its end.</summary>
    public bool MatchWhole(string text) => _whole.IsMatch(Normalise(text.Length == 0 || text.EndsWith('\n') ? text : text + "\n"));

    /// <summary>What was expected and what came, line by line: - is the document's, + the terminal's.</summary>
    public string Differences(string text)
    {
        string[] actual = text.TrimEnd('\n').Length == 0 ? [] : [.. text.TrimEnd('\n').Split('\n').Where(line => !DiagramPause().IsMatch(line))];
        List<string> normal = NormaliseLines(actual);
        Regex[] expected = [.. _lines.Select(line => new Regex(@"\A" + LinePattern(line) + @"\z"))];
        int[,] common = new int[expected.Length + 1, actual.Length + 1];
        for (int i = expected.Length - 1; i >= 0; i--)
        {
            for (int j = actual.Length - 1; j >= 0; j--)
                common[i, j] = expected[i].IsMatch(normal[j]) ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        var result = new StringBuilder();
        int e = 0, a = 0;
        while (e < expected.Length || a < actual.Length)
        {
            if (e < expected.Length && a < actual.Length && expected[e].IsMatch(normal[a]))
            {
                result.Append("    ").AppendLine(actual[a++]);
                e++;
            }
            else if (e < expected.Length && (a == actual.Length || common[e + 1, a] >= common[e, a + 1]))
            {
                result.Append("  - ").AppendLine(_lines[e++]);
            }
            else
            {
                result.Append("  + ").AppendLine(actual[a++]);
            }
        }

        return result.ToString();
    }

    /// <summary>The lines as they are written in the document.</summary>
    public IReadOnlyList<string> Written => _written;

    /// <summary>
    /// What the document should say, now that it showed this: its own lines where they still hold, so that a time of day alone changes nothing, and
    /// what was shown in place of the others. <c>...</c> stays, and stands for what it stood for.
    /// </summary>
    public IReadOnlyList<string> Accept(string text)
    {
        string[] actual = text.TrimEnd('\n').Length == 0 ? [] : [.. text.TrimEnd('\n').Split('\n').Where(line => !DiagramPause().IsMatch(line))];
        List<string> normal = NormaliseLines(actual);
        Regex?[] expected = [.. _lines.Select(line => line.Trim() == "..." ? null : new Regex(@"\A" + LinePattern(line) + @"\z"))];
        int[,] kept = new int[expected.Length + 1, actual.Length + 1];
        for (int i = expected.Length - 1; i >= 0; i--)
        {
            for (int j = actual.Length; j >= 0; j--)
            {
                kept[i, j] = Math.Max(kept[i + 1, j], j == actual.Length ? 0 : kept[i, j + 1]);
                if (j < actual.Length && expected[i]?.IsMatch(normal[j]) == true)
                    kept[i, j] = Math.Max(kept[i, j], kept[i + 1, j + 1] + 1);
            }
        }

        var result = new List<string>();
        int e = 0, a = 0;
        bool anything = false; // whether the lines that come fall under a "..."
        int replaced = 0;      // lines gone since the last that held: as many may come before a "..." takes the rest
        while (e < expected.Length || a < actual.Length)
        {
            if (e < expected.Length && expected[e] is null)
            {
                for (; replaced > 0 && a < actual.Length && kept[e, a + 1] == kept[e, a]; replaced--)
                    result.Add(Presentable(actual[a++], result));
                anything = true;
                replaced = 0;
                result.Add(_written[e++]);
            }
            else if (e < expected.Length && a < actual.Length && expected[e]!.IsMatch(normal[a]) && kept[e, a] == kept[e + 1, a + 1] + 1)
            {
                anything = false;
                replaced = 0;
                result.Add(_written[e++]);
                a++;
            }
            else if (e < expected.Length && (a == actual.Length || kept[e + 1, a] >= kept[e, a + 1]))
            {
                replaced++;
                e++;
            }
            else
            {
                if (!anything)
                    result.Add(Presentable(actual[a], result));
                a++;
            }
        }

        return result;
    }

    /// <summary>A line that was shown, with what differs from machine to machine as documents have it, and the time of day of the line above.</summary>
    private static string Presentable(string line, List<string> above)
    {
        line = ProgramFolder().Replace(line.TrimEnd(), "`");
        line = Holder().Replace(line, "PID 4711, ${word} ipin");
        line = Pid().Replace(line, "${word}4711");
        string? clock = above.LastOrDefault(LineClock().IsMatch);
        return clock is null ? line : LineClock().Replace(line, LineClock().Match(clock).Value);
    }

    // All at once: what varies may be folded in its middle.
    private static List<string> NormaliseLines(IReadOnlyCollection<string> lines) => lines.Count == 0 ? [] : [.. Normalise(string.Join('\n', lines)).Split('\n')];

    public static string Normalise(string text)
    {
        text = DiagramPause().Replace(text, "");
        text = ProgramFolder().Replace(text, "`");
        text = Fingerprint().Replace(text, "<fingerprint>");
        text = Iso().Replace(text, "<date>");
        text = Date().Replace(text, "<date>");
        text = DayAtFold().Replace(text, "<day>");
        text = MinuteAtFold().Replace(text, "    <minute>");
        text = Clock().Replace(text, "<clock>");
        text = JsonNumber().Replace(text, "\"${key}\":<n>");
        text = Holder().Replace(text, "PID <pid>, ${word} <user>");
        text = Pid().Replace(text, "${word}<pid>");
        text = DiagramTime().Replace(text, " <ms> ");
        text = DurationAtFold().Replace(text, "\n    <time>");
        text = Duration().Replace(text, "<time>");
        return Number().Replace(text, match => int.Parse(match.ValueSpan, System.Globalization.CultureInfo.InvariantCulture) is >= 32768 and <= 60999 ? "<port>" : match.Value);
    }

    // Where a line is folded to the terminal's width depends on what varies in it, so a fold is as good as a space.
    private static string Pattern(List<string> lines)
    {
        var pattern = new StringBuilder();
        for (int i = 0; i < lines.Count; i++)
        {
            if (lines[i].Trim() == "...")
            {
                pattern.Append(@"(?:[^\n]*\n)*?");
                continue;
            }

            string line = lines[i];
            bool folded = i > 0 && IsFolded(line) && lines[i - 1].Trim() is not ("..." or "");
            if (folded)
            {
                pattern.Length -= @"[ \t]*\n".Length;
                pattern.Append(Fold);
                line = line.TrimStart();
            }

            pattern.Append(SpaceWithin().Replace(LinePattern(line), static space => $@"(?:{space.Value}|[ \t]*\n    )")).Append(@"\n");
        }

        return pattern.ToString();
    }

    private const string Fold = @"(?: |[ \t]*\n    )";

    private static bool IsFolded(string line) => line.Length > 4 && line.StartsWith("    ", StringComparison.Ordinal) && line[4] != ' ';

    [GeneratedRegex(@"(?<=[^\s\\])(?:\\ )+(?=[^\s\\]|\\[^ ])")]
    private static partial Regex SpaceWithin();

    private static string LinePattern(string line) => string.Join(@"[^\n]*?", line.TrimEnd().Split("...").Select(Regex.Escape)) + @"[ \t]*";

    [GeneratedRegex(@"\b(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}\b|\b[0-9A-Fa-f]{64}\b")]
    private static partial Regex Fingerprint();

    [GeneratedRegex(@"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z")]
    private static partial Regex Iso();

    [GeneratedRegex(@"\b\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d+)?)?\b")]
    private static partial Regex Date();

    // A date whose line was folded between day and minute.
    [GeneratedRegex(@"\b\d{4}-\d\d-\d\d$", RegexOptions.Multiline)]
    private static partial Regex DayAtFold();

    [GeneratedRegex(@"^    \d\d:\d\d(?= UTC)", RegexOptions.Multiline)]
    private static partial Regex MinuteAtFold();

    [GeneratedRegex(@"\b\d\d:\d\d:\d\d(?:\.\d+)?\b")]
    private static partial Regex Clock();

    [GeneratedRegex(@"""(?<key>\w+_us|pid)"":\d+(?:\.\d+)?")]
    private static partial Regex JsonNumber();

    [GeneratedRegex(@"(?<word>\b(?:PID|pid|kill) )\d+\b")]
    private static partial Regex Pid();

    [GeneratedRegex(@"\bPID \d+, (?<word>user|pengguna) [\w-]+")]
    private static partial Regex Holder();

    [GeneratedRegex(@"`(?:/[^\s/`]+)*/(?=[^\s/`]+(?: [^`\n]*)?` \(PID )")]
    private static partial Regex ProgramFolder();

    [GeneratedRegex(@"^\d\d:\d\d:\d\d\.\d{3}")]
    private static partial Regex LineClock();

    [GeneratedRegex(@"^ *\d+\.\d\d (?= )|^ *\d+(?:\.\d\d)? (?=.*│)|(?<=[│▶◀].*) +\d+\.\d\d$", RegexOptions.Multiline)]
    private static partial Regex DiagramTime();

    // A diagram shows where nothing happened for long, which on a busy machine can be anywhere.
    [GeneratedRegex(@"^\+\d+(?:\.\d+)? (?:ms|s|dtk) +┊ +┊(?:\n|\z)", RegexOptions.Multiline)]
    private static partial Regex DiagramPause();

    [GeneratedRegex(@"\b\d+(?:\.\d+)? (?:ns|µs|us|ms|s|dtk|min|h)\b")]
    private static partial Regex Duration();

    // A duration whose line was folded between number and unit.
    [GeneratedRegex(@" \d+(?:\.\d+)?\n    (?:ns|µs|us|ms|s|dtk|min|h)\b")]
    private static partial Regex DurationAtFold();

    [GeneratedRegex(@"\b\d{5}\b")]
    private static partial Regex Number();
}
