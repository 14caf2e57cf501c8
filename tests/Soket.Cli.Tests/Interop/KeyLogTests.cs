using System.Globalization;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>What <c>--key-log</c> writes, in the hands of Wireshark: a captured session becomes readable.</summary>
public sealed class KeyLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Tshark_reads_a_captured_session_with_the_key_log()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), ".NET writes TLS secrets on Linux only");
        string capture = Path.Combine(_folder, "session.pcap"), secrets = Path.Combine(_folder, "secrets");
        string tcpdump = Peers.Require("tcpdump"), tshark = Peers.Require("tshark");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tls://127.0.0.1:0");
        string port = SoketProcess.PortOf(endpoints[0]).ToString(CultureInfo.InvariantCulture);
        await using (server)
        {
            await using SoketProcess captures = SoketProcess.Peer(tcpdump, "-i", "lo", "-U", "--immediate-mode", "-B", "65536", "-w", capture, "tcp", "port", port);
            string said = await captures.ErrorLineAsync(line => line.Contains("listening on", StringComparison.Ordinal) || line.Contains("permission", StringComparison.OrdinalIgnoreCase) || line.Contains("permitted", StringComparison.OrdinalIgnoreCase));
            Assert.SkipUnless(said.Contains("listening on", StringComparison.Ordinal), "capturing is not permitted here: " + said);
            Finished run = await SoketProcess.RunAsync("connect", endpoints[0], "rahasia besar", "-k", "--key-log", secrets);
            Assert.Equal(0, run.ExitCode);
            await captures.SignalAsync("INT");
        }

        Assert.DoesNotContain("rahasia besar", (await FollowAsync()).Out, StringComparison.Ordinal);
        Assert.Contains("rahasia besar", (await FollowAsync("-o", "tls.keylog_file:" + secrets)).Out, StringComparison.Ordinal);

        async Task<Finished> FollowAsync(params string[] more)
        {
            await using SoketProcess reads = SoketProcess.Peer(tshark, ["-r", capture, "-d", $"tcp.port=={port},tls", .. more, "-q", "-z", "follow,tls,ascii,0"]);
            return await reads.FinishAsync([]);
        }
    }
}
