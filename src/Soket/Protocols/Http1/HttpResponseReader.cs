using System.Buffers;

namespace Soket.Protocols.Http1;

/// <summary>How large a response may be.</summary>
/// <param name="Head">Each of its heads.</param>
/// <param name="MaxInterim">The most interim responses (1xx) before the final one.</param>
/// <param name="Body">Its body.</param>
public readonly record struct HttpResponseLimits(HttpHeadLimits Head, int MaxInterim, HttpBodyLimits Body)
{
    /// <summary>Heads of 64 KiB and 200 fields, 16 interim ones, and a body as long as there are numbers.</summary>
    public static HttpResponseLimits Default { get; } = new(new(64 * 1024, 200), 16, HttpBodyLimits.Default);
}

/// <summary>What reading a response gave.</summary>
public enum HttpResponsePart
{
    /// <summary>More bytes are needed.</summary>
    NeedMore,

    /// <summary>The head of an interim response (1xx): the final one follows.</summary>
    Interim,

    /// <summary>The head.</summary>
    Head,

    /// <summary>A piece of the body.</summary>
    Content,

    /// <summary>The response has ended.</summary>
    End,

    /// <summary>It is wrong.</summary>
    Invalid,
}

/// <summary>Reads one response, part by part, from bytes as they come (RFC 9112). Pure: no socket, no clock. Not for several threads.</summary>
/// <param name="method">The method that was asked with.</param>
/// <param name="limits">How large it may be.</param>
public sealed class HttpResponseReader(string method, HttpResponseLimits limits)
{
    private static readonly HttpFields NoFields = new([]);
    private HttpBodyReader? _body;
    private bool _wrong;

    /// <summary>The head that was read last: an interim one, or the final one.</summary>
    public HttpResponseHead? Head { get; private set; }

    /// <summary>How the body ends; known with <see cref="HttpResponsePart.Head"/>.</summary>
    public HttpBodyFraming Framing { get; private set; }

    /// <summary>How many interim responses came.</summary>
    public int Interim { get; private set; }

    /// <summary>Bytes of content so far, without what frames them.</summary>
    public long Received => _body?.Received ?? 0;

    /// <summary>Chunks so far.</summary>
    public int Chunks => _body?.Chunks ?? 0;

    /// <summary>The fields after the last chunk.</summary>
    public HttpFields Trailers => _body?.Trailers ?? NoFields;

    /// <summary>What is wrong with a head, or with a field after the last chunk.</summary>
    public HttpHeadError HeadError { get; private set; }

    /// <summary>What is wrong with the rest.</summary>
    public HttpMessageError Error { get; private set; }

    /// <summary>Reads on.</summary>
    /// <param name="buffer">Bytes received; what was read is taken off its front. What follows the response is left.</param>
    /// <param name="isEnded">Whether the peer has ended the stream, so that nothing follows the buffer.</param>
    /// <param name="content">The content, with <see cref="HttpResponsePart.Content"/>; lent from the buffer.</param>
    public HttpResponsePart Read(ref ReadOnlySequence<byte> buffer, bool isEnded, out ReadOnlySequence<byte> content)
    {
        content = default;
        if (_wrong)
            return HttpResponsePart.Invalid;
        if (_body is null)
            return ReadHead(ref buffer, isEnded);
        switch (_body.Read(ref buffer, isEnded, out content))
        {
            case HttpBodyResult.Content:
                return HttpResponsePart.Content;
            case HttpBodyResult.End:
                return HttpResponsePart.End;
            case HttpBodyResult.Invalid:
                return Wrong(_body.Error, _body.TrailerError);
            default:
                return HttpResponsePart.NeedMore;
        }
    }

    private HttpResponsePart ReadHead(ref ReadOnlySequence<byte> buffer, bool isEnded)
    {
        switch (HttpResponseHead.TryRead(ref buffer, limits.Head, out HttpResponseHead? head, out HttpHeadError error))
        {
            case HttpHeadResult.Invalid:
                return Wrong(HttpMessageError.None, error);
            case HttpHeadResult.NeedMore:
                return isEnded ? Wrong(HttpMessageError.EndedInHead) : HttpResponsePart.NeedMore;
        }

        Head = head;
        if (head!.Status == 101)
            return Wrong(HttpMessageError.UnaskedSwitch);
        HttpMessageError framingError = HttpBodyFraming.OfResponse(head, method, out HttpBodyFraming framing);
        if (framingError != HttpMessageError.None)
            return Wrong(framingError);
        if (head.Status < 200)
            return Interim++ == limits.MaxInterim ? Wrong(HttpMessageError.TooManyInterim) : HttpResponsePart.Interim;
        Framing = framing;
        _body = new HttpBodyReader(framing, limits.Body);
        return HttpResponsePart.Head;
    }

    private HttpResponsePart Wrong(HttpMessageError error, HttpHeadError head = HttpHeadError.None)
    {
        (Error, HeadError, _wrong) = (error, head, true);
        return HttpResponsePart.Invalid;
    }
}
