using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Soket.Protocols.Dns;

/// <summary>What is wrong with a line of a zone file.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Key">What, as a stable key: <c>directive</c>, <c>owner</c>, <c>ttl</c>, <c>type</c>, <c>data</c>, <c>quotes</c>.</param>
/// <param name="Word">The word it is about.</param>
public sealed record ZoneFileError(int Line, string Key, string Word);

/// <summary>Reads records from the text of a zone file (RFC 1035 5.1, RFC 2308 4): <c>$ORIGIN</c>, <c>$TTL</c>, parentheses, comments. Pure.</summary>
public static class ZoneFile
{
    /// <summary>Reads a zone file.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="origin">What names without a final dot stand under at its beginning.</param>
    /// <param name="records">The records in their order.</param>
    /// <param name="error">The first thing wrong with it.</param>
    public static bool TryParse(string text, DnsName origin, [NotNullWhen(true)] out IReadOnlyList<DnsRecord>? records, [NotNullWhen(false)] out ZoneFileError? error)
    {
        var list = new List<DnsRecord>();
        var state = new State { Origin = origin };
        var words = new List<DnsWord>();
        int depth = 0, number = 0, first = 0;
        bool indented = false;
        records = null;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (depth == 0)
            {
                words.Clear();
                first = number;
                indented = line.Length > 0 && line[0] is ' ' or '\t';
            }

            if (!ZoneWords.Split(line.ToString(), words, ref depth))
            {
                error = new(number, "quotes", "");
                return false;
            }

            if (depth == 0 && words.Count > 0 && Entry(words, indented, state, list) is { } wrong)
            {
                error = wrong with { Line = first };
                return false;
            }
        }

        error = depth > 0 ? new(first, "quotes", "(") : null;
        records = error is null ? list : null;
        return error is null;
    }

    private static ZoneFileError? Entry(List<DnsWord> words, bool indented, State state, List<DnsRecord> list)
    {
        if (words[0] is { Quoted: false, Text: ['$', ..] directive })
            return Directive(directive, words, state);
        int at = 0;
        if (!indented)
        {
            string owner = words[at++].Text;
            if (owner == "@")
                state.Owner = state.Origin;
            else if (DnsName.TryParse(owner, state.Origin, out DnsName? name, out _))
                state.Owner = name;
            else
                return new(0, "owner", owner);
        }

        if (state.Owner is not { } whose)
            return new(0, "owner", "");
        uint? ttl = null;
        DnsClass recordClass = DnsClass.In;
        // Time to live and class come in either order, and both may be left out.
        for (int i = 0; i < 2 && at < words.Count; i++)
        {
            if (ttl is null && char.IsAsciiDigit(words[at].Text.FirstOrDefault()) && DnsText.TryTtl(words[at].Text, out uint seconds))
            {
                ttl = seconds;
                at++;
            }
            else if (DnsClass.TryParse(words[at].Text, out DnsClass named) && !words[at].Quoted)
            {
                recordClass = named;
                at++;
            }
        }

        if (at >= words.Count || !DnsType.TryParse(words[at].Text, out DnsType type))
            return new(0, "type", at < words.Count ? words[at].Text : "");
        if (!DnsDataTable.TryParse(type, new DnsText(words[(at + 1)..], state.Origin), out DnsData? data))
            return new(0, "data", type.ToString());
        // RFC 2308 4: without $TTL, the one before holds; before RFC 2308, the minimum of SOA did.
        ttl ??= state.Ttl ?? state.Last ?? (data as Records.SoaData)?.Minimum;
        if (ttl is not { } lives)
            return new(0, "ttl", whose.ToString());
        state.Last = lives;
        list.Add(new(whose, type, recordClass, lives, data));
        return null;
    }

    private static ZoneFileError? Directive(string directive, List<DnsWord> words, State state)
    {
        string? value = words.Count == 2 ? words[1].Text : null;
        switch (directive.ToUpperInvariant())
        {
            case "$ORIGIN" when value is not null && DnsName.TryParse(value, state.Origin, out DnsName? origin, out _):
                state.Origin = origin;
                return null;
            case "$TTL" when value is not null && DnsText.TryTtl(value, out uint ttl):
                state.Ttl = ttl;
                return null;
            default:
                return new(0, "directive", string.Create(CultureInfo.InvariantCulture, $"{directive}"));
        }
    }

    private sealed class State
    {
        public required DnsName Origin { get; set; }

        public DnsName? Owner { get; set; }

        public uint? Ttl { get; set; }

        public uint? Last { get; set; }
    }
}
