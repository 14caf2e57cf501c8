using Soket.Cli.Rendering;
using Soket.Languages;

namespace Soket.Cli.CommandLine;

/// <summary>What a run of the command line reads and writes, and for whom: a terminal or a pipe, which language, how wide, in colour or not.</summary>
internal sealed class CliIo
{
    private static readonly Lazy<Texts> LazyTexts = new(() => Texts.Load(typeof(CliIo).Assembly, "cli", "settings", "manual", "sockets", "trace", "run-packets", "chatting", "bench"));

    // xterm and the console cut lines off instead; of these it is known that they do not. Lines above must not be taken for parts of the status.
    private static readonly string[] Reflowing = ["TMUX", "VTE_VERSION", "KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION", "TERM_PROGRAM"];

    public required StdinStream In { get; init; }

    public required Stream Out { get; init; }

    public required TextWriter Error { get; init; }

    public bool InIsTerminal { get; init; }

    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether what stands on a line of the terminal can be taken back.</summary>
    public bool Rewrites => Environment("TERM") is not (null or "" or "dumb");

    /// <summary>The columns of the terminal as they are now: people resize windows.</summary>
    public int Width => MeasureWidth();

    public Func<int> MeasureWidth { get; init; } = static () => 80;

    /// <summary>Whether a person types to this process just now, and to no other one on the same terminal.</summary>
    public Func<bool> IsForeground { get; init; } = static () => true;

    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    public Language Language { get; set; }

    /// <summary>Whether lines on stdout may carry colour; nothing is said by colour alone.</summary>
    public bool ColourOut { get; set; }

    /// <summary>Whether lines on stderr may.</summary>
    public bool ColourError { get; set; }

    /// <summary>Whether the terminal can show line-drawing characters.</summary>
    public bool Unicode { get; set; } = true;

    /// <summary>What was typed, so that what is proposed can be typed as well.</summary>
    public TypedCommand Typed { get; set; } = TypedCommand.None;

    /// <summary>A text of the command line in the person's language.</summary>
    public string Text(string key, params ReadOnlySpan<(string Name, object? Value)> values) => Typed.AsCalled(LazyTexts.Value.Get(Language, key, values));

    /// <summary>Whether there is a text of this key.</summary>
    public static bool HasText(string key) => LazyTexts.Value.Has(key);

    /// <summary>Where lines for people go during a run: stderr, in order, off the callers' threads.</summary>
    /// <param name="canRewrite">Whether a status line may be shown, where the terminal can.</param>
    /// <param name="above">Where the lines go instead, such as above a line that is being typed; null for stderr.</param>
    public Screen CreateScreen(bool canRewrite, TextWriter? above = null) => new(above ?? Error, new ScreenOptions { Language = Language, CanRewrite = canRewrite && ErrorIsTerminal && Rewrites, Reflows = Reflowing.Any(name => Environment(name) is { Length: > 0 }), Wraps = ErrorIsTerminal, Width = MeasureWidth, IsForeground = IsForeground });

    /// <summary>The log of every call; verbosity 2 shows the bytes as well.</summary>
    public EventLogObserver CreateLog(Screen screen, int verbosity) =>
        new(new EventLog(new EventLogOptions { Language = Language, Unicode = Unicode, Ink = new Ink(ColourError), Hex = verbosity > 1 }), screen);

    /// <summary>A text on stdout in lines as they fit the terminal, where it goes to one.</summary>
    public IEnumerable<string> FitOut(string text, string indent = "    ") => Fit(text, OutIsTerminal, indent);

    /// <summary>A text on stderr in lines as they fit the terminal, where it goes to one.</summary>
    public IEnumerable<string> FitError(string text, string indent = "    ") => Fit(text, ErrorIsTerminal, indent);

    /// <summary>The most columns of a line on stdout; null where it goes to no terminal, and stays whole.</summary>
    public int? MostOut => OutIsTerminal ? Width - 1 : null;

    private IEnumerable<string> Fit(string text, bool terminal, string indent) => text.Split('\n').SelectMany(line => terminal ? TextWidth.Wrap(line, Width - 1, indent) : [line]);

    public UsageException Wrong(string key, params ReadOnlySpan<(string Name, object? Value)> values) => new(Text(key, values));
}
