using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Soket.Linux.Native;

namespace Soket.Linux.Engine;

/// <summary>struct sockaddr of the families a loop serves: ip(7), ipv6(7), unix(7).</summary>
internal static unsafe class SocketName
{
    /// <summary>Room for the longest: sockaddr_un.</summary>
    public const int Longest = 110;

    /// <summary>Writes an end point as the kernel takes it.</summary>
    /// <returns>How long it is.</returns>
    public static int Write(EndPoint endpoint, byte* place)
    {
        SocketAddress address = endpoint.Serialize();
        address.Buffer.Span[..address.Size].CopyTo(new Span<byte>(place, Longest));
        return address.Size;
    }

    /// <summary>Reads what the kernel wrote. A Unix socket without a name has the empty path, as .NET has it.</summary>
    public static EndPoint Read(byte* place, int length)
    {
        AddressFamily family = Family(place, length);
        var address = new SocketAddress(family, Math.Max(length, 2));
        new ReadOnlySpan<byte>(place, length).CopyTo(address.Buffer.Span);
        return (family == AddressFamily.Unix ? new UnixDomainSocketEndPoint("/") : (EndPoint)new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0)).Create(address);
    }

    /// <summary>The family of what the kernel wrote; nothing at all is a Unix peer without a name.</summary>
    public static AddressFamily Family(byte* place, int length) => length < 2 ? AddressFamily.Unix : *(ushort*)place switch
    {
        LibC.InternetFamily => AddressFamily.InterNetwork,
        LibC.Internet6Family => AddressFamily.InterNetworkV6,
        _ => AddressFamily.Unix,
    };

    /// <summary>The kernel's number for a family.</summary>
    public static int Number(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => LibC.InternetFamily,
        AddressFamily.InterNetworkV6 => LibC.Internet6Family,
        AddressFamily.Unix => LibC.UnixFamily,
        _ => throw new ArgumentException($"{family} is no family of stream sockets here.", nameof(family)),
    };
}

/// <summary>
/// The address of an internet peer in 24 bytes, kept for a connection's whole life: after a reset the system does not know it any more (getpeername: ENOTCONN), and an
/// <see cref="IPEndPoint"/> is 100 bytes.
/// </summary>
internal readonly struct PeerName
{
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _scope;
    private readonly ushort _port;
    private readonly byte _family; // 0: none, or of another family

    private PeerName(ulong high, ulong low, uint scope, ushort port, byte family)
    {
        _high = high;
        _low = low;
        _scope = scope;
        _port = port;
        _family = family;
    }

    /// <summary>Whether there is one.</summary>
    public bool IsKnown => _family != 0;

    /// <summary>Reads sockaddr_in and sockaddr_in6; nothing of other families.</summary>
    public static PeerName Read(ReadOnlySpan<byte> name)
    {
        if (name.Length >= 16 && name[0] == LibC.InternetFamily)
            return new(0, BinaryPrimitives.ReadUInt32LittleEndian(name[4..]), 0, BinaryPrimitives.ReadUInt16BigEndian(name[2..]), LibC.InternetFamily);
        if (name.Length >= 28 && name[0] == LibC.Internet6Family)
            return new(BinaryPrimitives.ReadUInt64LittleEndian(name[8..]), BinaryPrimitives.ReadUInt64LittleEndian(name[16..]), BinaryPrimitives.ReadUInt32LittleEndian(name[24..]), BinaryPrimitives.ReadUInt16BigEndian(name[2..]), LibC.Internet6Family);
        return default;
    }

    /// <summary>The same of an end point.</summary>
    public static PeerName Of(IPEndPoint endpoint)
    {
        SocketAddress address = endpoint.Serialize();
        return Read(address.Buffer.Span[..address.Size]);
    }

    /// <summary>The end point; null when there is none.</summary>
    public IPEndPoint? ToEndPoint()
    {
        if (_family == LibC.InternetFamily)
            return new IPEndPoint(new IPAddress((uint)_low), _port);
        if (_family != LibC.Internet6Family)
            return null;
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, _high);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], _low);
        return new IPEndPoint(new IPAddress(bytes, _scope), _port);
    }
}
