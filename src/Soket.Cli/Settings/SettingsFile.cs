using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Languages;

namespace Soket.Cli.Settings;

/// <summary>
/// Reads a settings file: <c>{ "lang": "id", "connect": { "timeout": "5s" } }</c>. A name alone is for every verb that has the option, one inside
/// a verb for that verb only. Comments and a last comma are allowed. Pure but for its errors' language.
/// </summary>
internal sealed class SettingsFile
{
    /// <summary>The longest file that is read, in bytes.</summary>
    public const int LongestFile = 64 * 1024;

    private readonly IReadOnlyList<Verb> _verbs;
    private readonly CliIo _io;
    private readonly SettingOrigin _origin;
    private readonly string _path;
    private readonly List<Setting> _settings = [];
    private int _line = 1; // where it reads

    private SettingsFile(IReadOnlyList<Verb> verbs, CliIo io, SettingOrigin origin, string path) => (_verbs, _io, _origin, _path) = (verbs, io, origin, path);

    /// <summary>Reads a file's bytes.</summary>
    /// <exception cref="UsageException">It is no settings file, or sets what it may not; the message names file and line.</exception>
    public static IReadOnlyList<Setting> Read(ReadOnlySpan<byte> bytes, string path, SettingOrigin origin, IReadOnlyList<Verb> verbs, CliIo io)
    {
        var file = new SettingsFile(verbs, io, origin, path);
        if (bytes.Length > LongestFile)
            throw file.Wrong("settings.wrong.too-long", 1, ("most", Units.FormatBytes(LongestFile)));
        if (bytes.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        try
        {
            file.ReadRoot(bytes);
        }
        catch (JsonException e)
        {
            throw file.Wrong("settings.wrong.json", (int)(e.LineNumber ?? 0) + 1);
        }
        catch (InvalidOperationException)
        {
            throw file.Wrong("settings.wrong.json", file._line); // A string that is no Unicode: the reader sees that only when it is asked for it.
        }

        return file._settings;
    }

    private void ReadRoot(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 8 });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Wrong("settings.wrong.json", Line(bytes, reader));
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            int line = _line = Line(bytes, reader);
            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject && _verbs.FirstOrDefault(verb => verb.Name == name) is { } verb)
                ReadVerb(bytes, ref reader, verb);
            else
                ReadOption(bytes, ref reader, line, "", name, _verbs.SelectMany(OptionsOf));
        }

        // What follows the object is an error the reader tells.
        reader.Read();
    }

    private void ReadVerb(ReadOnlySpan<byte> bytes, ref Utf8JsonReader reader, Verb verb)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            int line = _line = Line(bytes, reader);
            string name = reader.GetString()!;
            reader.Read();
            ReadOption(bytes, ref reader, line, verb.Name, name, OptionsOf(verb));
        }
    }

    private void ReadOption(ReadOnlySpan<byte> bytes, ref Utf8JsonReader reader, int line, string verb, string name, IEnumerable<Flag> known)
    {
        Flag[] options = [.. known];
        if (options.FirstOrDefault(option => option.Key == name) is not { } flag)
        {
            IEnumerable<string> names = options.Select(option => option.Key).Concat(verb.Length == 0 ? _verbs.Select(each => each.Name) : []);
            throw Nearest.Of(name, names.Where(one => one != name)) is { } nearest
                ? Wrong("settings.wrong.key-nearest", line, ("name", TerminalText.Safe(name)), ("nearest", nearest))
                : Wrong("settings.wrong.key", line, ("name", TerminalText.Safe(name)));
        }

        if (_origin == SettingOrigin.Project && !SettingsTrust.MayComeFromProject(flag))
            throw Wrong("settings.wrong.project", line, ("name", name), ("flag", flag.Name), ("variable", flag.Variable), ("file", SettingsPlaces.UserFile));
        if (_settings.Any(setting => setting.Verb == verb && setting.Name == name))
            throw Wrong("settings.wrong.twice", line, ("name", name));
        _settings.Add(new Setting(verb, name, ReadValues(bytes, ref reader, flag, name), new SettingSource(_origin, _path, line)));
    }

    private List<string> ReadValues(ReadOnlySpan<byte> bytes, ref Utf8JsonReader reader, Flag flag, string name)
    {
        int line = _line = Line(bytes, reader);
        switch (reader.TokenType)
        {
            case JsonTokenType.True or JsonTokenType.False when !flag.TakesValue:
                return [reader.TokenType == JsonTokenType.True ? "on" : "off"];
            case JsonTokenType.Number when flag.TakesValue || reader.TryGetUInt16(out _):
                return [System.Text.Encoding.ASCII.GetString(reader.ValueSpan)];
            case JsonTokenType.String when flag.TakesValue:
                return [reader.GetString()!];
            case JsonTokenType.StartArray when flag.Kind == FlagKind.Many:
                var values = new List<string>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    values.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Wrong("settings.wrong.list", Line(bytes, reader), ("name", name)));
                return values;
            default:
                throw Wrong(flag.Kind switch { FlagKind.Value => "settings.wrong.value", FlagKind.Many => "settings.wrong.list", _ => "settings.wrong.switch" }, line, ("name", name));
        }
    }

    private static IEnumerable<Flag> OptionsOf(Verb verb) => verb.Flags.Concat(CommonFlags.Everywhere).Where(flag => flag.IsSetting);

    private static int Line(ReadOnlySpan<byte> bytes, in Utf8JsonReader reader) => bytes[..(int)reader.TokenStartIndex].Count((byte)'\n') + 1;

    private UsageException Wrong(string key, int line, params ReadOnlySpan<(string Name, object? Value)> values) =>
        new($"{_path}:{line}: {_io.Text(key, values)}");
}
