using System.Runtime.Versioning;
using Soket.Linux.Native;

namespace Soket.Linux;

/// <summary>Whose a file is, and whether it is one. .NET tells a file's mode, but neither its owner nor what a read of it would wait for.</summary>
[SupportedOSPlatform("linux")]
public static class FileOwner
{
    /// <summary>The user this process acts as, geteuid(2).</summary>
    public static uint Me => LibC.EffectiveUser();

    /// <summary>The user a file or folder belongs to, statx(2), links followed; null when it cannot be told.</summary>
    /// <param name="path">The file or folder.</param>
    public static uint? Of(string path) =>
        LibC.Status(LibC.WorkingDirectory, path, 0, LibC.TypeModeOwner, out LibC.FileStatus status) == 0 ? status.User : null;

    /// <summary>The user a link itself belongs to; of anything else as <see cref="Of"/>.</summary>
    /// <param name="path">The link.</param>
    public static uint? OfLink(string path) =>
        LibC.Status(LibC.WorkingDirectory, path, LibC.NoFollow, LibC.TypeModeOwner, out LibC.FileStatus status) == 0 ? status.User : null;

    /// <summary>Whether a path leads to a regular file, links followed, and not to a pipe or a device; null when it cannot be told.</summary>
    /// <param name="path">The path.</param>
    public static bool? IsRegular(string path) =>
        LibC.Status(LibC.WorkingDirectory, path, 0, LibC.TypeModeOwner, out LibC.FileStatus status) == 0 ? (status.Mode & 0xF000) == 0x8000 : null; // S_IFMT, S_IFREG
}
