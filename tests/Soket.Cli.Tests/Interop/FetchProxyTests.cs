using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary><c>soket fetch</c> through the proxies of others, and which one it takes from the variables, beside curl.</summary>
public sealed class FetchProxyTests : IAsyncLifetime
{
    private readonly MadeCertificates _certificates = new();
    private readonly TemporaryFolder _folder = new();
    private NginxServer? _nginx;
    private MadeCertificate? _certificate;

    private NginxServer Nginx => _nginx!;

    public async ValueTask InitializeAsync()
    {
        _certificate = _certificates.Make("localhost", ["localhost", "127.0.0.1"]);
        _nginx = await NginxServer.StartAsync(_certificate);
    }

    public async ValueTask DisposeAsync()
    {
        if (_nginx is not null)
            await _nginx.DisposeAsync();
        _certificates.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("tinyproxy", "http://ani:rahasia@127.0.0.1:{0}")]
    [InlineData("microsocks", "socks5://ani:rahasia@127.0.0.1:{0}")]
    [InlineData("danted", "socks5://127.0.0.1:{0}")]
    [InlineData("danted", "socks4a://127.0.0.1:{0}")]
    public async Task A_page_comes_through_as_curl_gets_it(string program, string uri)
    {
        string curl = Peers.Require("curl");
        await using ProxyServer proxy = await ProxyServer.StartAsync(program, string.Create(CultureInfo.InvariantCulture, $"ConnectPort {Nginx.TlsPort}"));
        string at = string.Format(CultureInfo.InvariantCulture, uri, proxy.Port);
        foreach (string url in (string[])[$"{Nginx.Url}/text.txt", $"https://127.0.0.1:{Nginx.TlsPort}/text.txt", $"{Nginx.Url}/one"])
        {
            Finished ours = await SoketProcess.RunAsync("fetch", url, "-L", "--proxy", at, "--cafile", _certificate!.Cert);
            Assert.True(ours.ExitCode == 0, ours.Error);
            // curl gives SOCKS 4A an address as a name, which danted will not look up: there it goes directly.
            string[] through = uri.StartsWith("socks4a:", StringComparison.Ordinal) ? [] : ["-x", at];
            await using SoketProcess peer = SoketProcess.Peer(curl, ["-s", "-b", "", "-L", "--cacert", _certificate.Cert, .. through, url]);
            Assert.Equal((await peer.FinishAsync()).OutBytes, ours.OutBytes);
            bool tunnels = url.StartsWith("https:", StringComparison.Ordinal) || !uri.StartsWith("http:", StringComparison.Ordinal);
            Assert.Equal(tunnels, ours.Error.Contains("\n  proxy ", StringComparison.Ordinal));
            Assert.Contains(at[(at.IndexOf('@', StringComparison.Ordinal) + 1)..][^5..], ours.Error, StringComparison.Ordinal); // the waterfall names the proxy
        }
    }

