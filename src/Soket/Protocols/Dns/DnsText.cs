using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Soket.Protocols.Dns;

/// <summary>
/// Reads the fields of a record from its words in presentation form (RFC 1035 5.1), as <see cref="DnsCursor"/> reads them from bytes: what goes
/// wrong first is kept, and everything after it reads as nothing.
/// </summary>
internal sealed class DnsText(IReadOnlyList<DnsWord> words, DnsName origin)
{
    private int _at;

    public bool Failed { get; private set; }

    public bool AtEnd => _at >= words.Count;

    public DnsName Origin => origin;

    public string Word()
    {
        if (!AtEnd)
            return words[_at++].Text;
        Failed = true;
        return "";
    }

    public string? Peek => AtEnd ? null : words[_at].Text;

    public bool PeekQuoted => !AtEnd && words[_at].Quoted;

    public byte U8() => byte.TryParse(Word(), NumberStyles.None, CultureInfo.InvariantCulture, out byte value) ? value : Fail(value);

    public ushort U16() => ushort.TryParse(Word(), NumberStyles.None, CultureInfo.InvariantCulture, out ushort value) ? value : Fail(value);

    public uint U32() => uint.TryParse(Word(), NumberStyles.None, CultureInfo.InvariantCulture, out uint value) ? value : Fail(value);

    /// <summary>Seconds, or a time such as <c>1h30m</c>.</summary>
    public uint Ttl() => TryTtl(Word(), out uint value) ? value : Fail(value);

    public uint Time() => DnsTime.TryParse(Word(), out uint value) ? value : Fail(value);

    public DnsType Type() => DnsType.TryParse(Word(), out DnsType value) ? value : Fail(value);

    public DnsName Name()
    {
        string word = Word();
        if (word == "@")
            return origin;
        return DnsName.TryParse(word, origin, out DnsName? name, out _) ? name : Fail(DnsName.Root);
    }

    public IPAddress Address(AddressFamily family) =>
        IPAddress.TryParse(Peek, out IPAddress? value) && value.AddressFamily == family && (family != AddressFamily.InterNetwork || value.ToString() == Peek) && Word().Length > 0 ? value : Fail(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any);

    /// <summary>A character string of at most 255 bytes, in quotes or not.</summary>
    public DnsBytes String()
    {
        DnsBytes bytes = Bytes(Word());
        return bytes.Length <= byte.MaxValue ? bytes : Fail(bytes);
    }

    /// <summary>A text of any length; escapes are read.</summary>
    public DnsBytes Bytes(string word) => TryUnescape(word, out byte[] bytes) ? new(bytes) : Fail(default(DnsBytes));

    public DnsBytes HexWord()
    {
        string word = Word();
        if (word == "-")
            return default;
        return Hex(word);
    }

    public DnsBytes HexRest() => Hex(Rest());

    public DnsBytes Base64Rest() => Base64(Rest());

    public DnsBytes Base64(string text)
    {
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int length) ? new(bytes[..length]) : Fail(default(DnsBytes));
    }

    public DnsBytes Hex(string text)
    {
        byte[] bytes = new byte[text.Length / 2];
        return Convert.FromHexString(text, bytes, out int read, out _) == System.Buffers.OperationStatus.Done && read == text.Length ? new(bytes) : Fail(default(DnsBytes));
    }

    public T Fail<T>(T value)
    {
        Failed = true;
        return value;
    }

    /// <summary>Reads seconds: <c>3600</c>, <c>1h30m</c>, <c>1W</c>.</summary>
    public static bool TryTtl(string word, out uint seconds)
    {
        seconds = 0;
        ulong total = 0, number = 0;
        bool digits = false, units = false;
        foreach (char c in word)
        {
            if (char.IsAsciiDigit(c))
            {
                number = number * 10 + (ulong)(c - '0');
                digits = true;
            }
            else
            {
                ulong unit = char.ToLowerInvariant(c) switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, 'w' => 604800, _ => 0 };
                if (unit == 0 || !digits)
                    return false;
                total += number * unit;
                number = 0;
                digits = false;
                units = true;
            }

            if (number > uint.MaxValue || total > uint.MaxValue)
                return false;
        }

        total += number;
        if ((!digits && !units) || total > uint.MaxValue)
            return false;
        seconds = (uint)total;
        return true;
    }

    /// <summary>A text in quotes, with escapes where it needs them.</summary>
    public static string Quote(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length + 2).Append('"');
        foreach (byte b in bytes)
        {
            if (b is (byte)'"' or (byte)'\\')
                text.Append('\\').Append((char)b);
            else if (b is >= 0x20 and < 0x7F)
                text.Append((char)b);
            else
                text.Append(CultureInfo.InvariantCulture, $"\\{b:000}");
        }

        return text.Append('"').ToString();
    }

    public static bool TryUnescape(string word, out byte[] bytes)
    {
        var list = new List<byte>(word.Length);
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < word.Length; i++)
        {
            int value = word[i];
            if (value == '\\' && !DnsNameText.TryEscape(word, ref i, out value))
            {
                bytes = [];
                return false;
            }

            // Text beyond ASCII is UTF-8, as editors write it.
            if (value < 0x80 || word[i] is >= '0' and <= '9')
                list.Add((byte)value);
            else if (Rune.TryGetRuneAt(word, i, out Rune rune))
            {
                list.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
                i += rune.Utf16SequenceLength - 1;
            }
        }

        bytes = [.. list];
        return true;
    }

    private string Rest()
    {
        var text = new StringBuilder();
        while (!AtEnd)
            text.Append(Word());
        return text.ToString();
    }
}

/// <summary>A word of a zone file.</summary>
/// <param name="Text">What it says, its escapes still in it.</param>
/// <param name="Quoted">Whether it stood in quotes.</param>
internal readonly record struct DnsWord(string Text, bool Quoted);
