using System.Text.Json;
using System.Text.RegularExpressions;
using Soket.Cli.CommandLine;
using Soket.Cli.Tests.Bench;
using Soket.Languages;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>What a person sees who types something wrong, or asks for help.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("There is no verb 'serv'. Did you mean serve? `soket` alone lists them.", "serv", "echo")]
    [InlineData("There is no option '--jsn' here. Did you mean --json?", "fetch", "--jsn", "http://localhost:1/")]
    [InlineData("There is no option '--portt' here. Did you mean --port?", "serve", "echo", "--portt", "8")]
    [InlineData("Nothing is known of 'TIME_WIAT'. Did you mean TIME_WAIT?", "explain", "TIME_WIAT")]
    [InlineData("'lisen' is no filter. Did you mean listen?", "sockets", "lisen")]
    [InlineData("There is no service 'ech'. Did you mean echo?", "serve", "ech")]
    [InlineData("The service comes first, then where: soket serve echo :8080", "serve", ":8080", "echo")]
    [InlineData("One service a command: process stands where an endpoint was expected. Start it on its own: soket serve process :2", "serve", "echo", ":1", "process", ":2")]
    [InlineData("HTTP is spoken by soket fetch and soket serve http. The connection below it: tcp://localhost:80", "connect", "http://localhost")]
    [InlineData("'tsl' is not a scheme in 'tsl://localhost:1'. There are tcp, udp, unix, unixgram, tls, ws and wss; for example: tls://localhost:1", "connect", "tsl://localhost:1")]
    [InlineData("A port is written with its colon. Instead of '80': :80", "serve", "echo", "80")]
    [InlineData("--port '70000' is not a number from 0 to 65535.", "serve", "echo", "--port", "70000")]
    [InlineData("--idle-timeout 'soon' is not a time. Examples: 500ms, 5s, 2m", "serve", "echo", ":0", "--idle-timeout", "soon")]
    [InlineData("--payload '0' is not a size", "serve", "echo", ":0", "--payload", "0")]
    [InlineData("--linger needs a value.", "connect", ":1", "--linger")]
    [InlineData("--lang memerlukan nilai.", "--lang", "id", "--lang")]
    [InlineData("--timeout needs a value.", "connect", ":1", "--timeout", "1s", "--timeout")]
    [InlineData("--allow 'x' is not a network.", "serve", "echo", ":0", "--allow", "x")]
    [InlineData("Give either endpoints or --port and --host, not both.", "serve", "echo", ":0", "--port", "1")]
    [InlineData("--cert needs a tls:// endpoint.", "serve", "echo", ":0", "--cert", "x.pem")]
    [InlineData("--client-ca needs a tls:// endpoint.", "serve", "echo", ":0", "--client-ca", "x.pem")]
    [InlineData("--tls-version '1.1': one of 1.2, 1.3, 1.2..1.3.", "connect", "tls://localhost:1", "--tls-version", "1.1")]
    [InlineData("--alpn ',' is not a list of protocols.", "connect", "tls://localhost:1", "--alpn", ",")]
    [InlineData("--key needs --cert beside it.", "connect", "tls://localhost:1", "--key", "x.pem")]
    [InlineData("--text is for the service reply only.", "serve", "echo", ":0", "--text", "x")]
    [InlineData("Connect where?", "connect")]
    [InlineData("Port 0 is for serving on a free port.", "connect", "localhost:0")]
    [InlineData("-4 and -6 exclude each other.", "connect", ":1", "-4", "-6")]
    [InlineData("'zz' is not hex", "connect", ":1", "zz", "--hex")]
    [InlineData("--insecure is for TLS. Did you mean tls://localhost:1?", "connect", ":1", "--insecure")]
    [InlineData("Instead of '8080': :8080", "connect", "8080")]
    [InlineData("'xx' is not a language Soket speaks", "connect", ":1", "--lang", "xx")]
    public async Task What_is_wrong_is_said_and_the_exit_code_is_2(string expected, params string[] arguments)
    {
        Finished finished = await SoketProcess.RunAsync(arguments);

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(expected, finished.Error, StringComparison.Ordinal);
        Assert.Empty(finished.Out);
    }

    [Fact]
    public async Task A_usage_error_is_a_record_with_json()
    {
        Finished finished = await SoketProcess.RunAsync("connect", "localhost", "--json");

        Assert.Equal(2, finished.ExitCode);
        Assert.Empty(finished.Error);
        using JsonDocument record = JsonDocument.Parse(finished.Out);
        Assert.Equal("error", record.RootElement.GetProperty("type").GetString());
        Assert.Equal("usage", record.RootElement.GetProperty("code").GetString());
        Assert.Equal(2, record.RootElement.GetProperty("exit").GetInt32());
    }

    [Theory]
    [InlineData("--lang", "id")]
    [InlineData("SOKET_LANG", "id")]
    [InlineData("LC_ALL", "id_ID.UTF-8")]
    public async Task Indonesian_is_chosen_by_flag_variable_or_locale(string how, string value)
    {
        var environment = new Dictionary<string, string?>();
        string[] arguments = ["serve", "ech"];
        if (how.StartsWith('-'))
            arguments = [how, value, .. arguments];
        else
            environment[how] = value;

        Finished finished = await SoketProcess.RunAsync(null, arguments, environment);

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("Tidak ada layanan 'ech'. Maksudnya echo?", finished.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve", "en")]
    [InlineData("serve", "id")]
    [InlineData("connect", "en")]
    [InlineData("connect", "id")]
    [InlineData("explain", "en")]
    [InlineData("explain", "id")]
    [InlineData("options", "en")]
    [InlineData("options", "id")]
    [InlineData("demo", "en")]
    [InlineData("demo", "id")]
    [InlineData("bench", "en")]
    [InlineData("bench", "id")]
    [InlineData("chat", "en")]
    [InlineData("chat", "id")]
    public async Task Help_is_short_or_full_with_examples_first(string verb, string language)
    {
        Finished brief = await SoketProcess.RunAsync(verb, "-h", "--lang", language);
        Finished full = await SoketProcess.RunAsync(verb, "--help", "--lang", language);

        Assert.Equal((0, 0), (brief.ExitCode, full.ExitCode));
        Assert.True(full.Out.Length > brief.Out.Length);
        string examples = language == "en" ? "Examples:" : "Contoh:";
        string usage = language == "en" ? "Usage:" : "Pemakaian:";
        Assert.True(full.Out.IndexOf(examples, StringComparison.Ordinal) is >= 0 and int at && at < full.Out.IndexOf(usage, StringComparison.Ordinal));
        Assert.Contains("--lang", full.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(full.Out.Split('\n'), line => line.Length > 100);
    }

    [Theory]
    [InlineData(Language.English, "en")]
    [InlineData(Language.Indonesian, "id")]
    public async Task Soket_alone_shows_every_verb_in_its_group_with_an_example(Language language, string name)
    {
        CliIo io = MadeRuns.Io(language);

        Finished finished = await SoketProcess.RunAsync("--lang", name);

        Assert.Equal(0, finished.ExitCode);
        string[] lines = finished.Out.Split('\n');
        foreach (IGrouping<string, Verb> group in CommandLineApp.Verbs.GroupBy(verb => verb.Group))
        {
            int at = Array.IndexOf(lines, io.Text(group.Key));
            Assert.True(at > 0, $"the title of {group.Key} is missing");
            foreach (Verb verb in group)
            {
                string brief = io.Text(verb.Name + ".brief");
                Assert.Matches($@"^  (sudo )?soket {verb.Name}\b.*  {Regex.Escape(brief)}$", lines[++at]);
            }
        }
    }

    [Theory]
    [InlineData("en")]
    [InlineData("id")]
    public async Task Soket_alone_fits_a_small_terminal(string language)
    {
        Finished finished = await SoketProcess.RunAsync("--lang", language);

        Assert.Equal(0, finished.ExitCode);
        Assert.DoesNotContain(finished.Out.Split('\n'), line => line.Length > 79);
        Assert.InRange(finished.Out.Count(c => c == '\n'), 10, 24); // a small terminal shows all of it
    }

    [Theory]
    [InlineData("--json takes no value", "connect", "127.0.0.1:1", "hai", "--json=yes")]
    [InlineData("--no-delay 'yes': on or off", "connect", "127.0.0.1:1", "--no-delay", "yes")]
    [InlineData("A message is empty", "connect", "127.0.0.1:1", "")]
    [InlineData("A message is empty", "connect", "127.0.0.1:1", "--hex", "")]
    [InlineData("SOURCE is empty", "trace", "")]
    [InlineData("FILTER is empty", "sockets", "")]
    [InlineData("it is a folder", "trace", "/tmp")]
    [InlineData("it is a folder", "connect", "127.0.0.1:1", "--receive-file", "/tmp")]
    [InlineData("it is a folder", "serve", "dns", "--zone", "/tmp")]
    [InlineData("it is a file; name a folder", "serve", "chat", "tcp://127.0.0.1:0", "--history", "/etc/passwd")]
    public async Task What_is_no_value_and_says_nothing_is_a_mistake(string told, params string[] arguments)
    {
        Finished finished = await SoketProcess.RunAsync(arguments);
        Assert.Equal((2, ""), (finished.ExitCode, finished.Out));
        Assert.Contains(told, finished.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_with_an_at_sign_is_no_response_file()
    {
        using var folder = new Interop.TemporaryFolder();
        string path = Path.Combine(folder.Path, "arguments");
        await File.WriteAllTextAsync(path, "--version", TestContext.Current.CancellationToken);

        Finished alone = await SoketProcess.RunAsync("@" + path); // what is in the file would show the version
        Finished endpoint = await SoketProcess.RunAsync("connect", "@" + path);

        Assert.Equal((2, "", 2, ""), (alone.ExitCode, alone.Out, endpoint.ExitCode, endpoint.Out));
        Assert.Contains($"There is no verb '@{path}'.", alone.Error, StringComparison.Ordinal);
        Assert.Contains($"'@{path}'", endpoint.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_follows_two_dashes_is_a_message_even_when_it_looks_like_an_option()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished finished = await SoketProcess.RunAsync("connect", endpoints[0], "--", "--version");
            Assert.Equal((0, "--version"), (finished.ExitCode, finished.Out));
        }
    }
}
