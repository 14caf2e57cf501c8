using System.Runtime.Versioning;
using Soket.Linux.Native;

namespace Soket.Linux;

/// <summary>Whose a file is. .NET tells a file's mode but not its owner.</summary>
[SupportedOSPlatform("linux")]
public static class FileOwner
{
    /// <summary>The user this process acts as, geteuid(2).</summary>
    public static uint Me => LibC.EffectiveUser();

    /// <summary>The user a file or folder belongs to, statx(2), links followed; null when it cannot be told.</summary>
    /// <param name="path">The file or folder.</param>
    public static uint? Of(string path) =>
        LibC.Status(LibC.WorkingDirectory, path, 0, LibC.TypeModeOwner, out LibC.FileStatus status) == 0 ? status.User : null;
}
