using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary><c>soket fetch</c> against servers of others, beside curl.</summary>
public sealed class FetchTests : IAsyncLifetime
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
    [InlineData("/text.txt")]
    [InlineData("/gz/text.txt --compressed")]
    [InlineData("/gz/text.txt -H Accept-Encoding:gzip")] // asked for by hand: passed on as it came
    [InlineData("/blob -r 100-199")]
    [InlineData("/blob -r -50")]
    [InlineData("/blob -r 0-0,-1")]
    [InlineData("/one -L")]
    [InlineData("/one")]
    [InlineData("/echo -d a=1 -d b=2")]
    [InlineData("/echo -u ani:rahasia")]
    [InlineData("/echo -X DELETE")]
    [InlineData("/nothing")]
    [InlineData("/nothing --fail")]
    [InlineData("/loop -L --max-redirs 3")]
    [InlineData("/busy")]
    public async Task The_body_and_the_exit_code_are_those_of_curl(string what)
    {
        string curl = Peers.Require("curl");
        string[] words = what.Split(' ');
        string[] arguments = [Nginx.Url + words[0], .. words[1..]];
        Finished ours = await SoketProcess.RunAsync(["fetch", .. arguments]);
        await using SoketProcess peer = SoketProcess.Peer(curl, ["-s", "-b", "", .. arguments]); // -b: with the cookies of the run, as ours
        Finished theirs = await peer.FinishAsync();
        Assert.Equal(theirs.ExitCode, ours.ExitCode);
        Assert.Equal(Comparable(theirs.OutBytes), Comparable(ours.OutBytes));
    }

    [Fact]
    public async Task The_waterfall_names_every_step_and_the_address_that_failed_first()
    {
        Finished ended = await SoketProcess.RunAsync("fetch", $"{Nginx.TlsUrl}/text.txt", "--cacert", _certificate!.Cert, "-o", Path.Combine(_folder.Path, "text"));
        Assert.Equal(0, ended.ExitCode);
        foreach (string step in (string[])["connect", "TLS", "request", "first byte", "download", "close", "total"])
            Assert.Contains($"\n  {step} ", ended.Error, StringComparison.Ordinal);
        Assert.Contains($"tried [::1]:{Nginx.TlsPort}: ECONNREFUSED", ended.Error, StringComparison.Ordinal);
        Assert.Contains("CN=localhost by CN=localhost", ended.Error, StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(Nginx.Files, "text.txt"), TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(Path.Combine(_folder.Path, "text"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_certificate_nobody_vouches_for_is_told_in_the_step_it_failed_in()
    {
        Finished ended = await SoketProcess.RunAsync("fetch", Nginx.TlsUrl + "/");
        Assert.Equal((60, ""), (ended.ExitCode, ended.Out));
        Assert.Matches(@"\n  TLS .*✗.*TLS_UNTRUSTED\n", ended.Error);
        Assert.Contains($"`soket fetch {Nginx.TlsUrl}/ --pin {_certificate!.Fingerprint}`", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_to_plain_text_wants_to_be_allowed()
    {
        Finished ended = await SoketProcess.RunAsync("fetch", "-L", $"{Nginx.TlsUrl}/down", "--cafile", _certificate!.Cert);
        Assert.Equal((47, ""), (ended.ExitCode, ended.Out));
        Assert.Contains("--allow-downgrade", ended.Error, StringComparison.Ordinal);
        Assert.Equal("<p>halo ✓</p>\n", (await SoketProcess.RunAsync("fetch", "-L", $"{Nginx.TlsUrl}/down", "--cafile", _certificate.Cert, "--allow-downgrade")).Out);
    }

    [Fact]
    public async Task A_download_goes_on_where_it_ended()
    {
        string part = Path.Combine(_folder.Path, "part");
        byte[] whole = await File.ReadAllBytesAsync(Path.Combine(Nginx.Files, "blob"), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(part, whole[..1_234_567], TestContext.Current.CancellationToken);
        Assert.Equal(0, (await SoketProcess.RunAsync("fetch", Nginx.Url + "/blob", "-o", part, "-C", "-")).ExitCode);
        Assert.Equal(whole, await File.ReadAllBytesAsync(part, TestContext.Current.CancellationToken));
        Assert.Equal(0, (await SoketProcess.RunAsync("fetch", Nginx.Url + "/blob", "-o", part, "-C", "-")).ExitCode); // nothing is left to bring
        Assert.Equal(2, (await SoketProcess.RunAsync("fetch", Nginx.Url + "/blob", "-o", part)).ExitCode); // and nothing is overwritten unasked
        Assert.Equal(whole, await File.ReadAllBytesAsync(part, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Names_and_sockets_can_be_given()
    {
        Finished pinned = await SoketProcess.RunAsync("fetch", "--resolve", $"lab.example:{Nginx.Port}:127.0.0.1", $"http://lab.example:{Nginx.Port}/");
        Finished unix = await SoketProcess.RunAsync("fetch", "--unix-socket", Nginx.UnixPath, "http://lab.example/");
        Assert.Equal(("<p>halo ✓</p>\n", "<p>halo ✓</p>\n"), (pinned.Out, unix.Out));
    }

    [Fact]
    public async Task The_first_characters_are_characters_and_not_bytes()
    {
        Assert.Equal("<p>halo ✓", (await SoketProcess.RunAsync("fetch", Nginx.Url + "/", "--head", "9")).Out);
    }

    [Fact]
    public async Task Secrets_stand_in_no_log_no_record_and_no_archive()
    {
        string har = Path.Combine(_folder.Path, "har"), events = Path.Combine(_folder.Path, "events");
        string encoded = Convert.ToBase64String("ani:rahasia"u8);
        string[] arguments = ["fetch", $"http://ani:rahasia@127.0.0.1:{Nginx.Port}/set", "-L", "-H", "Cookie: mine=geheim", "-o", "/dev/null"];
        Finished told = await SoketProcess.RunAsync([.. arguments, "-vv", "--har", har, "--events", events]);
        Finished json = await SoketProcess.RunAsync([.. arguments, "--json", "-v"]);
        string all = told.Error + json.Out + await File.ReadAllTextAsync(har, TestContext.Current.CancellationToken) + await File.ReadAllTextAsync(events, TestContext.Current.CancellationToken);
        Assert.Contains("Authorization", all, StringComparison.Ordinal);
        foreach (string secret in (string[])["rahasia", encoded, "geheim", "s=1"])
            Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
        using JsonDocument archive = JsonDocument.Parse(await File.ReadAllTextAsync(har, TestContext.Current.CancellationToken));
        Assert.Equal([302, 200], archive.RootElement.GetProperty("log").GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("response").GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task Heads_and_calls_are_shown_on_demand()
    {
        string error = (await SoketProcess.RunAsync("fetch", Nginx.Url + "/index.html", "-v")).Error;
        foreach (string line in (string[])["> GET /index.html HTTP/1.1\n", $"> Host: 127.0.0.1:{Nginx.Port}\n", "< HTTP/1.1 200 OK\n", $"connect(127.0.0.1:{Nginx.Port}) = 0", "http = GET /index.html 200"])
            Assert.Contains(line, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_language_names_the_steps_in_its_words()
    {
        Finished ended = await SoketProcess.RunAsync("fetch", Nginx.Url + "/nothing", "--fail", "--lang", "id");
        Assert.Equal(22, ended.ExitCode);
        foreach (string word in (string[])["\n  sambung ", "\n  permintaan ", "\n  byte awal ", "\n  unduh ", "sebab: Servernya ada dan menjawab 404"])
            Assert.Contains(word, ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_record_has_times_as_numbers()
    {
        Finished ended = await SoketProcess.RunAsync("fetch", Nginx.Url + "/", "--json");
        using JsonDocument record = JsonDocument.Parse(ended.Out);
        JsonElement exchange = record.RootElement.GetProperty("exchanges")[0];
        Assert.Equal(("fetch", 200, "<p>halo ✓</p>\n"), (record.RootElement.GetProperty("type").GetString(), exchange.GetProperty("status").GetInt32(), record.RootElement.GetProperty("body").GetProperty("text").GetString()));
        long end = exchange.GetProperty("steps").GetProperty("close").GetProperty("start_us").GetInt64() + exchange.GetProperty("steps").GetProperty("close").GetProperty("duration_us").GetInt64();
        Assert.InRange(record.RootElement.GetProperty("total_us").GetInt64(), end - 1, end + 1);
    }

    [Fact]
    public async Task What_a_script_asks_for_is_written_by_curls_names()
    {
        string curl = Peers.Require("curl");
        const string Format = "%{http_code} %{num_redirects} %{url_effective} %{size_download} %{content_type} %{scheme}\\n";
        Finished ours = await SoketProcess.RunAsync("fetch", "-L", Nginx.Url + "/one", "-o", "/dev/null", "-w", Format);
        await using SoketProcess peer = SoketProcess.Peer(curl, "-s", "-L", Nginx.Url + "/one", "-o", "/dev/null", "-w", Format);
        // The cookie that curl does not keep is what makes its answer shorter.
        string theirs = (await peer.FinishAsync()).Out;
        Assert.Equal(theirs.Split(' ')[..3], ours.Out.Split(' ')[..3]);
        Assert.Equal(theirs.Split(' ')[4..], ours.Out.Split(' ')[4..].Select(word => word.Replace("http\n", theirs.Split(' ')[^1], StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_busy_server_is_asked_again()
    {
        Finished ended = await SoketProcess.RunAsync("fetch", Nginx.Url + "/busy", "--retry", "2", "--retry-delay", "10ms");
        Assert.Equal((0, "busy\n"), (ended.ExitCode, ended.Out));
        Assert.Equal(2, ended.Error.Split('\n').Count(line => line.StartsWith("503: trying again", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_servers_of_openssl_and_Python_are_understood()
    {
        string folder = _folder.Path;
        await File.WriteAllTextAsync(Path.Combine(folder, "page.txt"), "satu\ndua\n", TestContext.Current.CancellationToken);
        await using SoketProcess python = SoketProcess.PeerIn(folder, Peers.Require("python3"), "-u", "-m", "http.server", "0", "--bind", "127.0.0.1");
        string ready = await python.OutLineAsync(line => line.Contains(" port ", StringComparison.Ordinal) && line.Contains("http://", StringComparison.Ordinal));
        string port = ready.Split(" port ")[1].Split(' ')[0];
        Assert.Equal("satu\ndua\n", (await SoketProcess.RunAsync("fetch", $"http://127.0.0.1:{port}/page.txt")).Out);

        int tlsPort = Ports.Free();
        await using SoketProcess openssl = SoketProcess.PeerIn(folder, Peers.Require("openssl"), "s_server", "-accept", tlsPort.ToString(CultureInfo.InvariantCulture), "-cert", _certificate!.Cert, "-key", _certificate.Key, "-WWW");
        await openssl.OutLineAsync(line => line.StartsWith("ACCEPT", StringComparison.Ordinal));
        Assert.Equal("satu\ndua\n", (await SoketProcess.RunAsync("fetch", $"https://localhost:{tlsPort}/page.txt", "--cafile", _certificate.Cert)).Out);
    }

    [Fact]
    public async Task A_form_arrives_as_Python_reads_it()
    {
        string photo = Path.Combine(_folder.Path, "ani.jpg");
        await File.WriteAllBytesAsync(photo, [0xff, 0xd8, 0, 1, 2], TestContext.Current.CancellationToken);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<Finished> running = SoketProcess.RunAsync("fetch", "-F", "name=Ani", "-F", $"photo=@{photo};type=image/jpeg", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        using Socket client = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        string request = "";
        byte[] buffer = new byte[65536];
        while (!request.EndsWith("--\r\n", StringComparison.Ordinal))
            request += Encoding.Latin1.GetString(buffer, 0, await client.ReceiveAsync(buffer, TestContext.Current.CancellationToken));
        await client.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(0, (await running).ExitCode);
        int body = request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        Assert.Contains($"Content-Length: {request.Length - body}\r\n", request, StringComparison.Ordinal);
        const string Reader = "import sys,email;from email import policy;m=email.message_from_bytes(sys.stdin.buffer.read(),policy=policy.HTTP);print([(p.get_param('name',header='content-disposition'),p.get_filename(),p.get_content_type(),p.get_payload(decode=True).hex()) for p in m.iter_parts()])";
        await using SoketProcess python = SoketProcess.Peer(Peers.Require("python3"), "-c", Reader);
        string type = request.Split("\r\n").First(line => line.StartsWith("Content-Type:", StringComparison.Ordinal));
        Finished read = await python.FinishAsync(Encoding.Latin1.GetBytes(type + "\r\n\r\n" + request[body..]));
        Assert.Equal("[('name', None, 'text/plain', '416e69'), ('photo', 'ani.jpg', 'image/jpeg', 'ffd8000102')]\n", read.Out);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_compressed_body_that_ends_early_is_damaged_though_its_length_is_right(string coding)
    {
        byte[] text = Encoding.ASCII.GetBytes(string.Join('\n', Enumerable.Range(0, 20_000)));
        var packed = new MemoryStream();
        using (Stream stream = coding switch { "gzip" => new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Compress, true), "deflate" => new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionMode.Compress, true), _ => new System.IO.Compression.BrotliStream(packed, System.IO.Compression.CompressionMode.Compress, true) })
            await stream.WriteAsync(text, TestContext.Current.CancellationToken);
        byte[] cut = packed.ToArray()[..(int)(packed.Length / 2)];
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<Finished> running = SoketProcess.RunAsync("fetch", "--compressed", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        using Socket client = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await client.ReceiveAsync(new byte[65536], TestContext.Current.CancellationToken);
        await client.SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {cut.Length}\r\n\r\n"), .. cut], TestContext.Current.CancellationToken);
        client.Shutdown(SocketShutdown.Send);
        Finished ended = await running;
        Assert.Equal(61, ended.ExitCode);
        Assert.Contains("soket explain http-encoding", ended.Error, StringComparison.Ordinal);
    }

    // The parts of several ranges are told apart by a boundary that is made anew for each answer.
    private static string Comparable(byte[] body) => System.Text.RegularExpressions.Regex.Replace(Encoding.Latin1.GetString(body), @"(?<=--|boundary=)\d{8,}", "N");
}
