using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

public sealed class ServeHttpTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private SoketProcess? _server;
    private int _port;

    public async ValueTask InitializeAsync()
    {
        string root = Directory.CreateDirectory(Path.Combine(_folder.Path, "www")).FullName;
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "secret"), "rahasia");
        await File.WriteAllTextAsync(Path.Combine(root, "page.txt"), "halo dunia");
        Directory.CreateDirectory(Path.Combine(root, "sub"));
        await File.WriteAllTextAsync(Path.Combine(root, "sub", "a <b>.txt"), "x");
        Directory.CreateDirectory(Path.Combine(root, ".git"));
        await File.WriteAllTextAsync(Path.Combine(root, ".git", "config"), "rahasia");
        File.CreateSymbolicLink(Path.Combine(root, "link"), Path.Combine(_folder.Path, "secret"));
        Directory.CreateSymbolicLink(Path.Combine(root, "folder"), _folder.Path);
        (_server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("http", "--root", root, "127.0.0.1:0");
        _port = SoketProcess.PortOf(endpoints[0]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Each_request_is_told_with_what_came_of_it()
    {
        int port = Ports.Free();
        await using SoketProcess server = SoketProcess.Soket("serve", "http", "--root", Path.Combine(_folder.Path, "www"), $"tcp://127.0.0.1:{port}");
        await server.ErrorLineAsync(line => line.StartsWith("http is ready", StringComparison.Ordinal));
        Finished run = await SoketProcess.RunAsync("fetch", "-q", $"http://127.0.0.1:{port}/page.txt?token=GEHEIM");
        Assert.Equal("halo dunia", run.Out);
        Assert.EndsWith("GET /page.txt?token=*** -> 200, 10 B", await server.ErrorLineAsync(line => line.Contains("-> 200", StringComparison.Ordinal)), StringComparison.Ordinal);
        Finished end = await server.SignalAsync("TERM");
        Assert.Contains("messages: 1,", end.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /page.txt", 200, "halo dunia")]
    [InlineData("HEAD /page.txt", 200, "")]
    [InlineData("GET /sub", 308, "Location: /sub/")]
    [InlineData("GET //sub?a=1", 308, "Location: /sub/?a=1")]
    [InlineData("GET /sub?x=\r", 400, "")]
    [InlineData("GET /sub/", 200, "<a href=\"./a%20%3Cb%3E.txt\">a &lt;b&gt;.txt</a>")]
    [InlineData("GET /nothing", 404, "Nothing is here.")]
    [InlineData("GET /page.txt/", 404, "Nothing is here.")]
    [InlineData("GET /page.txt/x", 404, "Nothing is here.")]
    [InlineData("GET /../secret", 404, "Nothing is here.")]
    [InlineData("GET /%2e%2e/secret", 404, "Nothing is here.")]
    [InlineData("GET /..%2fsecret", 404, "Nothing is here.")]
    [InlineData("GET /sub/..%2f..%2fsecret", 404, "Nothing is here.")]
    [InlineData("GET /sub/..%5c..%5csecret", 404, "Nothing is here.")]
    [InlineData("GET /link", 404, "Nothing is here.")]
    [InlineData("GET /folder/secret", 404, "Nothing is here.")]
    [InlineData("GET /.git/config", 404, "Nothing is here.")]
    [InlineData("POST /page.txt", 405, "Allow: GET, HEAD")]
    public async Task What_lies_in_the_folder_is_given_out_and_nothing_else(string line, int status, string expected)
    {
        string answer = await AskAsync($"{line} HTTP/1.1\r\nHost: localhost:{_port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains(expected, answer, StringComparison.Ordinal);
        Assert.DoesNotContain("rahasia", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.example", 421)]
    [InlineData("localhost", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]", 200)]
    public async Task A_name_that_is_not_its_own_is_refused(string host, int status) =>
        Assert.StartsWith($"HTTP/1.1 {status} ", await AskAsync($"GET /page.txt HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);

    [Theory]
    [InlineData("bytes=0-3", 206, "halo")]
    [InlineData("bytes=-5", 206, "dunia")]
    [InlineData("bytes=5-", 206, "dunia")]
    [InlineData("bytes=5-999", 206, "dunia")]
    [InlineData("bytes=10-", 416, "bytes */10")]
    [InlineData("bytes=0-1,3-4", 200, "halo dunia")]
    [InlineData("lines=0-1", 200, "halo dunia")]
    public async Task Ranges_are_given_out(string range, int status, string expected)
    {
        string answer = await AskAsync($"GET /page.txt HTTP/1.1\r\nHost: localhost\r\nRange: {range}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains(status == 416 ? expected : "\r\n\r\n" + expected, answer, StringComparison.Ordinal);
    }

    // A client that holds another version must not get a piece of this one to put behind it (RFC 9110 13.1.5).
    [Theory]
    [InlineData("x", 200)]
    [InlineData("\"another\"", 200)]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", 200)]
    [InlineData(null, 206)]
    public async Task A_range_of_the_version_that_a_client_has_is_given_out_of_no_other(string? version, int status)
    {
        string first = await AskAsync("GET /page.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        string tag = first.Split("\r\n").First(line => line.StartsWith("ETag: ", StringComparison.Ordinal))["ETag: ".Length..];
        Assert.StartsWith($"HTTP/1.1 {status} ", await AskAsync($"GET /page.txt HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-3\r\nIf-Range: {version ?? tag}\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_client_has_is_not_given_out_again()
    {
        string first = await AskAsync("GET /page.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        string tag = first.Split("\r\n").First(line => line.StartsWith("ETag: ", StringComparison.Ordinal))["ETag: ".Length..];
        Assert.StartsWith("HTTP/1.1 304 ", await AskAsync($"GET /page.txt HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: {tag}\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync("GET /page.txt HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"x\"\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_waits_for_the_next_request_does_not_keep_it_from_ending()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync("GET /page.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        byte[] some = new byte[4096];
        Assert.NotEqual(0, await client.GetStream().ReadAsync(some, TestContext.Current.CancellationToken));
        Finished ended = await _server!.SignalAsync("TERM");
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("\"reset\":0", ended.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve http", "--root")]
    [InlineData("serve http --root /nonexistent", "no folder")]
    [InlineData("serve http --root . udp://localhost:0", "streams")]
    [InlineData("serve echo --root .", "--root")]
    public async Task What_makes_no_sense_is_said(string line, string expected)
    {
        Finished ended = await SoketProcess.RunAsync(line.Split(' '));
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(expected, ended.Error, StringComparison.Ordinal);
    }

    private async Task<string> AskAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