    [Theory]
    [InlineData("http_proxy=A", "http://lab.example:D/x?y", "A GET http://lab.example:D/x?y")]
    [InlineData("HTTP_PROXY=A", "http://lab.example:D/x", "D GET /x")] // a CGI program's clients could set it
    [InlineData("http_proxy=A https_proxy=B", "https://lab.example:D/x", "B CONNECT lab.example:D")]
    [InlineData("HTTPS_PROXY=B", "https://lab.example:D/x", "B CONNECT lab.example:D")]
    [InlineData("all_proxy=B", "http://lab.example:D/x", "B GET http://lab.example:D/x")]
    [InlineData("ALL_PROXY=B http_proxy=A", "http://lab.example:D/x", "A GET http://lab.example:D/x")]
    [InlineData("http_proxy=A no_proxy=lab.example", "http://lab.example:D/x", "D GET /x")]
    [InlineData("http_proxy=A NO_PROXY=.example", "http://lab.example:D/x", "D GET /x")]
    [InlineData("http_proxy=A no_proxy=ab.example", "http://lab.example:D/x", "A GET http://lab.example:D/x")]
    [InlineData("http_proxy=A no_proxy=x,example", "http://lab.example:D/x", "D GET /x")]
    [InlineData("http_proxy=A no_proxy=*", "http://lab.example:D/x", "D GET /x")]
    [InlineData("http_proxy=A/ no_proxy=127.0.0.1", "http://lab.example:D/x", "A GET http://lab.example:D/x")] // the name is not looked up for that
    [InlineData("http_proxy=A", "http://lab.example:D/x --noproxy lab.example", "D GET /x")]
    [InlineData("http_proxy=A no_proxy=lab.example", "http://lab.example:D/x --noproxy other", "A GET http://lab.example:D/x")]
    public async Task The_variables_mean_what_they_mean_to_curl(string variables, string what, string asked)
    {
        string curl = Peers.Require("curl");
        foreach (bool ours in (bool[])[true, false])
        {
            await using ToldRequests a = new(), b = new(), direct = new();
            string Here(string text) => text.Replace(":D", $":{direct.Port}", StringComparison.Ordinal);
            Dictionary<string, string?> environment = variables.Split(' ').Select(pair => pair.Split('=', 2)).ToDictionary(
                pair => pair[0],
                string? (pair) => pair[1] switch { "A" => $"http://127.0.0.1:{a.Port}", "A/" => $"127.0.0.1:{a.Port}/", "B" => $"http://127.0.0.1:{b.Port}", _ => pair[1] });
            string[] arguments = [.. Here(what).Split(' '), "--resolve", $"lab.example:{direct.Port}:127.0.0.1"];
            Finished run;
            if (ours)
            {
                run = await SoketProcess.RunAsync(null, ["fetch", .. arguments], environment);
            }
            else
            {
                await using SoketProcess peer = SoketProcess.PeerWith(environment, curl, ["-sS", .. arguments]);
                run = await peer.FinishAsync();
            }

            string told = string.Join('\n', new[] { ("A", a), ("B", b), ("D", direct) }.SelectMany(one => one.Item2.Heads.Select(head => $"{one.Item1} {head.Split(" HTTP/1.1\r\n")[0]}")));
            Assert.True(Here(asked) == told, $"{(ours ? "soket" : "curl")}: {told}\n{run.Error}");
        }
    }

    [Fact]
    public async Task A_variable_does_not_keep_anybody_from_this_machine()
    {
        await using var proxy = new ToldRequests();
        var environment = new Dictionary<string, string?> { ["http_proxy"] = $"http://127.0.0.1:{proxy.Port}" };
        Finished direct = await SoketProcess.RunAsync(null, ["fetch", Nginx.Url + "/"], environment);
        Assert.Equal("<p>halo ✓</p>\n", direct.Out);
        Assert.Empty(proxy.Heads);
        Finished through = await SoketProcess.RunAsync("fetch", Nginx.Url + "/", "--proxy", $"http://127.0.0.1:{proxy.Port}");
        Assert.Equal("ok\n", through.Out);
        Finished none = await SoketProcess.RunAsync(null, ["fetch", "http://lab.example:1/", "--resolve", $"lab.example:1:127.0.0.1", "--proxy", "off"], environment);
        Assert.Equal(7, none.ExitCode);
        Assert.Single(proxy.Heads);
    }

