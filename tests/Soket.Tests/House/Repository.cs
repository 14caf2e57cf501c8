using System.Diagnostics;

namespace Soket.Tests.House;

/// <summary>The checkout these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] _binary = [".png", ".jpg", ".gif", ".ico", ".woff2", ".pcap", ".pcapng", ".pfx", ".bin", ".gz", ".zip"];

    /// <summary>The folder of <c>Soket.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file that belongs to the project, relative to <see cref="Root"/>, with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. List(Root).Order(StringComparer.Ordinal)];

    /// <summary>The files that hold text.</summary>
    public static IEnumerable<string> TextFiles => Files.Where(file => !_binary.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase));

    /// <summary>The text of a file of <see cref="Files"/>.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Soket.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run from inside a checkout: no Soket.slnx above " + AppContext.BaseDirectory);
    }

    // Git knows best what is ours; a source archive has no git and no litter either.
    private static IEnumerable<string> List(string root)
    {
        try
        {
            var start = new ProcessStartInfo("git") { WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string argument in (string[])["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
                start.ArgumentList.Add(argument);
            using Process git = Process.Start(start)!;
            Task<string> errors = git.StandardError.ReadToEndAsync();
            string output = git.StandardOutput.ReadToEnd();
            errors.GetAwaiter().GetResult();
            git.WaitForExit();
            if (git.ExitCode == 0)
                return output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(root, file)));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git on this machine.
        }

        string[] generated = ["bin", "obj", ".build", ".git", ".vs", ".idea", "artifacts"];
        return Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(generated.Contains));
    }
}
