using System.Globalization;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary><c>connect --proxy</c> through the proxies of others, and what is said when they will not.</summary>
public sealed class ProxyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("tinyproxy", "http://ani:rahasia@127.0.0.1:{0}")]
    [InlineData("ncat", "http://ani:rahasia@127.0.0.1:{0}")]
    [InlineData("microsocks", "socks5://ani:rahasia@127.0.0.1:{0}")]
    [InlineData("danted", "socks5://127.0.0.1:{0}")]
    [InlineData("danted", "socks4a://127.0.0.1:{0}")]
    public async Task A_message_goes_through_and_comes_back(string program, string uri)
    {
        await using ProxyServer proxy = await ProxyServer.StartAsync(program);
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "tls://127.0.0.1:0", "ws://127.0.0.1:0");
        await using (server)
        {
            foreach (string endpoint in endpoints)
            {
                string[] tls = endpoint.StartsWith("tls:", StringComparison.Ordinal) ? ["-k"] : [];
                Finished run = await SoketProcess.RunAsync(["connect", endpoint, "halo", "--proxy", At(uri, proxy.Port), "--quiet", .. tls]);
                Assert.Equal(("halo", 0), (run.Out.TrimEnd(), run.ExitCode));
            }
        }
    }

    [Theory]
    [InlineData("tinyproxy", "http://127.0.0.1:{0}", 1, 97, "proxy-login", "none was given")]
    [InlineData("tinyproxy", "http://ani:salah@127.0.0.1:{0}", 1, 97, "proxy-login", "did not take the login")]
    [InlineData("tinyproxy", "http://ani:rahasia@127.0.0.1:{0}", 9, 97, "proxy-refused", "it answered 403")]
    [InlineData("tinyproxy", "http://ani:rahasia@127.0.0.1:{0}", 1, 97, "proxy-target-unreachable", "no server takes TCP on port 1 ")]
    [InlineData("ncat", "http://ani:salah@127.0.0.1:{0}", 1, 97, "proxy-login", "did not take the login")]
    [InlineData("microsocks", "socks5://127.0.0.1:{0}", 1, 97, "proxy-login", "takes nobody without a login")]
    [InlineData("microsocks", "socks5://ani:salah@127.0.0.1:{0}", 1, 97, "proxy-login", "did not take the login")]
    [InlineData("microsocks", "socks5://ani:rahasia@127.0.0.1:{0}", 1, 97, "proxy-target-unreachable", "no server takes TCP on port 1 ")]
    [InlineData("microsocks", "http://127.0.0.1:{0}", 1, 97, "proxy-not-a-proxy", "05 ff")]
    [InlineData("danted", "socks5://127.0.0.1:{0}", 9, 97, "proxy-refused", "A rule of the proxy")]
    [InlineData("danted", "socks4a://127.0.0.1:{0}", 1, 97, "proxy-target-unreachable", "no server takes TCP on port 1 ")]
    public async Task What_the_proxy_will_not_do_is_explained(string program, string uri, int port, int exitCode, string code, string part)
    {
        await using ProxyServer proxy = await ProxyServer.StartAsync(program, "ConnectPort 1");
        Finished run = await SoketProcess.RunAsync("connect", $"127.0.0.1:{port}", "halo", "--proxy", At(uri, proxy.Port));
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains($"soket explain {code}", run.Error, StringComparison.Ordinal);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("rahasia", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("salah", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_is_told_apart_from_the_target_and_no_output_shows_its_login()
    {
        string uri = At("http://ani:rahasia@127.0.0.1:{0}", Ports.Free());
        foreach (string[] arguments in (string[][])[["--proxy", uri, "-vv"], ["--proxy=" + uri], ["--proxy", uri, "--json", "-v"], ["--proxy", uri, "--lang", "id"]])
        {
            Finished run = await SoketProcess.RunAsync(["connect", "tcp://127.0.0.1:7", "halo", .. arguments]);
            Assert.Equal(7, run.ExitCode);
            Assert.Contains("proxy-unreachable", run.Out + run.Error, StringComparison.Ordinal);
            Assert.Contains("--proxy off", run.Out + run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("rahasia", run.Out + run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_login_comes_from_a_file_and_the_proxy_from_a_variable()
    {
        await using ProxyServer proxy = await ProxyServer.StartAsync("microsocks");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            string login = Path.Combine(_folder, "login"), log = Path.Combine(_folder, "events.jsonl");
            await File.WriteAllTextAsync(login, "ani:rahasia\n", TestContext.Current.CancellationToken);
            var variable = new Dictionary<string, string?> { ["SOKET_PROXY"] = At("socks5://127.0.0.1:{0}", proxy.Port) };
            Finished run = await SoketProcess.RunAsync(null, ["connect", endpoints[0], "halo", "--proxy-auth", login, "--json", "-v", "--events", log], variable);
            Assert.Equal(0, run.ExitCode);
            Assert.Contains($"\"proxy\":\"socks5://127.0.0.1:{proxy.Port}\"", run.Out, StringComparison.Ordinal);
            Assert.Contains("\"call\":\"proxy-handshake\"", run.Out, StringComparison.Ordinal);
            string everything = run.Out + run.Error + await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken);
            Assert.DoesNotContain("rahasia", everything, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String("rahasia"u8)[..8], everything, StringComparison.Ordinal);

            Finished direct = await SoketProcess.RunAsync(null, ["connect", endpoints[0], "halo", "--proxy", "off", "-v"], variable);
            Assert.Equal(0, direct.ExitCode);
            Assert.DoesNotContain("proxy-handshake", direct.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Settings_show_a_proxy_without_its_login()
    {
        var variable = new Dictionary<string, string?> { ["SOKET_PROXY"] = "http://ani:rahasia@127.0.0.1:3128" };
        foreach (string[] arguments in (string[][])[["settings"], ["settings", "connect"], ["settings", "--json"], ["settings", "connect", "--json"]])
        {
            Finished run = await SoketProcess.RunAsync(null, arguments, variable);
            Assert.Equal(0, run.ExitCode);
            Assert.Contains("http://***@127.0.0.1:3128", run.Out, StringComparison.Ordinal);
            Assert.DoesNotContain("rahasia", run.Out, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("connect :7 --proxy ftp://a:rahasia@h:1", "not 'ftp://***@h:1'")]
    [InlineData("connect :7 --proxy http://a:rahasia@h", "'http://***@h'")]
    [InlineData("connect :7 --proxy socks4a://a:rahasia@h:1", "cannot be sent")]
    [InlineData("connect udp://localhost:7 --proxy http://h:1", "goes over TCP")]
    [InlineData("connect unix:/tmp/x --proxy http://h:1", "goes over TCP")]
    [InlineData("connect [::1]:7 --proxy socks4a://h:1", "no IPv6")]
    [InlineData("connect :7 --proxy-auth x", "say which")]
    [InlineData("connect :7 --proxy http://a:rahasia@h:1 --proxy-auth x", "give it once")]
    [InlineData("connect :7 --proxy http://h:1 --proxy-auth /nonexistent", "/nonexistent cannot be read")]
    [InlineData("connect :7 --proxy http://h:1 --proxy-auth /dev/null", "is not one line")]
    public async Task A_wrong_proxy_is_told_before_anything_connects(string command, string part)
    {
        Finished run = await SoketProcess.RunAsync(command.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("rahasia", run.Error, StringComparison.Ordinal);
    }

    private static string At(string uri, int port) => string.Format(CultureInfo.InvariantCulture, uri, port);
}
