using System.Globalization;
using System.Net;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Explain;
using Soket.Http;
using Soket.Protocols.Http1;

namespace Soket.Cli.Commands.Fetch;

/// <summary>Every step of a fetch as a bar on one axis of time, redirects one below the other: where the time went, and where it ended. Pure.</summary>
internal sealed class Waterfall(IReadOnlyList<FetchExchange> exchanges, CliIo io)
{
    private const int Labels = 11;
    private const int Times = 9;
    private const int MostCells = 32;
    private readonly Ink _ink = new(io.ColourError);

    public IEnumerable<string> Render()
    {
        TimeSpan end = exchanges.SelectMany(exchange => exchange.Steps).Select(step => step.Start + step.Duration).DefaultIfEmpty().Max();
        int cells = Math.Clamp(io.Width - 2 - Labels - Times - 36, 12, MostCells);
        foreach (FetchExchange exchange in exchanges)
        {
            yield return Head(exchange);
            foreach (FetchStep step in exchange.Steps)
            {
                string detail = TerminalText.Safe(Detail(exchange, step));
                bool broken = step.Failure is not null || step.Phase == exchange.Interrupted;
                string bar = Bar(step, broken, end, cells);
                string line = $"  {TextWidth.PadRight(io.Text("fetch.phase." + Key(step.Phase)), Labels)}{TextWidth.PadLeft(Units.Format(step.Duration), Times)}  {bar}  {detail}".TrimEnd();
                yield return broken ? _ink.Red(line) : line;
                if (step is { Phase: FetchPhase.Connect, Failure: null } && exchange.Attempts.Count > 1) // the failure tells them itself
                {
                    foreach (ConnectAttempt attempt in exchange.Attempts)
                        yield return "    " + TerminalText.Safe(io.Text("failure.tried", ("address", attempt.Address), ("error", attempt.Address.Equals(exchange.Remote) ? io.Text("fetch.answered") : attempt.Error?.Name ?? io.Text("fetch.given-up")), ("time", Units.Format(attempt.Elapsed))));
                }
            }
        }

        if (exchanges.Count > 0)
        {
            TimeSpan own = end - exchanges.Aggregate(TimeSpan.Zero, (sum, exchange) => sum + exchange.Busy);
            string detail = io.Text("fetch.detail.own", ("time", Units.Format(own > TimeSpan.Zero ? own : TimeSpan.Zero)));
            yield return $"  {TextWidth.PadRight(io.Text("fetch.phase.total"), Labels)}{TextWidth.PadLeft(Units.Format(end), Times)}  {detail}";
        }
    }

    public static string Key(FetchPhase phase) => phase switch
    {
        FetchPhase.Name => "name",
        FetchPhase.Connect => "connect",
        FetchPhase.Proxy => "proxy",
        FetchPhase.Tls => "tls",
        FetchPhase.Request => "request",
        FetchPhase.FirstByte => "first-byte",
        FetchPhase.Download => "download",
        _ => "close",
    };

    private string Head(FetchExchange exchange)
    {
        string arrow = io.Unicode ? "→" : "->";
        string head = $"{exchange.Request.Method} {HttpSecrets.Redact(exchange.Url.ToString())} {arrow} ";
        string interrupted = exchange.Interrupted is null ? "" : $" ({io.Text("fetch.detail.interrupted")})";
        if (exchange.Response is not { } response)
            return _ink.Bold(TerminalText.Safe(head + io.Text("fetch.no-answer") + interrupted));
        head += $"{response.Status.ToString(CultureInfo.InvariantCulture)} {response.Reason}".TrimEnd();
        if (response.Fields.One("Content-Type") is { } type)
            head += $", {type}";
        if (exchange.RedirectedTo is { } next)
            head += " " + io.Text("fetch.redirected", ("url", HttpSecrets.Redact(next.ToString())));
        head += interrupted;
        return _ink.Bold(TerminalText.Safe(head));
    }

    // A step that took any time at all has a cell; where it stands is where it began.
    private string Bar(FetchStep step, bool broken, TimeSpan end, int cells)
    {
        double scale = end > TimeSpan.Zero ? cells / end.TotalMicroseconds : 0;
        int from = Math.Min(cells - 1, (int)(step.Start.TotalMicroseconds * scale));
        int to = Math.Clamp((int)Math.Ceiling((step.Start + step.Duration).TotalMicroseconds * scale), from + 1, cells);
        char full = io.Unicode ? '█' : '#', failed = io.Unicode ? '✗' : 'x', rest = io.Unicode ? '·' : '.';
        string bar = new string(rest, from) + new string(full, to - from) + new string(rest, cells - to);
        return !broken ? bar : string.Concat(bar.AsSpan(0, to - 1), failed.ToString(), bar.AsSpan(to));
    }

