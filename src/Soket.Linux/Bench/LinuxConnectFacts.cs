using System.Globalization;
using System.Runtime.Versioning;
using Soket.Bench.Internal;

namespace Soket.Linux.Bench;

/// <summary>What /proc tells of connections being made, proc(5): of this network namespace, and of all processors.</summary>
[SupportedOSPlatform("linux")]
internal static class LinuxConnectFacts
{
    private const long Tick = TimeSpan.TicksPerSecond / 100; // USER_HZ is 100 on every architecture .NET runs on

    /// <summary>Reads it.</summary>
    public static ConnectFacts Read() => Read("/proc");

    /// <summary>Reads it from another place.</summary>
    /// <param name="proc">In place of /proc.</param>
    internal static ConnectFacts Read(string proc)
    {
        string[] ports = Words(Line(proc + "/sys/net/ipv4/ip_local_port_range", ""));
        string[] tcp = Words(Line(proc + "/net/sockstat", "TCP:"));
        int waiting = Array.IndexOf(tcp, "tw");
        string[] names = Words(Line(proc + "/net/netstat", "TcpExt: Sy"));
        string[] values = Words(Line(proc + "/net/netstat", "TcpExt: ", last: true));
        int overflows = Array.IndexOf(names, "ListenOverflows");
        string[] processors = Words(Line(proc + "/stat", "cpu "));
        return new ConnectFacts
        {
            Ports = Number(ports, 1) - Number(ports, 0) + 1,
            TimeWait = waiting < 0 ? null : Number(tcp, waiting + 1),
            Overflows = overflows < 0 ? null : Number(values, overflows),
            Idle = Number(processors, 4) is { } idle ? TimeSpan.FromTicks(Tick * (idle + (Number(processors, 5) ?? 0))) : null,
        };
    }

    private static long? Number(string[] words, int place) =>
        place < words.Length && long.TryParse(words[place], NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static string[] Words(string? line) => (line ?? "").Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    private static string? Line(string file, string beginning, bool last = false)
    {
        try
        {
            IEnumerable<string> lines = File.ReadLines(file).Where(line => line.StartsWith(beginning, StringComparison.Ordinal));
            return last ? lines.LastOrDefault() : lines.FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // a container may not show it
        }
    }
}
