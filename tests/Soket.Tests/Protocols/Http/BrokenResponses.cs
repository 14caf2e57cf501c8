using System.Text;
using Soket.Protocols.Http1;
using Xunit;

namespace Soket.Tests.Protocols.Http;

/// <summary>Responses that servers, or whoever sits before them, really send or could: what is wrong with each, and by which name it is told.</summary>
internal static class BrokenResponses
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    public static TheoryData<string, string, string> All { get; } = new()
    {
        { "another protocol", "SSH-2.0-OpenSSH_9.2p1\r\n", nameof(HttpHeadError.NotHttp) },
        { "HTTP/0.9: a body without a head", "<html>hello</html>", nameof(HttpHeadError.NotHttp) },
        { "a TLS alert", "\u0015\u0003\u0001\0\u0002\u0002F", nameof(HttpHeadError.NotHttp) },
        { "a version with no minor number", "HTTP/2 200 OK\r\n\r\n", nameof(HttpHeadError.Version) },
        { "HTTP/2.0 as text", "HTTP/2.0 200 OK\r\n\r\n", nameof(HttpHeadError.Version) },
        { "a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", nameof(HttpHeadError.StartLine) },
        { "a status of letters", "HTTP/1.1 abc\r\n\r\n", nameof(HttpHeadError.StartLine) },
        { "lines that end in LF alone", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", nameof(HttpHeadError.LineEnd) },
        { "a bare CR within a value", Ok + "X: a\rContent-Length: 9\r\n\r\n", nameof(HttpHeadError.LineEnd) },
        { "a space before the colon", Ok + "Content-Length : 2\r\n\r\nhi", nameof(HttpHeadError.FieldName) },
        { "a field without a name", Ok + ": 2\r\n\r\n", nameof(HttpHeadError.FieldName) },
        { "a field without a colon", Ok + "nonsense\r\n\r\n", nameof(HttpHeadError.FieldName) },
        { "a field that goes on on the next line", Ok + "X: a\r\n b\r\n\r\n", nameof(HttpHeadError.Folded) },
        { "the first field folded", Ok + " X: a\r\n\r\n", nameof(HttpHeadError.Folded) },
        { "a NUL in a value", Ok + "X: a\0b\r\n\r\n", nameof(HttpHeadError.FieldValue) },
        { "an escape sequence in a value", Ok + "X: \u001b[2J\r\n\r\n", nameof(HttpHeadError.FieldValue) },
        { "both lengths", Ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", nameof(HttpMessageError.LengthAndCoding) },
        { "both lengths, in other letters", Ok + "transfer-ENCODING: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n", nameof(HttpMessageError.LengthAndCoding) },
        { "the length twice", Ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", nameof(HttpMessageError.RepeatedLength) },
        { "the length twice on one line", Ok + "Content-Length: 5, 5\r\n\r\nhello", nameof(HttpMessageError.RepeatedLength) },
        { "two different lengths", Ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", nameof(HttpMessageError.DifferingLengths) },
        { "a negative length", Ok + "Content-Length: -1\r\n\r\n", nameof(HttpMessageError.BadLength) },
        { "a length with a plus", Ok + "Content-Length: +5\r\n\r\nhello", nameof(HttpMessageError.BadLength) },
        { "a length in hexadecimal", Ok + "Content-Length: 0x5\r\n\r\nhello", nameof(HttpMessageError.BadLength) },
        { "an empty length", Ok + "Content-Length:\r\n\r\n", nameof(HttpMessageError.BadLength) },
        { "an empty member of a length", Ok + "Content-Length: 5,\r\n\r\nhello", nameof(HttpMessageError.BadLength) },
        { "a length beyond 63 bits", Ok + "Content-Length: 9223372036854775808\r\n\r\n", nameof(HttpMessageError.BadLength) },
        { "chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", nameof(HttpMessageError.CodingInHttp10) },
        { "a transfer coding nobody offered", Ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", nameof(HttpMessageError.UnknownCoding) },
        { "chunked that is not the last coding", Ok + "Transfer-Encoding: chunked, identity\r\n\r\n", nameof(HttpMessageError.UnknownCoding) },
        { "an empty transfer coding", Ok + "Transfer-Encoding:\r\n\r\n", nameof(HttpMessageError.UnknownCoding) },
        { "a vertical tab that looks like white space", Ok + "Transfer-Encoding: \u000bchunked\r\n\r\n", nameof(HttpHeadError.FieldValue) },
        { "chunked twice", Ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", nameof(HttpMessageError.RepeatedCoding) },
        { "a switch nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", nameof(HttpMessageError.UnaskedSwitch) },
        { "interim responses without end", string.Concat(Enumerable.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 17)), nameof(HttpMessageError.TooManyInterim) },
        { "an interim response that claims chunks and a length", "HTTP/1.1 103 Early Hints\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", nameof(HttpMessageError.LengthAndCoding) },
        { "a chunk size that is none", Chunked("xyz\r\n"), nameof(HttpMessageError.ChunkSize) },
        { "a chunk size with 0x", Chunked("0x5\r\nhello\r\n0\r\n\r\n"), nameof(HttpMessageError.ChunkSize) },
        { "a negative chunk size", Chunked("-5\r\nhello\r\n"), nameof(HttpMessageError.ChunkSize) },
        { "an empty chunk size", Chunked("\r\nhello"), nameof(HttpMessageError.ChunkSize) },
        { "a chunk size beyond 63 bits", Chunked("10000000000000000\r\n"), nameof(HttpMessageError.ChunkSize) },
        { "what is no extension after a size", Chunked("5 hello\r\nhello\r\n"), nameof(HttpMessageError.ChunkExtension) },
        { "a control character in an extension", Chunked("5;a=\u0001\r\nhello\r\n"), nameof(HttpMessageError.ChunkExtension) },
        { "an extension without end", Chunked("5;" + new string('a', 5000)), nameof(HttpMessageError.ChunkLineTooLong) },
        { "a size line that ends in LF alone", Chunked("5\nhello\r\n0\r\n\r\n"), nameof(HttpMessageError.ChunkLineEnd) },
        { "a bare CR in a size line", Chunked("5\rx\r\nhello\r\n"), nameof(HttpMessageError.ChunkLineEnd) },
        { "a chunk longer than its size", Chunked("4\r\nhello\r\n0\r\n\r\n"), nameof(HttpMessageError.ChunkEnd) },
        { "a chunk that ends in LF alone", Chunked("5\r\nhello\n0\r\n\r\n"), nameof(HttpMessageError.ChunkEnd) },
        { "a wrong trailer", Chunked("0\r\nX : y\r\n\r\n"), nameof(HttpMessageError.Trailer) },
        { "a folded trailer", Chunked("0\r\nX: y\r\n z\r\n\r\n"), nameof(HttpMessageError.Trailer) },
        { "the end within the status line", "HTTP/1.1 20", nameof(HttpMessageError.EndedInHead) },
        { "nothing at all", "", nameof(HttpMessageError.EndedInHead) },
        { "the end within the fields", Ok + "Content-Length: 5\r\n", nameof(HttpMessageError.EndedInHead) },
        { "the end after an interim response", "HTTP/1.1 100 Continue\r\n\r\n", nameof(HttpMessageError.EndedInHead) },
        { "the end before the length is reached", Ok + "Content-Length: 5\r\n\r\nhell", nameof(HttpMessageError.EndedInBody) },
        { "the end within a chunk", Chunked("5\r\nhel"), nameof(HttpMessageError.EndedInChunks) },
        { "the end after a chunk's data", Chunked("5\r\nhello"), nameof(HttpMessageError.EndedInChunks) },
        { "the end before the last chunk", Chunked("5\r\nhello\r\n"), nameof(HttpMessageError.EndedInChunks) },
        { "the end within the trailers", Chunked("0\r\nX: y\r\n"), nameof(HttpMessageError.EndedInChunks) },
    };

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static string Chunked(string body) => Ok + "Transfer-Encoding: chunked\r\n\r\n" + body;
}
