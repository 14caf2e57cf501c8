using Soket.Protocols.Packets;

namespace Soket.Protocols.CaptureFiles;

/// <summary>Writes packets to a capture file. What it holds back reaches the stream with <see cref="Flush"/>.</summary>
/// <remarks>One thread at a time.</remarks>
public abstract class CaptureWriter : IDisposable
{
    private const int Room = 64 * 1024;

    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly byte[] _buffer = new byte[Room];
    private int _used;

    private protected CaptureWriter(Stream stream, bool leaveOpen)
    {
        _stream = stream;
        _leaveOpen = leaveOpen;
    }

    /// <summary>A writer of a format.</summary>
    /// <param name="stream">Where the file is written to, from its first byte.</param>
    /// <param name="format">The format.</param>
    /// <param name="interfaces">The interfaces that packets count; pcapng tells their names. It may grow while packets are written.</param>
    /// <param name="leaveOpen">Whether the stream stays open when the writer is disposed.</param>
    public static CaptureWriter Create(Stream stream, CaptureFormat format, IReadOnlyList<CaptureInterface>? interfaces = null, bool leaveOpen = false) =>
        format == CaptureFormat.Pcap
            ? new PcapWriter(stream, interfaces is [{ Link: var link }, ..] ? link : null, leaveOpen: leaveOpen)
            : new PcapngWriter(stream, interfaces, leaveOpen);

    /// <summary>The format that the name of a file asks for: pcap for <c>.pcap</c>, <c>.cap</c> and <c>.dmp</c>, else pcapng.</summary>
    public static CaptureFormat FormatOf(string path) =>
        Path.GetExtension(path).ToLowerInvariant() is ".pcap" or ".cap" or ".dmp" ? CaptureFormat.Pcap : CaptureFormat.Pcapng;

    /// <summary>Whether the format can take a packet of this kind: a pcap file has one link type, pcapng one for each interface.</summary>
    public virtual bool Takes(LinkType link) => true;

    /// <summary>Writes a packet.</summary>
    /// <exception cref="ArgumentException">The format cannot take it (<see cref="Takes"/>), or it is longer than <see cref="CaptureReader.LengthLimit"/> allows.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public abstract void Write(in CapturedPacket packet);

    /// <summary>Hands all that was written to the stream, so that a reader sees whole packets.</summary>
    public void Flush()
    {
        Begin();
        FlushBuffer();
        _stream.Flush();
    }

    /// <summary>Writes what is left and closes the stream.</summary>
    public void Dispose()
    {
        Flush();
        if (!_leaveOpen)
            _stream.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes what a file begins with, once: an empty capture is one too.</summary>
    private protected abstract void Begin();

    /// <summary>Room for a few bytes that are to be written.</summary>
    private protected Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _used < count)
            FlushBuffer();
        _used += count;
        return _buffer.AsSpan(_used - count, count);
    }

    /// <summary>Writes bytes, and as many zeroes as make them a multiple of four where that is asked for.</summary>
    private protected void Append(ReadOnlySpan<byte> bytes, bool padded)
    {
        int padding = padded ? -bytes.Length & 3 : 0;
        if (bytes.Length + padding <= Room)
        {
            Span<byte> room = Reserve(bytes.Length + padding);
            bytes.CopyTo(room);
            room[bytes.Length..].Clear();
            return;
        }

        FlushBuffer();
        _stream.Write(bytes);
        Reserve(padding).Clear();
    }

    private protected static int Check(in CapturedPacket packet)
    {
        // A block is longer than its packet by its frame, its header and a comment.
        if (packet.Bytes.Length > CaptureReader.LengthLimit - (128 * 1024))
            throw new ArgumentException("The packet is longer than capture files may hold.", nameof(packet));
        return packet.Bytes.Length;
    }

    private void FlushBuffer()
    {
        _stream.Write(_buffer, 0, _used);
        _used = 0;
    }
}
