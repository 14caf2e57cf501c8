using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Soket.SocketTable;

/// <summary>Ports as a filter names them: <c>8080</c>, <c>8000-8010</c>, <c>80,443</c>, <c>http</c>, each with or without a colon before it. Pure but for the names of services.</summary>
internal static class PortSet
{
    /// <summary>Reads which ports are meant.</summary>
    /// <param name="text">The ports.</param>
    /// <param name="comparison"><c>=</c>, <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c> or <c>&gt;=</c>; all but the first need one port.</param>
    /// <param name="test">Whether a port is meant.</param>
    /// <param name="mistake">What is wrong: <c>number</c>, <c>port-range</c> or <c>service</c>.</param>
    public static bool TryParse(string text, string comparison, [NotNullWhen(true)] out Func<int, bool>? test, [NotNullWhen(false)] out string? mistake)
    {
        (test, mistake) = (null, null);
        var ranges = new List<(int Least, int Most)>();
        foreach (string part in text.Split(','))
        {
            mistake = Read(part, ranges);
            if (mistake is not null)
                return false;
        }

        if (comparison == "=")
        {
            (int Least, int Most)[] all = [.. ranges];
            test = port => Array.Exists(all, range => port >= range.Least && port <= range.Most);
            return true;
        }

        if (ranges is not [var (one, same)] || one != same)
        {
            mistake = "number";
            return false;
        }

        test = comparison switch
        {
            "<" => port => port < one,
            "<=" => port => port <= one,
            ">" => port => port > one,
            _ => port => port >= one,
        };
        return true;
    }

    private static string? Read(string part, List<(int Least, int Most)> ranges)
    {
        string port = part.StartsWith(':') ? part[1..] : part;
        if (port.Length == 0)
            return "number";
        int dash = port.IndexOf('-', StringComparison.Ordinal);
        if (port.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0)
            return Add(port, port, ranges);
        if (dash > 0 && port.AsSpan(0, dash).IndexOfAnyExceptInRange('0', '9') < 0 && port.AsSpan(dash + 1).IndexOfAnyExceptInRange('0', '9') < 0)
            return dash + 1 == port.Length ? "number" : Add(port[..dash], port[(dash + 1)..], ranges);
        IReadOnlySet<int> named = ServiceNames.Of(port);
        ranges.AddRange(named.Select(number => (number, number)));
        return named.Count > 0 ? null : char.IsAsciiLetter(port[0]) ? "service" : "number";
    }

    private static string? Add(string least, string most, List<(int Least, int Most)> ranges)
    {
        if (!Number(least, out int from) || !Number(most, out int to) || from > to)
            return "port-range";
        ranges.Add((from, to));
        return null;
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= IPEndPoint.MaxPort;
}
