using System.Numerics;

namespace Soket.Protocols.Zstandard;

/// <summary>The Huffman code of the literals (RFC 8878 4.2): for the next bits the symbol and how many of them it takes.</summary>
internal sealed class HuffmanTable
{
    private const int Longest = 11;    // bits of a code
    private const int WeightAccuracy = 6;

    private readonly byte[] _symbols;
    private readonly byte[] _lengths;
    private readonly int _bits;

    private HuffmanTable(ReadOnlySpan<byte> weights, int bits)
    {
        _bits = bits;
        (_symbols, _lengths) = (new byte[1 << bits], new byte[1 << bits]);
        int at = 0;
        for (int weight = 1; weight <= bits; weight++)
        {
            for (int symbol = 0; symbol < weights.Length; symbol++)
            {
                if (weights[symbol] != weight)
                    continue;
                int count = 1 << (weight - 1);
                _symbols.AsSpan(at, count).Fill((byte)symbol);
                _lengths.AsSpan(at, count).Fill((byte)(bits + 1 - weight));
                at += count;
            }
        }
    }

    /// <summary>Reads a table's description (4.2.1), and says how many bytes it took.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static HuffmanTable Read(ReadOnlySpan<byte> bytes, out int used)
    {
        if (bytes.IsEmpty)
            throw new InvalidDataException("A Huffman table is cut off.");
        Span<byte> weights = stackalloc byte[256];
        int count;
        if (bytes[0] >= 128)
        {
            count = bytes[0] - 127;
            used = 1 + (count + 1) / 2;
            if (bytes.Length < used)
                throw new InvalidDataException("A Huffman table is cut off.");
            for (int i = 0; i < count; i++)
                weights[i] = (byte)((i & 1) == 0 ? bytes[1 + i / 2] >> 4 : bytes[1 + i / 2] & 0xF);
        }
        else
        {
            used = 1 + bytes[0];
            if (bytes.Length < used)
                throw new InvalidDataException("A Huffman table is cut off.");
            count = ReadWeights(bytes[1..used], weights[..255]);
        }

        return Of(weights, count);
    }

    /// <summary>Decodes a stream that holds just so many symbols.</summary>
    /// <exception cref="InvalidDataException">It holds fewer, or more.</exception>
    public void Decode(ReadOnlySpan<byte> stream, Span<byte> output)
    {
        var bits = new BackwardBits(stream);
        for (int i = 0; i < output.Length; i++)
        {
            uint code = bits.Peek(_bits);
            output[i] = _symbols[code];
            bits.Skip(_lengths[code]);
        }

        if (bits.Left != 0)
            throw new InvalidDataException("A stream of literals is not as long as it says.");
    }

    // The last weight is not written: it is what is missing to a power of two.
    private static HuffmanTable Of(Span<byte> weights, int count)
    {
        int sum = 0;
        foreach (byte weight in weights[..count])
            sum += weight > Longest ? throw new InvalidDataException("A Huffman code is too long.") : weight == 0 ? 0 : 1 << (weight - 1);
        if (sum == 0)
            throw new InvalidDataException("A Huffman table is empty.");
        int bits = BitOperations.Log2((uint)sum) + 1, missing = (1 << bits) - sum;
        if (bits > Longest || !BitOperations.IsPow2(missing))
            throw new InvalidDataException("A Huffman table is not whole.");
        weights[count] = (byte)(BitOperations.Log2((uint)missing) + 1);
        return new(weights[..(count + 1)], bits);
    }

    // Two states take turns on one stream (4.2.1.2); what is not there to be read ends it.
    private static int ReadWeights(ReadOnlySpan<byte> bytes, Span<byte> weights)
    {
        FseTable table = FseTable.Read(bytes, Longest + 2, WeightAccuracy, out int used);
        var bits = new BackwardBits(bytes[used..]);
        int one = (int)bits.Read(table.Accuracy), other = (int)bits.Read(table.Accuracy);
        if (bits.Left < 0)
            throw new InvalidDataException("A Huffman table's weights are cut off.");
        for (int count = 0; count < weights.Length;)
        {
            weights[count++] = table.Symbol(one);
            one = table.Next(one, ref bits);
            (one, other) = (other, one);
            if (bits.Left >= 0)
                continue;
            if (count < weights.Length)
            {
                weights[count++] = table.Symbol(one);
                return count;
            }
        }

        throw new InvalidDataException("A Huffman table has more weights than there are symbols.");
    }
}
