using System.Net;
using System.Net.Sockets;

namespace Soket.Protocols.Dns;

/// <summary>Part of a client's address, so that an answer can be one near to it (RFC 7871).</summary>
/// <param name="Address">The address; its bits behind the prefix are zero.</param>
/// <param name="SourcePrefix">How many bits of it the client tells.</param>
/// <param name="ScopePrefix">For how many the answer holds; 0 in a query.</param>
public sealed record DnsClientSubnet(IPAddress Address, byte SourcePrefix, byte ScopePrefix)
{
    /// <summary>Reads <c>192.0.2.0/24</c>.</summary>
    /// <param name="text">The text.</param>
    public static DnsClientSubnet? Parse(string text)
    {
        if (!IPNetwork.TryParse(text, out IPNetwork network))
            return null;
        return new(network.BaseAddress, (byte)network.PrefixLength, 0);
    }

    internal static DnsClientSubnet? Read(ReadOnlySpan<byte> data)
    {
        if (data.Length < 4)
            return null;
        int family = data[0] << 8 | data[1], size = family switch { 1 => 4, 2 => 16, _ => 0 };
        ReadOnlySpan<byte> given = data[4..];
        if (size == 0 || data[2] > size * 8 || given.Length != (data[2] + 7) / 8)
            return null;
        byte[] bytes = new byte[size];
        given.CopyTo(bytes);
        return new(new IPAddress(bytes), data[2], data[3]);
    }

    /// <summary>The option it goes in.</summary>
    public EdnsOption ToOption()
    {
        byte[] bytes = Address.GetAddressBytes();
        return new(EdnsOption.ClientSubnet, new([0, (byte)(Address.AddressFamily == AddressFamily.InterNetwork ? 1 : 2), SourcePrefix, ScopePrefix, .. bytes.AsSpan(0, (SourcePrefix + 7) / 8)]));
    }

    /// <summary><c>192.0.2.0/24/0</c>: address, source prefix, scope prefix.</summary>
    public override string ToString() => $"{Address}/{SourcePrefix}/{ScopePrefix}";
}
