using Soket.Cli.CommandLine;

namespace Soket.Cli.Settings;

/// <summary>A settings file that was looked for.</summary>
/// <param name="Origin">The project's or the person's.</param>
/// <param name="Path">Where it is, or would be; null when no project has one.</param>
/// <param name="Exists">Whether it is there.</param>
/// <param name="Ignored">Why it is not believed, in words; null when it is.</param>
internal sealed record SettingsFileState(SettingOrigin Origin, string? Path, bool Exists, string? Ignored);

/// <summary>What the two files set. The project's wins over the person's, and within a file what stands inside a verb wins.</summary>
internal sealed class EffectiveSettings
{
    /// <summary>The variable that keeps both files unread: for scripts that must not depend on who runs them.</summary>
    public const string Switch = "SOKET_SETTINGS";

    private readonly List<Setting> _settings = [];

    /// <summary>Nothing is set, and nothing was looked for.</summary>
    public static EffectiveSettings None { get; } = new();

    /// <summary>The files, the strongest first; none when they are switched off.</summary>
    public IReadOnlyList<SettingsFileState> Files { get; private init; } = [];

    /// <summary>Reads the files.</summary>
    /// <exception cref="UsageException">A file is wrong, or a switch is.</exception>
    public static EffectiveSettings Load(IReadOnlyList<Verb> verbs, CliIo io)
    {
        switch (io.Environment(Switch))
        {
            case null or "" or "on":
                break;
            case "off":
                return None;
            case { } other:
                throw io.Wrong("wrong.choice", ("flag", Switch), ("value", TerminalText.Safe(other)), ("choices", "on|off"));
        }

        var files = new List<SettingsFileState>();
        var settings = new EffectiveSettings { Files = files };
        files.Add(settings.ReadFile(SettingsPlaces.FindProjectFile(Environment.CurrentDirectory), SettingOrigin.Project, verbs, io));
        files.Add(settings.ReadFile(SettingsPlaces.UserFile, SettingOrigin.User, verbs, io));
        return settings;
    }

    /// <summary>What is set for an option of a verb; null when neither file sets it.</summary>
    public Setting? Find(string verb, Flag flag) => _settings
        .Where(setting => setting.Name == flag.Key && (setting.Verb.Length == 0 || setting.Verb == verb))
        .OrderBy(setting => setting.Source.Origin)
        .ThenBy(setting => setting.Verb.Length == 0)
        .FirstOrDefault();

    private SettingsFileState ReadFile(string? path, SettingOrigin origin, IReadOnlyList<Verb> verbs, CliIo io)
    {
        if (path is null || !File.Exists(path))
            return new(origin, path, Exists: false, Ignored: null);
        // One byte more than is allowed tells a file that is too long.
        byte[] bytes = new byte[SettingsFile.LongestFile + 1];
        int length;
        try
        {
            if (SettingsTrust.WhyNot(path) is { } reason)
                return new(origin, path, Exists: true, io.Text(reason.Key, ("value", reason.Value)));
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (origin == SettingOrigin.Project && (e is IOException or UnauthorizedAccessException))
        {
            // A link to nowhere, or to what is not for this person's eyes: whoever left it in the folder must not keep every command from running.
            return new(origin, path, Exists: true, io.Text("settings.ignored.unreadable", ("value", Rendering.FileTrouble.Of(e, path, io))));
        }

        _settings.AddRange(SettingsFile.Read(bytes.AsSpan(0, length), path, origin, verbs, io));
        return new(origin, path, Exists: true, Ignored: null);
    }
}
