using System.Text;
using Soket.Protocols.WebSocket;

namespace Soket.Tests.WebSocket;

/// <summary>Frames as bytes, right and wrong ones: <c>text fin:halo</c>, <c>more:ab</c>, <c>!8100</c> for bytes in hex.</summary>
internal static class Frames
{
    public const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    public const string Upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + Key + "\r\n";

    public static byte[] Of(string frames, bool masked) => [.. frames.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(frame => One(frame, masked))];

    public static byte[] Frame(WebSocketOpcode opcode, byte[] payload, bool masked, bool final = true, bool rsv1 = false)
    {
        byte[] bytes = new byte[FrameHeader.MaxSize + payload.Length];
        uint? key = masked ? 0x37fa213d : null;
        int size = new FrameHeader { Opcode = opcode, Final = final, Rsv1 = rsv1, Mask = key, Length = payload.Length }.Write(bytes);
        payload.CopyTo(bytes, size);
        if (key is { } mask)
            FrameMask.Apply(bytes.AsSpan(size, payload.Length), mask);
        return bytes[..(size + payload.Length)];
    }

    // kind[+][~][^][:payload]: + for more to come, ~ for the other masking, ^ for a reserved bit; payload as text, or hex behind 0x.
    private static byte[] One(string text, bool masked)
    {
        if (text.StartsWith('!'))
            return Convert.FromHexString(text[1..]);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? text : text[..colon], payload = colon < 0 ? "" : text[(colon + 1)..];
        WebSocketOpcode opcode = kind.TrimEnd('+', '~', '^') switch
        {
            "text" => WebSocketOpcode.Text,
            "binary" => WebSocketOpcode.Binary,
            "more" => WebSocketOpcode.Continuation,
            "ping" => WebSocketOpcode.Ping,
            "pong" => WebSocketOpcode.Pong,
            "close" => WebSocketOpcode.Close,
            _ => throw new ArgumentException(text),
        };
        byte[] frame = Frame(opcode, payload.StartsWith("0x", StringComparison.Ordinal) ? Convert.FromHexString(payload[2..]) : Encoding.UTF8.GetBytes(payload), masked != kind.Contains('~', StringComparison.Ordinal), !kind.Contains('+', StringComparison.Ordinal));
        frame[0] |= (byte)(kind.Contains('^', StringComparison.Ordinal) ? 0x20 : 0);
        return frame;
    }
}
