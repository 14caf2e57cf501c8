using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace Soket.Cli.Rendering;

/// <summary>
/// Standard output as a stream of our own: the bytes exactly, unbuffered, and a reader that went away is an error. Console.OpenStandardOutput
/// swallows EPIPE, so that <c>soket connect ... | head -1</c> would never end.
/// </summary>
internal static class StdoutStream
{
    /// <summary>The exit status of a program that SIGPIPE ended, as shells count it.</summary>
    public const int BrokenPipeExitCode = 141;

    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();

        // A FileStream on a file writes at a place of its own (pwrite), so that whatever else writes to the same file would overwrite it. A file
        // knows no EPIPE; the console's stream, which uses write(2), is right for it.
        Stream stream = OpenDescriptor(1);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
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
}

/// <summary>
/// Standard input that can be given up: a thread of its own reads, so that a read blocked on a terminal or a pipe keeps neither the caller
/// waiting nor the process alive. What was read and not yet taken is not lost: the next read gets it. One reader at a time.
/// </summary>
internal sealed class StdinStream
{
    private readonly Channel<byte[]> _chunks = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(4) { SingleReader = true, SingleWriter = true });
    private readonly Stream _source;
    private ReadOnlyMemory<byte> _rest;
    private int _started;

    public StdinStream(Stream? source = null) => _source = source ?? Open();

    /// <summary>Reads what is there, or waits for it. 0 at the end.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up; nothing is lost.</exception>
    /// <exception cref="IOException">Standard input failed.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
            new Thread(Pump) { IsBackground = true, Name = "stdin" }.Start();
        if (buffer.IsEmpty)
            return 0;
        while (_rest.IsEmpty)
        {
            if (_chunks.Reader.TryRead(out byte[]? chunk))
                _rest = chunk;
            else if (!await _chunks.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                return 0;
        }

        int taken = Math.Min(buffer.Length, _rest.Length);
        _rest[..taken].CopyTo(buffer);
        _rest = _rest[taken..];
        return taken;
    }

    /// <summary>The lines of what is read, without their ends; a last line without one counts. Invalid UTF-8 passes as the bytes it is.</summary>
    public async IAsyncEnumerable<byte[]> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var line = new List<byte>();
        byte[] one = new byte[4096];
        while (await ReadAsync(one, cancellationToken).ConfigureAwait(false) is > 0 and int count)
        {
            int start = 0;
            for (int i = 0; i < count; i++)
            {
                if (one[i] != '\n')
                    continue;
                line.AddRange(one.AsSpan(start, i - start));
                if (line.Count > 0 && line[^1] == '\r')
                    line.RemoveAt(line.Count - 1);
                start = i + 1;
                byte[] whole = [.. line];
                line.Clear();
                yield return whole;
            }

            line.AddRange(one.AsSpan(start, count - start));
        }

        if (line.Count > 0)
            yield return [.. line];
    }

    // The descriptor itself: the console's stream sets the terminal up for line editing of its own, and echoes what was typed ahead a second time.
    private static Stream Open()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardInput();
        try
        {
            return new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0, isAsync: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Stream.Null; // Closed before the start (soket ... <&-): there is nothing to read.
        }
    }

    private void Pump()
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            while (_source.Read(buffer) is > 0 and int count)
            {
                ValueTask written = _chunks.Writer.WriteAsync(buffer[..count]);
                if (!written.IsCompletedSuccessfully)
                    written.AsTask().GetAwaiter().GetResult(); // This thread exists to block.
            }

            _chunks.Writer.Complete();
        }
        catch (Exception e)
        {
            _chunks.Writer.Complete(e as IOException ?? new IOException("Standard input failed.", e)); // told to the reader
        }
    }
}
