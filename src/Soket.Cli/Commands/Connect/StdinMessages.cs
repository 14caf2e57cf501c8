using System.Buffers;
using System.Runtime.CompilerServices;
using Soket.Cli.Rendering;
using Soket.Protocols.Framing;

namespace Soket.Cli.Commands.Connect;

/// <summary>What stdin brings, cut into messages.</summary>
internal static class StdinMessages
{
    /// <summary>A line is a message; a line of over 1 MiB is none.</summary>
    public static Framing Lines { get; } = new LineFraming(1024 * 1024);

    public static async IAsyncEnumerable<byte[]> ReadAsync(StdinStream input, Framing framing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] rest = [];
        byte[] buffer = new byte[16 * 1024];
        bool ended = false;
        while (!ended)
        {
            int read = await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            ended = read == 0;
            var bytes = new ReadOnlySequence<byte>([.. rest, .. buffer.AsSpan(0, read)]);
            while (!bytes.IsEmpty)
            {
                FramingResult cut = framing.TryRead(ref bytes, ended, out ReadOnlySequence<byte> message);
                if (cut == FramingResult.NeedMore)
                    break;
                if (cut == FramingResult.TooLarge)
                    throw new IOException($"stdin: a message is longer than {framing.MaxMessage} bytes");
                yield return message.ToArray();
                if (cut == FramingResult.Incomplete)
                    yield break;
            }

            rest = bytes.ToArray();
        }
    }
}
