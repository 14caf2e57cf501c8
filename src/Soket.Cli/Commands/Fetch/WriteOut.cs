using System.Globalization;
using System.Net;
using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Http;

namespace Soket.Cli.Commands.Fetch;

/// <summary><c>--write-out</c>: what a script wants to know of a fetch, by curl's names. Times are seconds from the beginning, as curl counts them:
/// without what this program itself took between the steps, except for <c>time_total</c>, which is the whole.</summary>
internal static class WriteOut
{
    private static readonly Dictionary<string, Func<Facts, string>> Variables = new(StringComparer.Ordinal)
    {
        ["content_type"] = facts => facts.Last.Response?.Fields.One("Content-Type") ?? "",
        ["exitcode"] = facts => Number(facts.ExitCode),
        ["http_code"] = facts => Status(facts),
        ["response_code"] = facts => Status(facts),
        ["http_version"] = facts => facts.Last.Response is { } head ? "1." + Number(head.Minor) : "0",
        ["local_ip"] = facts => (facts.Last.Local as IPEndPoint)?.Address.ToString() ?? "",
        ["local_port"] = facts => Number((facts.Last.Local as IPEndPoint)?.Port ?? 0),
        ["method"] = facts => facts.Last.Request.Method,
        ["num_connects"] = facts => Number(facts.All.Count(exchange => exchange.Remote is not null)),
        ["num_headers"] = facts => Number(facts.Last.Response?.Fields.Count ?? 0),
        ["num_redirects"] = facts => Number(facts.All.Count - 1),
        ["redirect_url"] = facts => facts.Last.Response is { Status: >= 300 and < 400 } head && head.Fields.One("Location") is { } location ? facts.Last.Url.Resolve(location)?.ToString() ?? "" : "",
        ["remote_ip"] = facts => (facts.Last.Remote as IPEndPoint)?.Address.ToString() ?? "",
        ["remote_port"] = facts => Number((facts.Last.Remote as IPEndPoint)?.Port ?? 0),
        ["scheme"] = facts => facts.Last.Url.Scheme,
        ["size_download"] = facts => Number(facts.Last.BodyBytes),
        ["size_header"] = facts => Number(facts.All.Sum(exchange => exchange.HeadBytes)),
        ["size_request"] = facts => Number(facts.All.Sum(exchange => exchange.RequestHeadBytes)),
        ["size_upload"] = facts => Number(facts.Last.RequestBodyBytes),
        ["speed_download"] = facts => Speed(facts.Last.BodyBytes, facts),
        ["speed_upload"] = facts => Speed(facts.Last.RequestBodyBytes, facts),
        ["time_appconnect"] = facts => Seconds(facts.Until(FetchPhase.Tls)),
        ["time_connect"] = facts => Seconds(facts.Until(FetchPhase.Connect)),
        ["time_namelookup"] = facts => Seconds(facts.Until(FetchPhase.Name)),
        ["time_pretransfer"] = facts => Seconds(facts.Before(FetchPhase.Request)),
        ["time_redirect"] = facts => Seconds(facts.Redirects),
        ["time_starttransfer"] = facts => Seconds(facts.Until(FetchPhase.FirstByte)),
        ["time_total"] = facts => Seconds(facts.End),
        ["url"] = facts => facts.All[0].Url.ToString(),
        ["url_effective"] = facts => facts.Last.Url.ToString(),
    };

    /// <summary>Refuses a name that there is none of, before anything connects.</summary>
    public static void Check(string format, CliIo io)
    {
        foreach (string part in Names(format))
        {
            if (!Variables.ContainsKey(part))
                throw io.Wrong("fetch.wrong.variable", ("name", TerminalText.Safe(part)), ("names", string.Join(", ", Variables.Keys)));
        }
    }

    public static string Render(string format, IReadOnlyList<FetchExchange> exchanges, int exitCode)
    {
        if (exchanges.Count == 0)
            return "";
        var facts = new Facts(exchanges, exitCode);
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] == '\\' && i + 1 < format.Length && format[i + 1] is 'n' or 'r' or 't' or '\\')
            {
                text.Append(format[++i] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', var c => c });
            }
            else if (format[i] == '%' && i + 1 < format.Length && format[i + 1] == '%')
            {
                text.Append(format[i++]);
            }
            else if (format[i] == '%' && i + 1 < format.Length && format[i + 1] == '{' && format.IndexOf('}', i) is > 0 and int end)
            {
                text.Append(Variables[format[(i + 2)..end]](facts));
                i = end;
            }
            else
            {
                text.Append(format[i]);
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> Names(string format)
    {
        for (int i = format.IndexOf("%{", StringComparison.Ordinal); i >= 0; i = format.IndexOf("%{", i + 1, StringComparison.Ordinal))
        {
            if (i > 0 && format[i - 1] == '%')
                continue;
            int end = format.IndexOf('}', i);
            if (end > 0)
                yield return format[(i + 2)..end];
        }
    }

    private static string Status(Facts facts) => (facts.Last.Response?.Status ?? 0).ToString("000", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture);

    private static string Speed(long bytes, Facts facts) => Number(facts.Busy > TimeSpan.Zero ? (long)(bytes / facts.Busy.TotalSeconds) : 0);

    private sealed record Facts(IReadOnlyList<FetchExchange> All, int ExitCode)
    {
        public FetchExchange Last => All[^1];

        public TimeSpan End => All.SelectMany(exchange => exchange.Steps).Select(step => step.Start + step.Duration).DefaultIfEmpty().Max();

        public TimeSpan Redirects => All.SkipLast(1).Aggregate(TimeSpan.Zero, (sum, exchange) => sum + exchange.Busy);

        public TimeSpan Busy => Redirects + Last.Busy;

        public TimeSpan Before(FetchPhase phase) => Last.Step(phase) is null ? TimeSpan.Zero : Redirects + Sum(step => step.Phase < phase);

        public TimeSpan Until(FetchPhase phase) => Last.Step(phase) is { Failure: null } ? Redirects + Sum(step => step.Phase <= phase) : TimeSpan.Zero;

        private TimeSpan Sum(Func<FetchStep, bool> of) => Last.Steps.Where(of).Aggregate(TimeSpan.Zero, (sum, step) => sum + step.Duration);
    }
}
