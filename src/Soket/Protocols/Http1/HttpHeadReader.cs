using System.Buffers;
using System.Text;

namespace Soket.Protocols.Http1;

/// <summary>
/// Reads a head line by line, strictly: what two readers could understand differently (a bare CR or LF, a folded line, a space before the colon) is
/// refused, since that is how requests are smuggled past one of them (RFC 9112 11.2).
/// </summary>
internal struct HttpHeadReader(bool isRequest, HttpHeadLimits limits, bool isTrailer = false)
{
    public string First { get; private set; } = "";

    public string Second { get; private set; } = "";

    public int Minor { get; private set; }

    public List<HttpField> Fields { get; } = [];

    public HttpHeadResult Read(ref ReadOnlySequence<byte> buffer, out HttpHeadError error)
    {
        // A head is small and bounded; in one piece it is simpler to read, and a head in pieces is read again when more of it has come.
        ReadOnlySequence<byte> most = buffer.Slice(0, Math.Min(buffer.Length, limits.MaxBytes));
        ReadOnlySpan<byte> bytes = most.IsSingleSegment ? most.FirstSpan : most.ToArray();
        int at = 0;
        // RFC 9112 2.2: one empty line before a request is skipped, some clients send it after a body.
        if (isRequest && bytes.StartsWith("\r\n"u8))
            at = 2;
        bool first = !isTrailer; // trailers have no first line, and may be none at all
        while (true)
        {
            ReadOnlySpan<byte> rest = bytes[at..];
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            if (first && !CouldBeHttp(line, whole: end >= 0))
                return Invalid(HttpHeadError.NotHttp, out error);
            int cr = line.IndexOf((byte)'\r');
            if (end < 0 ? cr >= 0 && cr < line.Length - 1 : cr < 0 || cr != line.Length - 1)
                return Invalid(HttpHeadError.LineEnd, out error);
            if (end < 0)
            {
                error = HttpHeadError.None;
                return buffer.Length >= limits.MaxBytes ? Invalid(HttpHeadError.TooLarge, out error) : HttpHeadResult.NeedMore;
            }

            line = line[..^1];
            at += end + 1;
            if (line.IsEmpty && !first)
            {
                buffer = buffer.Slice(at);
                error = HttpHeadError.None;
                return HttpHeadResult.Head;
            }

            error = first ? ReadStart(line) : Fields.Count == limits.MaxFields ? HttpHeadError.TooManyFields : ReadField(line);
            if (error != HttpHeadError.None)
                return HttpHeadResult.Invalid;
            first = false;
        }
    }

    public static void Write(HttpFields fields, IBufferWriter<byte> output)
    {
        foreach (HttpField field in fields)
        {
            if (!HttpSyntax.IsToken(field.Name))
                throw new ArgumentException($"'{field.Name}' is no name of a field.", nameof(fields));
            if (!HttpSyntax.IsFieldValue(field.Value))
                throw new ArgumentException($"The value of {field.Name} holds what cannot stand in a head.", nameof(fields));
            Encoding.Latin1.GetBytes($"{field.Name}: {field.Value}\r\n", output);
        }

        output.Write("\r\n"u8);
    }

    // Seen early, so that a peer that speaks something else is not waited for. Methods and versions are short.
    private readonly bool CouldBeHttp(ReadOnlySpan<byte> line, bool whole)
    {
        if (!isRequest)
        {
            ReadOnlySpan<byte> opening = "HTTP/"u8;
            return line.Length >= opening.Length ? line.StartsWith(opening) : !whole && opening.StartsWith(line);
        }

        const int LongestMethod = 32;
        int space = line.IndexOf((byte)' ');
        if (space >= 0)
            return space <= LongestMethod && HttpSyntax.IsToken(line[..space]);
        return !whole && line.Length <= LongestMethod && (line.IsEmpty || line is [(byte)'\r'] || HttpSyntax.IsToken(line));
    }

    private HttpHeadError ReadStart(ReadOnlySpan<byte> line) => isRequest ? ReadRequestLine(line) : ReadStatusLine(line);

    private HttpHeadError ReadRequestLine(ReadOnlySpan<byte> line)
    {
        int one = line.IndexOf((byte)' ');
        int two = line.LastIndexOf((byte)' ');
        if (two <= one)
            return HttpHeadError.StartLine;
        ReadOnlySpan<byte> target = line[(one + 1)..two];
        if (!TryVersion(line[(two + 1)..], out HttpHeadError error))
            return error;
        if (target.IsEmpty || target.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
            return HttpHeadError.StartLine;
        First = Encoding.Latin1.GetString(line[..one]);
        Second = Encoding.Latin1.GetString(target);
        return HttpHeadError.None;
    }

    // A server that leaves out the space before an empty reason phrase is common, and nothing can be mistaken in it.
    private HttpHeadError ReadStatusLine(ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        if (!TryVersion(space < 0 ? line : line[..space], out HttpHeadError error))
            return error;
        ReadOnlySpan<byte> status = space < 0 ? default : line[(space + 1)..];
        if (status.Length < 3 || status[..3].ContainsAnyExceptInRange((byte)'0', (byte)'9') || status[0] == '0' || (status.Length > 3 && status[3] != ' '))
            return HttpHeadError.StartLine;
        ReadOnlySpan<byte> reason = status.Length > 4 ? status[4..] : default;
        if (!HttpSyntax.IsFieldValue(reason))
            return HttpHeadError.StartLine;
        First = Encoding.Latin1.GetString(status[..3]);
        Second = Encoding.Latin1.GetString(reason).Trim(' ', '\t');
        return HttpHeadError.None;
    }

    private bool TryVersion(ReadOnlySpan<byte> text, out HttpHeadError error)
    {
        bool version = text is [(byte)'H', (byte)'T', (byte)'T', (byte)'P', (byte)'/', >= (byte)'0' and <= (byte)'9', (byte)'.', >= (byte)'0' and <= (byte)'9'];
        error = !version ? (text.StartsWith("HTTP/"u8) ? HttpHeadError.Version : HttpHeadError.StartLine) : text[5] != '1' ? HttpHeadError.Version : HttpHeadError.None;
        if (version)
            Minor = text[7] - '0';
        return error == HttpHeadError.None;
    }

    private readonly HttpHeadError ReadField(ReadOnlySpan<byte> line)
    {
        if (line[0] is (byte)' ' or (byte)'\t')
            return HttpHeadError.Folded;
        int colon = line.IndexOf((byte)':');
        if (colon <= 0 || !HttpSyntax.IsToken(line[..colon]))
            return HttpHeadError.FieldName;
        ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
        if (!HttpSyntax.IsFieldValue(value))
            return HttpHeadError.FieldValue;
        Fields.Add(new(Encoding.Latin1.GetString(line[..colon]), Encoding.Latin1.GetString(value)));
        return HttpHeadError.None;
    }

    private static HttpHeadResult Invalid(HttpHeadError wrong, out HttpHeadError error)
    {
        error = wrong;
        return HttpHeadResult.Invalid;
    }
}
