using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Cli.Commands.Fetch;
using Soket.Http;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>What <c>soket fetch</c> shows, and when; against servers that answer byte by byte as they are told to.</summary>
public sealed class FetchWordsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket").FullName;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public FetchWordsTests() => _listener.Start();

    private string Url => $"http://{_listener.LocalEndpoint}/";

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_empty_answer_is_missing_its_first_byte()
    {
        Task serving = AnswerAsync("");
        Finished run = await SoketProcess.RunAsync("fetch", Url, "--color", "never");
        await serving;
        Assert.Equal(52, run.ExitCode);
        string[] steps = [.. run.Error.Split('\n').Where(line => line.Contains("SOKET_UNANSWERED", StringComparison.Ordinal))];
        Assert.StartsWith("  first byte", steps[0], StringComparison.Ordinal);
        Assert.DoesNotContain("\n  download", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attempt_has_one_time()
    {
        _listener.Stop();
        int port = Interop.Ports.Free();
        Finished run = await SoketProcess.RunAsync("fetch", $"http://localhost:{port}/");
        Assert.Equal(7, run.ExitCode);
        string[] tried = [.. run.Error.Split('\n').Where(line => line.Contains("tried 127.0.0.1", StringComparison.Ordinal))];
        Assert.True(tried.Length <= 1, run.Error);
    }

    [Fact]
    public async Task Heads_are_told_before_the_body_and_the_request_before_its_answer()
    {
        await using SoketProcess fetch = SoketProcess.Soket("fetch", Url, "-v");
        using Socket peer = await _listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await fetch.ErrorLineAsync(line => line.StartsWith("> GET / HTTP/1.1", StringComparison.Ordinal)); // nothing was answered yet
        await peer.SendAsync("HTTP/1.1 200 Fine\r\nContent-Length: 4\r\n\r\n"u8.ToArray());
        await fetch.ErrorLineAsync(line => line.StartsWith("< HTTP/1.1 200 Fine", StringComparison.Ordinal)); // nor was any of the body
        await peer.SendAsync("body"u8.ToArray());
        peer.Close();
        Finished end = await fetch.FinishAsync();
        Assert.Equal((0, "body"), (end.ExitCode, end.Out));
        Assert.Single(end.Error.Split('\n'), line => line.StartsWith("> GET", StringComparison.Ordinal));
        Assert.Single(end.Error.Split('\n'), line => line.StartsWith("< HTTP", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("en", "The same command with -C - goes on from there.")]
    [InlineData("id", "Perintah yang sama dengan -C - meneruskan dari situ.")]
    public async Task An_interrupted_download_says_how_to_go_on(string language, string words)
    {
        string file = Path.Combine(_folder, "file");
        var written = new TaskCompletionSource();
        using var watcher = new FileSystemWatcher(_folder) { NotifyFilter = NotifyFilters.Size | NotifyFilters.LastWrite, EnableRaisingEvents = true };
        watcher.Changed += (_, _) => written.TrySetResult();
        await using SoketProcess fetch = SoketProcess.Soket("fetch", Url, "-o", file, "-v", "--lang", language);
        using Socket peer = await _listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"u8.ToArray());
        await written.Task.WaitAsync(SoketProcess.Patience, TestContext.Current.CancellationToken);
        Finished end = await fetch.SignalAsync("INT");
        Assert.Equal(130, end.ExitCode);
        Assert.Contains(language == "en" ? "interrupted: 10 B of 100 B" : "dihentikan: 10 B dari 100 B", end.Error, StringComparison.Ordinal);
        Assert.Contains($"{file} ", end.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("10 B", end.Error, StringComparison.Ordinal);
        Assert.Contains(words, end.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_named_as_the_URL_ends_and_not_overwritten()
    {
        Task serving = AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nisi\n");
        Finished run = await SoketProcess.RunAsync(null, ["fetch", "-O", Url + "a/data.txt?x=1"], folder: _folder);
        await serving;
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("isi\n", await File.ReadAllTextAsync(Path.Combine(_folder, "data.txt"), TestContext.Current.CancellationToken));
        Finished again = await SoketProcess.RunAsync(null, ["fetch", "-O", Url + "a/data.txt"], folder: _folder);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("data.txt is there already", again.Error, StringComparison.Ordinal);
        Finished unnamed = await SoketProcess.RunAsync(null, ["fetch", "-O", Url], folder: _folder);
        Assert.Equal(2, unnamed.ExitCode);
        Assert.Contains("ends in none", unnamed.Error, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("http://h/a/b.txt", "b.txt")]
    [InlineData("http://h/a/b%20c.txt?q=/x", "b c.txt")]
    [InlineData("http://h/..%2f..%2fetc%2fpasswd", "_._.._etc_passwd")]
    [InlineData("http://h/%2e%2e", null)]
    [InlineData("http://h/.bashrc", "_bashrc")]
    [InlineData("http://h/-rf", "_rf")]
    [InlineData("http://h/a%00b%1b[31m", "a_b_[31m")]
    [InlineData("http://h/con.txt", "_con.txt")]
    [InlineData("http://h/", null)]
    [InlineData("http://h", null)]
    public void A_name_stays_in_the_folder_and_in_sight(string url, string? name)
    {
        Assert.True(HttpUrl.TryParse(url, out HttpUrl? read, out _));
        Assert.Equal(name, SavedName.Of(read));
    }

    [Theory]
    [InlineData("<html><body><center>The plain HTTP request was sent to HTTPS port</center></body></html>")] // nginx
    [InlineData("Client sent an HTTP request to an HTTPS server.\n")] // Go
    public async Task A_server_that_says_its_port_takes_TLS_is_believed(string body)
    {
        string answer = $"HTTP/1.1 400 Bad Request\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        Task serving = AnswerAsync(answer);
        Finished run = await SoketProcess.RunAsync("fetch", Url);
        await serving;
        Assert.Equal((0, body), (run.ExitCode, run.Out));
        Assert.Contains($"soket fetch https://{_listener.LocalEndpoint}/", run.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);

        serving = AnswerAsync(answer);
        Finished failed = await SoketProcess.RunAsync("fetch", Url, "--fail", "--lang", "id");
        await serving;
        Assert.Equal(22, failed.ExitCode);
        Assert.Contains("port ini memakai TLS", failed.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains($"`soket fetch https://{_listener.LocalEndpoint}/ --fail --lang id`", failed.Error, StringComparison.Ordinal);
        Assert.Contains("Server menjawab 400 (HTTP_STATUS)", failed.Error.ReplaceLineEndings(" ").Replace("     ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("folder", "no/such")]
    [InlineData("file", "-T", "nope")]
    public async Task Files_that_are_not_there_are_told_in_both_languages(string what, params string[] where)
    {
        string[] arguments = where is [var missing] ? ["fetch", Url, "-o", Path.Combine(_folder, missing)] : ["fetch", Url, .. where];
        Finished english = await SoketProcess.RunAsync(null, arguments, folder: _folder);
        Finished indonesian = await SoketProcess.RunAsync(null, [.. arguments, "--lang", "id"], folder: _folder);
        Assert.False(_listener.Pending(), "nothing was connected to");
        Assert.Contains(what == "folder" ? $"the folder {_folder}/no does not exist." : $"there is no such file in {_folder}.", english.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains(what == "folder" ? $"folder {_folder}/no tidak ada." : $"tidak ada berkas itu di {_folder}.", indonesian.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.DoesNotContain("Could not find", english.Error + indonesian.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_are_covered_wherever_a_fetch_is_told()
    {
        string events = Path.Combine(_folder, "events"), har = Path.Combine(_folder, "har");
        Task serving = AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: sid=GEHEIM4\r\n\r\n");
        Finished run = await SoketProcess.RunAsync(
            "fetch", $"http://us:GEHEIM1@{_listener.LocalEndpoint}/x?token=GEHEIM2&b=seen", "-H", "X-Api-Key: GEHEIM3", "-vv", "--events", events, "--har", har);
        await serving;
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("GEHEIM2", _asked, StringComparison.Ordinal);
        Assert.Contains("X-Api-Key: GEHEIM3", _asked, StringComparison.Ordinal);
        string told = run.Out + run.Error + await File.ReadAllTextAsync(events, TestContext.Current.CancellationToken) + await File.ReadAllTextAsync(har, TestContext.Current.CancellationToken);
        Assert.Contains("token=***&b=seen", told, StringComparison.Ordinal);
        Assert.DoesNotContain("GEHEIM", told, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("us:GEHEIM1"u8), told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_pipe_brings_is_sent_with_its_length()
    {
        Task serving = AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Finished run = await SoketProcess.RunAsync("isi"u8.ToArray(), ["fetch", Url, "-d", "@-"]);
        await serving;
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Content-Length: 3\r\n", _asked, StringComparison.Ordinal);
        Assert.DoesNotContain("chunked", _asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_whole_and_a_range_that_is_ignored_are_told()
    {
        string file = Path.Combine(_folder, "whole");
        await File.WriteAllTextAsync(file, "isi\n", TestContext.Current.CancellationToken);
        Task serving = AnswerAsync("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */4\r\nContent-Length: 0\r\n\r\n");
        Finished run = await SoketProcess.RunAsync("fetch", Url, "-o", file, "-C", "-");
        await serving;
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("is whole already", run.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);

        serving = AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nisi\n");
        Finished ranged = await SoketProcess.RunAsync("fetch", Url, "-r", "0-0,2-3");
        await serving;
        Assert.Equal((0, "isi\n"), (ranged.ExitCode, ranged.Out));
        Assert.Contains("The server ignored -r", ranged.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_that_ended_early_goes_on_in_its_own_file()
    {
        string file = Path.Combine(_folder, "short.txt");
        Task serving = AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nisi");
        Finished run = await SoketProcess.RunAsync("fetch", Url, "-o", file);
        await serving;
        Assert.Equal(18, run.ExitCode);
        Assert.Contains($"soket fetch {Url} -o {file} -C -", Joined(run.Error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_a_server_listens_elsewhere_the_fetch_goes_there()
    {
        int port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        Finished run = await SoketProcess.RunAsync("fetch", $"http://127.0.0.2:{port}/a?b=1", "-f");
        Assert.Equal(7, run.ExitCode);
        Assert.DoesNotContain("soket connect", run.Error, StringComparison.Ordinal);
        Assert.Contains($"soket fetch 'http://127.0.0.1:{port}/a?b=1' -f", Joined(run.Error), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("is here: -q", "-s")]
    [InlineData("-q -L", "-sSL")]
    [InlineData("-f -q -L", "-fsSL")]
    [InlineData("User-Agent", "-A", "me")]
    [InlineData("User-Agent", "-Ame")]
    [InlineData("--proxy URL", "-x", "http://127.0.0.1:1")]
    [InlineData("Cookie:", "-b", "a=b")]
    [InlineData("into the URL", "-G", "-d", "a=b")]
    [InlineData("-d DATA", "--data-raw", "a")]
    [InlineData("percent-encode", "--data-urlencode", "a=b")]
    [InlineData("no limit for the rate", "--limit-rate", "10k")]
    [InlineData("HTTP/1.1, and nothing else", "--http2")]
    [InlineData("in any case", "-S")]
    public async Task Curls_words_are_answered_with_ours(string words, params string[] typed)
    {
        Finished run = await SoketProcess.RunAsync(["fetch", .. typed, Url]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(words, run.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.DoesNotContain("Did you mean", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "a\\0b\n")]
    public async Task What_is_no_text_stays_off_a_terminal(bool refused, string shown)
    {
        var output = new MemoryStream();
        await using var text = new BodyText(output, "application/octet-stream", visible: true, most: null, isBinaryRefused: refused);
        await text.WriteAsync("a\0b"u8.ToArray(), TestContext.Current.CancellationToken);
        await text.EndAsync(TestContext.Current.CancellationToken);
        Assert.Equal(refused, text.IsBinary);
        Assert.Equal(refused ? "" : shown, Encoding.UTF8.GetString(output.ToArray()).Replace("\\x00", "\\0", StringComparison.Ordinal));
    }

    // Lines that were folded, in one.
    private static string Joined(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private string _asked = "";

    private async Task AnswerAsync(string answer)
    {
        using Socket peer = await _listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        byte[] room = new byte[4096];
        _asked = Encoding.Latin1.GetString(room, 0, await peer.ReceiveAsync(room));
        await peer.SendAsync(Encoding.UTF8.GetBytes(answer));
        peer.Shutdown(SocketShutdown.Send);
        try
        {
            while (await peer.ReceiveAsync(room) > 0)
                continue;
        }
        catch (SocketException)
        {
            // A connection whose exchange failed is given up, and not closed in order.
        }
    }
}
