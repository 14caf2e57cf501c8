using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;

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
        if (Directory.Exists(path))
            throw io.Wrong("wrong.events-file", ("flag", flag.Name), ("path", TerminalText.Safe(path)), ("error", io.Text("file.is-folder")));
        if (!values.IsOn(CommonFlags.Force) && !IsDevice(path) && Path.Exists(path))
            throw Exists(path, flag, io);
    }

    /// <summary>Opens a file for what was said between two ends, which is nobody else's to read.</summary>
    /// <param name="path">The file; what stands in /dev is there to be written to.</param>
    /// <param name="flag">The flag that names it.</param>
    /// <param name="replaces">Whether one that is there is written over.</param>
    /// <param name="io">Who is told.</param>
    /// <exception cref="UsageException">It is there, or cannot be written.</exception>
    public static FileStream Open(string path, Flag flag, bool replaces, CliIo io)
    {
        bool mayExist = replaces || IsDevice(path);
        try
        {
            // CreateNew (O_EXCL) looks and makes in one call, and follows no link: between Check and here others may put something into a folder that they share.
            var options = new FileStreamOptions { Mode = mayExist ? FileMode.Create : FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            var file = new FileStream(path, options);
            // A file that was there may be for others to read; a device's, a terminal's and a pipe's mode is not ours to set.
            if (!OperatingSystem.IsWindows() && mayExist && file.CanSeek && !LeadsToDevice(path))
                File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return file;
        }
        catch (IOException) when (!mayExist && Path.Exists(path))
        {
            throw Exists(path, flag, io);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("wrong.events-file", ("flag", flag.Name), ("path", TerminalText.Safe(path)), ("error", FileTrouble.Of(e, path, io)));
        }
    }

    /// <summary>What is said of a file that is there already.</summary>
    public static UsageException Exists(string path, Flag flag, CliIo io) =>
        io.Wrong("wrong.file-exists", ("flag", flag.Name), ("path", TerminalText.Safe(path)), ("force", CommonFlags.Force.Name));

    /// <summary>Whether it is there to be written to: what stands in /dev, but for the files of shm_overview(7).</summary>
    public static bool IsDevice(string path) => path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);

    // lseek(2) succeeds on /dev/null, and its mode is everybody's.
    private static bool LeadsToDevice(string path) => IsDevice(path) || (File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target && IsDevice(target.FullName));
}
