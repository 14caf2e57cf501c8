using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Soket.Bench;

/// <summary>A text with <c>{counter}</c> (the message's number on its connection), <c>{connection}</c> and <c>{random}</c> (0 to 999,999).</summary>
internal sealed class TemplatePayload : BenchPayload
{
    private const int LongestNumber = 20; // a long, with its sign

    private readonly List<(Kind Kind, byte[] Text)> _parts;
    private readonly ulong _seed;

    private TemplatePayload(string text, List<(Kind Kind, byte[] Text)> parts, long seed)
        : base(text.Length > 40 ? $"'{text[..39]}…'" : $"'{text}'", parts.Sum(static part => part.Kind == Kind.Literal ? part.Text.Length : LongestNumber))
    {
        _parts = parts;
        _seed = (ulong)seed;
    }

    private enum Kind
    {
        Literal,
        Counter,
        Connection,
        Random,
    }

    /// <summary>Reads one; <paramref name="wrong"/> is the part that is none.</summary>
    public static BenchPayload? Read(string text, long seed, out string? wrong)
    {
        var parts = new List<(Kind, byte[])>();
        var literal = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is not ('{' or '}'))
            {
                literal.Append(c);
            }
            else if (i + 1 < text.Length && text[i + 1] == c)
            {
                literal.Append(c);
                i++;
            }
            else
            {
                int close = c == '{' ? text.IndexOf('}', i) : -1;
                Kind kind = close < 0 ? Kind.Literal : text[(i + 1)..close] switch { "counter" => Kind.Counter, "connection" => Kind.Connection, "random" => Kind.Random, _ => Kind.Literal };
                if (kind == Kind.Literal)
                {
                    wrong = close < 0 ? text[i..] : text[i..(close + 1)];
                    return null;
                }

                Flush();
                parts.Add((kind, []));
                i = close;
            }
        }

        Flush();
        wrong = null;
        return new TemplatePayload(text, parts, seed);

        void Flush()
        {
            if (literal.Length > 0)
                parts.Add((Kind.Literal, Encoding.UTF8.GetBytes(literal.ToString())));
            literal.Clear();
        }
    }

    /// <inheritdoc/>
    public override void Write(int connection, long number, IBufferWriter<byte> output)
    {
        ulong state = SplitMix.At(_seed, connection, number);
        foreach ((Kind kind, byte[] text) in _parts)
        {
            switch (kind)
            {
                case Kind.Counter:
                    WriteNumber(number, output);
                    break;
                case Kind.Connection:
                    WriteNumber(connection, output);
                    break;
                case Kind.Random:
                    WriteNumber((long)(SplitMix.Next(ref state) % 1_000_000), output);
                    break;
                default:
                    output.Write(text);
                    break;
            }
        }
    }

    private static void WriteNumber(long number, IBufferWriter<byte> output)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(LongestNumber), out int written);
        output.Advance(written);
    }
}
