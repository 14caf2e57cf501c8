using System.Net;
using Soket.Protocols.Dns;

namespace Soket.Dns;

/// <summary>The names of hosts(5).</summary>
/// <param name="Lines">Each address with its names, the first one its own.</param>
public sealed record HostsFile(IReadOnlyList<(IPAddress Address, IReadOnlyList<DnsName> Names)> Lines)
{
    /// <summary>Where the system keeps it.</summary>
    public const string Path = "/etc/hosts";

    /// <summary>Reads its text. Lines that make no sense are skipped.</summary>
    /// <param name="text">The text.</param>
    public static HostsFile Parse(string text)
    {
        var lines = new List<(IPAddress, IReadOnlyList<DnsName>)>();
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split('#')[0].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && IPAddress.TryParse(words[0], out IPAddress? address))
                lines.Add((address, [.. words.Skip(1).Select(word => DnsName.TryParse(word, out DnsName? name, out _) ? name : null).OfType<DnsName>()]));
        }

        return new(lines);
    }

    /// <summary>The addresses of a name.</summary>
    /// <param name="name">The name.</param>
    public IEnumerable<IPAddress> Addresses(DnsName name) => from line in Lines where line.Names.Contains(name) select line.Address;
}