    private string Detail(FetchExchange exchange, FetchStep step)
    {
        if (step.Failure is { } failure)
            return failure.Error.Name;
        if (step.Phase == exchange.Interrupted)
            return Interrupted(exchange);
        switch (step.Phase)
        {
            case FetchPhase.Name:
                return Addresses(exchange);
            case FetchPhase.Connect:
                return exchange.IsForwarded ? io.Text("fetch.detail.through", ("address", exchange.Remote), ("proxy", exchange.Proxy)) : exchange.Remote?.ToString() ?? "";
            case FetchPhase.Proxy:
                return io.Text("fetch.detail.tunnel", ("host", exchange.Url.Authority), ("proxy", exchange.Proxy));
            case FetchPhase.Tls:
                return Certificate(exchange.Tls!);
            case FetchPhase.Request:
                return io.Text(exchange.RequestBodyBytes > 0 ? "fetch.detail.request-body" : "fetch.detail.request", ("head", Bytes(exchange.RequestHeadBytes)), ("body", Bytes(exchange.RequestBodyBytes)));
            case FetchPhase.FirstByte:
                return exchange.Interim.Count > 0 ? io.Text("fetch.detail.interim", ("statuses", string.Join(", ", exchange.Interim.Select(head => head.Status)))) : "";
            case FetchPhase.Download:
                return Download(exchange, step.Duration);
            default:
                return io.Text("fetch.detail.close", ("sent", Bytes(exchange.WireSent)), ("received", Bytes(exchange.WireReceived)));
        }
    }

    private string Interrupted(FetchExchange exchange) => exchange.Interrupted == FetchPhase.Download
        ? io.Text(exchange.Framing.Length > 0 ? "fetch.detail.interrupted-of" : "fetch.detail.interrupted-body", ("done", Bytes(exchange.BodyBytes)), ("whole", Bytes(exchange.Framing.Length)))
        : io.Text("fetch.detail.interrupted");

    private string Addresses(FetchExchange exchange)
    {
        string host = exchange.Proxy?.Place.Host ?? exchange.Url.Endpoint.Host;
        string addresses = $"{host} = {string.Join(", ", exchange.Addresses.Select(address => address is IPEndPoint ip ? ip.Address.ToString() : address.ToString()))}";
        return exchange.Lookups.Select(answer => answer.Exchange?.Server).FirstOrDefault(server => server is not null) is { } server
            ? io.Text("fetch.detail.name-by", ("addresses", addresses), ("server", server))
            : addresses;
    }

    private string Certificate(FetchTls tls)
    {
        int days = (int)Math.Floor((tls.NotAfter - DateTimeOffset.UtcNow).TotalDays);
        string text = io.Text(
            days < 0 ? "fetch.detail.tls-ended" : "fetch.detail.tls",
            ("version", tls.Version), ("cipher", tls.CipherSuite), ("subject", tls.Subject), ("issuer", tls.Issuer), ("date", tls.NotAfter.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), ("days", Math.Abs(days)), ("count", Math.Abs(days)));
        return tls.IsVerified ? text : text + ", " + io.Text("fetch.detail.tls-unverified");
    }

    private string Download(FetchExchange exchange, TimeSpan time)
    {
        var parts = new List<string> { io.Text("fetch.detail.body", ("head", Bytes(exchange.HeadBytes)), ("body", Bytes(exchange.BodyBytes))) };
        if (exchange.Framing.Kind == HttpBodyKind.Chunked)
            parts.Add(io.Text("fetch.detail.chunks", ("count", exchange.Chunks)));
        if (exchange.Framing.Kind == HttpBodyKind.UntilClose)
            parts.Add(io.Text("fetch.detail.until-close"));
        if (exchange.Codings.Count > 0)
            parts.Add(io.Text("fetch.detail.unpacked", ("coding", string.Join(", ", exchange.Codings)), ("bytes", Bytes(exchange.ContentBytes))));
        if (exchange.BodyBytes >= 1024 * 1024 && time > TimeSpan.Zero)
            parts.Add($"{Bytes((long)(exchange.BodyBytes / time.TotalSeconds))}/s");
        return string.Join(", ", parts);
    }

    private static string Bytes(long count) => Units.FormatBytes(count);
}
