using System.Buffers;
using System.Globalization;
using Soket.Protocols.Http1;
using Soket.Protocols.WebSocket;

namespace Soket.Capture.Applications;

/// <summary>
/// HTTP/1.x (RFC 9112): a head is a message, and its body, where it has one, a second one: a long body ends in a packet of its own. A response to
/// CONNECT and one of 101 end HTTP on the connection.
/// </summary>
internal sealed class HttpDecoder(bool clientIsInitiator) : ApplicationDecoder
{
    private const int MostPipelined = 1000;
    private static readonly HttpHeadLimits Limits = new(64 * 1024, 500);

    private readonly Queue<string> _methods = new(); // of the requests that were not answered yet
    private readonly Direction _client = new();
    private readonly Direction _server = new();

    private enum Stage
    {
        Head,
        Length, // a body of a known length is about to pass by
        Passed,
        Body,
        Lost,
    }

    /// <inheritdoc/>
    public override string Protocol => "HTTP";

    /// <summary>Whether bytes begin with the head of a request or of a response.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="isRequest">Whether it is a request's.</param>
    /// <param name="needsMore">Whether more bytes could tell.</param>
    public static bool Begins(ReadOnlySpan<byte> bytes, out bool isRequest, out bool needsMore)
    {
        ReadOnlySpan<byte> opening = "HTTP/1."u8;
        isRequest = false;
        if (bytes.StartsWith(opening))
        {
            needsMore = false;
            return true;
        }

        needsMore = opening.StartsWith(bytes);
        if (needsMore)
            return false;
        isRequest = true;
        // A method, in capitals as all of them are, and the version at the end of the line.
        int method = bytes.IndexOfAnyExcept(Capitals);
        if (method is 0 or > 32 || (method > 0 && bytes[method] != ' '))
            return false;
        int end = bytes.IndexOf("\r\n"u8);
        needsMore = end < 0 && !bytes.Contains((byte)'\n');
        if (end < 0)
            return false;
        ReadOnlySpan<byte> line = bytes[..end];
        return line.Length > 9 && line[^9] == ' ' && line[^8..].StartsWith(opening);
    }

    /// <inheritdoc/>
    public override bool Lost(bool fromInitiator)
    {
        (fromInitiator == clientIsInitiator ? _client : _server).Stage = Stage.Lost;
        _methods.Clear(); // which answer belongs to which request is no longer known
        return true;
    }

    /// <inheritdoc/>
    public override long Read(bool fromInitiator, ReadOnlyMemory<byte> bytes, bool ended, List<ApplicationMessage> found)
    {
        bool isClient = fromInitiator == clientIsInitiator;
        Direction direction = isClient ? _client : _server;
        switch (direction.Stage)
        {
            case Stage.Length:
                direction.Stage = Stage.Passed;
                return direction.Wire;
            case Stage.Body:
                return ReadBody(direction, bytes, ended, found);
            case Stage.Passed:
                found.Add(direction.Body());
                direction.Stage = Stage.Head;
                break;
            case Stage.Lost when !Begins(bytes.Span, out bool isRequest, out _) || isRequest != isClient:
                return bytes.Length;
            case Stage.Lost:
                direction.Stage = Stage.Head;
                break;
        }

        // A head that comes a byte at a time is not read from its beginning with each.
        if (bytes.Span.IndexOf("\r\n\r\n"u8) < 0)
            return bytes.Length < Limits.MaxBytes ? 0 : -1;
        return isClient ? ReadRequest(bytes, found) : ReadResponse(bytes, found);
    }

    private static SearchValues<byte> Capitals { get; } = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ-"u8);

    private long ReadRequest(ReadOnlyMemory<byte> bytes, List<ApplicationMessage> found)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        HttpHeadResult result = HttpRequestHead.TryRead(ref buffer, Limits, out HttpRequestHead? head, out _);
        if (result != HttpHeadResult.Head)
            return result == HttpHeadResult.NeedMore ? 0 : -1;
        long read = bytes.Length - buffer.Length;
        found.Add(new("HTTP", Cut($"{head!.Method} {head.Target} HTTP/1.{head.Minor}"), read));
        if (_methods.Count == MostPipelined)
            _methods.Dequeue();
        _methods.Enqueue(head.Method);
        // RFC 9112 6.3: a request without either has no body.
        HttpBodyFraming framing = head.Fields.Lists("Transfer-Encoding", "chunked") ? new(HttpBodyKind.Chunked, -1)
            : long.TryParse(head.Fields.One("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? new(HttpBodyKind.Length, length)
            : HttpBodyFraming.None;
        _client.Begin(framing, head.Fields);
        return read;
    }

    private long ReadResponse(ReadOnlyMemory<byte> bytes, List<ApplicationMessage> found)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        HttpHeadResult result = HttpResponseHead.TryRead(ref buffer, Limits, out HttpResponseHead? head, out _);
        if (result != HttpHeadResult.Head)
            return result == HttpHeadResult.NeedMore ? 0 : -1;
        long read = bytes.Length - buffer.Length;
        found.Add(new("HTTP", Cut($"HTTP/1.{head!.Minor} {head.Status.ToString(CultureInfo.InvariantCulture)} {head.Reason}".TrimEnd()), read));
        if (head.Status == 101)
        {
            HandOver(head.Fields.Lists("Upgrade", "websocket") ? new WebSocketDecoder(clientIsInitiator, head.Fields.Has("Sec-WebSocket-Extensions")) : null);
            return read;
        }

        if (head.Status < 200)
            return read; // the final one follows
        string method = _methods.TryDequeue(out string? asked) ? asked : "GET";
        if (method == "CONNECT" && head.Status < 300)
        {
            HandOver(null);
            return read;
        }

        if (HttpBodyFraming.OfResponse(head, method, out HttpBodyFraming framing) != HttpMessageError.None)
            return -1;
        _server.Begin(framing, head.Fields);
        return read;
    }

    private static long ReadBody(Direction direction, ReadOnlyMemory<byte> bytes, bool ended, List<ApplicationMessage> found)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        HttpBodyResult result;
        do
            result = direction.Reader!.Read(ref buffer, ended, out _);
        while (result == HttpBodyResult.Content);
        long read = bytes.Length - buffer.Length;
        direction.Wire += read;
        if (result == HttpBodyResult.Invalid)
            return -1;
        if (result == HttpBodyResult.End)
        {
            found.Add(direction.Body());
            direction.Stage = Stage.Head;
        }

        return read;
    }

    private sealed class Direction
    {
        private string _type = "";

        public Stage Stage { get; set; }

        public HttpBodyReader? Reader { get; private set; }

        /// <summary>Bytes of the body on the wire: all of it where its length is known beforehand, else those so far.</summary>
        public long Wire { get; set; }

        public void Begin(HttpBodyFraming framing, HttpFields fields)
        {
            if (framing.Kind == HttpBodyKind.None || framing is { Kind: HttpBodyKind.Length, Length: 0 })
                return;
            _type = (fields.One("Content-Type") ?? "").Split(';')[0].Trim();
            bool known = framing.Kind == HttpBodyKind.Length;
            Stage = known ? Stage.Length : Stage.Body;
            Wire = known ? framing.Length : 0;
            Reader = known ? null : new(framing, HttpBodyLimits.Default);
        }

        public ApplicationMessage Body()
        {
            string length = string.Create(CultureInfo.InvariantCulture, $"body, {Reader?.Received ?? Wire} B");
            return new("HTTP", _type.Length == 0 ? length : Cut($"{length}, {_type}"), Wire);
        }
    }
}
