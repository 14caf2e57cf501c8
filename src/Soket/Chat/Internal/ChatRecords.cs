using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Soket.Chat.Internal;

/// <summary>
/// The records of one file of a history. A record is a line: eight hexadecimal digits of the SHA-256 of what follows, a space, JSON. A file begins with a head
/// that holds the epoch and the number before the first one in it.
/// </summary>
internal sealed record ChatRecords(string? Epoch, long LastNumber, IReadOnlyList<ChatEntry> Entries, long WholeLength, int Damaged)
{
    private const int CheckLength = 8;

    public static byte[] Head(string epoch, long last) => Seal(json =>
    {
        json.WriteNumber("v", 1);
        json.WriteString("epoch", epoch);
        json.WriteNumber("last", last);
    });

    public static byte[] Of(ChatEntry entry) => Seal(json =>
    {
        ChatJson.WriteEntry(json, entry);
        if (entry.Session.Length > 0)
        {
            json.WriteString("sid", entry.Session);
            json.WriteNumber("id", entry.Id);
        }
    });

    /// <summary>Reads a file. What is not whole at its end is left out of <see cref="WholeLength"/>, what is wrong within is counted.</summary>
    public static ChatRecords Read(string file)
    {
        // A file has a bounded length, and is read once, at the start.
        ReadOnlyMemory<byte> rest = File.ReadAllBytes(file);
        var entries = new List<ChatEntry>();
        string? epoch = null;
        long last = 0, at = 0, whole = 0;
        int damaged = 0, bad = 0;
        while (rest.Span.IndexOf((byte)'\n') is >= 0 and int end)
        {
            ReadOnlyMemory<byte> line = rest[..end];
            rest = rest[(end + 1)..];
            at += end + 1;
            if (!TryOpen(line, out JsonDocument? document))
            {
                bad++; // at the end of the file it is a torn one, before another whole one it is damage
                continue;
            }

            using (document)
            {
                damaged += bad;
                bad = 0;
                whole = at;
                if (document.RootElement.TryGetProperty("epoch", out JsonElement head))
                {
                    epoch = head.GetString();
                    last = Math.Max(last, document.RootElement.GetProperty("last").GetInt64());
                }
                else if (ChatJson.ReadEntry(document.RootElement) is { } entry)
                {
                    entries.Add(entry);
                    last = Math.Max(last, entry.Number);
                }
            }
        }

        return new ChatRecords(epoch, last, entries, whole, damaged);
    }

    private static byte[] Seal(Action<Utf8JsonWriter> write)
    {
        var json = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        byte[] record = new byte[CheckLength + 1 + json.WrittenCount + 1];
        Check(json.WrittenSpan).CopyTo(record, 0);
        record[CheckLength] = (byte)' ';
        json.WrittenSpan.CopyTo(record.AsSpan(CheckLength + 1));
        record[^1] = (byte)'\n';
        return record;
    }

    private static bool TryOpen(ReadOnlyMemory<byte> line, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        if (line.Length <= CheckLength + 1 || !line.Span[..CheckLength].SequenceEqual(Check(line.Span[(CheckLength + 1)..])))
            return false;
        document = JsonDocument.Parse(line[(CheckLength + 1)..]);
        return true;
    }

    private static byte[] Check(ReadOnlySpan<byte> json) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, CheckLength / 2)));
}
