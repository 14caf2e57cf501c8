using Soket.Cli.CommandLine;
using Soket.Explain;

namespace Soket.Cli.Rendering;

/// <summary>Why a file could not be opened, read or written, and what to do, in the person's language. .NET's own words are English and name the path twice.</summary>
internal static class FileTrouble
{
    // Numbers of Linux and macOS; .NET keeps them where it has no exception of its own. Windows has its own for a full disk.
    private const int Enotdir = 20;
    private const int Enospc = 28;
    private const int Erofs = 30;

    /// <summary>Whether it is what opening, reading or writing a file throws: an empty path counts.</summary>
    public static bool Is(Exception problem) => problem is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    /// <summary>The words, safe for a terminal.</summary>
    /// <param name="problem">What was thrown.</param>
    /// <param name="path">The file, as it was named.</param>
    /// <param name="io">Who is told.</param>
    public static string Of(Exception problem, string path, CliIo io)
    {
        string folder = Folder(path);
        string key = problem switch
        {
            DirectoryNotFoundException => "file.no-folder",
            FileNotFoundException when Directory.Exists(path) => "file.is-folder",
            FileNotFoundException => "file.missing",
            UnauthorizedAccessException when Directory.Exists(path) => "file.is-folder",
            UnauthorizedAccessException => File.Exists(path) ? "file.denied" : "file.folder-denied",
            PathTooLongException => "file.name-too-long",
            NotSupportedException or ArgumentException => "file.no-path",
            _ when IsFull(problem) => "wrong.output-full",
            { HResult: Enotdir } => "file.not-a-folder",
            { HResult: Erofs } => "file.read-only",
            _ => "",
        };
        if (key.Length == 0)
            return SystemWords(problem);
        return io.Text(key, ("path", Word(path)), ("folder", Word(folder)));
    }

    private static bool IsFull(Exception problem) => OperatingSystem.IsWindows() ? (problem.HResult & 0xFFFF) is 39 or 112 : problem.HResult == Enospc;

    // The folder it would stand in, or of several missing ones the path to the last.
    private static string Folder(string path)
    {
        try
        {
            return Path.GetDirectoryName(Path.GetFullPath(path)) ?? path;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or IOException)
        {
            return path;
        }
    }

    private static string SystemWords(Exception problem) =>
        !OperatingSystem.IsWindows() && Errno.Name(problem.HResult) is { } name && Errno.Text(name) is { } words ? $"{words} ({name})" : TerminalText.Safe(problem.Message);

    // Such as can be pasted.
    private static string Word(string path) => TypedCommand.Quote(path);
}
