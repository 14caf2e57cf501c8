using System.Buffers;
using System.Collections.Concurrent;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Relay;

namespace Soket.Cli.Commands.Relay;

/// <summary>What passes through a relay, on stderr: as text that is safe for a terminal, or as a hex dump; &gt; to the target, &lt; back.</summary>
internal sealed class RelayContents(CliIo io, Screen screen) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1); // what one receive brought stands together
    private readonly ConcurrentDictionary<(long Session, RelayDirection Direction), Side> _sides = new();

    /// <summary>Shows one receive; ends when it stands there where the lines before it are many.</summary>
    public async Task ShowAsync(RelaySession session, RelayDirection direction, ReadOnlySequence<byte> bytes, bool hex)
    {
        Side side = _sides.GetOrAdd((session.Id, direction), static _ => new Side());
        string mark = $"#{session.Id} {(direction == RelayDirection.ToTarget ? '>' : '<')} ";
        byte[] copy = bytes.ToArray();
        IEnumerable<string> lines = hex ? HexDump.Lines(copy, side.Offset) : Lines(side.Text.Append(copy));
        side.Offset += copy.Length;
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            foreach (string line in lines)
            {
                // Nothing is left out: the relay is as slow as whoever reads this.
                if (!screen.HasRoom)
                    await screen.FlushAsync().ConfigureAwait(false);
                screen.Offer(io.ColourError ? $"\x1b[{(direction == RelayDirection.ToTarget ? 36 : 35)}m{mark}\x1b[0m{line}" : mark + line);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    public void Forget(RelaySession session)
    {
        _sides.TryRemove((session.Id, RelayDirection.ToTarget), out _);
        _sides.TryRemove((session.Id, RelayDirection.ToClient), out _);
    }

    private static IEnumerable<string> Lines(string text) => text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n').Select(line => line.TrimEnd('\r'));

    // One direction's loop only.
    private sealed class Side
    {
        public PayloadText Text { get; } = new();

        public long Offset { get; set; }
    }
}
