using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>The chat over everything that carries it, with the programs people have: telnet, nc, ncat, openssl.</summary>
public sealed class ChatTransportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket-chat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("tls://127.0.0.1:0")]
    [InlineData("wss://127.0.0.1:0/ruang")]
    [InlineData("ws://127.0.0.1:0/")]
    [InlineData("unix:FOLDER/chat.sock")]
    [InlineData("udp://127.0.0.1:0")]
    public async Task Two_talk_over_every_transport_and_with_one_on_plain_tcp_and_come_back_to_a_server_that_was_drained(string endpoint)
    {
        string[] places = ["tcp://127.0.0.1:0", endpoint.Replace("FOLDER", _folder, StringComparison.Ordinal)];
        string history = Path.Combine(_folder, "history");
        using var certificates = new MadeCertificates();
        MadeCertificate certificate = certificates.Make("chat", ["127.0.0.1"]);
        bool secure = endpoint.StartsWith("tls:", StringComparison.Ordinal) || endpoint.StartsWith("wss:", StringComparison.Ordinal);
        string[] own = secure ? ["--cert", certificate.Cert, "--key", certificate.Key] : [];
        string[] trust = secure ? ["--cafile", certificate.Cert] : [];

        (SoketProcess first, IReadOnlyList<string> bound) = await SoketProcess.ServeAsync(["chat", .. places, .. own, "--history", history]);
        await using SoketProcess ani = SoketProcess.Soket(["chat", bound[1], "--nick", "ani", .. trust]);
        await ani.ErrorLineAsync(line => line.Contains("You are in #lobby", StringComparison.Ordinal));
        await using SoketProcess budi = SoketProcess.Soket(["chat", bound[1], "--nick", "budi", .. trust]);
        await ani.ErrorLineAsync(line => line.Contains("budi has joined", StringComparison.Ordinal));
        await using SoketProcess citra = SoketProcess.Soket("chat", bound[0], "--nick", "citra");
        await ani.ErrorLineAsync(line => line.Contains("citra has joined", StringComparison.Ordinal));
        await using (first)
        {
            await ani.WriteAsync("halo\n");
            await budi.OutLineAsync(line => line == "ani: halo");
            await citra.OutLineAsync(line => line == "ani: halo");
            await citra.WriteAsync("halo juga\n");
            await ani.OutLineAsync(line => line == "citra: halo juga");
            Finished drained = await first.SignalAsync("TERM");
            Assert.Equal(0, drained.ExitCode);
            using JsonDocument summary = JsonDocument.Parse(drained.Out.TrimEnd('\n').Split('\n')[^1]);
            Assert.Equal(("summary", 2), (summary.RootElement.GetProperty("type").GetString(), summary.RootElement.GetProperty("messages").GetInt32()));
            Assert.True(summary.RootElement.GetProperty("bytes_received").GetInt64() > 0);
        }

        await ani.ErrorLineAsync(line => line.Contains("The server stops", StringComparison.Ordinal));
        await ani.WriteAsync("sementara\n");
        (SoketProcess second, _) = await SoketProcess.ServeAsync(["chat", .. bound, .. own, "--history", history, "--reuse-address", "--remove-stale"]);
        await using (second)
        {
            await budi.OutLineAsync(line => line == "ani: sementara");
            await citra.OutLineAsync(line => line == "ani: sementara");
            await citra.WriteAsync("selamat datang kembali\n");
            await ani.OutLineAsync(line => line == "citra: selamat datang kembali");
            Finished ended = await budi.FinishAsync("exit\n"u8.ToArray());
            Assert.Equal((0, 1, 1), (ended.ExitCode, ended.Out.Split('\n').Count(line => line == "ani: halo"), ended.Out.Split('\n').Count(line => line == "ani: sementara")));
        }
    }

    [Fact]
    public async Task People_at_telnet_ncat_and_openssl_talk_with_each_other()
    {
        string telnet = Peers.Require("inetutils-telnet", "telnet"), ncat = Peers.Require("ncat"), openssl = Peers.Require("openssl");
        (SoketProcess server, IReadOnlyList<string> bound) = await SoketProcess.ServeAsync("chat", "tcp://127.0.0.1:0", "tls://127.0.0.1:0");
        await using (server)
        {
            string plain = SoketProcess.PortOf(bound[0]).ToString(CultureInfo.InvariantCulture);
            await using SoketProcess ani = SoketProcess.Peer(telnet, "127.0.0.1", plain);
            await ani.OutLineAsync(line => line.StartsWith("* soket chat", StringComparison.Ordinal));
            await ani.WriteAsync("/nick ani\n");
            await ani.OutLineAsync(line => line.TrimEnd('\r') == "* You are ani now.");
            await using SoketProcess budi = SoketProcess.Peer(ncat, "127.0.0.1", plain);
            await budi.WriteAsync("/nick budi\n");
            await ani.OutLineAsync(line => line.TrimEnd('\r') == "* guest-2 is now budi");
            await using SoketProcess citra = SoketProcess.Peer(openssl, "s_client", "-quiet", "-connect", bound[1]["tls://".Length..]);
            await citra.OutLineAsync(line => line.StartsWith("* soket chat", StringComparison.Ordinal));
            await citra.WriteAsync("/nick citra\n");
            await ani.OutLineAsync(line => line.TrimEnd('\r') == "* guest-3 is now citra");

            await ani.WriteAsync("dari telnet\n");
            await budi.OutLineAsync(line => line == "ani: dari telnet");
            await citra.OutLineAsync(line => line == "ani: dari telnet");
            await budi.WriteAsync("dari ncat\n");
            await ani.OutLineAsync(line => line.TrimEnd('\r') == "budi: dari ncat");
            await citra.WriteAsync("dari openssl\n");
            await ani.OutLineAsync(line => line.TrimEnd('\r') == "citra: dari openssl");
            await ani.WriteAsync("quit\n");
            await budi.OutLineAsync(line => line == "* ani has gone");
        }
    }

    [Fact]
    public async Task One_that_vanishes_without_a_word_is_asked_after_by_the_kernel_unless_said_otherwise()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ss is Linux's");
        string ss = Peers.Require("ss");
        foreach ((string[] more, bool asked) in ((string[], bool)[])[([], true), (["--keep-alive=off"], false)])
        {
            (SoketProcess server, IReadOnlyList<string> bound) = await SoketProcess.ServeAsync(["chat", "tcp://127.0.0.1:0", .. more]);
            await using (server)
            {
                await using SoketProcess ani = SoketProcess.Soket("chat", bound[0], "--nick", "ani");
                await ani.ErrorLineAsync(line => line.Contains("You are in #lobby", StringComparison.Ordinal));
                string seen;
                do
                {
                    await using SoketProcess look = SoketProcess.Peer(ss, "-tnoH", "state", "established", "sport", "=", ":" + SoketProcess.PortOf(bound[0]).ToString(CultureInfo.InvariantCulture));
                    seen = (await look.EndAsync()).Out;
                }
                while (seen.Contains("timer:(on,", StringComparison.Ordinal)); // until what was said is acknowledged that timer stands in the other's place
                Assert.NotEmpty(seen);
                Assert.Equal(asked, seen.Contains("timer:(keepalive,", StringComparison.Ordinal));
            }
        }
    }

    // It holds its name only until whoever has its session comes back: nobody waits for the old connection to be found dead.
    [Fact]
    public async Task Who_comes_back_while_the_old_connection_hangs_has_his_name_again()
    {
        string nc = Peers.Require("nc.openbsd");
        (SoketProcess server, IReadOnlyList<string> bound) = await SoketProcess.ServeAsync("chat", "tcp://127.0.0.1:0");
        await using (server)
        {
            string port = SoketProcess.PortOf(bound[0]).ToString(CultureInfo.InvariantCulture);
            await using SoketProcess old = SoketProcess.Peer(nc, "127.0.0.1", port);
            await old.WriteAsync("{\"type\":\"hello\",\"nick\":\"ani\",\"session\":\"0123456789abcdef\"}\n");
            await old.OutLineAsync(line => line.Contains("\"type\":\"joined\"", StringComparison.Ordinal));
            old.Signal("STOP"); // it takes nothing and says nothing, and its kernel still answers
            await using SoketProcess again = SoketProcess.Peer(nc, "127.0.0.1", port);
            await again.WriteAsync("{\"type\":\"hello\",\"nick\":\"ani\",\"session\":\"0123456789abcdef\"}\n");
            await again.OutLineAsync(line => line.Contains("\"type\":\"welcome\"", StringComparison.Ordinal) && line.Contains("\"nick\":\"ani\"", StringComparison.Ordinal));
            await again.WriteAsync("{\"type\":\"line\",\"text\":\"/who\"}\n");
            await again.OutLineAsync(line => line.Contains("\"code\":\"who\"", StringComparison.Ordinal) && line.Contains("\"count\":\"1\"", StringComparison.Ordinal));
            old.Signal("CONT");
            await old.OutLineAsync(line => line.Contains("\"reason\":\"moved\"", StringComparison.Ordinal));
        }
    }
}
