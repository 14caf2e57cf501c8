using System.Diagnostics;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Settings;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Settings;

/// <summary>Settings from the project's file and the person's own, as a person meets them.</summary>
public sealed class SettingsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _project;
    private readonly string _user;
    private readonly Dictionary<string, string?> _environment;

    public SettingsFileTests()
    {
        string work = Path.Combine(_folder.Path, "work");
        Directory.CreateDirectory(Path.Combine(work, "deep"));
        Directory.CreateDirectory(Path.Combine(work, ".git"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "config", "soket"));
        _project = Path.Combine(work, "soket.json");
        _user = Path.Combine(_folder.Path, "config", "soket", "settings.json");
        _environment = new Dictionary<string, string?> { ["SOKET_SETTINGS"] = null, ["XDG_CONFIG_HOME"] = Path.Combine(_folder.Path, "config") };
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("flag", "--payload", "'1x'")]
    [InlineData("variable", "--payload comes from SOKET_PAYLOAD.", "'2x'")]
    [InlineData("project", "--payload comes from", "'3x'")]
    [InlineData("user", "settings.json, line 2", "'4x'")]
    public async Task The_nearest_place_wins_and_a_wrong_value_says_where_it_stands(string strongest, string place, string value)
    {
        string[] order = ["flag", "variable", "project", "user"];
        int from = Array.IndexOf(order, strongest);
        Write(_user, "{\n \"payload\": \"4x\" }");
        if (from <= 2)
            Write(_project, """{ "serve": { "payload": "3x" } }""");
        if (from <= 1)
            _environment["SOKET_PAYLOAD"] = "2x";

        Finished finished = await RunAsync(["serve", "echo", ":0", .. from == 0 ? (string[])["--payload", "1x"] : []]);

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("is not a size", finished.Error, StringComparison.Ordinal);
        Assert.Contains(value, finished.Error, StringComparison.Ordinal);
        Assert.Contains(place, finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_stands_inside_a_verb_wins_over_the_name_alone_and_the_project_over_the_person()
    {
        Write(_project, """{ "lang": "id", "timeout": "7s" }""");
        Write(_user, """{ "timeout": "9s", "connect": { "timeout": "8s", "wait": 3 } }""");

        Finished finished = await RunAsync("settings", "connect", "--json");

        Assert.Equal(0, finished.ExitCode);
        Dictionary<string, JsonElement> settings = finished.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(record => record.GetProperty("type").GetString() == "setting")
            .ToDictionary(record => record.GetProperty("name").GetString()!);
        Assert.Equal(("7s", "project", _project, 1), (settings["timeout"].GetProperty("values")[0].GetString(), settings["timeout"].GetProperty("origin").GetString(),
            settings["timeout"].GetProperty("file").GetString(), settings["timeout"].GetProperty("line").GetInt32()));
        Assert.Equal(("3", "user"), (settings["wait"].GetProperty("values")[0].GetString(), settings["wait"].GetProperty("origin").GetString()));
        Assert.Equal(("usual", 0), (settings["framing"].GetProperty("origin").GetString(), settings["framing"].GetProperty("values").GetArrayLength()));
    }

    [Fact]
    public async Task A_setting_takes_effect_and_does_not_stand_in_the_way_of_a_run_it_does_not_fit()
    {
        // --port beside an endpoint is a mistake when it was typed; --insecure without TLS too.
        Write(_user, """{ "serve": { "port": 1, "text": "x" }, "connect": { "insecure": true, "hex": true, "framing": "line" } }""");
        await using SoketProcess server = SoketProcess.SoketIn(_environment, "serve", "echo", "tcp://127.0.0.1:0", "--json");
        string ready = await server.OutLineAsync(line => line.Contains("\"ready\"", StringComparison.Ordinal));
        string endpoint = JsonDocument.Parse(ready).RootElement.GetProperty("endpoints")[0].GetString()!;

        Finished finished = await RunAsync("connect", endpoint, "68 61 6c 6f");

        Assert.Equal(0, finished.ExitCode);
        Assert.Contains("68 61 6c 6f", finished.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"payload\": \"\\ud800\" }")]
    [InlineData("{ \"\\ud800\": 1 }")]
    public async Task A_string_that_is_no_Unicode_is_a_mistake_with_its_line(string text)
    {
        Write(_project, text);
        Finished finished = await RunAsync("settings");
        Assert.Equal(2, finished.ExitCode);
        Assert.StartsWith($"soket: {_project}:1: ", finished.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("pipe")]
    [InlineData("soket.json")]
    public async Task A_project_file_that_cannot_be_read_is_told_and_keeps_nothing_from_running(string target)
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("no pipes at paths");
        string at = Path.Combine(Path.GetDirectoryName(_project)!, target);
        if (target == "pipe")
            await using (var made = SoketProcess.Peer("mkfifo", at))
                Assert.Equal(0, (await made.EndAsync()).ExitCode);
        File.CreateSymbolicLink(_project, at);
        Finished finished = await RunAsync("settings");
        Assert.Equal(0, finished.ExitCode);
        if (target == "pipe")
            Assert.Contains("is no regular file", finished.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"connect\": {\n \"tiemout\": \"5s\" } }", ":2: There is no setting 'tiemout'. Did you mean timeout?")]
    [InlineData("{ \"conect\": {} }", ":1: There is no setting 'conect'. Did you mean connect?")]
    [InlineData("{ \"help\": true }", ":1: There is no setting 'help'.")]
    [InlineData("{ \"serve\": { \"timeout\": \"5s\" } }", ":1: There is no setting 'timeout'.")]
    [InlineData("{\n\n\"lang\": \"en\", \"lang\": \"id\" }", ":3: 'lang' stands here a second time.")]
    [InlineData("{ \"quiet\": \"yes\" }", ":1: 'quiet' is true, false or a number.")]
    [InlineData("{ \"lang\": true }", ":1: 'lang' is a text in quotes or a number.")]
    [InlineData("{ \"lang\": null }", ":1: 'lang' is a text in quotes or a number.")]
    [InlineData("{ \"allow\": [\"10.0.0.0/8\", 3] }", ":1: 'allow' is a text in quotes, or a list of them")]
    [InlineData("{\n \"lang\": ", ":2: This is not JSON")]
    [InlineData("{} {}", ":1: This is not JSON")]
    [InlineData("[]", ":1: This is not JSON")]
    [InlineData("", ":1: This is not JSON")]
    [InlineData("{ \"lang\": \"xx\" }", "'xx' is not a language Soket speaks")]
    public async Task A_wrong_file_is_told_with_its_line(string json, string expected)
    {
        Write(_user, json);

        Finished finished = await RunAsync("explain", "98");

        Assert.Equal((2, ""), (finished.ExitCode, finished.Out));
        Assert.Contains(expected, finished.Error, StringComparison.Ordinal);
        Assert.Contains(_user, finished.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_end_is_not_read()
    {
        Write(_user, "{ \"lang\": \"" + new string('x', SettingsFile.LongestFile) + "\" }");
        Finished finished = await RunAsync("explain", "98");
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("at most 64.0 KiB", finished.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connect", "insecure", "true")]
    [InlineData("connect", "cafile", "\"x.pem\"")]
    [InlineData("connect", "pin", "\"00\"")]
    [InlineData("serve", "host", "\"0.0.0.0\"")]
    [InlineData("serve", "allow", "\"0.0.0.0/0\"")]
    [InlineData("serve", "cert", "\"x.pem\"")]
    [InlineData("serve", "events", "\".bashrc\"")]
    public async Task A_project_file_may_not_set_what_can_harm(string verb, string name, string value)
    {
        Write(_project, $$"""{ "{{verb}}": { "{{name}}": {{value}} } }""");

        Finished finished = await RunAsync("explain", "98");
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains($"{_project}:1: A project's file may not set '{name}'", finished.Error, StringComparison.Ordinal);

        // The same in the person's own file is the person's wish.
        File.Move(_project, _user);
        Assert.Equal(0, (await RunAsync("explain", "98")).ExitCode);
    }

    [Fact]
    public void A_project_file_may_set_nothing_of_TLS_no_file_and_no_network()
    {
        foreach (Flag flag in CommandLineApp.Verbs.SelectMany(verb => verb.Flags).Where(SettingsTrust.MayComeFromProject))
        {
            Assert.NotEqual("flags.tls", flag.Group);
            Assert.False(flag.Placeholder is "FILE" or "CIDR" or "HOST" or "COMMAND" or "ENDPOINT", flag.Name);
        }
    }

    [Fact]
    public async Task A_file_that_anybody_can_write_is_not_read_and_that_is_said()
    {
        Write(_project, """{ "lang": "id" }""");
        Allow(_project, UnixFileMode.OtherWrite);

        Finished finished = await RunAsync("serve", "ech");

        Assert.Contains($"note: {_project} is not read: anybody can write {_project}", finished.Error, StringComparison.Ordinal);
        Assert.Contains("There is no service 'ech'", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_a_folder_that_anybody_can_write_is_not_read_unless_the_folder_is_sticky()
    {
        Write(_project, """{ "lang": "id" }""");
        string work = Path.GetDirectoryName(_project)!;
        Allow(work, UnixFileMode.OtherWrite);
        Assert.Contains("is not read: anybody can write " + work, (await RunAsync("serve", "ech")).Error, StringComparison.Ordinal);

        Allow(work, UnixFileMode.StickyBit);
        Assert.Contains("Tidak ada layanan", (await RunAsync("serve", "ech")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_another_user_is_not_read()
    {
        Write(_project, """{ "lang": "id" }""");
        using (Process chown = Process.Start(new ProcessStartInfo("chown", ["65534", _project]) { RedirectStandardError = true })!)
        {
            await chown.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.SkipWhen(chown.ExitCode != 0, "only root can give a file away");
        }

        Finished finished = await RunAsync("serve", "ech");
        Assert.Contains("is not read: it belongs to another user (number 65534)", finished.Error, StringComparison.Ordinal);
        Assert.Contains("There is no service 'ech'", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_search_ends_at_the_top_of_the_repository()
    {
        Write(Path.Combine(_folder.Path, "soket.json"), """{ "lang": "id" }""");
        Assert.Contains("There is no service", (await RunAsync("serve", "ech")).Error, StringComparison.Ordinal);

        Directory.Delete(Path.Combine(_folder.Path, "work", ".git"));
        Assert.Contains("Tidak ada layanan", (await RunAsync("serve", "ech")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Soket_settings_shows_what_is_set_and_where_in_both_languages()
    {
        Write(_project, "{\n  // the lab's\n  \"connect\": { \"timeout\": \"5s\", },\n}");
        _environment["SOKET_WAIT"] = "2s";

        Finished english = await RunAsync("settings");
        Finished indonesian = await RunAsync("settings", "--lang", "id");

        Assert.Equal((0, 0), (english.ExitCode, indonesian.ExitCode));
        Assert.Contains($"connect timeout  5s  {_project}, line 3", english.Out, StringComparison.Ordinal);
        Assert.Contains("wait             2s  SOKET_WAIT", english.Out, StringComparison.Ordinal);
        Assert.Contains($"{_user} (not there)", english.Out, StringComparison.Ordinal);
        Assert.Contains($"{_project}, baris 3", indonesian.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_can_be_left_unread()
    {
        Write(_project, "{ nonsense");
        _environment["SOKET_SETTINGS"] = "off";
        Finished finished = await RunAsync("settings");
        Assert.Equal(0, finished.ExitCode);
        Assert.Contains("SOKET_SETTINGS=off", finished.Out, StringComparison.Ordinal);
        Assert.Contains("Nothing is set", finished.Out, StringComparison.Ordinal);
    }

    private static void Write(string path, string text) => File.WriteAllText(path, text);

    private static void Allow(string path, UnixFileMode more)
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows has no such modes");
        else
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | more);
    }

    private Task<Finished> RunAsync(params string[] arguments) => SoketProcess.RunAsync(null, arguments, _environment, Path.Combine(Path.GetDirectoryName(_project)!, "deep"));
}
