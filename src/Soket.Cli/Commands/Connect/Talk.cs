using System.Diagnostics.CodeAnalysis;
using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Protocols.Framing;

namespace Soket.Cli.Commands.Connect;

/// <summary>What a client says, and how.</summary>
internal sealed record Talk
{
    /// <summary>The messages of the arguments; null when they come from stdin.</summary>
    public List<byte[]>? Messages { get; init; }

    public required Framing Framing { get; init; }

    public bool FramingGiven { get; init; }

    public bool Crlf { get; init; }

    public bool Hex { get; init; }

    /// <summary>Whether messages go as binary ones on a WebSocket.</summary>
    public bool Binary { get; init; }

    /// <summary>How long to wait for a reply, and for the peer's end; null for the usual: 5 s, and without end for what a pipe asked.</summary>
    public TimeSpan? Wait { get; init; }

    public int MaxDatagram { get; init; }

    /// <summary>How long a prompt waits for the reply before it comes again.</summary>
    public static TimeSpan Soon { get; } = TimeSpan.FromMilliseconds(400);

    /// <summary>How long a conversation that was told to end may take, whatever it waits for: more than any close.</summary>
    public static TimeSpan Ending { get; } = TimeSpan.FromSeconds(5);

    public static TimeSpan UsualWait { get; } = TimeSpan.FromSeconds(5);

    /// <summary>A message as it is sent.</summary>
    public byte[] Dress(byte[] message) => Crlf ? [.. message, (byte)'\r', (byte)'\n'] : message;

    /// <summary>A typed or piped line as it is sent; false when it should be hex and is not.</summary>
    public bool TryRead(byte[] line, [NotNullWhen(true)] out byte[]? message)
    {
        message = line;
        if (Hex && !HexText.TryParse(Encoding.UTF8.GetString(line), out message))
            return false;
        message = Dress(message);
        return true;
    }

    public static UsageException NotHex(byte[] line, CliIo io) => io.Wrong("connect.wrong.hex", ("value", TerminalText.Safe(Encoding.UTF8.GetString(line))));
}
