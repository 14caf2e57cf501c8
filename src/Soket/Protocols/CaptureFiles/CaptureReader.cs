using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using Soket.Protocols.Packets;

namespace Soket.Protocols.CaptureFiles;

/// <summary>
/// Reads a capture file as a stream, packet by packet, in memory that does not grow with the file. It may come from a pipe, and may be compressed
/// with gzip.
/// </summary>
/// <remarks>One thread at a time.</remarks>
public abstract class CaptureReader : IDisposable
{
    /// <summary>How long a packet, or a block of a file, may be: 16 MiB, what libpcap takes too.</summary>
    public const int LengthLimit = 16 * 1024 * 1024;

    private const ushort Gzip = 0x1F8B; // RFC 1952 2.3.1

    private readonly bool _leaveOpen;

    private protected CaptureReader(CaptureInput input, bool leaveOpen)
    {
        Input = input;
        _leaveOpen = leaveOpen;
    }

    private protected CaptureInput Input { get; }

    /// <summary>How the file is written.</summary>
    public abstract CaptureFormat Format { get; }

    /// <summary>The interfaces described so far, over all sections of the file: what <see cref="CapturedPacket.Interface"/> counts.</summary>
    public abstract IReadOnlyList<CaptureInterface> Interfaces { get; }

    /// <summary>The program that wrote the section being read; null where it is not told. Chosen by whoever made the file.</summary>
    public virtual string? Application => null;

    /// <summary>How many bytes were read, unpacked where the file is compressed.</summary>
    public long Offset => Input.Offset;

    /// <summary>Reads the beginning of a file and tells by it of which kind it is.</summary>
    /// <param name="stream">The file from its first byte; it need not be able to seek.</param>
    /// <param name="leaveOpen">Whether the stream stays open when the reader is disposed.</param>
    /// <exception cref="CaptureFileException">It is no capture, or its beginning is wrong.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "The reader that is returned owns it.")]
    public static CaptureReader Open(Stream stream, bool leaveOpen = false)
    {
        var input = new CaptureInput(stream);
        if (input.TryFill(2) && BinaryPrimitives.ReadUInt16BigEndian(input.Peek(2)) == Gzip)
            input = new CaptureInput(new GZipStream(input.AsStream(leaveOpen), CompressionMode.Decompress));
        if (!input.TryFill(4))
            throw new CaptureFileException(input.Available == 0 ? CaptureFileProblem.Empty : CaptureFileProblem.NotACapture, 0);
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(input.Peek(4));
        return magic == PcapngBlock.Section ? new PcapngReader(input, leaveOpen)
            : PcapReader.Understands(magic) ? new PcapReader(input, leaveOpen)
            : throw new CaptureFileException(CaptureFileProblem.NotACapture, 0);
    }

    /// <summary>Reads the next packet. Its bytes are lent: they are good until the next call.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="CaptureFileException">The file is broken from here on; every later call says the same.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public abstract bool TryRead(out CapturedPacket packet);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_leaveOpen)
            Input.Dispose();
        GC.SuppressFinalize(this);
    }
}
