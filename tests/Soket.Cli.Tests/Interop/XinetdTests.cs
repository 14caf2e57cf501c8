using System.Buffers.Binary;
using System.Globalization;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary><c>soket connect</c> asks the same of xinetd's built-in services and of those of <c>soket serve</c>, side by side.</summary>
public sealed class XinetdTests
{
    private const int LineLength = 74; // RFC 864: 72 characters and CR LF
    private const long From1900To1970 = 2_208_988_800;

    [Fact]
    public async Task Echo_over_tcp_gives_every_byte_back()
    {
        byte[] sent = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7 / 3))];
        foreach (Finished answer in await AskBothAsync("echo", "tcp", sent))
        {
            Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
            Assert.True(sent.AsSpan().SequenceEqual(answer.OutBytes), $"{answer.OutBytes.Length} of {sent.Length} bytes came back, or others");
        }
    }

    [Fact]
    public async Task Echo_over_udp_gives_each_datagram_back()
    {
        foreach (Finished answer in await AskBothAsync("echo", "udp", null, "00 ff", "0a 0d 80", "--hex", "--wait", "30s", "--quiet"))
        {
            Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
            string[] lines = answer.Out.TrimEnd('\n').Split('\n');
            Assert.Equal(2, lines.Length);
            Assert.StartsWith("00000000  00 ff  ", lines[0], StringComparison.Ordinal);
            Assert.StartsWith("00000002  0a 0d 80  ", lines[1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Discard_over_tcp_takes_everything_and_says_nothing_to_its_end()
    {
        foreach (Finished answer in await AskBothAsync("discard", "tcp", new byte[100_000]))
            Assert.Equal((0, "", ""), (answer.ExitCode, answer.Out, answer.Error));
    }

    [Fact]
    public async Task Discard_over_udp_takes_a_datagram_and_does_not_answer()
    {
        // A port that nobody has would be a refusal, with another exit code.
        foreach (Finished answer in await AskBothAsync("discard", "udp", null, "halo", "--wait", "200ms"))
            Assert.Equal((28, ""), (answer.ExitCode, answer.Out));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public async Task Daytime_is_one_line_with_the_time_at_which_it_was_asked(string transport)
    {
        DateTime before = DateTime.Now;
        Finished[] answers = await AskBothForTheTimeAsync("daytime", transport);
        DateTime after = DateTime.Now;
        foreach (Finished answer in answers)
        {
            Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
            Assert.Equal(answer.Out.Length - 2, answer.Out.IndexOf("\r\n", StringComparison.Ordinal));
            Assert.InRange(Parse(answer.Out), before.AddSeconds(-2), after); // whole seconds, and a clock that may be a tick behind
        }

        // RFC 867 has no one form: xinetd says "21 NOV 2026 03:00:00 UTC", we say "Saturday, November 21, 2026 03:00:00-UTC".
        static DateTime Parse(string line)
        {
            int seconds = line.IndexOf(':', StringComparison.Ordinal) + 6;
            return DateTime.ParseExact(line[..seconds], ["d MMM yyyy HH:mm:ss", "dddd, MMMM d, yyyy HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None);
        }
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public async Task Time_is_four_bytes_with_the_second_in_which_it_was_asked(string transport)
    {
        long before = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + From1900To1970;
        Finished[] answers = await AskBothForTheTimeAsync("time", transport);
        long after = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + From1900To1970;
        foreach (Finished answer in answers)
        {
            Assert.Equal((0, 4, ""), (answer.ExitCode, answer.OutBytes.Length, answer.Error));
            long told = BinaryPrimitives.ReadUInt32BigEndian(answer.OutBytes);
            Assert.InRange(told, before - 1, after);
        }
    }

    [Fact]
    public async Task Chargen_over_tcp_sends_the_same_lines()
    {
        await using XinetdServer xinetd = await XinetdServer.StartAsync();
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("chargen", "tcp://127.0.0.1:0");
        await using (server)
        {
            string[] theirs = await FirstLinesAsync(xinetd.Endpoint("chargen", "tcp"));
            string[] ours = await FirstLinesAsync(endpoints[0]);

            // xinetd leaves the blank and the tilde out of its ring, so that its first line is our second; the 22 from there on reach neither.
            Assert.Equal(theirs[..22], ours[1..23]);
            Assert.All(theirs.Concat(ours), line => Assert.Equal(LineLength - 2, line.Length));
        }
    }

    [Fact]
    public async Task Chargen_over_udp_sends_a_piece_of_the_same_lines()
    {
        Finished[] answers = await AskBothAsync("chargen", "udp", null, "halo", "--wait", "30s", "--quiet");
        Assert.All(answers, answer => Assert.Equal((0, ""), (answer.ExitCode, answer.Error)));
        (string theirs, string ours) = (answers[0].Out, answers[1].Out);

        // The RFC says 0 to 512 characters; xinetd sends 1,024. Again its first line is our second.
        Assert.InRange(ours.Length, 0, 512);
        Assert.StartsWith(ours[Math.Min(LineLength, ours.Length)..], theirs, StringComparison.Ordinal);
    }

    // Over TCP both speak unasked, and close: what one would send them then is answered with a reset.
    private static Task<Finished[]> AskBothForTheTimeAsync(string service, string transport)
    {
        string[] message = transport == "udp" ? ["halo", "--wait", "30s", "--quiet"] : [];
        return AskBothAsync(service, transport, null, message);
    }

    // xinetd's answer, then ours.
    private static async Task<Finished[]> AskBothAsync(string service, string transport, byte[]? input, params string[] arguments)
    {
        await using XinetdServer xinetd = await XinetdServer.StartAsync();
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync(service, $"{transport}://127.0.0.1:0");
        await using (server)
        {
            Finished theirs = await SoketProcess.RunAsync(input, ["connect", xinetd.Endpoint(service, transport), .. arguments]);
            Finished ours = await SoketProcess.RunAsync(input, ["connect", endpoints[0], .. arguments]);
            return [theirs, ours];
        }
    }

    // The client's stdin stays open: at its end it would half-close, and ours stops at that.
    private static async Task<string[]> FirstLinesAsync(string endpoint)
    {
        await using SoketProcess shell = SoketProcess.Peer(Peers.Require("bash"), "-c", $"dotnet '{SoketProcess.Program}' connect {endpoint} | head -n 24");
        Finished finished = await shell.EndAsync();
        string[] lines = finished.Out.Split("\r\n");
        Assert.True(lines is [.., ""] && lines.Length == 25, finished.Out + finished.Error);
        return lines[..^1];
    }
}
