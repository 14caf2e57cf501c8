using Soket.Cli.CommandLine;
using Soket.Languages;

namespace Soket.Cli.Commands;

/// <summary>A file that a run is to write: what was kept there is not lost to it, unless <c>--force</c> says so.</summary>
internal static class NewFile
{
    /// <summary>Refuses a file that is there already.</summary>
    /// <param name="path">The file; what stands in /dev is there to be written to.</param>
    /// <param name="flag">The flag that names it.</param>
    /// <param name="values">Whether it may be overwritten.</param>
    /// <param name="io">Who is told.</param>
    /// <exception cref="UsageException">It is there.</exception>
    public static void Check(string path, Flag flag, VerbValues values, CliIo io)
    {
        if (!values.IsOn(CommonFlags.Force) && !path.StartsWith("/dev/", StringComparison.Ordinal) && Path.Exists(path))
            throw Exists(path, flag, io);
    }

    /// <summary>What is said of a file that is there already.</summary>
    public static UsageException Exists(string path, Flag flag, CliIo io) =>
        io.Wrong("wrong.file-exists", ("flag", flag.Name), ("path", TerminalText.Safe(path)), ("force", CommonFlags.Force.Name));
}
