using System.Globalization;
using System.Net;
using Soket.Protocols.Dns;

namespace Soket.Dns;

/// <summary>What resolv.conf(5) says: whom to ask, and how names without a final dot are completed.</summary>
public sealed record ResolvConf
{
    /// <summary>Where the system keeps it.</summary>
    public const string Path = "/etc/resolv.conf";

    /// <summary>The name servers, at most three; loopback where none is named.</summary>
    public IReadOnlyList<DnsServer> Servers { get; init; } = [];

    /// <summary>What names are tried under.</summary>
    public IReadOnlyList<DnsName> Search { get; init; } = [];

    /// <summary>A name with as many dots is tried as it is first; 0 to 15.</summary>
    public int Ndots { get; init; } = 1;

    /// <summary>How long the first try waits; null where it does not say.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How often each server is asked; null where it does not say.</summary>
    public int? Attempts { get; init; }

    /// <summary>Whether TCP is used from the start (<c>use-vc</c>).</summary>
    public bool UsesTcp { get; init; }

    /// <summary>Reads its text. Lines that make no sense are skipped, as the system's resolver does.</summary>
    /// <param name="text">The text.</param>
    public static ResolvConf Parse(string text)
    {
        var servers = new List<DnsServer>();
        var conf = new ResolvConf();
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0][0] is '#' or ';')
                continue;
            switch (words[0])
            {
                case "nameserver" when IPAddress.TryParse(words[1], out IPAddress? address) && servers.Count < 3:
                    servers.Add(new(DnsTransport.Udp, address.ToString(), 53));
                    break;
                case "domain" or "search":
                    conf = conf with { Search = [.. words.Skip(1).Select(word => DnsName.TryParse(word, out DnsName? name, out _) ? name : null).OfType<DnsName>()] };
                    break;
                case "options":
                    conf = words.Skip(1).Aggregate(conf, Option);
                    break;
            }
        }

        return conf with { Servers = servers.Count > 0 ? servers : [new(DnsTransport.Udp, "127.0.0.1", 53)] };
    }

    private static ResolvConf Option(ResolvConf conf, string option)
    {
        int colon = option.IndexOf(':', StringComparison.Ordinal);
        int value = colon > 0 && int.TryParse(option.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;
        return (colon < 0 ? option : option[..colon]) switch
        {
            "ndots" when value >= 0 => conf with { Ndots = Math.Min(value, 15) },
            "timeout" when value > 0 => conf with { Timeout = TimeSpan.FromSeconds(Math.Min(value, 30)) },
            "attempts" when value > 0 => conf with { Attempts = Math.Min(value, 5) },
            "use-vc" => conf with { UsesTcp = true },
            _ => conf,
        };
    }

    /// <summary>The names to ask for, in their order: as it is, and under each of the search list (resolv.conf(5), ndots).</summary>
    /// <param name="text">The name as it was written.</param>
    /// <exception cref="FormatException">It is no name.</exception>
    public IReadOnlyList<DnsName> Candidates(string text)
    {
        var name = DnsName.Parse(text);
        if (text.EndsWith('.') || name.Wire.Length == 1)
            return [name];
        List<DnsName> under = [.. Search.Select(name.Before).OfType<DnsName>()];
        return name.Labels - 1 >= Ndots ? [name, .. under] : [.. under, name];
    }
}
