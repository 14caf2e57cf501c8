using System.Buffers.Binary;

namespace Soket.Protocols.Zstandard;

/// <summary>Decodes compressed blocks (RFC 8878 3.1.1.3). What a block may take over from the one before is kept between them.</summary>
internal sealed class ZstandardBlock(ZstandardWindow window)
{
    /// <summary>The most bytes a block is, and becomes.</summary>
    public const int Longest = 128 * 1024;

    private readonly byte[] _literals = new byte[Longest];
    private HuffmanTable? _huffman;
    private FseTable? _literalLengths, _offsets, _matchLengths;
    private long _last, _secondLast, _thirdLast;

    /// <summary>Begins a frame: nothing is taken over from another.</summary>
    public void Begin()
    {
        _huffman = null;
        _literalLengths = _offsets = _matchLengths = null;
        (_last, _secondLast, _thirdLast) = (1, 4, 8);
    }

    /// <summary>Decodes one into the window.</summary>
    /// <param name="block">The block.</param>
    /// <param name="most">The most bytes it may become.</param>
    /// <returns>How many bytes it became.</returns>
    /// <exception cref="InvalidDataException">It is broken.</exception>
    public int Decode(ReadOnlySpan<byte> block, int most)
    {
        window.Reserve(most);
        ReadOnlySpan<byte> literals = Literals(ref block, most);
        int count = Count(ref block);
        if (count == 0)
        {
            if (!block.IsEmpty)
                throw new InvalidDataException("A block is longer than what is in it.");
            window.Append(literals);
            return literals.Length;
        }

        if (block.IsEmpty || (block[0] & 3) != 0)
            throw new InvalidDataException("A block's sequences are of no known kind.");
        int modes = block[0];
        block = block[1..];
        _literalLengths = Table(modes >> 6, ref block, _literalLengths, Sequences.UsualLiterals, Sequences.LiteralCodes, Sequences.LiteralAccuracy);
        _offsets = Table(modes >> 4 & 3, ref block, _offsets, Sequences.UsualOffsets, Sequences.OffsetCodes, Sequences.OffsetAccuracy);
        _matchLengths = Table(modes >> 2 & 3, ref block, _matchLengths, Sequences.UsualMatches, Sequences.MatchCodes, Sequences.MatchAccuracy);
        return Run(new BackwardBits(block), count, literals, most);
    }

    private int Run(BackwardBits bits, int count, ReadOnlySpan<byte> literals, int most)
    {
        int made = 0;
        int literalState = (int)bits.Read(_literalLengths!.Accuracy), offsetState = (int)bits.Read(_offsets!.Accuracy), matchState = (int)bits.Read(_matchLengths!.Accuracy);
        while (count-- > 0)
        {
            uint offset = Sequences.Offset(_offsets.Symbol(offsetState), ref bits);
            int match = Sequences.Match(_matchLengths.Symbol(matchState), ref bits);
            int before = Sequences.Literals(_literalLengths.Symbol(literalState), ref bits);
            if (count > 0)
            {
                literalState = _literalLengths.Next(literalState, ref bits);
                matchState = _matchLengths.Next(matchState, ref bits);
                offsetState = _offsets.Next(offsetState, ref bits);
            }

            made += before + match;
            if (bits.Left < 0 || before > literals.Length || made > most)
                throw new InvalidDataException("A sequence takes more than there is.");
            window.Append(literals[..before]);
            literals = literals[before..];
            window.Copy(Distance(offset, before == 0), match);
        }

        if (bits.Left != 0 || made + literals.Length > most)
            throw new InvalidDataException("A block's sequences are not as long as they say.");
        window.Append(literals);
        return made + literals.Length;
    }

    // 3.1.1.5: three values stand for the last offsets; without literals before it, the last one itself would be pointless, and the values shift by one.
    private long Distance(uint value, bool shifted)
    {
        long distance;
        switch (value + (shifted && value <= 3 ? 1 : 0))
        {
            case 1:
                return _last;
            case 2:
                distance = _secondLast;
                break;
            case 3:
                distance = _thirdLast;
                _thirdLast = _secondLast;
                break;
            case 4 when value <= 3:
                distance = _last - 1;
                _thirdLast = _secondLast;
                break;
            default:
                distance = value - 3L;
                _thirdLast = _secondLast;
                break;
        }

        (_secondLast, _last) = (_last, distance);
        return distance;
    }

