using System.Buffers;
using System.IO.Pipelines;

namespace Soket.Chat.Internal;

/// <summary>
/// Cuts a stream into lines, as people and programs send them: at line feeds; and from a peer who has never sent one, where it stands still. A program of the lab
/// sends its text without a line's end and waits for the answer.
/// </summary>
internal sealed class ChatLineReader(PipeReader input, int maxLine, TimeSpan lull, TimeProvider time)
{
    private const int MostAtOnce = 16 * 1024;

    private byte[] _line = new byte[512];
    private int _length;
    private bool _ended;

    /// <summary>Whether the peer has ended a line with a line feed.</summary>
    public bool EndsLines { get; private set; }

    /// <summary>Whether a text without a line's end has been taken for a line.</summary>
    public bool SpeaksRaw { get; private set; }

    /// <summary>Whether a line was longer than allowed: nothing more is read.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Waits until there is something, at most for a time.</summary>
    public async Task<bool> HasAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (_length > 0 || _ended)
            return true;
        return await FillAsync(MostAtOnce, limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The first byte of what is there; -1 for none.</summary>
    public int First => _length > 0 ? _line[0] : -1;

    public bool StartsWith(ReadOnlySpan<byte> bytes) => _line.AsSpan(0, _length).StartsWith(bytes);

    /// <summary>What is there, or what comes next, however it is cut, at most 16 KiB; null at the end.</summary>
    public async Task<byte[]?> ReadSomeAsync(CancellationToken cancellationToken)
    {
        if (_length == 0 && !_ended)
            await FillAsync(MostAtOnce, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        byte[] some = _line.AsSpan(0, _length).ToArray();
        _length = 0;
        return some.Length > 0 ? some : null;
    }

    /// <summary>The next line without its end; null at the end of the stream.</summary>
    public async Task<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        int searched = 0;
        while (true)
        {
            int end = _line.AsSpan(searched, _length - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                EndsLines = true;
                return Take(searched + end, searched + end + 1);
            }

            searched = _length;
            if (_length > maxLine)
            {
                IsTooLong = true;
                return null;
            }

            if (_ended)
                return _length > 0 ? Take(_length, _length) : null;
            bool mayBeWhole = !EndsLines && _length > 0 && lull > TimeSpan.Zero && _line[0] != '{';
            if (!await FillAsync(maxLine + 1, mayBeWhole ? lull : Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
            {
                SpeaksRaw = true;
                return Take(_length, _length);
            }
        }
    }

    private byte[] Take(int length, int used)
    {
        byte[] line = _line.AsSpan(0, length).ToArray();
        _line.AsSpan(used, _length - used).CopyTo(_line);
        _length -= used;
        if (_length == 0 && _line.Length > 4096)
            _line = new byte[512]; // one long line must not keep its room for ever
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }

    // False when the time was up; true when something came, or the end. No more than was asked for: the rest stays where the peer's window ends it.
    private async Task<bool> FillAsync(int most, TimeSpan limit, CancellationToken cancellationToken)
    {
        ReadResult read;
        if (limit == Timeout.InfiniteTimeSpan)
        {
            read = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            using var timer = new CancellationTokenSource(limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
            try
            {
                read = await input.ReadAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }

        ReadOnlySequence<byte> some = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, most));
        int count = (int)some.Length;
        if (_length + count > _line.Length)
            Array.Resize(ref _line, Math.Max(_line.Length * 2, _length + count));
        some.CopyTo(_line.AsSpan(_length));
        _length += count;
        input.AdvanceTo(some.End);
        _ended = (read.IsCompleted || read.IsCanceled) && read.Buffer.Length == count;
        return true;
    }
}
