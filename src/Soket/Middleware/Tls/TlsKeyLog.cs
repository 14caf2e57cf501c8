using System.Runtime.Versioning;

namespace Soket.Middleware.Tls;

/// <summary>
/// The secrets of this process's TLS sessions, written to a file that Wireshark reads (NSS Key Log Format). Whoever has the file and the packets reads
/// everything that was said.
/// </summary>
/// <remarks>.NET writes it itself, on Linux, for the whole process, and decides at the first handshake; it cannot be ended, or begun for one connection.</remarks>
public static class TlsKeyLog
{
    private static readonly Lock Gate = new();
    private static string? s_path; // under the gate

    /// <summary>Whether .NET can on this system.</summary>
    [SupportedOSPlatformGuard("linux")]
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Begins. The file is made with mode 0600, or given it; what it holds stays, and lines are added.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidOperationException">It has begun with another file.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be written, or is another user's.</exception>
    [SupportedOSPlatform("linux")]
    public static void Begin(string path)
    {
        string full = Path.GetFullPath(path);
        lock (Gate)
        {
            if (s_path is not null && s_path != full)
                throw new InvalidOperationException($"The keys go to {s_path} already.");
            const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            // Made here: .NET itself would make it readable by everybody, and pass over in silence that it cannot.
            using (new FileStream(full, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = Mine }))
                File.SetUnixFileMode(full, Mine);
            AppContext.SetSwitch("System.Net.EnableSslKeyLogging", true);
            Environment.SetEnvironmentVariable("SSLKEYLOGFILE", full);
            s_path = full;
        }
    }
}
