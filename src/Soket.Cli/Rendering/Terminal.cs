using System.Text;
using Soket.Cli.CommandLine;

namespace Soket.Cli.Rendering;

/// <summary>The process's own streams, and what can be told about the terminal behind them.</summary>
internal static class Terminal
{
    public static StdinStream OpenStdin() => new();

    public static Stream OpenStdout() => StdoutStream.Open();

    public static TextWriter OpenStderr() => new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(false), bufferSize: 1024) { AutoFlush = true, NewLine = "\n" };

    public static CliIo CreateIo(StdinStream input, Stream output, TextWriter error) => new()
    {
        In = input,
        Out = output,
        Error = error,
        InIsTerminal = !Console.IsInputRedirected,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        MeasureWidth = Width,
        IsForeground = IsForeground,
        Unicode = IsUnicode(),
    };

    private static int Width()
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out int columns) && columns is >= 20 and <= 1000)
            return columns;
        if (Console.IsOutputRedirected && Console.IsErrorRedirected)
            return 80;
        try
        {
            return Console.WindowWidth is > 0 and int width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    // proc_pid_stat(5): the process group, and the one that the terminal belongs to, behind a name that may hold anything. Elsewhere it is not asked.
    private static bool IsForeground()
    {
        if (!OperatingSystem.IsLinux())
            return true;
        try
        {
            string told = File.ReadAllText("/proc/self/stat");
            return told[(told.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [_, _, var group, _, _, var foreground, ..] || foreground == "-1" || group == foreground;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    // POSIX: the character set is named by the first of these that is set.
    private static bool IsUnicode()
    {
        if (OperatingSystem.IsWindows())
            return true;
        foreach (string name in (ReadOnlySpan<string>)["LC_ALL", "LC_CTYPE", "LANG"])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } locale)
                return locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase);
        }

        return false;
    }
}
