using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Soket.Protocols.WebSocket;

/// <summary>Why a WebSocket was closed (RFC 6455 7.4).</summary>
public static class CloseCode
{
    /// <summary>Done.</summary>
    public const int Normal = 1000;

    /// <summary>The server stops, or the page is left.</summary>
    public const int GoingAway = 1001;

    /// <summary>The peer broke the protocol.</summary>
    public const int ProtocolError = 1002;

    /// <summary>A kind of message that is not taken here.</summary>
    public const int Unacceptable = 1003;

    /// <summary>The close frame told no code. Never sent.</summary>
    public const int None = 1005;

    /// <summary>The connection ended without a close frame. Never sent.</summary>
    public const int Abnormal = 1006;

    /// <summary>Text that is not UTF-8.</summary>
    public const int InvalidText = 1007;

    /// <summary>A message against a rule that no other code names.</summary>
    public const int Policy = 1008;

    /// <summary>A message that is too large.</summary>
    public const int TooLarge = 1009;

    /// <summary>The server lacks an extension that the client needs.</summary>
    public const int ExtensionMissing = 1010;

    /// <summary>The server failed.</summary>
    public const int ServerError = 1011;

    /// <summary>The most bytes a reason has: what a control frame holds beside the code.</summary>
    public const int MaxReason = FrameHeader.MaxControl - 2;

    /// <summary>
    /// Whether a code may stand in a frame: those of RFC 6455 and of the IANA registry (1012 to 1014), and 3000 to 4999, which libraries and
    /// applications give a meaning. 1004 to 1006 and 1015 never travel.
    /// </summary>
    /// <param name="code">The code.</param>
    public static bool MayTravel(int code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);

    /// <summary>Reads a close frame's payload.</summary>
    /// <param name="payload">The payload, unmasked.</param>
    /// <param name="code">The code; <see cref="None"/> for an empty payload.</param>
    /// <param name="reason">The reason.</param>
    /// <returns>The code to close with for a wrong one: <see cref="ProtocolError"/>, <see cref="InvalidText"/>; 0 for a right one.</returns>
    public static int Read(ReadOnlySpan<byte> payload, out int code, out string reason)
    {
        code = None;
        reason = "";
        if (payload.IsEmpty)
            return 0;
        if (payload.Length == 1)
            return ProtocolError;
        code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        if (!MayTravel(code))
            return ProtocolError;
        if (!Utf8.IsValid(payload[2..]))
            return InvalidText;
        reason = Encoding.UTF8.GetString(payload[2..]);
        return 0;
    }

    /// <summary>Writes a close frame's payload.</summary>
    /// <param name="code">The code; <see cref="None"/> gives an empty payload.</param>
    /// <param name="reason">The reason; what is longer than <see cref="MaxReason"/> bytes is cut between two characters.</param>
    /// <exception cref="ArgumentOutOfRangeException">The code never travels.</exception>
    public static byte[] Write(int code, string reason)
    {
        if (code == None)
            return [];
        if (!MayTravel(code))
            throw new ArgumentOutOfRangeException(nameof(code), code, "The code may not stand in a close frame.");
        byte[] payload = new byte[FrameHeader.MaxControl];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        _ = Utf8.FromUtf16(reason, payload.AsSpan(2), out _, out int written);
        return payload[..(2 + written)];
    }
}
