using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Soket.Protocols.Socks;

/// <summary>A client's side of SOCKS 4A: the SOCKS 4 protocol with names that the proxy resolves. Pure.</summary>
/// <remarks>Neither is an RFC: the protocol is NEC's memo of 1992, the extension Ying-Da Lee's.</remarks>
public static class Socks4
{
    /// <summary>The code of a request granted.</summary>
    public const byte Granted = 90;

    /// <summary>The code of a request rejected or failed; which of the two is not told.</summary>
    public const byte Rejected = 91;

    /// <summary>The code of a client on which no identd answers.</summary>
    public const byte NoIdentd = 92;

    /// <summary>The code of a client whose identd names another user.</summary>
    public const byte OtherUser = 93;

    /// <summary>The bytes of a reply.</summary>
    public const int ReplyLength = 8;

    /// <summary>Writes a request to connect: to an IPv4 address as such, as SOCKS 4 has it; to a name as SOCKS 4A does.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="host">The address, or the name: ASCII, without a NUL.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="user">The user's name, ASCII, without a NUL; may be empty. There is no password.</param>
    /// <exception cref="ArgumentException">A text holds a NUL, is not ASCII, or is longer than 255 bytes; or the host is empty.</exception>
    public static void WriteConnect(IBufferWriter<byte> output, string host, int port, string user = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        ArgumentException.ThrowIfNullOrEmpty(host);
        Span<byte> head = stackalloc byte[8];
        head[0] = 4;
        head[1] = 1; // CONNECT
        BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)port);
        bool literal = IPAddress.TryParse(host, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetwork;
        if (literal)
            address!.TryWriteBytes(head[4..], out _);
        else
            head[7] = 1; // 0.0.0.1: an address that is none says that a name follows.
        output.Write(head);
        WriteText(output, user, nameof(user));
        if (!literal)
            WriteText(output, host, nameof(host));
    }

    /// <summary>Reads a reply, if all of it is there.</summary>
    /// <param name="buffer">Bytes received; what was read is taken off its front, and what follows is the target's.</param>
    /// <param name="code">The code: <see cref="Granted"/>, or why not.</param>
    public static SocksResult TryReadReply(ref ReadOnlySequence<byte> buffer, out byte code)
    {
        code = 0;
        Span<byte> reply = stackalloc byte[ReplyLength];
        int known = (int)Math.Min(buffer.Length, ReplyLength);
        buffer.Slice(0, known).CopyTo(reply);
        if (known > 0 && reply[0] != 0)
            return SocksResult.Invalid;
        if (known < ReplyLength)
            return SocksResult.NeedMore;
        code = reply[1];
        buffer = buffer.Slice(ReplyLength);
        return SocksResult.Reply;
    }

    private static void WriteText(IBufferWriter<byte> output, string text, string name)
    {
        if (text.Length > 255 || !Ascii.IsValid(text) || text.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("It is longer than 255 bytes, or holds what SOCKS 4 cannot carry.", name);
        Encoding.ASCII.GetBytes(text, output);
        output.Write("\0"u8);
    }
}
