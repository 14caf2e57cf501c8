using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Soket.Languages;

namespace Soket.Explain.Internal;

/// <summary>Finds catalogue entries by whatever a person has in hand. Pure.</summary>
internal static partial class CatalogueSearch
{
    private const int LongestQuery = 32 * 1024;

    public static LookupResult Find(string query, Language language)
    {
        string text = query.Trim();
        // Of a long log the beginning and the end: a trace names its failure in its first line, or, as Python's does, in its last.
        if (text.Length > LongestQuery)
            text = string.Concat(text.AsSpan(0, LongestQuery / 2), "\n", text.AsSpan(text.Length - (LongestQuery / 2)));
        if (text.Length == 0)
            return new(null, [], []);

        if (Catalogue.Rows.FirstOrDefault(row => row.Code.Equals(text.Replace(' ', '-'), StringComparison.OrdinalIgnoreCase)) is { } exact)
            return Found(null, [exact], language);
        if (OwnWords().Match(text) is { Success: true } own && Catalogue.Rows.FirstOrDefault(row => row.Code == own.Groups[1].Value) is { } told)
            return Found(null, [told], language);
        if (OtherCodes(text) is { } other)
            return new(other.Error, [Catalogue.Entry(Catalogue.Find(other.Code), language), .. other.Also.Select(code => Catalogue.Entry(Catalogue.Find(code), language))], []);
        if (ExitCode().Match(text) is { Success: true } exit)
            return Found(null, ByExit(int.Parse(exit.Groups[1].ValueSpan, CultureInfo.InvariantCulture)), language, text);
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
            return ByNumber(number, language, text);

        // Words are surer than numbers, whose meaning depends on the system they came from: [Errno 48] Address already in use is macOS's.
        string lower = Squeeze(text);
        string? name = NameIn(text);
        List<Catalogue.Row> rows = ByWords(lower, name);
        if (name is not null && rows.Count == 0)
            rows = ByName(name);
        if (rows.Count > 0)
            return Found(name ?? ErrorOf(lower), rows, language);
        if (name is not null)
            return Found(name, [Catalogue.Find("other-failure")], language);
        if (NumberInMessage().Match(text) is { Success: true } inMessage && int.TryParse(inMessage.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out int inWords))
        {
            LookupResult result = ByNumber(inWords, language, text);
            if (result.Entries.Count > 0)
                return result;
        }

        return new(null, [], Suggest(text));
    }

