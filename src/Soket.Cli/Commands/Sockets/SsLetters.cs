using System.Buffers;

namespace Soket.Cli.Commands.Sockets;

/// <summary>The letters that hands write which know ss or netstat, <c>-ltnp</c>, as a filter. Pure.</summary>
internal static class SsLetters
{
    private static readonly SearchValues<char> Known = SearchValues.Create("altunpxwe46");

    /// <summary>The filter: <c>tcp listen</c>; null where these are no such letters.</summary>
    /// <param name="option">What was typed.</param>
    public static string? Read(string option)
    {
        if (option is not ['-', not '-', ..] || option.AsSpan(1).IndexOfAnyExcept(Known) >= 0)
            return null;
        var kinds = new List<string>();
        foreach ((char letter, string kind) in (ReadOnlySpan<(char, string)>)[('t', "tcp"), ('u', "udp"), ('w', "raw"), ('x', "unix")])
        {
            if (option.Contains(letter, StringComparison.Ordinal))
                kinds.Add(kind);
        }

        // ss shows what waits of UDP as listening too.
        string state = option.Contains('l', StringComparison.Ordinal) ? kinds is ["tcp"] or ["unix"] or [] ? "listen" : "state=listen,unconn" : "";
        string joined = kinds.Count > 1 ? $"({string.Join(" or ", kinds)})" : kinds.Count == 1 ? kinds[0] : "";
        string filter = $"{joined} {state}".Trim();
        return filter.Length == 0 ? null : filter.Contains('(', StringComparison.Ordinal) ? $"soket sockets '{filter}'" : $"soket sockets {filter}";
    }
}
