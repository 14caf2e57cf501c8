using Microsoft.Win32.SafeHandles;
using Soket.Explain;

namespace Soket.Cli.Rendering;

/// <summary>What had to be written (standard output, a file the person named) could not be; nothing else failed.</summary>
internal sealed class OutputException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>The file that could not be written; null for standard output.</summary>
    public string? File { get; init; }
}

/// <summary>
/// Standard output as a stream of our own: the bytes exactly, unbuffered, and a reader that went away is an error. Console.OpenStandardOutput
/// swallows EPIPE, so that <c>soket connect ... | head -1</c> would never end. Any other failure is an <see cref="OutputException"/>.
/// </summary>
internal sealed class StdoutStream : Stream
{
    private readonly Stream _inner;

    private StdoutStream(Stream inner) => _inner = inner;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException("Standard output has no length.");

    public override long Position
    {
        get => throw new NotSupportedException("Standard output has no position.");
        set => throw new NotSupportedException("Standard output has no position.");
    }

    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
            return new StdoutStream(Console.OpenStandardOutput());

        // A FileStream on a file writes at a place of its own (pwrite), so that whatever else writes to the same file would overwrite it. A file
        // knows no EPIPE; the console's stream, which uses write(2), is right for it.
        Stream stream = OpenDescriptor(1);
        return new StdoutStream(stream.CanSeek || !stream.CanWrite ? Console.OpenStandardOutput() : stream);
    }

    /// <summary>A stream on a descriptor that others own; closing the stream leaves it open.</summary>
    public static Stream OpenDescriptor(int descriptor)
    {
        var handle = new SafeFileHandle(descriptor, ownsHandle: false);
        return new FileStream(handle, FileAccess.Write, bufferSize: 0, isAsync: false);
    }

    /// <summary>Whether a write failed because nobody reads any more.</summary>
    public static bool IsBrokenPipe(IOException e)
    {
        // .NET gives the errno in HResult on Unix; on Windows ERROR_BROKEN_PIPE and ERROR_NO_DATA within an HRESULT.
        const int Epipe = 32;
        return OperatingSystem.IsWindows() ? (e.HResult & 0xFFFF) is 109 or 232 : e.HResult == Epipe || e.InnerException is IOException { HResult: Epipe };
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _inner.Write(buffer);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Failed(e);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await _inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Failed(e);
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Standard output is not read.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("Standard output has no position.");

    public override void SetLength(long value) => throw new NotSupportedException("Standard output has no length.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner.Dispose();
        base.Dispose(disposing);
    }

    // .NET words EBADF, a descriptor that is closed or not open for writing, as a path without permission.
    private static OutputException Failed(Exception e) => new(e is UnauthorizedAccessException ? Errno.Text("EBADF")! : e.Message, e);

    private static bool IsFailure(Exception e) => e is UnauthorizedAccessException or ObjectDisposedException || (e is IOException io && !IsBrokenPipe(io));
}
