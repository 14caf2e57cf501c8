using System.Globalization;

namespace Soket.Protocols.CaptureFiles;

/// <summary>What is wrong with a capture file.</summary>
public enum CaptureFileProblem
{
    /// <summary>Its first bytes are those of no kind of capture that is read here.</summary>
    NotACapture,

    /// <summary>It has nothing in it.</summary>
    Empty,

    /// <summary>It is of a version that is not read here.</summary>
    Version,

    /// <summary>It ends in the middle of a packet or block: whoever wrote it was stopped, or it was not copied to its end.</summary>
    CutShort,

    /// <summary>A packet or block says that it is longer than any is.</summary>
    TooLong,

    /// <summary>A block is shorter than what it must hold.</summary>
    TooShort,

    /// <summary>The length at the end of a block is not the one at its beginning, or is no multiple of four.</summary>
    Length,

    /// <summary>A section does not say in which order its bytes are.</summary>
    ByteOrder,

    /// <summary>A packet is of an interface that was not described before it.</summary>
    UnknownInterface,

    /// <summary>More interfaces are described than are kept here.</summary>
    TooManyInterfaces,

    /// <summary>An option goes on behind the end of its block.</summary>
    Option,

    /// <summary>It is compressed, and cannot be unpacked.</summary>
    Compression,
}

/// <summary>A capture file that cannot be read any further. The packets before the place are good.</summary>
public sealed class CaptureFileException : IOException
{
    internal CaptureFileException(CaptureFileProblem problem, long offset, Exception? inner = null)
        : base(string.Create(CultureInfo.InvariantCulture, $"{problem} at byte {offset} of the capture file."), inner)
    {
        Problem = problem;
        Offset = offset;
    }

    /// <summary>What is wrong.</summary>
    public CaptureFileProblem Problem { get; }

    /// <summary>Where the packet or block begins in which it shows: bytes from the beginning of the file, unpacked where it was compressed.</summary>
    public long Offset { get; }
}
