using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Protocols.Http1;
using Xunit;

namespace Soket.Tests.Protocols.Http;

public sealed class HttpResponseReaderTests
{
    [Theory]
    [MemberData(nameof(BrokenResponses.All), MemberType = typeof(BrokenResponses))]
    public void A_broken_response_is_refused_by_name_however_it_is_cut(string what, string text, string expected)
    {
        byte[] bytes = BrokenResponses.Bytes(text);
        Assert.Equal((what, expected), (what, Story.Of("GET", bytes, [bytes.Length]).Error));
        Assert.Equal((what, expected), (what, Story.Of("GET", bytes, [1]).Error));
    }

    [Theory]
    [InlineData("GET", "Content-Length: 5\r\n\r\nhelloGET", "hello", "GET")]
    [InlineData("GET", "Content-Length: 0\r\n\r\nrest", "", "rest")]
    [InlineData("HEAD", "Content-Length: 5\r\n\r\nrest", "", "rest")]
    [InlineData("HEAD", "Transfer-Encoding: chunked\r\n\r\n", "", "")]
    [InlineData("CONNECT", "\r\ntunnel", "", "tunnel")]
    [InlineData("GET", "\r\nuntil the end", "until the end", "")]
    [InlineData("GET", "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nrest", "hello", "rest")]
    [InlineData("GET", "Transfer-Encoding: chunked\r\n\r\n00005 ;a=b;c=\"d;e\"\r\nhello\r\nA\r\n0123456789\r\n000\r\nX-Sum: 1\r\n\r\n", "hello0123456789", "")]
    public void A_body_ends_where_its_head_says(string method, string rest, string body, string left)
    {
        byte[] bytes = BrokenResponses.Bytes("HTTP/1.1 200 OK\r\n" + rest);
        foreach (int size in (int[])[1, 2, 3, 7, bytes.Length])
        {
            Story story = Story.Of(method, bytes, [size]);
            Assert.Equal(("", body, left), (story.Error, Encoding.Latin1.GetString(story.Body), Encoding.Latin1.GetString(story.Left)));
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n")]
    public void Some_statuses_have_no_body_whatever_their_fields_say(string head)
    {
        Story story = Story.Of("GET", BrokenResponses.Bytes(head + "HTTP/1.1"), [4096]);
        Assert.Equal(("", 0, "HTTP/1.1"), (story.Error, story.Body.Length, Encoding.Latin1.GetString(story.Left)));
    }

    [Fact]
    public void Interim_responses_come_before_the_final_one()
    {
        Story story = Story.Of("GET", BrokenResponses.Bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), [5]);
        Assert.Equal([100, 103, 200], story.Heads);
        Assert.Equal("hi", Encoding.Latin1.GetString(story.Body));
    }

    [Fact]
    public void Trailers_are_kept()
    {
        byte[] bytes = BrokenResponses.Bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 42\r\nY:\r\n\r\n");
        Story story = Story.Of("GET", bytes, [1]);
        Assert.Equal(["X-Sum: 42", "Y: "], story.Trailers);
    }

    [Theory]
    [InlineData("Content-Length: 11\r\n\r\nhello world")]
    [InlineData("\r\nhello world")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")]
    public void A_body_longer_than_it_may_be_is_refused(string rest)
    {
        var limits = HttpResponseLimits.Default with { Body = HttpBodyLimits.Default with { MaxBytes = 10 } };
        byte[] bytes = BrokenResponses.Bytes("HTTP/1.1 200 OK\r\n" + rest);
        Assert.Equal(nameof(HttpMessageError.TooLarge), Story.Of("GET", bytes, [3], limits).Error);
        Assert.Equal("", Story.Of("GET", bytes, [3], limits with { Body = limits.Body with { MaxBytes = 11 } }).Error);
    }

    [Fact]
    public void A_head_without_end_is_given_up_at_its_limit()
    {
        var limits = HttpResponseLimits.Default with { Head = new HttpHeadLimits(1000, 10) };
        Assert.Equal(nameof(HttpHeadError.TooLarge), Story.Of("GET", BrokenResponses.Bytes("HTTP/1.1 200 OK\r\nX: " + new string('a', 2000)), [100], limits).Error);
        Assert.Equal(nameof(HttpHeadError.TooManyFields), Story.Of("GET", BrokenResponses.Bytes("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X: a\r\n", 11))), [100], limits).Error);
    }

    [Fact]
    public void What_is_written_as_chunks_is_read_back() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[][]>(), ArbMap.Default.ArbFor<byte[]>(), (pieces, cuts) =>
        {
            var output = new ArrayBufferWriter<byte>();
            output.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
            foreach (byte[] piece in pieces)
                HttpChunks.Write(piece, output);
            HttpChunks.WriteEnd(output);
            Story story = Story.Of("GET", output.WrittenSpan.ToArray(), Sizes(cuts));
            return story.Error.Length == 0 && story.Body.AsSpan().SequenceEqual(pieces.SelectMany(piece => piece).ToArray());
        }).QuickCheckThrowOnFailure();

    // Mutants of real messages reach further than noise does; noise is among them.
    [Fact]
    public void Whatever_comes_ends_the_same_however_it_is_cut()
    {
        Gen<string> part = Gen.Elements(
            "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 \r\n", "HTTP/1.0 204\r\n", "Content-Length: 5\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "\r\n", "5\r\nhello\r\n", "3;x\r\nabc\r\n", "0\r\n", "X: y\r\n",
            "\r", "\n", " ", "a", "hello", "\0", "fffffffffffffff\r\n", ":", ";", "HTTP/");
        Gen<byte[]> bytes = from parts in Gen.ArrayOf(part) from start in Gen.Elements("", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") select BrokenResponses.Bytes(start + string.Concat(parts));
        Gen<byte[]> noise = ArbMap.Default.ArbFor<byte[]>().Generator;
        Prop.ForAll(Gen.OneOf(bytes, bytes, bytes, noise).ToArbitrary(), ArbMap.Default.ArbFor<byte[]>(), Gen.Elements("GET", "HEAD").ToArbitrary(), (stream, cuts, method) =>
        {
            Story whole = Story.Of(method, stream, [Math.Max(1, stream.Length)]);
            Story cut = Story.Of(method, stream, Sizes(cuts));
            return whole.Told == cut.Told;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    // What a peer sends must not make the reader hold more than it was given: content is lent, and heads are bounded.
    [Fact]
    public void A_long_body_is_read_without_being_copied()
    {
        byte[] piece = new byte[64 * 1024];
        var reader = new HttpResponseReader("GET", HttpResponseLimits.Default);
        var head = new ReadOnlySequence<byte>(BrokenResponses.Bytes("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n"));
        Assert.Equal(HttpResponsePart.Head, reader.Read(ref head, false, out _));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1024; i++)
        {
            var buffer = new ReadOnlySequence<byte>(piece);
            if (reader.Read(ref buffer, false, out ReadOnlySequence<byte> content) != HttpResponsePart.Content || content.Length != piece.Length)
                Assert.Fail("the content was not lent whole");
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, 4096);
        var nothing = ReadOnlySequence<byte>.Empty;
        Assert.Equal(HttpResponsePart.End, reader.Read(ref nothing, false, out _));
    }

    private static int[] Sizes(byte[] cuts) => cuts.Length == 0 ? [1] : [.. cuts.Select(cut => 1 + (cut % 40))];
}
