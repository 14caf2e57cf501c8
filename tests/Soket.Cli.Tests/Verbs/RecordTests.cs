using System.Diagnostics;
using System.Globalization;
using System.Text;
using Soket.Cli.Rendering;
using Soket.Events;
using Soket.Explain;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>--record-hex</c> and <c>--key-log</c>: what stands in the files, and who can read them.</summary>
public sealed class RecordTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("tcp://127.0.0.1:0", "client#1")]
    [InlineData("tls://127.0.0.1:0", "client#1/tls")]
    public async Task Both_ends_record_both_directions_with_their_offsets(string endpoint, string name)
    {
        string here = Path.Combine(_folder, "here"), there = Path.Combine(_folder, "there");
        await File.WriteAllTextAsync(here, "what was there, for everybody to read\n", TestContext.Current.CancellationToken);
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", endpoint, "--record-hex", there);
        await using (server)
        {
            string[] more = endpoint.StartsWith("tls:", StringComparison.Ordinal) ? ["-k"] : [];
            Finished run = await SoketProcess.RunAsync(["connect", endpoints[0], "satu", "dua", "--record-hex", here, "--force", .. more]);
            Assert.Equal(0, run.ExitCode);
            await server.SignalAsync("TERM");
        }

        string[] lines = await File.ReadAllLinesAsync(here, TestContext.Current.CancellationToken);
        Assert.Equal(
            [$"> {name} offset 0 bytes 4", "00000000  73 61 74 75", $"< {name} offset 0 bytes 4", "00000000  73 61 74 75", $"> {name} offset 4 bytes 3", "00000004  64 75 61", $"< {name} offset 4 bytes 3", "00000004  64 75 61"],
            Of(lines, name));
        string served = await File.ReadAllTextAsync(there, TestContext.Current.CancellationToken);
        Assert.Contains(" offset 4 bytes 3\n00000004  64 75 61 ", served, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(here));
    }

    [Fact]
    public async Task A_file_that_is_there_stays_unless_that_is_asked_for()
    {
        string here = Path.Combine(_folder, "here");
        await File.WriteAllTextAsync(here, "kept", TestContext.Current.CancellationToken);
        foreach (string[] command in (string[][])[["connect", "127.0.0.1:1", "halo"], ["serve", "echo", "tcp://127.0.0.1:0"]])
        {
            Finished refused = await SoketProcess.RunAsync([.. command, "--record-hex", here]);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains($"--record-hex: {here} is there already. To overwrite it add --force.", refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal("kept", await File.ReadAllTextAsync(here, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_reply_never_stands_before_its_request()
    {
        // Two threads end together, and the one that received tells it first.
        var file = new MemoryStream();
        long sent = Stopwatch.GetTimestamp();
        long received = sent + (Stopwatch.Frequency / 1000);
        await using (var record = new HexRecord(new Unclosed(file)))
        {
            record.On(Event(SocketCall.Receive, 1, received, TimeSpan.FromSeconds(5)), new("jawab"u8.ToArray()));
            record.On(Event(SocketCall.Send, 2, received + 5, TimeSpan.FromMilliseconds(2)), new("tanya"u8.ToArray()));
        }

        string[] lines = [.. Encoding.UTF8.GetString(file.ToArray()).Split('\n').Where(line => line.Length > 0 && line[0] is '<' or '>')];
        Assert.Equal([">", "<"], lines.Select(line => line[..1]));
        Assert.True(string.CompareOrdinal(lines[0][2..29], lines[1][2..29]) < 0, string.Join('\n', lines)); // the times rise with them

        static SocketEvent Event(SocketCall call, long sequence, long at, TimeSpan took) => new()
        {
            Sequence = sequence, Utc = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMicroseconds(sequence), Timestamp = at, Duration = took, Connection = 1, Role = SocketRole.Client, Transport = "tcp", Call = call, Moved = 5, StreamOffset = 0,
        };
    }

    private sealed class Unclosed(MemoryStream inner) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);
    }

    [Fact]
    public async Task A_login_of_a_proxy_is_not_recorded()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("discard", "tcp://127.0.0.1:0");
        await using (server)
        {
            string here = Path.Combine(_folder, "here");
            await SoketProcess.RunAsync("connect", "example.test:1", "halo", "--proxy", $"http://ani:rahasia@127.0.0.1:{SoketProcess.PortOf(endpoints[0])}", "--timeout", "1s", "--record-hex", here);
            string text = await File.ReadAllTextAsync(here, TestContext.Current.CancellationToken);
            Assert.Contains("(not shown: a login may be among them)", text, StringComparison.Ordinal);
            Assert.DoesNotContain("43 4f 4e 4e", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_told()
    {
        foreach (string flag in (string[])["--record-hex", "--key-log"])
        {
            Finished run = await SoketProcess.RunAsync("connect", "tls://127.0.0.1:1", "halo", flag, Path.Combine(_folder, "no", "such"));
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(flag + ": cannot write", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_secrets_of_both_ends_are_the_same_and_nobody_elses_to_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), ".NET writes TLS secrets on Linux only");
        string here = Path.Combine(_folder, "here"), there = Path.Combine(_folder, "there");
        await File.WriteAllTextAsync(here, "", TestContext.Current.CancellationToken);
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tls://127.0.0.1:0", "--key-log", there);
        await using (server)
        {
            await server.OutLineAsync(line => line.Contains("\"notice\":\"key-log\"", StringComparison.Ordinal));
            Finished run = await SoketProcess.RunAsync("connect", endpoints[0], "halo", "-k", "--key-log", here);
            Assert.Equal(0, run.ExitCode);
            Assert.Contains("whoever has that file", run.Error, StringComparison.Ordinal);
            await server.SignalAsync("TERM");
        }

        // NSS Key Log Format: label, the client's random, the secret. Both ends must have derived the same.
        string[] mine = [.. (await File.ReadAllLinesAsync(here, TestContext.Current.CancellationToken)).Order(StringComparer.Ordinal)];
        string[] theirs = [.. (await File.ReadAllLinesAsync(there, TestContext.Current.CancellationToken)).Order(StringComparer.Ordinal)];
        Assert.Contains(mine, line => line.StartsWith("CLIENT_TRAFFIC_SECRET_0 ", StringComparison.Ordinal));
        Assert.Contains(mine, line => line.StartsWith("SERVER_TRAFFIC_SECRET_0 ", StringComparison.Ordinal));
        Assert.Equal(mine, theirs);
        foreach (string file in (string[])[here, there])
        {
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Theory]
    [InlineData("connect tcp://localhost:1 --key-log x", "is for TLS")]
    [InlineData("serve echo tcp://localhost:0 --key-log x", "is for TLS")]
    [InlineData("serve --exec cat tls://localhost:0 --key-log x", "do not go together")]
    public async Task Secrets_that_there_are_not_are_a_mistake(string command, string part)
    {
        Finished run = await SoketProcess.RunAsync(command.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_does_not_ask_for_them()
    {
        string file = Path.Combine(_folder, "keys");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tls://127.0.0.1:0");
        await using (server)
        {
            await SoketProcess.RunAsync(null, ["connect", endpoints[0], "halo", "-k"], new Dictionary<string, string?> { ["SOKET_KEY_LOG"] = file, ["SSLKEYLOGFILE"] = file });
            Assert.False(File.Exists(file));
        }
    }

    // Without the times, and without the right column.
    private static IEnumerable<string> Of(string[] lines, string name)
    {
        bool wanted = false;
        foreach (string line in lines)
        {
            if (line[0] is '>' or '<')
            {
                string[] words = line.Split(' ', 3);
                Assert.True(DateTime.TryParse(words[1], CultureInfo.InvariantCulture, out _), line);
                wanted = words[2].StartsWith(name + " ", StringComparison.Ordinal);
                if (wanted)
                    yield return $"{words[0]} {words[2]}";
            }
            else if (wanted)
            {
                yield return line[..line.IndexOf('|', StringComparison.Ordinal)].TrimEnd();
            }
        }
    }
}
