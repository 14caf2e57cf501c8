namespace Soket.Cli.Settings;

/// <summary>Where settings files are looked for.</summary>
internal static class SettingsPlaces
{
    /// <summary>The name of a project's file.</summary>
    public const string ProjectFileName = "soket.json";

    /// <summary>The person's own file: in <c>$XDG_CONFIG_HOME</c> or <c>~/.config</c>, in <c>%APPDATA%</c>, in <c>~/Library/Application Support</c>.</summary>
    public static string UserFile =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "soket", "settings.json");

    /// <summary>
    /// The nearest <c>soket.json</c> in the folder or above it. The search ends at the top of the repository, at the person's home, and where a
    /// folder cannot be entered; null when there is none.
    /// </summary>
    /// <param name="folder">Where the person stands.</param>
    public static string? FindProjectFile(string folder)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
        {
            string file = Path.Combine(at.FullName, ProjectFileName);
            if (File.Exists(file))
                return file;

            // A work tree has a file .git where a clone has a folder.
            if (Path.Exists(Path.Combine(at.FullName, ".git")) || at.FullName == home)
                return null;
        }

        return null;
    }
}
