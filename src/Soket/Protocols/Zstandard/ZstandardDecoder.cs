using System.Buffers.Binary;

namespace Soket.Protocols.Zstandard;

/// <summary>
/// Undoes Zstandard (RFC 8878), step by step: it says how many bytes the next step takes, gets just these, and gives what became of them. Frames may
/// follow one another; frames to be skipped are skipped; dictionaries are not known. Pure.
/// </summary>
/// <remarks>A window is at most 8 MiB, as RFC 9659 has it for the web, so memory stays below 12.5 MiB whatever is sent; it is taken as content comes.</remarks>
public sealed class ZstandardDecoder
{
    private const int LargestWindow = 8 * 1024 * 1024;
    private const uint Magic = 0xFD2FB528, Skippable = 0x184D2A50;

    private readonly ZstandardWindow _window = new();
    private readonly ZstandardBlock _block;
    private Step _step = Step.Magic;
    private byte _descriptor;
    private int _windowSize;
    private ulong? _contentLength;
    private ulong _made;
    private XxHash64 _hash = new();
    private bool _isLast, _isRepeated;
    private int _blockSize;
    private long _skip;

    /// <summary>A decoder at the beginning of a frame.</summary>
    public ZstandardDecoder() => _block = new(_window);

    private enum Step
    {
        Magic,
        SkipLength,
        Skip,
        Descriptor,
        Header,
        BlockHeader,
        Block,
        Checksum,
    }

    /// <summary>How many bytes the next step takes, 1 to 128 Ki.</summary>
    public int Needed { get; private set; } = 4;

    /// <summary>Whether the content may end here: between two frames, one of them read.</summary>
    public bool IsBetweenFrames { get; private set; }

    private bool HasChecksum => (_descriptor & 4) != 0;

    /// <summary>Takes a step.</summary>
    /// <param name="bytes">Just <see cref="Needed"/> bytes.</param>
    /// <returns>What became of them; good until the next step.</returns>
    /// <exception cref="ArgumentException">They are more or fewer.</exception>
    /// <exception cref="InvalidDataException">This is no Zstandard, or broken, or asks for more than is given (a dictionary, a larger window).</exception>
    public ReadOnlyMemory<byte> Take(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Needed)
            throw new ArgumentException($"The next step takes {Needed} bytes.", nameof(bytes));
        switch (_step)
        {
            case Step.Magic:
                uint magic = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
                if (magic != Magic && (magic & 0xFFFFFFF0) != Skippable)
                    throw new InvalidDataException("This is no Zstandard frame.");
                IsBetweenFrames = false;
                Next(magic == Magic ? Step.Descriptor : Step.SkipLength, magic == Magic ? 1 : 4);
                break;
            case Step.SkipLength:
                _skip = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
                Skip(0);
                break;
            case Step.Skip:
                Skip(bytes.Length);
                break;
            case Step.Descriptor:
                _descriptor = bytes[0];
                if ((_descriptor & 8) != 0)
                    throw new InvalidDataException("A frame's header says what nobody knows.");
                int length = HeaderLength(_descriptor);
                if (length == 0)
                    throw new InvalidDataException("A frame's header does not say how large its window is.");
                Next(Step.Header, length);
                break;
            case Step.Header:
                Begin(bytes);
                Next(Step.BlockHeader, 3);
                break;
            case Step.BlockHeader:
                BeginBlock(bytes[0] | bytes[1] << 8 | bytes[2] << 16);
                break;
            case Step.Block:
                return Block(bytes);
            case Step.Checksum:
                if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != (uint)_hash.Finish())
                    throw new InvalidDataException("The content is not what its checksum says.");
                End();
                break;
        }

        return default;
    }

    private static int HeaderLength(byte descriptor) =>
        ((descriptor & 32) == 0 ? 1 : 0) // the window
        + ((descriptor & 3) switch { 3 => 4, var id => id })
        + ((descriptor >> 6) switch { 0 => (descriptor & 32) != 0 ? 1 : 0, 1 => 2, 2 => 4, _ => 8 });

    private void Begin(ReadOnlySpan<byte> header)
    {
        ulong window = 0;
        bool isSingle = (_descriptor & 32) != 0;
        if (!isSingle)
        {
            ulong least = 1ul << (10 + (header[0] >> 3));
            window = least + least / 8 * (ulong)(header[0] & 7);
            header = header[1..];
        }

        int idLength = (_descriptor & 3) switch { 3 => 4, var id => id };
        if (header[..idLength].ContainsAnyExcept((byte)0))
            throw new InvalidDataException("The content was compressed with a dictionary.");
        header = header[idLength..];
        _contentLength = header.Length switch
        {
            0 => null,
            1 => header[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(header) + 256ul,
            4 => BinaryPrimitives.ReadUInt32LittleEndian(header),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(header),
        };
        if (isSingle)
            window = _contentLength!.Value;
        if (window > LargestWindow)
            throw new InvalidDataException($"The content asks for a window of {window} bytes; RFC 9659 allows {LargestWindow}.");
        _windowSize = (int)window;
        _made = 0;
        _hash = new();
        _window.Begin(_windowSize);
        _block.Begin();
    }

    private void BeginBlock(int header)
    {
        _isLast = (header & 1) != 0;
        int kind = header >> 1 & 3;
        _blockSize = header >> 3;
        if (kind == 3)
            throw new InvalidDataException("A block is of no known kind.");
        if (_blockSize > Math.Min(_windowSize, ZstandardBlock.Longest))
            throw new InvalidDataException("A block is longer than it may be.");
        _isRepeated = kind == 1;
        if (kind == 2)
        {
            if (_blockSize == 0)
                throw new InvalidDataException("A block is empty.");
            _blockSize = -_blockSize;
        }

        int taken = _isRepeated ? 1 : Math.Abs(_blockSize);
        if (taken == 0)
            EndBlock();
        else
            Next(Step.Block, taken);
    }

    private ReadOnlyMemory<byte> Block(ReadOnlySpan<byte> bytes)
    {
        int made = Math.Abs(_blockSize);
        if (_blockSize < 0)
        {
            made = _block.Decode(bytes, Math.Min(_windowSize, ZstandardBlock.Longest));
        }
        else
        {
            _window.Reserve(made);
            if (_isRepeated)
                _window.Append(bytes[0], made);
            else
                _window.Append(bytes);
        }

        ReadOnlyMemory<byte> content = _window.Last(made);
        _made += (ulong)made;
        if (_made > _contentLength)
            throw new InvalidDataException("A frame holds more than it says.");
        if (HasChecksum)
            _hash.Append(content.Span);
        EndBlock();
        return content;
    }

    private void EndBlock()
    {
        if (!_isLast)
        {
            Next(Step.BlockHeader, 3);
            return;
        }

        if (_contentLength is { } length && _made != length)
            throw new InvalidDataException("A frame holds less than it says.");
        if (HasChecksum)
            Next(Step.Checksum, 4);
        else
            End();
    }

    private void Skip(int skipped)
    {
        _skip -= skipped;
        if (_skip == 0)
            End();
        else
            Next(Step.Skip, (int)Math.Min(_skip, ZstandardBlock.Longest));
    }

    private void End()
    {
        IsBetweenFrames = true;
        Next(Step.Magic, 4);
    }

    private void Next(Step step, int needed) => (_step, Needed) = (step, needed);
}
