using System.Net.Sockets;
using System.Text;
using Soket.Chat;
using Soket.Hosting;
using Xunit;

namespace Soket.Tests.Chat;

/// <summary>The page and the WebSocket on one endpoint, byte by byte: what a browser gets, and what it does not.</summary>
public sealed class ChatPageTests
{
    private const string Upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_browser_gets_the_page_its_parts_and_nothing_else_and_no_script_but_its_own_may_run()
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "ws://127.0.0.1:0/");
        string page = await AskAsync(server, "GET / HTTP/1.1\r\nHost: localhost:99\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", page, StringComparison.Ordinal);
        string policy = page.Split("\r\n").Single(line => line.StartsWith("Content-Security-Policy: ", StringComparison.Ordinal));
        Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws://localhost:99; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("://", page.Split("\r\n\r\n", 2)[1].Replace("ws://", "", StringComparison.Ordinal).Replace("wss://", "", StringComparison.Ordinal), StringComparison.Ordinal);
        foreach (string field in (string[])["X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Cache-Control: no-store", "Connection: close"])
            Assert.Contains(field + "\r\n", page, StringComparison.Ordinal);
        foreach ((string file, string type) in ((string, string)[])[("chat.css", "text/css"), ("chat.js", "text/javascript"), ("log.js", "text/javascript"), ("link.js", "text/javascript"), ("words.js", "text/javascript"), ("chat.svg", "image/svg+xml")])
        {
            Assert.Contains(file, page + await AskAsync(server, "GET /chat.js HTTP/1.1\r\nHost: localhost\r\n\r\n"), StringComparison.Ordinal);
            Assert.Contains("Content-Type: " + type, await AskAsync(server, $"GET /{file} HTTP/1.1\r\nHost: localhost\r\n\r\n"), StringComparison.Ordinal);
        }

        foreach (string other in (string[])["/chat.html", "/chat-page.texts.json", "/../chat.html", "/chat.js/", "/x"])
            Assert.StartsWith("HTTP/1.1 404 ", await AskAsync(server, $"GET {other} HTTP/1.1\r\nHost: localhost\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 405 ", await AskAsync(server, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"), StringComparison.Ordinal);
        string head = await AskAsync(server, "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.EndsWith("\r\n\r\n", head, StringComparison.Ordinal);
        Assert.Equal(0, hall.MemberCount);
    }

    [Theory]
    [InlineData("Accept-Language: id-ID,id;q=0.9,en;q=0.8\r\n", "/", "id")]
    [InlineData("Accept-Language: en-US,id;q=0.5\r\n", "/", "en")]
    [InlineData("Accept-Language: fr,id;q=0.2\r\n", "/", "id")]
    [InlineData("Accept-Language: id\r\n", "/?lang=en", "en")]
    [InlineData("Accept-Language: %%%;;q\r\n", "/", "en")]
    [InlineData("", "/", "en")]
    public async Task It_speaks_the_language_that_is_asked_for(string field, string target, string language)
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "ws://127.0.0.1:0/");
        string page = await AskAsync(server, $"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{field}\r\n");
        Assert.Contains($"<html lang=\"{language}\">", page, StringComparison.Ordinal);
        Assert.Contains(language == "id" ? "Nama Anda" : "Your name", page, StringComparison.Ordinal);
        Assert.DoesNotContain("{nick}", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 421 ")]
    [InlineData("GET /chat.js HTTP/1.1\r\nHost: evil.example:80\r\n\r\n", "HTTP/1.1 421 ")]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 421 ")]
    [InlineData("GET / HTTP/1.1\r\nHost: evil.example\r\n" + Upgrade + "\r\n", "HTTP/1.1 403 ")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n" + Upgrade + "\r\n", "HTTP/1.1 403 ")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost:8080\r\nOrigin: http://localhost:3000\r\n" + Upgrade + "\r\n", "HTTP/1.1 403 ")]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]:8080\r\nOrigin: http://[::1]\r\n" + Upgrade + "\r\n", "HTTP/1.1 403 ")]
    [InlineData("GET /other HTTP/1.1\r\nHost: localhost\r\n" + Upgrade + "\r\n", "HTTP/1.1 404 ")]
    [InlineData("NONSENSE\r\n\r\n", "HTTP/1.1 400 ")]
    public async Task A_name_or_a_page_of_somebody_elses_gets_nothing(string request, string answer)
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "ws://127.0.0.1:0/");
        string said = await AskAsync(server, request);
        if (said.Length > 0) // what is no HTTP at all is closed upon
            Assert.StartsWith(answer, said, StringComparison.Ordinal);
        Assert.DoesNotContain("<html", said, StringComparison.Ordinal);
        Assert.Equal(0, hall.MemberCount);
    }

    [Theory]
    [InlineData("/", "/chat.js")]
    [InlineData("/kelas", "/chat.js")]
    [InlineData("/a/b/", "/a/b/chat.js")]
    public async Task Both_are_at_the_endpoints_path_however_the_request_is_cut(string path, string script)
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "ws://127.0.0.1:0" + path);
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(server, $"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n", byByte: true), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(server, $"GET {script} HTTP/1.1\r\nHost: localhost\r\n\r\n"), StringComparison.Ordinal);
        using Socket socket = await ChatPlace.ConnectAsync(server);
        foreach (byte one in Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost:99\r\nOrigin: http://localhost:99\r\n{Upgrade}\r\n"))
            await socket.SendAsync(new[] { one }, Token);
        Assert.Contains("101 Switching Protocols", await ChatPlace.ReadUntilAsync(socket, "* soket chat"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_page_such_a_request_is_refused_as_before()
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ChatPlace.ServeAsync(hall, "ws://127.0.0.1:0/");
        Assert.StartsWith("HTTP/1.1 426 ", await AskAsync(server, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_drains_waits_for_no_browser_that_holds_a_connection_open()
    {
        using var hall = new ChatHall(new());
        SocketServer server = await ServeAsync(hall, "ws://127.0.0.1:0/");
        using Socket silent = await ChatPlace.ConnectAsync(server);
        using Socket half = await ChatPlace.ConnectAsync(server);
        await half.SendAsync("GET / HTTP/1.1\r\nHos"u8.ToArray(), Token);
        await AskAsync(server, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); // both are among the connections by now
        Assert.Equal(0, await server.DrainAsync(ChatPlace.Patience, Token));
    }

    private static Task<SocketServer> ServeAsync(ChatHall hall, string endpoint) =>
        new SocketServerBuilder().Listen(endpoint, ChatService.Create(hall, new ChatServiceOptions { Page = new() })).StartAsync(Token);

    private static async Task<string> AskAsync(SocketServer server, string request, bool byByte = false)
    {
        using Socket socket = await ChatPlace.ConnectAsync(server);
        byte[] bytes = Encoding.ASCII.GetBytes(request);
        for (int at = 0; at < bytes.Length; at += byByte ? 1 : bytes.Length)
            await socket.SendAsync(bytes.AsMemory(at, byByte ? 1 : bytes.Length), Token);
        var answer = new StringBuilder();
        byte[] buffer = new byte[16 * 1024];
        while (await socket.ReceiveAsync(buffer, Token).AsTask().WaitAsync(ChatPlace.Patience, Token) is > 0 and int read)
            answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
        return answer.ToString();
    }
}
