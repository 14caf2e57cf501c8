using System.IO.Compression;
using System.Text;
using Soket.Events;
using Soket.Explain;
using Soket.Http;
using Soket.Protocols.Http1;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Http;

public sealed class HttpFetcherTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    [Fact]
    public async Task Every_step_has_its_time_in_order()
    {
        await using var server = new RawServer(Ok + "Content-Length: 4\r\n\r\nhalo");
        (FetchExchange exchange, byte[] body) = await FetchAsync(server, new FetchOptions());
        Assert.Equal("halo", Encoding.ASCII.GetString(body));
        Assert.Equal([FetchPhase.Connect, FetchPhase.Request, FetchPhase.FirstByte, FetchPhase.Download, FetchPhase.Close], exchange.Steps.Select(step => step.Phase));
        Assert.True(exchange.Steps.Zip(exchange.Steps.Skip(1)).All(pair => pair.First.Start + pair.First.Duration <= pair.Second.Start));
        Assert.Equal((4, 4, server.Port), (exchange.BodyBytes, exchange.ContentBytes, ((System.Net.IPEndPoint)exchange.Remote!).Port));
        Assert.Single(exchange.Attempts);
        Assert.StartsWith($"GET /x HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n", server.Requests.First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_is_as_long_as_its_calls()
    {
        await using var server = new RawServer(Ok + "Content-Length: 4\r\n\r\nhalo");
        var recorder = new RecordingObserver();
        (FetchExchange exchange, _) = await FetchAsync(server, new FetchOptions { Transport = new ManagedTransportOptions { Events = new SocketEvents(recorder) } });
        TimeSpan Of(SocketCall call) => Assert.Single(recorder.Snapshot(), recorded => recorded.Event.Call == call).Event.Duration;
        Assert.Equal(Of(SocketCall.Connect).TotalMicroseconds, exchange.Step(FetchPhase.Connect)!.Duration.TotalMicroseconds, 1.0);
        Assert.Equal(Of(SocketCall.Connect), exchange.Attempts[0].Elapsed);
        Assert.Equal(Of(SocketCall.Send).TotalMicroseconds, exchange.Step(FetchPhase.Request)!.Duration.TotalMicroseconds, 1.0);
        // The rest is told apart: what lies between the steps is in none of them.
        FetchStep last = exchange.Steps[^1];
        Assert.InRange(exchange.Busy, TimeSpan.FromTicks(1), last.Start + last.Duration);
    }

    [Fact]
    public async Task Nobody_watches_a_stream_of_events_after_its_fetch()
    {
        await using var server = new RawServer(Ok + "Content-Length: 4\r\n\r\nhalo");
        var events = new SocketEvents();
        (FetchExchange exchange, _) = await FetchAsync(server, new FetchOptions { Transport = new ManagedTransportOptions { Events = events } });
        TimeSpan connect = exchange.Step(FetchPhase.Connect)!.Duration;
        Assert.False(events.IsWatched);
        Assert.Equal(connect.TotalMicroseconds, exchange.Attempts[0].Elapsed.TotalMicroseconds, 1.0);
    }

    [Fact]
    public async Task A_step_that_is_given_up_stands_among_the_steps()
    {
        await using var server = new RawServer(Ok + "Content-Length: 9\r\n\r\nhalo");
        using var stop = new CancellationTokenSource();
        var fetcher = new HttpFetcher(new FetchOptions());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetcher.FetchAsync(Url(server), (_, _) => ValueTask.FromResult<Stream?>(new Told(stop.Cancel)), stop.Token));
        FetchExchange exchange = fetcher.Exchanges[^1];
        Assert.Equal((FetchPhase.Download, 4), (exchange.Interrupted, exchange.BodyBytes));
        Assert.NotNull(exchange.Step(FetchPhase.Download));
    }

    private sealed class Told(Action written) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            written();
            cancellationToken.ThrowIfCancellationRequested();
            return ValueTask.CompletedTask;
        }
    }

    [Theory]
    [InlineData("SSH-2.0-x\r\n", "HTTP_NOT_HTTP", "http-not-http", 8)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "HTTP_RESPONSE", "http-bad-response", 8)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "HTTP_TRUNCATED", "http-truncated", 18)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip at all", "HTTP_CODING", "http-encoding", 61)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: compress\r\n\r\nx", "HTTP_CODING", "http-encoding", 61)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n", "HTTP_TOO_LARGE", "http-too-large", 63)]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "HTTP_STATUS", "http-status", 22)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: gopher://x/\r\n\r\n", "HTTP_REDIRECT", "http-redirect", 47)]
    [InlineData("\u0015\u0003\u0001\0\u0002\u0002F", "TLS_EXPECTED", "plaintext-where-tls-expected", 35)]
    public async Task What_goes_wrong_has_its_name_its_code_and_its_step(string answer, string error, string code, int exitCode)
    {
        await using var server = new RawServer(answer);
        var options = new FetchOptions { Decompress = true, FailOnStatus = true, FollowRedirects = true, Limits = new FetchLimits { MaxBody = 1000 } };
        (FetchExchange exchange, SocketFailure failure) = await FailAsync(server, options);
        Assert.Equal((error, SocketCall.Http), (failure.Error.Name, failure.Call));
        Assert.Same(failure, exchange.Steps[^1].Failure);
        foreach (Soket.Languages.Language language in Enum.GetValues<Soket.Languages.Language>())
        {
            Explanation explanation = new Explainer(new NoSystemFacts()).Explain(failure, language);
            Assert.Equal((code, exitCode), (explanation.Code, explanation.ExitCode));
            Assert.DoesNotContain('{', explanation.Cause + explanation.Remedy);
        }
    }

    [Fact]
    public async Task A_server_that_closes_without_a_byte_is_told_so()
    {
        await using var server = new RawServer(_ => [], closes: true);
        (_, SocketFailure failure) = await FailAsync(server, new FetchOptions());
        Assert.Equal("SOKET_UNANSWERED", failure.Error.Name);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("raw deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    [InlineData("zstd, gzip")]
    public async Task Compressed_bodies_are_unpacked(string codings)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 5000)));
        byte[] packed = codings.Split(", ").Aggregate(text, Pack);
        byte[] head = Encoding.ASCII.GetBytes($"{Ok}Content-Encoding: {codings.Replace("raw ", "", StringComparison.Ordinal)}\r\nContent-Length: {packed.Length}\r\n\r\n");
        await using var server = new RawServer(_ => [.. head, .. packed]);
        (FetchExchange exchange, byte[] body) = await FetchAsync(server, new FetchOptions { Decompress = true });
        Assert.Equal(text, body);
        Assert.Equal((packed.Length, text.Length), (exchange.BodyBytes, exchange.ContentBytes));
        Assert.Contains("Accept-Encoding: gzip, deflate, br, zstd\r\n", server.Requests.First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_decompression_bomb_is_given_up_early()
    {
        byte[] bomb = Pack(new byte[64 * 1024 * 1024], "gzip");
        await using var server = new RawServer(_ => [.. Encoding.ASCII.GetBytes(Ok + "Content-Encoding: gzip\r\n\r\n"), .. bomb]);
        (FetchExchange exchange, SocketFailure failure) = await FailAsync(server, new FetchOptions { Decompress = true, Limits = new FetchLimits { ExpansionFloor = 1024 * 1024 } });
        Assert.Equal("HTTP_TOO_LARGE", failure.Error.Name);
        Assert.InRange(exchange.ContentBytes, 1, 16 * 1024 * 1024); // of 64; what came counts by whole receives
    }

    [Fact]
    public async Task Redirects_are_followed_with_their_cookies_and_without_credentials_for_others()
    {
        await using var other = new RawServer(Ok + "Content-Length: 2\r\n\r\nok");
        await using var server = new RawServer(
            "HTTP/1.1 302 Found\r\nLocation: /two\r\nSet-Cookie: s=1; Path=/\r\nContent-Length: 0\r\n\r\n",
            $"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://localhost:{other.Port}/three\r\nContent-Length: 0\r\n\r\n");
        (FetchExchange exchange, _) = await FetchAsync(server, new FetchOptions { FollowRedirects = true, Authorization = "Bearer t0k3n", Fields = [new HttpField("Cookie", "mine=2"), new HttpField("X-Other", "3")] });
        string[] asked = [.. server.Requests, .. other.Requests];
        Assert.Equal((200, "/three"), (exchange.Response!.Status, exchange.Url.Target));
        Assert.All(asked[..2], request => Assert.Contains("Authorization: Bearer t0k3n\r\n", request, StringComparison.Ordinal));
        Assert.Contains("Cookie: mine=2; s=1\r\n", asked[1], StringComparison.Ordinal);
        Assert.DoesNotContain("t0k3n", asked[2], StringComparison.Ordinal);
        Assert.DoesNotContain("Cookie", asked[2], StringComparison.Ordinal);
        Assert.Contains("X-Other: 3\r\n", asked[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(301, "GET")]
    [InlineData(302, "GET")]
    [InlineData(303, "GET")]
    [InlineData(307, "POST")]
    [InlineData(308, "POST")]
    public async Task A_POST_becomes_a_GET_where_browsers_make_it_one(int status, string method)
    {
        await using var server = new RawServer($"HTTP/1.1 {status} x\r\nLocation: /two\r\nContent-Length: 0\r\n\r\n", Ok + "Content-Length: 0\r\n\r\n");
        await FetchAsync(server, new FetchOptions { FollowRedirects = true, Method = "POST", Body = FetchBody.Of("a=1"u8.ToArray()) });
        string second = server.Requests.Last();
        Assert.StartsWith(method + " /two ", second, StringComparison.Ordinal);
        Assert.Equal(method == "POST", second.Contains("Content-Length: 3\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redirects_have_an_end()
    {
        await using var server = new RawServer(_ => "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        (_, SocketFailure failure) = await FailAsync(server, new FetchOptions { FollowRedirects = true, Limits = new FetchLimits { MaxRedirects = 3 } });
        Assert.Equal(("HTTP_REDIRECT", "too-many", 4), (failure.Error.Name, failure.Context.Facts[FailureFacts.HttpWhy], server.Requests.Count));
    }

    [Theory]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-7/8\r\nContent-Length: 4\r\n\r\nefgh", "efgh", null)]
    [InlineData("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */4\r\nContent-Length: 0\r\n\r\n", "", null)]
    [InlineData("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */2\r\nContent-Length: 0\r\n\r\n", "", "beyond")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nabcdefgh", "", "ignored")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-3/8\r\nContent-Length: 4\r\n\r\nabcd", "", "elsewhere")]
    public async Task A_download_goes_on_only_where_it_was_asked_to(string answer, string body, string? why)
    {
        await using var server = new RawServer(answer);
        var options = new FetchOptions { ResumeAt = 4 };
        if (why is null)
            Assert.Equal(body, Encoding.ASCII.GetString((await FetchAsync(server, options)).Body));
        else
            Assert.Equal(why, (await FailAsync(server, options)).Failure.Context.Facts[FailureFacts.HttpWhy]);
        Assert.Contains("Range: bytes=4-\r\n", server.Requests.First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_told_by_the_step_it_was_silent_in()
    {
        await using var server = new RawServer(_ => []);
        (FetchExchange exchange, SocketFailure failure) = await FailAsync(server, new FetchOptions { Timeouts = new FetchTimeouts { Answer = TimeSpan.FromMilliseconds(50) } });
        Assert.Equal(("ETIMEDOUT", "first-byte", FetchPhase.FirstByte), (failure.Error.Name, failure.Context.Facts[FailureFacts.HttpPhase], exchange.Steps[^1].Phase));
    }

    [Fact]
    public async Task A_body_of_unknown_length_goes_in_chunks()
    {
        await using var server = new RawServer(Ok + "Content-Length: 0\r\n\r\n");
        await FetchAsync(server, new FetchOptions { Method = "PUT", Body = new FetchBody(null, () => new MemoryStream("halo"u8.ToArray())) });
        Assert.EndsWith("Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nhalo\r\n0\r\n\r\n", server.Requests.First(), StringComparison.Ordinal);
    }

    private static byte[] Pack(byte[] bytes, string coding)
    {
        if (coding == "zstd") // a frame with one block as it is, which suffices below 128 KiB
            return [0x28, 0xB5, 0x2F, 0xFD, 0xA0, .. BitConverter.GetBytes(bytes.Length), (byte)(1 | bytes.Length << 3), (byte)(bytes.Length >> 5), (byte)(bytes.Length >> 13), .. bytes];
        var output = new MemoryStream();
        using (Stream stream = coding switch
        {
            "br" => new BrotliStream(output, CompressionLevel.Fastest),
            "deflate" => new ZLibStream(output, CompressionLevel.Fastest),
            "raw deflate" => new DeflateStream(output, CompressionLevel.Fastest),
            _ => new GZipStream(output, CompressionLevel.SmallestSize),
        })
            stream.Write(bytes);
        return output.ToArray();
    }

    private static HttpUrl Url(RawServer server) => HttpUrl.TryParse($"http://127.0.0.1:{server.Port}/x", out HttpUrl? url, out _) ? url : throw new InvalidOperationException();

    private static async Task<(FetchExchange Exchange, byte[] Body)> FetchAsync(RawServer server, FetchOptions options)
    {
        var body = new MemoryStream();
        FetchExchange exchange = await new HttpFetcher(options).FetchAsync(Url(server), (_, _) => ValueTask.FromResult<Stream?>(body), TestContext.Current.CancellationToken);
        return (exchange, body.ToArray());
    }

    private static async Task<(FetchExchange Exchange, SocketFailure Failure)> FailAsync(RawServer server, FetchOptions options)
    {
        var fetcher = new HttpFetcher(options);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => fetcher.FetchAsync(Url(server), (_, _) => ValueTask.FromResult<Stream?>(Stream.Null), TestContext.Current.CancellationToken));
        return (fetcher.Exchanges[^1], failure);
    }
}
