namespace Soket.Protocols.Http1;

/// <summary>What is wrong with a message beyond its head: how its body is said to end, and the body itself.</summary>
public enum HttpMessageError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Both Content-Length and Transfer-Encoding: two readers could find two ends (RFC 9112 6.3).</summary>
    LengthAndCoding,

    /// <summary>Content-Length stands there more than once, with the same value (RFC 9110 8.6).</summary>
    RepeatedLength,

    /// <summary>Content-Length stands there more than once, with different values.</summary>
    DifferingLengths,

    /// <summary>Content-Length is no decimal number, or one that does not fit 63 bits.</summary>
    BadLength,

    /// <summary>Transfer-Encoding in a message of HTTP/1.0, which has none (RFC 9112 6.1).</summary>
    CodingInHttp10,

    /// <summary>A transfer coding other than chunked; none was offered (RFC 9112 6.1).</summary>
    UnknownCoding,

    /// <summary>Chunked more than once (RFC 9112 6.1).</summary>
    RepeatedCoding,

    /// <summary>A change of protocol (101) that nobody asked for.</summary>
    UnaskedSwitch,

    /// <summary>More interim responses (1xx) than there may be.</summary>
    TooManyInterim,

    /// <summary>A chunk's size is no hexadecimal number, or one that does not fit 63 bits (RFC 9112 7.1).</summary>
    ChunkSize,

    /// <summary>What follows a chunk's size is no extension (RFC 9112 7.1.1).</summary>
    ChunkExtension,

    /// <summary>The line of a chunk's size ends without CR LF.</summary>
    ChunkLineEnd,

    /// <summary>The line of a chunk's size is longer than it may be.</summary>
    ChunkLineTooLong,

    /// <summary>A chunk's data are not followed by CR LF: they are longer than its size says.</summary>
    ChunkEnd,

    /// <summary>A field after the last chunk is wrong; <see cref="HttpBodyReader.TrailerError"/> says how.</summary>
    Trailer,

    /// <summary>The body is longer than it may be.</summary>
    TooLarge,

    /// <summary>The stream ended before a head was whole.</summary>
    EndedInHead,

    /// <summary>The stream ended before as much had come as Content-Length says.</summary>
    EndedInBody,

    /// <summary>The stream ended before the last chunk.</summary>
    EndedInChunks,
}
