using System.Globalization;

namespace Soket.Protocols.Http1;

/// <summary>How a body is found to end.</summary>
public enum HttpBodyKind
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>By Content-Length.</summary>
    Length,

    /// <summary>By a chunk of size 0.</summary>
    Chunked,

    /// <summary>By the end of the connection: whether all of it came cannot be told.</summary>
    UntilClose,
}

/// <summary>How a message's body is framed (RFC 9112 6.3).</summary>
/// <param name="Kind">How its end is found.</param>
/// <param name="Length">How long it is, bytes; -1 where that is not said beforehand.</param>
public readonly record struct HttpBodyFraming(HttpBodyKind Kind, long Length)
{
    /// <summary>No body.</summary>
    public static HttpBodyFraming None { get; } = new(HttpBodyKind.None, 0);

    /// <summary>How the body of a response ends.</summary>
    /// <param name="head">Its head.</param>
    /// <param name="method">The method that was asked with: the answer to HEAD has no body, whatever its fields say.</param>
    /// <param name="framing">The framing.</param>
    /// <returns>What is wrong; what two readers could understand differently is refused.</returns>
    public static HttpMessageError OfResponse(HttpResponseHead head, string method, out HttpBodyFraming framing)
    {
        framing = None;
        bool chunked = head.Fields.Has("Transfer-Encoding");
        bool sized = head.Fields.Has("Content-Length");
        if (chunked && sized)
            return HttpMessageError.LengthAndCoding;
        // Fields that make no sense are refused even where no body follows: a reader in between may think that one does.
        HttpMessageError error = chunked ? CheckCoding(head) : HttpMessageError.None;
        long length = -1;
        if (sized)
            error = ReadLength(head.Fields, out length);
        if (error != HttpMessageError.None)
            return error;
        if (head.Status is < 200 or 204 or 304 || method == "HEAD" || (method == "CONNECT" && head.Status < 300))
            return HttpMessageError.None;
        framing = chunked ? new(HttpBodyKind.Chunked, -1) : sized ? new(HttpBodyKind.Length, length) : new(HttpBodyKind.UntilClose, -1);
        return HttpMessageError.None;
    }

    private static HttpMessageError CheckCoding(HttpResponseHead head)
    {
        if (head.Minor == 0)
            return HttpMessageError.CodingInHttp10;
        string[] codings = [.. head.Fields.List("Transfer-Encoding")];
        if (codings.Length == 0 || codings.Any(coding => !coding.Equals("chunked", StringComparison.OrdinalIgnoreCase)))
            return HttpMessageError.UnknownCoding;
        return codings.Length == 1 ? HttpMessageError.None : HttpMessageError.RepeatedCoding;
    }

    private static HttpMessageError ReadLength(HttpFields fields, out long length)
    {
        length = -1;
        // The raw values, and not a list's members: an empty member would vanish there.
        string[] values = [.. fields.Where(field => field.Name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)).SelectMany(field => field.Value.Split(',')).Select(value => value.Trim(' ', '\t'))];
        foreach (string value in values)
        {
            if (value.Length == 0 || value.AsSpan().ContainsAnyExceptInRange('0', '9') || !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long read))
                return HttpMessageError.BadLength;
            if (length >= 0 && read != length)
                return HttpMessageError.DifferingLengths;
            length = read;
        }

        return values.Length == 1 ? HttpMessageError.None : HttpMessageError.RepeatedLength;
    }
}