    // "[Errno 98]", "os error 98", "SocketException (98)", "errno=98", "(10061)"
    [GeneratedRegex(@"(?:errno|error|exception|galat|kode)\s*[:=#(\[]?\s*(-?\d{1,5})\b|\((\d{2,5})\)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NumberInMessage();

    // What an explained failure ends with.
    [GeneratedRegex(@"\bsoket explain ([a-z][a-z-]+[a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex OwnWords();

    [GeneratedRegex(@"^(?:exit|exit code|kode keluar)\s+(\d{1,3})$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ExitCode();

    [GeneratedRegex(@"(?<![A-Za-z0-9_])(?:WSA)?(E[A-Z]{2,}(?:_[A-Z]+)?|TLS_[A-Z_]+|WEBSOCKET_[A-Z_]+|PROXY_[A-Z_]+|STARTTLS_[A-Z_]+|HTTP_[A-Z_]+|DNS_[A-Z_]+|SOKET_[A-Z_]+)(?![A-Za-z0-9_])", RegexOptions.CultureInvariant)]
    private static partial Regex Names();

    [GeneratedRegex(@"^(?:HTTP(?:/[0-9.]+)?\s+)?(?:status\s+)?([345][0-9]{2})$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Status();

    // The code alone that another protocol's answer has: a status of HTTP, a response code of DNS (RFC 1035 4.1.1, RFC 2136 2.2).
    private static (SystemError? Error, string Code, string[] Also)? OtherCodes(string text)
    {
        if (Status().Match(text) is { Success: true } status)
        {
            int number = int.Parse(status.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            SystemError? told = Enum.IsDefined((HttpStatusCode)number) ? SystemError.Own($"HTTP {status.Groups[1].Value}", Spaced(((HttpStatusCode)number).ToString())) : null;
            return (told, number < 400 ? "http-redirect" : "http-status", []);
        }

        // In lower case a refusal is a connection's before it is a name server's.
        if (text == "refused")
            return (null, "connection-refused", ["dns-refused", "proxy-refused"]);
        return text.ToUpperInvariant() switch
        {
            "REFUSED" => (SystemError.Own("DNS 5", "REFUSED"), "dns-refused", ["connection-refused"]),
            "NXDOMAIN" => (SystemError.Own("DNS 3", "NXDOMAIN"), "dns-name-not-found", []),
            "SERVFAIL" => (SystemError.Own("DNS 2", "SERVFAIL"), "dns-server-failure", []),
            "FORMERR" => (SystemError.Own("DNS 1", "FORMERR"), "dns-server-failure", []),
            "NOTIMP" => (SystemError.Own("DNS 4", "NOTIMP"), "dns-server-failure", []),
            "NOTAUTH" => (SystemError.Own("DNS 9", "NOTAUTH"), "dns-server-failure", []),
            "NODATA" => (null, "dns-no-data", []),
            _ => null,
        };
    }

    // NotFound as the phrase it stands for.
    private static string Spaced(string name) => string.Concat(name.Select((c, i) => i > 0 && char.IsAsciiLetterUpper(c) && !char.IsAsciiLetterUpper(name[i - 1]) ? " " + c : c.ToString()));

    private static LookupResult ByNumber(int number, Language language, string text)
    {
        // Windows numbers are .NET's own: 10048 is WSAEADDRINUSE.
        string? name = Errno.Name(number) ?? (Enum.IsDefined((SocketError)number) && number > 10000 ? Errno.Name((SocketError)number) : null);
        if (name is not null)
            return Found(name, ByName(name) is { Count: > 0 } rows ? rows : [Catalogue.Find("other-failure")], language);
        return Found(null, ByExit(number), language, text);
    }

    private static List<Catalogue.Row> ByName(string name)
    {
        if (Own(name) is not { } known)
            return [];
        List<Catalogue.Row> rows = [.. Catalogue.Rows.Where(row => row.Errors.Contains(known, StringComparer.Ordinal)).OrderBy(row => Array.IndexOf(row.Errors, known))];
        return rows;
    }

    private static List<Catalogue.Row> ByExit(int number) => [.. Catalogue.Rows.Where(row => row.ExitCode == number)];

    // Best first: the longest phrase that stands in the query. A name in the query must agree with the words, else the name decides.
    private static List<Catalogue.Row> ByWords(string lower, string? name)
    {
        var found = new List<(Catalogue.Row Row, int Length)>();
        foreach (Catalogue.Row row in Catalogue.Rows)
        {
            int longest = Phrases(row).Where(phrase => Contains(lower, phrase)).Select(phrase => phrase.Length).DefaultIfEmpty(0).Max();
            if (longest > 0)
                found.Add((row, longest));
        }

        if (found.Count == 0)
            return [];
        List<Catalogue.Row> rows = [.. found.OrderByDescending(pair => pair.Length).Select(pair => pair.Row)];
        return name is null || rows.Any(row => row.Errors.Contains(name, StringComparer.Ordinal))
            ? name is null ? rows : [.. rows.Where(row => row.Errors.Contains(name, StringComparer.Ordinal)).Concat(ByName(name)).Distinct()]
            : [];
    }

    private static IEnumerable<string> Phrases(Catalogue.Row row)
    {
        foreach (string alias in row.Aliases)
            yield return alias;
        foreach (string error in row.Errors)
        {
            if (Errno.Text(error) is { } text)
                yield return Squeeze(text);
        }

        yield return Squeeze(Catalogue.Texts.Get(Language.English, row.Code + ".title"));
        yield return Squeeze(Catalogue.Texts.Get(Language.Indonesian, row.Code + ".title"));
        yield return row.Code;
    }

    // At word boundaries, so that "failed" does not find "failed to connect" nor a name inside a longer one.
    private static bool Contains(string text, string phrase)
    {
        for (int at = text.IndexOf(phrase, StringComparison.Ordinal); at >= 0; at = text.IndexOf(phrase, at + 1, StringComparison.Ordinal))
        {
            bool starts = at == 0 || !char.IsLetterOrDigit(text[at - 1]) || !char.IsLetterOrDigit(phrase[0]);
            int end = at + phrase.Length;
            bool ends = end == text.Length || !char.IsLetterOrDigit(text[end]) || !char.IsLetterOrDigit(phrase[^1]);
            if (starts && ends)
                return true;
        }

        return false;
    }

    private static string? NameIn(string text)
    {
        foreach (Match match in Names().Matches(text.Contains(' ', StringComparison.Ordinal) ? text : text.ToUpperInvariant()))
        {
            string candidate = match.Groups[1].Value;
            if (Errno.Names.Contains(candidate) || Own(candidate) is not null)
                return candidate;
        }

        // .NET's own name: AddressAlreadyInUse, SocketError.ConnectionRefused.
        string last = text[(text.LastIndexOf('.') + 1)..];
        return Enum.TryParse(last, ignoreCase: true, out SocketError error) && Enum.IsDefined(error) && Errno.Names.Contains(Errno.Name(error)) ? Errno.Name(error) : null;
    }

    private static string? Own(string name) => Catalogue.Rows.SelectMany(row => row.Errors).FirstOrDefault(error => error.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string? ErrorOf(string lower) => Errno.Names.FirstOrDefault(name => Errno.Text(name) is { } text && Contains(lower, Squeeze(text)));

    private static string Squeeze(string text) => string.Join(' ', text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static LookupResult Found(string? name, List<Catalogue.Row> rows, Language language, string? query = null) =>
        rows.Count == 0
            ? new(null, [], query is null ? [] : Suggest(query))
            : new(name is null ? null : Catalogue.Error(name), [.. rows.Select(row => Catalogue.Entry(row, language))], []);

    private static string[] Suggest(string text)
    {
        IEnumerable<string> known = Catalogue.Rows.SelectMany(row => row.Errors).Concat(Errno.Names).Concat(Catalogue.Rows.Select(row => row.Code)).Concat(Catalogue.Rows.SelectMany(row => row.Aliases))
            .Concat(Catalogue.Rows.SelectMany(row => row.Errors).Select(Errno.Text).OfType<string>())
            .Concat(Catalogue.Rows.SelectMany(row => new[] { Catalogue.Texts.Get(Language.English, row.Code + ".title"), Catalogue.Texts.Get(Language.Indonesian, row.Code + ".title") }));
        string[] near = [.. Nearest.To(text, known, text.Length < 5 ? 1 : Math.Max(2, text.Length / 4)).Take(3)];
        if (near.Length > 0)
            return near;

        // No near spelling: codes that share a word with the query.
        string[] words = [.. Squeeze(text).Split(' ', '-', '_').Where(word => word.Length > 2)];
        return [.. Catalogue.Rows.Select(row => (row.Code, Shared: row.Code.Split('-').Count(words.Contains))).Where(pair => pair.Shared > 0).OrderByDescending(pair => pair.Shared).Select(pair => pair.Code).Take(3)];
    }
}
