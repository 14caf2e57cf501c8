using System.Text;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Explain;
using Soket.Languages;

namespace Soket.Cli.Commands;

/// <summary><c>soket settings [VERB]</c>: what is set and where it stands.</summary>
internal sealed class SettingsCommand : Verb
{
    private static readonly Positional VerbName = new("VERB") { Optional = true, Choices = static () => CommandLineApp.Verbs.Select(verb => verb.Name) };

    public override string Name => "settings";

    public override string Group => "group.setup";

    public override IReadOnlyList<Positional> Positionals { get; } = [VerbName];

    public override IReadOnlyList<Flag> Flags { get; } = [CommonFlags.Json];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        List<Setting> settings = values.One(VerbName) is { } name ? OfVerb(FindVerb(name, io), values.Settings, io) : Set(values.Settings, io);
        using var bytes = new MemoryStream();
        if (values.IsOn(CommonFlags.Json))
            WriteJson(bytes, values.Settings, settings);
        else
            bytes.Write(Encoding.UTF8.GetBytes(Render(values, settings, io)));
        await io.Out.WriteAsync(bytes.ToArray(), cancellationToken).ConfigureAwait(false);
        return ExitCodes.Done;
    }

    private static Verb FindVerb(string name, CliIo io)
    {
        if (CommandLineApp.Verbs.FirstOrDefault(verb => verb.Name == name) is { } found)
            return found;
        string message = io.Text("settings.wrong.verb", ("word", TerminalText.Safe(name)));
        throw new UsageException(Nearest.Of(name, CommandLineApp.Verbs.Select(verb => verb.Name)) is { } nearest ? $"{message} {io.Text("wrong.nearest", ("word", nearest))}" : message);
    }

    // What is set and is the strongest for at least one verb; what a stronger one hides for all is not effective.
    private static List<Setting> Set(EffectiveSettings settings, CliIo io)
    {
        var found = new List<Setting>();
        foreach (Verb verb in CommandLineApp.Verbs)
        {
            foreach (Flag flag in verb.Flags.Concat(CommonFlags.Everywhere))
            {
                if (Shown(flag, VerbValues.Preset(verb, flag, settings, io)) is { } setting && !found.Any(other => other.Source == setting.Source && other.Verb == setting.Verb && other.Name == setting.Name))
                    found.Add(setting);
            }
        }

        return [.. found.OrderBy(setting => setting.Verb, StringComparer.Ordinal).ThenBy(setting => setting.Name, StringComparer.Ordinal)];
    }

    private static List<Setting> OfVerb(Verb verb, EffectiveSettings settings, CliIo io) =>
    [
        .. verb.Flags.Concat(CommonFlags.Everywhere).Where(flag => flag.IsSetting).Select(flag =>
            (Shown(flag, VerbValues.Preset(verb, flag, settings, io)) ?? new Setting(verb.Name, flag.Key, [], new SettingSource(SettingOrigin.Usual, ""))) with { Verb = verb.Name }),
    ];

    private static Setting? Shown(Flag flag, Setting? setting) => setting is null ? null : setting with { Values = [.. setting.Values.Select(flag.Shown)] };

    private static string Render(VerbValues values, List<Setting> settings, CliIo io)
    {
        var text = new StringBuilder();
        text.Append(io.Text(values.Settings.Files.Count == 0 ? "settings.files.off" : "settings.files")).Append('\n');
        int width = Math.Max(TextWidth.Of(io.Text("settings.file.project")), TextWidth.Of(io.Text("settings.file.user")));
        foreach (SettingsFileState file in values.Settings.Files)
        {
            string label = io.Text(file.Origin == SettingOrigin.Project ? "settings.file.project" : "settings.file.user");
            string state = file.Path is null ? "settings.file.none" : file.Ignored is not null ? "settings.file.ignored" : file.Exists ? "" : "settings.file.absent";
            string path = TerminalText.Safe(file.Path ?? "");
            text.Append("  ").Append(label.PadRight(width)).Append("  ").Append(state.Length == 0 ? path : io.Text(state, ("path", path), ("reason", file.Ignored))).Append('\n');
        }

        if (values.Settings.Files.Count > 0)
            text.Append(io.Text("settings.stronger")).Append('\n');
        text.Append('\n');
        if (settings.Count == 0)
            text.Append(io.Text("settings.nothing")).Append('\n');
        string[] names = [.. settings.Select(setting => values.One(VerbName) is null && setting.Verb.Length > 0 ? $"{setting.Verb} {setting.Name}" : setting.Name)];
        string[] shown = [.. settings.Select(setting => setting.Values.Count == 0 ? "-" : TerminalText.Safe(string.Join(", ", setting.Values)))];
        int nameWidth = names.Select(TextWidth.Of).Append(0).Max();
        int valueWidth = shown.Select(TextWidth.Of).Append(0).Max();
        for (int i = 0; i < settings.Count; i++)
        {
            string from = settings[i].Source.Origin == SettingOrigin.Usual ? io.Text("settings.usual") : VerbValues.Describe(settings[i].Source, io);
            text.Append("  ").Append(names[i]).Append(' ', nameWidth - TextWidth.Of(names[i]) + 2)
                .Append(shown[i]).Append(' ', valueWidth - TextWidth.Of(shown[i]) + 2).Append(from).Append('\n');
        }

        return text.ToString();
    }

    private static void WriteJson(MemoryStream bytes, EffectiveSettings effective, List<Setting> settings)
    {
        foreach (SettingsFileState file in effective.Files)
        {
            Line(bytes, "settings-file", writer =>
            {
                writer.WriteString("origin", Origin(file.Origin));
                writer.WriteString("path", file.Path);
                writer.WriteString("state", file.Ignored is not null ? "ignored" : file.Exists ? "read" : "absent");
                if (file.Ignored is not null)
                    writer.WriteString("reason", file.Ignored);
            });
        }

        foreach (Setting setting in settings)
        {
            Line(bytes, "setting", writer =>
            {
                if (setting.Verb.Length > 0)
                    writer.WriteString("verb", setting.Verb);
                writer.WriteString("name", setting.Name);
                writer.WriteStartArray("values");
                foreach (string value in setting.Values)
                    writer.WriteStringValue(value);
                writer.WriteEndArray();
                writer.WriteString("origin", Origin(setting.Source.Origin));
                if (setting.Source.Origin == SettingOrigin.Environment)
                    writer.WriteString("variable", setting.Source.Name);
                if (setting.Source.Line > 0)
                {
                    writer.WriteString("file", setting.Source.Name);
                    writer.WriteNumber("line", setting.Source.Line);
                }
            });
        }
    }

    private static string Origin(SettingOrigin origin) => origin switch
    {
        SettingOrigin.Environment => "environment",
        SettingOrigin.Project => "project",
        SettingOrigin.User => "user",
        _ => "usual",
    };

    private static void Line(MemoryStream bytes, string type, Action<Utf8JsonWriter> write)
    {
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("v", 1);
            writer.WriteString("type", type);
            write(writer);
            writer.WriteEndObject();
        }

        bytes.Write("\n"u8);
    }
}