    private ReadOnlySpan<byte> Literals(ref ReadOnlySpan<byte> block, int most)
    {
        if (block.IsEmpty)
            throw Short();
        int kind = block[0] & 3, format = block[0] >> 2 & 3;
        if (kind < 2)
        {
            int header = format switch { 1 => 2, 3 => 3, _ => 1 };
            int size = (int)(Number(block, header) >> (header == 1 ? 3 : 4));
            block = block[header..];
            if (size > most)
                throw new InvalidDataException("A block has more literals than it may become.");
            int taken = kind == 0 ? size : 1;
            if (block.Length < taken)
                throw Short();
            Span<byte> plain = _literals.AsSpan(0, size);
            if (kind == 0)
                block[..size].CopyTo(plain);
            else
                plain.Fill(block[0]);
            block = block[taken..];
            return plain;
        }

        int length = format switch { 0 or 1 => 3, 2 => 4, _ => 5 }, width = format switch { 0 or 1 => 10, 2 => 14, _ => 18 };
        ulong sizes = Number(block, length) >> 4;
        int regenerated = (int)(sizes & ((1ul << width) - 1)), compressed = (int)(sizes >> width);
        block = block[length..];
        if (block.Length < compressed)
            throw Short();
        if (regenerated > most)
            throw new InvalidDataException("A block has more literals than it may become.");
        ReadOnlySpan<byte> streams = block[..compressed];
        block = block[compressed..];
        if (kind == 2)
        {
            _huffman = HuffmanTable.Read(streams, out int used);
            streams = streams[used..];
        }

        Span<byte> output = _literals.AsSpan(0, regenerated);
        Streams(_huffman ?? throw new InvalidDataException("A block takes over a Huffman table, and there is none."), streams, output, format == 0 ? 1 : 4);
        return output;
    }

    private static void Streams(HuffmanTable table, ReadOnlySpan<byte> streams, Span<byte> output, int count)
    {
        const int JumpTable = 6;
        if (count == 1)
        {
            table.Decode(streams, output);
            return;
        }

        if (streams.Length < JumpTable)
            throw Short();
        ReadOnlySpan<byte> jumps = streams[..JumpTable];
        streams = streams[JumpTable..];
        int each = (output.Length + 3) / 4;
        for (int i = 0; i < 3; i++)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(jumps[(2 * i)..]);
            if (streams.Length < size || output.Length < each)
                throw Short();
            table.Decode(streams[..size], output[..each]);
            streams = streams[size..];
            output = output[each..];
        }

        table.Decode(streams, output);
    }

    private static int Count(ref ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
            throw Short();
        int header = block[0] switch { < 128 => 1, < 255 => 2, _ => 3 };
        if (block.Length < header)
            throw Short();
        int count = header switch
        {
            1 => block[0],
            2 => (block[0] - 128 << 8) + block[1],
            _ => block[1] + (block[2] << 8) + 0x7F00,
        };
        block = block[header..];
        return count;
    }

    private static FseTable Table(int mode, ref ReadOnlySpan<byte> block, FseTable? before, FseTable usual, int symbols, int accuracy)
    {
        switch (mode)
        {
            case 0:
                return usual;
            case 1:
                if (block.IsEmpty)
                    throw Short();
                byte symbol = block[0];
                block = block[1..];
                return FseTable.Of(symbol);
            case 2:
                FseTable table = FseTable.Read(block, symbols, accuracy, out int used);
                block = block[used..];
                return table;
            default:
                return before ?? throw new InvalidDataException("A block takes over a table, and there is none.");
        }
    }

    private static ulong Number(ReadOnlySpan<byte> bytes, int length)
    {
        if (bytes.Length < length)
            throw Short();
        ulong number = 0;
        for (int i = 0; i < length; i++)
            number |= (ulong)bytes[i] << (8 * i);
        return number;
    }

    private static InvalidDataException Short() => new("A block is cut off.");
}
