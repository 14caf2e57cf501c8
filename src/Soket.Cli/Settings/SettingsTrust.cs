using System.Collections.Frozen;
using Soket.Cli.CommandLine;
using Soket.Linux;

namespace Soket.Cli.Settings;

/// <summary>
/// What may be believed. A project file comes with other people's code: whoever enters its folder has not agreed to what stands there, so it may set
/// only what can harm nobody. A file that others can write is not read at all.
/// </summary>
internal static class SettingsTrust
{
    // A list of what is allowed, so that an option somebody adds is refused until somebody has thought about it. Never here: what trusts a peer,
    // opens an interface, runs a program, names a file, or sends traffic elsewhere.
    private static readonly FrozenSet<string> Harmless = FrozenSet.Create(
        "lang", "color", "json", "quiet", "verbose",
        "port", "backlog", "framing", "payload", "max-message", "hex", "crlf", "timeout", "wait", "4", "6",
        "reply", "text", "max-connections", "max-per-address", "idle-timeout", "drain");

    /// <summary>Whether a project file may set this option. Socket options that are a switch, a time, a size or a number may be set.</summary>
    public static bool MayComeFromProject(Flag flag) =>
        Harmless.Contains(flag.Key) || (flag.Group == "flags.socket" && flag.Placeholder is null or "on|off" or "TIME" or "TIME|off" or "SIZE");

    /// <summary>Why a file is not believed, as a text's key and its values; null when it is.</summary>
    /// <param name="path">The file.</param>
    public static (string Key, object? Value)? WhyNot(string path)
    {
        if (OperatingSystem.IsWindows())
            return null; // A profile's folders are closed to others there; the project file can harm nobody.
        if (OperatingSystem.IsLinux() && FileOwner.IsRegular(path) == false)
            return ("settings.ignored.kind", path); // A read of a pipe would wait for ever.
        string folder = Path.GetDirectoryName(path)!;
        if (File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherWrite))
            return ("settings.ignored.writable", path);

        // In a sticky folder (/tmp) others can add files but not replace this one.
        UnixFileMode mode = File.GetUnixFileMode(folder);
        if (mode.HasFlag(UnixFileMode.OtherWrite) && !mode.HasFlag(UnixFileMode.StickyBit))
            return ("settings.ignored.writable", folder);
        if (!OperatingSystem.IsLinux())
            return null;
        foreach (uint? owner in (ReadOnlySpan<uint?>)[FileOwner.Of(path), FileOwner.OfLink(path)]) // whoever made a link chose the file
        {
            if (owner is not (null or 0) && owner != FileOwner.Me)
                return ("settings.ignored.owner", owner);
        }

        return null;
    }
}
