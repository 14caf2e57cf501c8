using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>--transport</c>: what carries the streams, and what is said of it.</summary>
public sealed class TransportTests
{
    [Theory]
    [InlineData("managed", "managed", "asked")]
    [InlineData("linux", "linux", "asked")]
    [InlineData("auto", "linux", "works-here")]
    [InlineData(null, "linux", "works-here")]
    public async Task It_is_used_and_told(string? asked, string carrier, string reason)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the linux transport is for Linux");
        string[] flags = asked is null ? [] : ["--transport", asked];
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync(["echo", "tcp://127.0.0.1:0", .. flags]);
        await using (server)
        {
            JsonElement ready = await RecordAsync(server, "ready");
            Assert.Equal((carrier, reason), (ready.GetProperty("carrier").GetString(), ready.GetProperty("carrier_reason").GetString()));
            Assert.Equal(carrier == "linux", Threads(server).Contains("soket loop 0"));

            await using SoketProcess client = SoketProcess.Soket(["connect", endpoints[0], "halo", "--json", .. flags]);
            JsonElement connected = await RecordAsync(client, "connected");
            Assert.Equal(carrier, connected.GetProperty("carrier").GetString());
            Assert.Equal("halo", (await RecordAsync(client, "reply")).GetProperty("text").GetString());
            Assert.Equal(0, (await client.FinishAsync()).ExitCode);
        }
    }

    [Theory]
    [InlineData("en", "streams are carried by: managed (as asked for)")]
    [InlineData("id", "aliran dibawa oleh: managed (sesuai permintaan)")]
    public async Task The_log_says_it(string language, string line)
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", "tcp://127.0.0.1:0", "-vv", "--transport", "managed", "--lang", language);
        await server.ErrorLineAsync(said => said.Contains(line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_datagrams_nothing_is_said()
    {
        (SoketProcess server, _) = await SoketProcess.ServeAsync("echo", "udp://127.0.0.1:0");
        await using (server)
            Assert.False((await RecordAsync(server, "ready")).TryGetProperty("carrier", out _));
    }

    [Fact]
    public async Task What_is_none_is_a_mistake()
    {
        Finished run = await SoketProcess.RunAsync("connect", "tcp://127.0.0.1:1", "halo", "--transport", "io_uring");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--transport 'io_uring': one of auto|linux|managed.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_sets_it()
    {
        await using SoketProcess server = SoketProcess.SoketIn(new Dictionary<string, string?> { ["SOKET_TRANSPORT"] = "managed" }, "serve", "echo", "tcp://127.0.0.1:0", "--json");
        Assert.Equal("managed", (await RecordAsync(server, "ready")).GetProperty("carrier").GetString());
    }

    private static async Task<JsonElement> RecordAsync(SoketProcess process, string type)
    {
        string line = await process.OutLineAsync(line => line.Contains($"\"type\":\"{type}\"", StringComparison.Ordinal));
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }

    // Listening begins upon a loop: its thread is there once the server is ready.
    private static List<string> Threads(SoketProcess process) =>
        [.. Directory.EnumerateDirectories($"/proc/{process.Id}/task").Select(thread => File.ReadAllText(Path.Combine(thread, "comm")).Trim())];
}
