using System.Net;

namespace Soket.Middleware.Proxy;

/// <summary>
/// The hosts that are gone to without a proxy, as <c>no_proxy</c> lists them: names with everything below them, addresses, networks, <c>*</c> for all hosts;
/// commas or spaces part them. A dot before a name changes nothing. Words that make no sense match nothing.
/// </summary>
public sealed class ProxyBypass
{
    private readonly List<string> _names = [];
    private readonly List<IPNetwork> _networks = [];
    private readonly bool _all;

    private ProxyBypass(string text)
    {
        foreach (string word in text.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            string bare = word.Trim('[', ']');
            if (word == "*")
                _all = true;
            else if (IPAddress.TryParse(bare, out IPAddress? address))
                _networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else if (TryNetwork(word, out IPNetwork network))
                _networks.Add(network);
            else if (word.Trim('.') is { Length: > 0 } name)
                _names.Add(name);
        }
    }

    /// <summary>Reads a list.</summary>
    /// <param name="text">The list; empty for no host.</param>
    public static ProxyBypass Parse(string text) => new(text);

    /// <summary>Whether a host is gone to without a proxy.</summary>
    /// <param name="host">A name or an address.</param>
    public bool Covers(string host)
    {
        if (_all)
            return true;
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            return _networks.Exists(network => network.Contains(address));
        }

        ReadOnlySpan<char> name = host.AsSpan().TrimEnd('.');
        foreach (string one in _names)
        {
            if (name.EndsWith(one, StringComparison.OrdinalIgnoreCase) && (name.Length == one.Length || name[name.Length - one.Length - 1] == '.'))
                return true;
        }

        return false;
    }

    // The bits behind the prefix may be anything, as in 192.0.2.7/24.
    private static bool TryNetwork(string word, out IPNetwork network)
    {
        network = default;
        string[] parts = word.Split('/');
        if (parts.Length != 2 || !IPAddress.TryParse(parts[0].Trim('[', ']'), out IPAddress? address) || !byte.TryParse(parts[1], out byte prefix))
            return false;
        byte[] bytes = address.GetAddressBytes();
        if (prefix > bytes.Length * 8)
            return false;
        for (int bit = prefix; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        network = new IPNetwork(new IPAddress(bytes), prefix);
        return true;
    }
}
