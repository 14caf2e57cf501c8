using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace Soket.Cli.Rendering;

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
