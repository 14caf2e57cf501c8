namespace Soket.Programs;

/// <summary>A program and what it is given; no shell reads it.</summary>
/// <param name="Path">The program's file, as execve(2) takes it.</param>
/// <param name="Arguments">Its arguments, without its own name.</param>
public sealed record ProgramCommand(string Path, IReadOnlyList<string> Arguments)
{
    /// <summary>Finds a program as a shell does: a name with a slash is a path, any other is looked for in <c>PATH</c>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="found">The file; where none can be run but one is there, that one.</param>
    public static ProgramSearch Find(string name, out string? found)
    {
        found = null;
        if (name.AsSpan().ContainsAny('/', System.IO.Path.DirectorySeparatorChar))
            return Look(name, ref found);
        ProgramSearch best = ProgramSearch.Missing;
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            string? here = null;
            ProgramSearch search = Look(System.IO.Path.Combine(folder, name), ref here);
            if (search == ProgramSearch.Missing || (search != ProgramSearch.Found && best != ProgramSearch.Missing))
                continue;
            (best, found) = (search, here);
            if (search == ProgramSearch.Found)
                return search;
        }

        return best;
    }

    private static ProgramSearch Look(string path, ref string? found)
    {
        string[] forms = OperatingSystem.IsWindows() ? [path, path + ".exe", path + ".com"] : [path];
        foreach (string form in forms)
        {
            if (Directory.Exists(form))
            {
                found = form;
                return ProgramSearch.Folder;
            }

            if (!File.Exists(form))
                continue;
            found = form;
            const UnixFileMode Any = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
            return OperatingSystem.IsWindows() || (File.GetUnixFileMode(form) & Any) != 0 ? ProgramSearch.Found : ProgramSearch.NotExecutable;
        }

        return ProgramSearch.Missing;
    }
}

/// <summary>What came of looking for a program.</summary>
public enum ProgramSearch
{
    /// <summary>It can be started.</summary>
    Found,

    /// <summary>There is no such file.</summary>
    Missing,

    /// <summary>The file may not be executed by anybody.</summary>
    NotExecutable,

    /// <summary>It is a folder.</summary>
    Folder,
}
