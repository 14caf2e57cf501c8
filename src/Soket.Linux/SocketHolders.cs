using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.SocketTable;

namespace Soket.Linux;

/// <summary>Finds the processes that hold sockets, by walking /proc/PID/fd.</summary>
/// <remarks>
/// Processes come and go while it walks, and those of other users are closed to it: both are passed over. The walk ends at its deadline or when
/// every inode has been found, whichever comes first; this process is looked at in any case.
/// </remarks>
[SupportedOSPlatform("linux")]
public static class SocketHolders
{
    private const int LongestCommandLine = 4096;
    private const int LongestName = 64;

    /// <summary>The holders of sockets by inode; inodes whose holder was not found are absent.</summary>
    /// <param name="inodes">The inodes to look for.</param>
    /// <param name="deadline">How long to look at most.</param>
    /// <param name="proc">The root of the process file system.</param>
    public static IReadOnlyDictionary<long, ProcessFact> Find(IReadOnlySet<long> inodes, TimeSpan deadline, string proc = "/proc")
    {
        var found = new Dictionary<long, ProcessFact>();
        if (inodes.Count == 0)
            return found;
        long started = Stopwatch.GetTimestamp();

        // This process first: it is often the holder, and its own descriptors can always be read.
        foreach (int id in ProcDescriptors.Processes(proc).OrderBy(id => id == Environment.ProcessId ? 0 : 1).ThenByDescending(id => id))
        {
            if (found.Count == inodes.Count || (id != Environment.ProcessId && Stopwatch.GetElapsedTime(started) > deadline))
                break;
            ProcessFact? process = null;
            ProcDescriptors.Walk(proc, id, (_, inode) =>
            {
                if (inodes.Contains(inode))
                    found.TryAdd(inode, process ??= Describe(id, proc));
            });
        }

        return found;
    }

    /// <summary>A process: its command line and user, as far as they may be read.</summary>
    /// <param name="id">The process id.</param>
    /// <param name="proc">The root of the process file system.</param>
    public static ProcessFact Describe(int id, string proc = "/proc")
    {
        string root = $"{proc}/{id.ToString(CultureInfo.InvariantCulture)}";
        string? command = Read(root + "/cmdline", LongestCommandLine) is { } line ? ProcNet.ParseCommand(line) : null;
        command ??= Read(root + "/comm", LongestCommandLine) is { } name ? ProcNet.ParseCommand(name.AsSpan().TrimEnd((byte)'\n')) : null;
        int? user = Read(root + "/status", LongestCommandLine) is { } status ? ProcNet.ParseUser(System.Text.Encoding.UTF8.GetString(status)) : null;
        return new(id, command, user is { } number ? UserName(number) : null);
    }

    /// <summary>Everybody who holds a socket, by its inode.</summary>
    /// <param name="denied">Whether there were processes whose descriptors may not be read.</param>
    /// <param name="proc">The root of the process file system.</param>
    internal static Dictionary<long, IReadOnlyList<SocketHolder>> All(out bool denied, string proc = "/proc")
    {
        var found = new Dictionary<long, IReadOnlyList<SocketHolder>>();
        denied = false;
        foreach (int id in ProcDescriptors.Processes(proc))
        {
            string? program = null;
            denied |= !ProcDescriptors.Walk(proc, id, (descriptor, inode) =>
            {
                var holder = new SocketHolder(id, program ??= Program(id, proc), descriptor);
                if (found.TryAdd(inode, (SocketHolder[])[holder]))
                    return;
                if (found[inode] is List<SocketHolder> several)
                    several.Add(holder);
                else
                    found[inode] = new List<SocketHolder>(found[inode]) { holder };
            });
        }

        return found;
    }

    private static string Program(int id, string proc) =>
        Read($"{proc}/{id.ToString(CultureInfo.InvariantCulture)}/comm", LongestName) is { } name && ProcNet.ParseCommand(name.AsSpan().TrimEnd((byte)'\n')) is { } program ? program : "?";

    /// <summary>The name of a user; its number as text when it has none here.</summary>
    internal static string UserName(int user)
    {
        string number = user.ToString(CultureInfo.InvariantCulture);
        try
        {
            return ProcNet.ParseUserName(File.ReadAllText("/etc/passwd"), user) ?? number;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return number;
        }
    }

    private static byte[]? Read(string path, int longest)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            var buffer = new byte[longest];
            int read = file.ReadAtLeast(buffer, longest, throwOnEndOfStream: false);
            return buffer[..read];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
