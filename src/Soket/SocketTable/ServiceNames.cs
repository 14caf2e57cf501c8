using System.Globalization;
using System.Net;

namespace Soket.SocketTable;

/// <summary>The ports that have a name: <c>http</c>, <c>ssh</c> (services(5)); where the system has no list, the names that everybody knows.</summary>
internal static class ServiceNames
{
    private const int LongestFile = 4 * 1024 * 1024;

    private static readonly (string Name, int Port)[] Known =
    [
        ("ftp", 21), ("ssh", 22), ("telnet", 23), ("smtp", 25), ("domain", 53), ("bootps", 67), ("bootpc", 68), ("tftp", 69), ("http", 80), ("pop3", 110), ("sunrpc", 111),
        ("ntp", 123), ("imap2", 143), ("imap", 143), ("snmp", 161), ("ldap", 389), ("https", 443), ("submissions", 465), ("syslog", 514), ("submission", 587), ("ldaps", 636),
        ("domain-s", 853), ("imaps", 993), ("pop3s", 995), ("socks", 1080), ("mysql", 3306), ("postgresql", 5432), ("amqp", 5672), ("redis", 6379), ("http-alt", 8080),
    ];

    private static readonly Lazy<ILookup<string, int>> Ports = new(Read);

    /// <summary>The ports of a service, of TCP and of UDP; none where there is no such name.</summary>
    public static IReadOnlySet<int> Of(string name) => Ports.Value[name].ToHashSet();

    private static ILookup<string, int> Read()
    {
        const string Path = "/etc/services";
        try
        {
            if (new FileInfo(Path) is { Exists: true, Length: <= LongestFile })
                return Known.Concat(File.ReadLines(Path).SelectMany(Line)).ToLookup(service => service.Name, service => service.Port, StringComparer.OrdinalIgnoreCase);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The names that everybody knows are left.
        }

        return Known.ToLookup(service => service.Name, service => service.Port, StringComparer.OrdinalIgnoreCase);
    }

    // "http 80/tcp www # WorldWideWeb HTTP"
    private static IEnumerable<(string Name, int Port)> Line(string line)
    {
        string[] words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || !int.TryParse(words[1].Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port > IPEndPoint.MaxPort)
            return [];
        return words.Where((_, i) => i != 1).Select(name => (name, port));
    }
}
