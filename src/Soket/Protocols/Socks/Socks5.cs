using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Soket.Protocols.Socks;

/// <summary>A client's side of SOCKS 5 (RFC 1928), with the login by name and password (RFC 1929). Pure.</summary>
public static class Socks5
{
    /// <summary>The method of no login at all (RFC 1928 3).</summary>
    public const byte NoLogin = 0;

    /// <summary>The method of a name and a password (RFC 1929).</summary>
    public const byte NameAndPassword = 2;

    /// <summary>The answer that none of the methods offered will do.</summary>
    public const byte NoMethod = 0xff;

    /// <summary>The code of a request granted (RFC 1928 6); others say why not.</summary>
    public const byte Succeeded = 0;

    private const byte IPv4 = 1, DomainName = 3, IPv6 = 4;

    /// <summary>Writes the greeting: the methods of logging in that this end can do.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="methods">1 to 255 of them.</param>
    public static void WriteGreeting(IBufferWriter<byte> output, ReadOnlySpan<byte> methods)
    {
        ArgumentOutOfRangeException.ThrowIfZero(methods.Length, nameof(methods));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(methods.Length, 255, nameof(methods));
        output.Write<byte>([5, (byte)methods.Length]);
        output.Write(methods);
    }

    /// <summary>Reads the method the proxy has chosen.</summary>
    /// <param name="buffer">Bytes received; what was read is taken off its front.</param>
    /// <param name="method">The method, or <see cref="NoMethod"/>.</param>
    public static SocksResult TryReadMethod(ref ReadOnlySequence<byte> buffer, out byte method) => TryReadPair(ref buffer, 5, out method);

    /// <summary>Writes the login (RFC 1929 2).</summary>
    /// <param name="output">Where to.</param>
    /// <param name="user">1 to 255 bytes of UTF-8.</param>
    /// <param name="password">1 to 255 bytes of UTF-8.</param>
    /// <exception cref="ArgumentException">One is empty or too long.</exception>
    public static void WriteLogin(IBufferWriter<byte> output, string user, string password)
    {
        output.Write<byte>([1]);
        WriteText(output, user, nameof(user));
        WriteText(output, password, nameof(password));
    }

    /// <summary>Reads the answer to a login.</summary>
    /// <param name="buffer">Bytes received; what was read is taken off its front.</param>
    /// <param name="status">0 when it was right.</param>
    public static SocksResult TryReadLogin(ref ReadOnlySequence<byte> buffer, out byte status) => TryReadPair(ref buffer, 1, out status);

    /// <summary>Writes a request to connect. An address goes as an address, a name as a name, which the proxy resolves.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="host">A name of 1 to 255 bytes, or an address without brackets; the zone of an IPv6 address means nothing to a proxy and is left out.</param>
    /// <param name="port">1 to 65535.</param>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    public static void WriteConnect(IBufferWriter<byte> output, string host, int port)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        output.Write<byte>([5, 1, 0]);
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            output.Write<byte>([address.AddressFamily == AddressFamily.InterNetworkV6 ? IPv6 : IPv4]);
            output.Write(address.GetAddressBytes());
        }
        else
        {
            output.Write<byte>([DomainName]);
            WriteText(output, host, nameof(host));
        }

        Span<byte> end = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(end, (ushort)port);
        output.Write(end);
    }

    /// <summary>Reads the answer to a request, if all of it is there; the address in it, from which the proxy connects, is passed over.</summary>
    /// <param name="buffer">Bytes received; what was read is taken off its front, and what follows is the target's.</param>
    /// <param name="code"><see cref="Succeeded"/>, or why not: 1 to 8 (RFC 1928 6).</param>
    public static SocksResult TryReadReply(ref ReadOnlySequence<byte> buffer, out byte code)
    {
        code = 0;
        Span<byte> head = stackalloc byte[5];
        int known = (int)Math.Min(buffer.Length, head.Length);
        buffer.Slice(0, known).CopyTo(head);
        if (known > 0 && head[0] != 5)
            return SocksResult.Invalid;
        if (known > 1)
            code = head[1];
        // The third byte is reserved; some proxies leave something in it, and nothing hangs on it.
        if (known > 3 && head[3] is not (IPv4 or DomainName or IPv6))
            return SocksResult.Invalid;
        if (known < head.Length)
            return SocksResult.NeedMore;
        int length = 4 + 2 + (head[3] switch { IPv4 => 4, IPv6 => 16, _ => 1 + head[4] });
        if (buffer.Length < length)
            return SocksResult.NeedMore;
        buffer = buffer.Slice(length);
        return SocksResult.Reply;
    }

    private static SocksResult TryReadPair(ref ReadOnlySequence<byte> buffer, byte version, out byte value)
    {
        value = 0;
        Span<byte> pair = stackalloc byte[2];
        int known = (int)Math.Min(buffer.Length, pair.Length);
        buffer.Slice(0, known).CopyTo(pair);
        if (known > 0 && pair[0] != version)
            return SocksResult.Invalid;
        if (known < pair.Length)
            return SocksResult.NeedMore;
        value = pair[1];
        buffer = buffer.Slice(pair.Length);
        return SocksResult.Reply;
    }

    private static void WriteText(IBufferWriter<byte> output, string text, string name)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        if (length is 0 or > 255)
            throw new ArgumentException("It must have 1 to 255 bytes.", name);
        output.Write<byte>([(byte)length]);
        Encoding.UTF8.GetBytes(text, output);
    }
}
