using System.Buffers;
using System.Text;

namespace Soket.Protocols.StartTls;

/// <summary>How reading an answer ended.</summary>
public enum ReplyResult
{
    /// <summary>It is not complete yet.</summary>
    NeedMore,

    /// <summary>It is there.</summary>
    Reply,

    /// <summary>It is none of this protocol's.</summary>
    Invalid,

    /// <summary>It is longer than it may be.</summary>
    TooLong,
}

/// <summary>Reads the answers of servers line by line: of SMTP (RFC 5321 4.2), IMAP (RFC 9051 7), POP3 (RFC 1939 3) and FTP (RFC 959 4.2). Pure.</summary>
public static class ReplyReader
{
    /// <summary>The most bytes of an answer.</summary>
    public const int MostBytes = 32 * 1024;

    private delegate ServerReply? Judge(List<string> lines, out bool wrong);

    /// <summary>Reads one answer of SMTP or FTP: lines of one code, the last without a hyphen. In FTP the lines between may hold anything.</summary>
    /// <param name="buffer">Bytes received; what was read is taken off its front.</param>
    /// <param name="isFtp">Whether it is FTP's.</param>
    /// <param name="reply">The answer.</param>
    public static ReplyResult TryReadNumbered(ref ReadOnlySequence<byte> buffer, bool isFtp, out ServerReply? reply) =>
        Read(ref buffer, (List<string> lines, out bool wrong) => Numbered(lines, isFtp, out wrong), out reply);

    /// <summary>Reads one answer of IMAP: the untagged greeting, or everything up to the line with the tag.</summary>
    /// <param name="buffer">Bytes received; what was read is taken off its front.</param>
    /// <param name="tag">The tag; null for the greeting.</param>
    /// <param name="reply">The answer.</param>
    public static ReplyResult TryReadImap(ref ReadOnlySequence<byte> buffer, string? tag, out ServerReply? reply) =>
        Read(ref buffer, (List<string> lines, out bool wrong) => Tagged(lines, tag, out wrong), out reply);

    /// <summary>Reads one answer of POP3.</summary>
    /// <param name="buffer">Bytes received; what was read is taken off its front.</param>
    /// <param name="isList">Whether lines up to one of a single dot follow, where it is positive.</param>
    /// <param name="reply">The answer.</param>
    public static ReplyResult TryReadPop3(ref ReadOnlySequence<byte> buffer, bool isList, out ServerReply? reply) =>
        Read(ref buffer, (List<string> lines, out bool wrong) => Marked(lines, isList, out wrong), out reply);

    // Judged line by line, so that what is wrong is told with its first wrong line and nothing is waited for that will not come.
    private static ReplyResult Read(ref ReadOnlySequence<byte> buffer, Judge judge, out ServerReply? reply)
    {
        reply = null;
        ReadOnlySequence<byte> most = buffer.Slice(0, Math.Min(buffer.Length, MostBytes));
        ReadOnlySpan<byte> bytes = most.IsSingleSegment ? most.FirstSpan : most.ToArray();
        var lines = new List<string>();
        int at = 0;
        while (bytes[at..].IndexOf((byte)'\n') is >= 0 and int end)
        {
            ReadOnlySpan<byte> line = bytes.Slice(at, end);
            lines.Add(Encoding.Latin1.GetString(line is [.., (byte)'\r'] ? line[..^1] : line));
            at += end + 1;
            reply = judge(lines, out bool wrong);
            if (wrong)
                return ReplyResult.Invalid;
            if (reply is null)
                continue;
            buffer = buffer.Slice(at);
            return ReplyResult.Reply;
        }

        return buffer.Length >= MostBytes ? ReplyResult.TooLong : ReplyResult.NeedMore;
    }

    private static ServerReply? Numbered(List<string> lines, bool isFtp, out bool wrong)
    {
        string line = lines[^1], code = lines[0].Length >= 3 ? lines[0][..3] : "";
        bool numbered = line.Length >= 3 && line[..3].All(char.IsAsciiDigit) && line[0] is >= '1' and <= '5' && (line.Length == 3 || line[3] is ' ' or '-');
        bool last = numbered && (line.Length == 3 || line[3] == ' ') && line[..3] == code;
        wrong = !numbered && (!isFtp || lines.Count == 1);
        wrong |= numbered && !isFtp && line[..3] != code;
        return last ? new ServerReply(code, [.. lines]) : null;
    }

    private static ServerReply? Tagged(List<string> lines, string? tag, out bool wrong)
    {
        string[] words = lines[^1].Split(' ', 3);
        wrong = words.Length < 2 || (words[0] != "*" && (words[0] != tag || tag is null));
        if (wrong || (words[0] == "*" && tag is not null && !words[1].Equals("BYE", StringComparison.OrdinalIgnoreCase)))
            return null;
        string code = words[1].ToUpperInvariant();
        wrong = code is not ("OK" or "NO" or "BAD" or "PREAUTH" or "BYE");
        return wrong ? null : new ServerReply(code, [.. lines]);
    }

    private static ServerReply? Marked(List<string> lines, bool isList, out bool wrong)
    {
        string code = lines[0].Split(' ', 2)[0];
        wrong = code is not ("+OK" or "-ERR");
        return wrong || (isList && code == "+OK" && (lines.Count == 1 || lines[^1] != ".")) ? null : new ServerReply(code, [.. lines]);
    }
}
