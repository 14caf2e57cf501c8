using System.Buffers;
using System.Text;
using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Commands.Fetch;

/// <summary>
/// Covers the values of secret fields in the bytes that events carry, before anybody sees them: a log is read by others, and kept. It follows lines
/// over the pieces they come in, and covers a body's lines of that form as well: too much rather than too little. Called one event at a time.
/// </summary>
internal sealed class SecretMask(ISocketObserver inner) : ISocketObserver
{
    private static readonly byte[][] Openings = [.. Secrets.Names.Select(name => Encoding.ASCII.GetBytes(name.ToUpperInvariant() + ":"))];
    private readonly Dictionary<(long Connection, SocketCall Call), Line> _lines = [];

    private sealed class Line
    {
        /// <summary>The beginning of the line, in capitals, as long as it may be one of the openings.</summary>
        public List<byte> Start { get; } = [];

        public bool IsOpen { get; set; } = true;

        public bool IsSecret { get; set; }
    }

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsEmpty || e.Call is not (SocketCall.Send or SocketCall.Receive))
        {
            inner.On(in e, in bytes);
            return;
        }

        if (!_lines.TryGetValue((e.Connection, e.Call), out Line? line))
            _lines[(e.Connection, e.Call)] = line = new Line();
        byte[] copy = bytes.ToArray();
        Cover(copy, line);
        var covered = new ReadOnlySequence<byte>(copy);
        inner.On(in e, in covered);
    }

    private static void Cover(byte[] bytes, Line line)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            if (b == '\n')
            {
                line.Start.Clear();
                (line.IsOpen, line.IsSecret) = (true, false);
            }
            else if (line.IsSecret)
            {
                if (b is not ((byte)'\r' or (byte)' '))
                    bytes[i] = (byte)'*';
            }
            else if (line.IsOpen)
            {
                line.Start.Add((byte)char.ToUpperInvariant((char)b));
                line.IsOpen = Array.Exists(Openings, opening => opening.AsSpan().StartsWith(line.Start.ToArray()));
                line.IsSecret = line.IsOpen && line.Start[^1] == ':'; // an opening has its colon at its end
            }
        }
    }
}
