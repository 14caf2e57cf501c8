using Soket.Cli.CommandLine;

namespace Soket.Cli.Commands.Fetch;

/// <summary>What hands write that know curl, and how it is written here. Pure.</summary>
internal static class CurlWords
{
    // Each with the key of what there is to say, or what is written here; a letter stands for its long name.
    private static readonly Dictionary<string, string> Ours = new(StringComparer.Ordinal)
    {
        ["--silent"] = "-q", ["-s"] = "-q",
        ["--user-agent"] = "-H 'User-Agent: NAME'", ["-A"] = "-H 'User-Agent: NAME'",
        ["--cookie"] = "-H 'Cookie: NAME=VALUE'", ["-b"] = "-H 'Cookie: NAME=VALUE'",
        ["--referer"] = "-H 'Referer: URL'", ["-e"] = "-H 'Referer: URL'",
        ["-x"] = "--proxy URL", ["--socks5"] = "--proxy socks5://HOST:PORT", ["--socks5-hostname"] = "--proxy socks5://HOST:PORT", ["--proxy-user"] = "--proxy-auth FILE", ["-U"] = "--proxy-auth FILE",
        ["--data-raw"] = "-d DATA", ["--data-ascii"] = "-d DATA", ["--data-binary"] = "-d DATA",
        ["--oauth2-bearer"] = "--bearer TOKEN", ["-E"] = "--cert FILE",
        ["--max-filesize"] = "--max-size SIZE", ["--url"] = "URL", ["--dump-header"] = "-i", ["-D"] = "-i",
        ["--dns-servers"] = "--dns @SERVER", ["--doh-url"] = "--dns @URL", ["--ipv4"] = "-4", ["--ipv6"] = "-6",
        ["--trace"] = "-vv", ["--trace-ascii"] = "-vv", ["--output-dir"] = "-o FOLDER/FILE",
    };

    private static readonly Dictionary<string, string> Said = new(StringComparer.Ordinal)
    {
        ["--show-error"] = "fetch.curl.errors", ["-S"] = "fetch.curl.errors",
        ["--get"] = "fetch.curl.get", ["-G"] = "fetch.curl.get",
        ["--data-urlencode"] = "fetch.curl.urlencode", ["--url-query"] = "fetch.curl.get",
        ["--limit-rate"] = "fetch.curl.rate",
        ["--http2"] = "fetch.curl.version", ["--http2-prior-knowledge"] = "fetch.curl.version", ["--http3"] = "fetch.curl.version", ["--http3-only"] = "fetch.curl.version",
        ["--http1.1"] = "fetch.curl.version", ["--http1.0"] = "fetch.curl.version", ["-0"] = "fetch.curl.version",
        ["--cookie-jar"] = "fetch.curl.jar", ["-c"] = "fetch.curl.jar",
        ["--progress-bar"] = "fetch.curl.progress", ["-#"] = "fetch.curl.progress", ["--no-progress-meter"] = "fetch.curl.progress",
        ["--netrc"] = "fetch.curl.netrc", ["-n"] = "fetch.curl.netrc",
    };

    /// <summary>What to write instead; null where it is none of curl's, or where ours is the same.</summary>
    /// <param name="option">What was typed, several letters together included: <c>-sSL</c>.</param>
    /// <param name="own">The flag of ours with a letter; null where there is none.</param>
    /// <param name="io">The language.</param>
    public static string? Read(string option, Func<string, Flag?> own, CliIo io)
    {
        string word = option.Split('=')[0];
        if (Tell(word, io) is { } told)
            return told;
        if (word is not ['-', not '-', _, ..])
            return null;
        var ours = new List<string>();
        foreach (char letter in word[1..])
        {
            string one = "-" + letter;
            if (one == "-S")
                continue; // failures are told in any case
            Flag? flag = own(one);
            if (!Ours.TryGetValue(one, out string? mine) && flag is null)
                return Said.ContainsKey(one) ? Tell(one, io) : null;
            ours.Add(mine ?? one);
            if (mine?.Contains(' ', StringComparison.Ordinal) ?? flag!.TakesValue)
                break; // what stands behind it is its value
        }

        return ours.Count == 0 ? null : io.Text("fetch.curl.ours", ("ours", string.Join(' ', ours)));
    }

    private static string? Tell(string word, CliIo io) =>
        Ours.TryGetValue(word, out string? ours) ? io.Text("fetch.curl.ours", ("ours", ours)) : Said.TryGetValue(word, out string? key) ? io.Text(key) : null;
}
