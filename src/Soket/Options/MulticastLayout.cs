using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Soket.Explain;

namespace Soket.Options;

/// <summary>The structures of the multicast options: <c>ip_mreqn</c> and <c>ipv6_mreq</c>, ip(7) and ipv6(7).</summary>
internal static class MulticastLayout
{
    /// <summary>A group to join: <c>239.1.2.3</c>, <c>ff02::fb%eth0</c>.</summary>
    public static SystemError? Group(string text, AddressFamily family, Span<byte> buffer, out int length)
    {
        length = 0;
        int percent = text.IndexOf('%', StringComparison.Ordinal);
        NetworkLinks.Link link = new(0, IPAddress.Any, "");
        if (percent >= 0)
        {
            if (NetworkLinks.Find(text[(percent + 1)..]) is not { } found)
                return Error("ENODEV");
            link = found;
        }

        if (!IPAddress.TryParse(percent < 0 ? text : text[..percent], out IPAddress? group))
            return Error("EINVAL");
        if (group.AddressFamily != family)
            return Error("EAFNOSUPPORT");
        group.TryWriteBytes(buffer, out length);
        length = family == AddressFamily.InterNetworkV6
            ? length + Number(link.Index, buffer[length..])
            : length + IPv4(link, buffer[length..], withAddress: false);
        return null;
    }

    /// <summary>The interface to send multicast on.</summary>
    public static SystemError? Interface(string text, AddressFamily family, Span<byte> buffer, out int length)
    {
        length = 0;
        if (NetworkLinks.Find(text) is not { } link)
            return Error("ENODEV");
        if (family == AddressFamily.InterNetworkV6)
        {
            length = Number(link.Index, buffer);
        }
        else if (OperatingSystem.IsWindows())
        {
            length = IPv4(link, buffer, withAddress: false);
        }
        else
        {
            buffer[..4].Clear(); // imr_multiaddr: not looked at here
            length = 4 + IPv4(link, buffer[4..], withAddress: true);
        }

        return null;
    }

    /// <summary>The interface's name from what the system says: an IPv4 address, or a number on IPv6; empty when it was not set.</summary>
    public static string InterfaceName(ReadOnlySpan<byte> bytes, AddressFamily family)
    {
        int number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (number == 0)
            return "";
        string text = family == AddressFamily.InterNetworkV6 ? number.ToString(CultureInfo.InvariantCulture) : new IPAddress(bytes[..4]).ToString();
        return NetworkLinks.Find(text)?.Name ?? text;
    }

    // Windows takes an address, or a number written as 0.0.0.n; Linux and macOS take both side by side (struct ip_mreqn).
    private static int IPv4(NetworkLinks.Link link, Span<byte> buffer, bool withAddress)
    {
        if (OperatingSystem.IsWindows())
        {
            BinaryPrimitives.WriteInt32BigEndian(buffer, link.Index);
            return 4;
        }

        // The address is what can be read back of IP_MULTICAST_IF.
        (withAddress ? link.IPv4 : IPAddress.Any).TryWriteBytes(buffer, out int length);
        return length + Number(link.Index, buffer[length..]);
    }

    private static int Number(int number, Span<byte> buffer)
    {
        BitConverter.TryWriteBytes(buffer, number);
        return sizeof(int);
    }

    private static SystemError Error(string name) => new(name, Errno.Number(name), Errno.Text(name) ?? name);
}
