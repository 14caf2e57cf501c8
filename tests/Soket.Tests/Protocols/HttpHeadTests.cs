using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Protocols.Http1;
using Xunit;

namespace Soket.Tests.Protocols;

public sealed class HttpHeadTests
{
    [Fact]
    public void A_request_is_read_and_what_follows_it_is_left()
    {
        ReadOnlySequence<byte> bytes = Bytes("GET /chat?a=b HTTP/1.1\r\nHost: example.org\r\nConnection: keep-alive,  Upgrade\r\nConnection: x\r\nEmpty:\r\n\r\nrest");
        Assert.Equal(HttpHeadResult.Head, HttpRequestHead.TryRead(ref bytes, HttpHeadLimits.Default, out HttpRequestHead? head, out _));
        Assert.Equal(("GET", "/chat?a=b", 1), (head!.Method, head.Target, head.Minor));
        Assert.Equal("example.org", head.Fields.One("HOST"));
        Assert.Equal("", head.Fields.One("empty"));
        Assert.Null(head.Fields.One("connection")); // twice
        Assert.Equal(["keep-alive", "Upgrade", "x"], head.Fields.List("connection"));
        Assert.True(head.Fields.Lists("connection", "upgrade"));
        Assert.Equal("rest", Encoding.ASCII.GetString(bytes));
    }

    [Fact]
    public void A_response_is_read()
    {
        ReadOnlySequence<byte> bytes = Bytes("HTTP/1.0 404 Not Found\r\nServer: x\r\n\r\n");
        Assert.Equal(HttpHeadResult.Head, HttpResponseHead.TryRead(ref bytes, HttpHeadLimits.Default, out HttpResponseHead? head, out _));
        Assert.Equal((404, "Not Found", 0), (head!.Status, head.Reason, head.Minor));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\nHost: x\r\n\r\n", HttpHeadError.LineEnd)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\rY: z\r\n\r\n", HttpHeadError.LineEnd)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n  more\r\n\r\n", HttpHeadError.Folded)]
    [InlineData("GET / HTTP/1.1\r\nHost : x\r\n\r\n", HttpHeadError.FieldName)]
    [InlineData("GET / HTTP/1.1\r\n: x\r\n\r\n", HttpHeadError.FieldName)]
    [InlineData("GET / HTTP/1.1\r\nnocolon\r\n\r\n", HttpHeadError.FieldName)]
    [InlineData("GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", HttpHeadError.FieldValue)]
    [InlineData("GET / HTTP/2.0\r\n\r\n", HttpHeadError.Version)]
    [InlineData("GET /\r\n\r\n", HttpHeadError.StartLine)]
    [InlineData("GET  / HTTP/1.1\r\n\r\n", HttpHeadError.StartLine)]
    [InlineData("GET /a b HTTP/1.1\r\n\r\n", HttpHeadError.StartLine)]
    [InlineData("\u0016\u0003\u0001 hello", HttpHeadError.NotHttp)]
    [InlineData("(GET) / HTTP/1.1\r\n", HttpHeadError.NotHttp)]
    public void A_wrong_request_is_refused(string text, HttpHeadError expected)
    {
        ReadOnlySequence<byte> bytes = Bytes(text);
        Assert.Equal(HttpHeadResult.Invalid, HttpRequestHead.TryRead(ref bytes, HttpHeadLimits.Default, out _, out HttpHeadError error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH", HttpHeadError.NotHttp)] // told before the line is whole
    [InlineData("HTTP/1.1 20 OK\r\n", HttpHeadError.StartLine)]
    [InlineData("HTTP/1.1 2000 OK\r\n", HttpHeadError.StartLine)]
    [InlineData("HTTP/3 200 OK\r\n", HttpHeadError.Version)]
    public void A_wrong_response_is_refused(string text, HttpHeadError expected)
    {
        ReadOnlySequence<byte> bytes = Bytes(text);
        Assert.Equal(HttpHeadResult.Invalid, HttpResponseHead.TryRead(ref bytes, HttpHeadLimits.Default, out _, out HttpHeadError error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Size_and_number_of_fields_are_bounded()
    {
        ReadOnlySequence<byte> endless = Bytes("GET / HTTP/1.1\r\nX: " + new string('a', 300));
        Assert.Equal(HttpHeadResult.Invalid, HttpRequestHead.TryRead(ref endless, new(256, 10), out _, out HttpHeadError error));
        Assert.Equal(HttpHeadError.TooLarge, error);
        ReadOnlySequence<byte> many = Bytes("GET / HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("X: a\r\n", 11)) + "\r\n");
        Assert.Equal(HttpHeadResult.Invalid, HttpRequestHead.TryRead(ref many, new(4096, 10), out _, out error));
        Assert.Equal(HttpHeadError.TooManyFields, error);
    }

    [Fact]
    public void A_head_that_was_written_reads_the_same_however_it_is_cut()
    {
        Gen<string> token = Gen.Elements("Host", "X-a", "Sec-WebSocket-Key", "a!#$");
        Gen<string> value = Gen.Elements("", "a", "a b,c", "\"q,\\\"x\"", "\u00e9", "a\tb");
        Gen<HttpField> field = from name in token from text in value select new HttpField(name, text);
        Gen<(HttpField[] Fields, int Cut)> all = from fields in Gen.ArrayOf(field) from cut in Gen.Choose(0, 400) select (fields, cut);
        Prop.ForAll(Arb.From(all), one =>
        {
            var written = new ArrayBufferWriter<byte>();
            new HttpRequestHead("GET", "/x", 1, new HttpFields(one.Fields)).Write(written);
            int cut = Math.Min(one.Cut, written.WrittenCount - 1);
            ReadOnlySequence<byte> part = new(written.WrittenMemory[..cut]);
            bool waits = HttpRequestHead.TryRead(ref part, new(8192, 200), out _, out _) == HttpHeadResult.NeedMore;
            ReadOnlySequence<byte> whole = Pieces.Of(written.WrittenSpan.ToArray(), cut);
            bool read = HttpRequestHead.TryRead(ref whole, new(8192, 200), out HttpRequestHead? head, out _) == HttpHeadResult.Head;
            return waits && read && whole.IsEmpty && head!.Fields.SequenceEqual(one.Fields);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Random_bytes_are_never_more_than_refused()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            byte[][] starts = [bytes, [.. "GET / HTTP/1.1\r\n"u8, .. bytes], [.. "HTTP/1.1 101 x\r\n"u8, .. bytes]];
            foreach (byte[] start in starts)
            {
                ReadOnlySequence<byte> request = new(start), response = new(start);
                HttpHeadResult one = HttpRequestHead.TryRead(ref request, new(512, 5), out HttpRequestHead? head, out _);
                HttpHeadResult other = HttpResponseHead.TryRead(ref response, new(512, 5), out HttpResponseHead? answer, out _);
                if ((one == HttpHeadResult.Head) != (head is not null) || (other == HttpHeadResult.Head) != (answer is not null))
                    return false;
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("X", "a\r\nInjected: b")]
    [InlineData("X", "a\nb")]
    [InlineData("X Y", "a")]
    [InlineData("X", " a")]
    [InlineData("X", "\u20ac")]
    public void Nothing_is_written_that_would_be_read_as_something_else(string name, string value) =>
        Assert.Throws<ArgumentException>(() => new HttpRequestHead("GET", "/", 1, new HttpFields([new(name, value)])).Write(new ArrayBufferWriter<byte>()));

    private static ReadOnlySequence<byte> Bytes(string text) => new(Encoding.Latin1.GetBytes(text));
}