    [Fact]
    public async Task A_proxy_that_wants_a_login_says_so_in_its_own_page_or_in_the_dialogue()
    {
        await using ProxyServer proxy = await ProxyServer.StartAsync("tinyproxy", string.Create(CultureInfo.InvariantCulture, $"ConnectPort {Nginx.TlsPort}"));
        string at = $"http://127.0.0.1:{proxy.Port}";
        Finished page = await SoketProcess.RunAsync("fetch", Nginx.Url + "/", "--proxy", at);
        Assert.Equal(0, page.ExitCode);
        Assert.Contains("407", page.Error, StringComparison.Ordinal);
        Assert.Equal(22, (await SoketProcess.RunAsync("fetch", Nginx.Url + "/", "--proxy", at, "--fail")).ExitCode);
        Finished tunnel = await SoketProcess.RunAsync("fetch", Nginx.TlsUrl + "/", "--proxy", at, "--cafile", _certificate!.Cert);
        Assert.Equal((97, ""), (tunnel.ExitCode, tunnel.Out));
        Assert.Contains("soket explain proxy-login", tunnel.Error, StringComparison.Ordinal);
        Assert.Matches(@"\n  proxy .*PROXY_LOGIN\n", tunnel.Error);
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_is_told_apart_from_the_server()
    {
        Finished ended = await SoketProcess.RunAsync("fetch", Nginx.Url + "/", "--proxy", $"socks5://127.0.0.1:{Ports.Free()}");
        Assert.Equal((7, ""), (ended.ExitCode, ended.Out));
        Assert.Contains("soket explain proxy-unreachable", ended.Error, StringComparison.Ordinal);
        Assert.Matches(@"\n  connect .*PROXY_UNREACHABLE\n", ended.Error);
        Assert.Contains($"`soket fetch {Nginx.Url}/ --proxy off`", ended.Error.ReplaceLineEndings(" ").Replace("    ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_login_of_a_proxy_stands_in_no_log_no_record_and_no_archive()
    {
        await using ProxyServer proxy = await ProxyServer.StartAsync("tinyproxy");
        string har = Path.Combine(_folder.Path, "har"), events = Path.Combine(_folder.Path, "events");
        string[] arguments = ["fetch", Nginx.Url + "/", "--proxy", $"http://ani:rahasia@127.0.0.1:{proxy.Port}"];
        Finished told = await SoketProcess.RunAsync([.. arguments, "-vv", "--har", har, "--events", events]);
        Finished json = await SoketProcess.RunAsync([.. arguments, "--json", "-v"]);
        Assert.Equal((0, 0), (told.ExitCode, json.ExitCode));
        string all = told.Error + json.Out + await File.ReadAllTextAsync(har, TestContext.Current.CancellationToken) + await File.ReadAllTextAsync(events, TestContext.Current.CancellationToken);
        Assert.Contains("Proxy-Authorization", all, StringComparison.Ordinal);
        foreach (string secret in (string[])["rahasia", Convert.ToBase64String("ani:rahasia"u8)])
            Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
        string record = json.Out.Split('\n').First(line => line.Contains("\"type\":\"fetch\"", StringComparison.Ordinal));
        using JsonDocument document = JsonDocument.Parse(record);
        Assert.Equal($"http://127.0.0.1:{proxy.Port}", document.RootElement.GetProperty("exchanges")[0].GetProperty("proxy").GetString());
    }

    [Theory]
    [InlineData("--proxy ftp://h:1", "", "not 'ftp://h:1'")]
    [InlineData("--proxy socks4a://h:1 http://[2001:db8::1]/", "", "no IPv6")]
    [InlineData("--proxy http://h:1 --unix-socket /tmp/x", "", "--unix-socket")]
    [InlineData("", "http_proxy=ftp://a:rahasia@h:1", "http_proxy takes")]
    [InlineData("", "http_proxy=https://h:1", "TLS to the proxy")]
    public async Task A_wrong_proxy_is_told_before_anything_connects(string flags, string variable, string part)
    {
        Dictionary<string, string?> environment = variable.Length == 0 ? [] : new() { [variable.Split('=')[0]] = variable.Split('=', 2)[1] };
        string[] words = flags.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Finished run = await SoketProcess.RunAsync(null, ["fetch", .. words, .. words.Any(word => word.StartsWith("http://[", StringComparison.Ordinal)) ? (string[])[] : ["http://lab.example/"]], environment);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("rahasia", run.Error, StringComparison.Ordinal);
    }
}
