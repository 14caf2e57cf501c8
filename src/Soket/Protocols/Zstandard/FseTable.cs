using System.Numerics;

namespace Soket.Protocols.Zstandard;

/// <summary>A decoding table of Finite State Entropy (RFC 8878 4.1): for each state its symbol and how the next state is made.</summary>
internal sealed class FseTable
{
    private const short LessThanOne = -1; // a probability that still has one state

    private readonly byte[] _symbols;
    private readonly byte[] _bits;
    private readonly ushort[] _bases;

    private FseTable(int accuracy, int size)
    {
        Accuracy = accuracy;
        (_symbols, _bits, _bases) = (new byte[size], new byte[size], new ushort[size]);
    }

    /// <summary>Bits of a first state.</summary>
    public int Accuracy { get; }

    public byte Symbol(int state) => _symbols[state];

    public int Next(int state, ref BackwardBits bits) => _bases[state] + (int)bits.Read(_bits[state]);

    /// <summary>A table of one symbol, which takes no bits.</summary>
    public static FseTable Of(byte symbol)
    {
        var table = new FseTable(0, 1);
        table._symbols[0] = symbol;
        return table;
    }

    /// <summary>Spreads the symbols over the states by their probabilities (4.1.1).</summary>
    /// <exception cref="InvalidDataException">They do not fill the table.</exception>
    public static FseTable Of(ReadOnlySpan<short> probabilities, int accuracy)
    {
        int size = 1 << accuracy, high = size;
        var table = new FseTable(accuracy, size);
        Span<ushort> next = stackalloc ushort[probabilities.Length];
        for (int symbol = 0; symbol < probabilities.Length; symbol++)
        {
            if (probabilities[symbol] == LessThanOne)
                table._symbols[--high] = (byte)symbol;
            next[symbol] = (ushort)Math.Abs(probabilities[symbol]);
        }

        int step = (size >> 1) + (size >> 3) + 3, at = 0;
        for (int symbol = 0; symbol < probabilities.Length; symbol++)
        {
            for (int i = 0; i < probabilities[symbol]; i++)
            {
                table._symbols[at] = (byte)symbol;
                do
                    at = (at + step) & (size - 1);
                while (at >= high);
            }
        }

        if (at != 0)
            throw new InvalidDataException("A table's probabilities do not fill it.");
        for (int state = 0; state < size; state++)
        {
            int number = next[table._symbols[state]]++;
            int bits = accuracy - BitOperations.Log2((uint)number);
            (table._bits[state], table._bases[state]) = ((byte)bits, (ushort)((number << bits) - size));
        }

        return table;
    }

    /// <summary>Reads a table's description, and says how many bytes it took.</summary>
    /// <param name="bytes">From its first byte on.</param>
    /// <param name="most">The most symbols.</param>
    /// <param name="highest">The highest accuracy.</param>
    /// <param name="used">The bytes it took.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static FseTable Read(ReadOnlySpan<byte> bytes, int most, int highest, out int used)
    {
        var bits = new ForwardBits(bytes);
        int accuracy = bits.Read(4) + 5;
        if (accuracy > highest)
            throw new InvalidDataException("A table is larger than it may be.");
        Span<short> probabilities = stackalloc short[most];
        probabilities.Clear();
        int left = 1 << accuracy, symbol = 0;
        while (left > 0)
        {
            if (symbol >= most)
                throw new InvalidDataException("A table has more symbols than there are.");
            // A value takes just so many bits as what is left asks for; the smaller values one less.
            int width = BitOperations.Log2((uint)left + 1) + 1;
            int value = bits.Read(width), low = (1 << (width - 1)) - 1, few = (1 << width) - 1 - (left + 1);
            if ((value & low) < few)
            {
                bits.Unread();
                value &= low;
            }
            else if (value > low)
            {
                value -= few;
            }

            short probability = (short)(value - 1);
            left -= Math.Abs(probability);
            probabilities[symbol++] = probability;
            for (int repeat = probability == 0 ? 3 : 0; repeat == 3;)
            {
                repeat = bits.Read(2);
                symbol += repeat;
            }
        }

        if (left < 0 || symbol > most)
            throw new InvalidDataException("A table's probabilities do not fill it.");
        used = bits.Bytes;
        return Of(probabilities[..symbol], accuracy);
    }
}
