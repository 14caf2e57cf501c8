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

    public static TimeSpan UsualWait { get; } = TimeSpan.FromSeconds(5);

    /// <summary>A typed line or an argument as it is sent.</summary>
    public byte[] Dress(byte[] message) => Crlf ? [.. message, (byte)'\r', (byte)'\n'] : message;
}
