using System.IO.Compression;
using Soket.Protocols.Http1;

namespace Soket.Http.Internal;

/// <summary>Undoes content codings (RFC 9110 8.4.1): gzip, deflate, br, zstd.</summary>
internal static class ContentCodings
{
    /// <summary>What is asked for.</summary>
    public const string Offered = "gzip, deflate, br, zstd";

    // Nobody compresses more often than twice; each further one multiplies what a small body can become.
    private const int Most = 2;

    /// <summary>The codings of a response, in the order they were applied; identity is none.</summary>
    public static string[] Of(HttpFields fields) => [.. fields.List("Content-Encoding").Select(coding => coding.ToLowerInvariant()).Where(coding => coding != "identity")];

    /// <summary>The first of the codings that cannot be undone; null when all can.</summary>
    public static string? Unknown(string[] codings) => codings.Length > Most ? string.Join(", ", codings) : codings.FirstOrDefault(coding => coding is not ("gzip" or "x-gzip" or "deflate" or "br" or "zstd"));

    public static async ValueTask<Stream> UndoAsync(BodyStream body, string[] codings, CancellationToken cancellationToken)
    {
        Stream stream = body;
        foreach (string coding in codings.Reverse())
        {
            stream = coding switch
            {
                "br" => new BrotliStream(stream, CompressionMode.Decompress),
                "zstd" => new ZstandardStream(stream),
                // RFC 9110 8.4.1.2: deflate is zlib's format, but some servers send the bare one. The first byte of zlib's has 8 in its low half, and
                // both together are a multiple of 31 (RFC 1950 2.2).
                "deflate" when stream != body || IsZlib(await body.PeekAsync(2, cancellationToken).ConfigureAwait(false)) => new ZLibStream(stream, CompressionMode.Decompress),
                "deflate" => new DeflateStream(stream, CompressionMode.Decompress),
                _ => new GZipStream(stream, CompressionMode.Decompress),
            };
        }

        return stream;
    }

    private static bool IsZlib(byte[] first) => first.Length < 2 || ((first[0] & 0x0f) == 8 && ((first[0] << 8) + first[1]) % 31 == 0);
}
