using System.Globalization;
using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Probe;

namespace Soket.Cli.Commands.Probe;

/// <summary>The results of probes as a person, or a program, gets them: one line each on stdout, which is what the command is for.</summary>
internal sealed class ProbeReport(CliIo io, Screen screen, JsonLinesObserver? json)
{
    // Looking at this machine takes some milliseconds each; who asks for hundreds of reasons gets the first of them.
    private const int MostExplained = 32;
    private int _explained;

    public bool Quiet { get; init; }

    public bool OpenOnly { get; init; }

    public bool Explains { get; init; }

    public bool Waits { get; init; }

    public int Width { get; init; }

    /// <summary>The progress of a long run: <c>[#####.....]  120/1000, 3 open</c>.</summary>
    public static string Bar(CliIo io, int done, int count, int open)
    {
        const int Cells = 24;
        int full = (int)((long)done * Cells / count);
        string bar = new string(io.Unicode ? '█' : '#', full) + new string(io.Unicode ? '░' : '.', Cells - full);
        return io.Text("probe.progress", ("bar", bar), ("done", done), ("count", count), ("open", open));
    }

    public async Task TellAsync(ProbeResult result)
    {
        Explanation? explanation = null;
        if (result.Failure is { } failure && (Explains || json is not null) && _explained < MostExplained)
        {
            _explained++;
            explanation = await FailureView.ExplainAsync(failure, io).ConfigureAwait(false);
        }

        if (json is not null)
        {
            await json.WriteAsync(writer => WriteJson(writer, result, explanation)).ConfigureAwait(false);
            return;
        }

        if (Quiet || (OpenOnly && result.State != ProbeState.Open))
            return;
        IEnumerable<string> lines = explanation is null ? [Line(result)] : FailureView.Render(result.Failure!, explanation, io).Skip(1).Prepend(Line(result));
        await WriteAsync(string.Concat(lines.SelectMany(line => io.FitOut(line)).Select(line => line + "\n"))).ConfigureAwait(false);
    }

    public async Task SummaryAsync(IReadOnlyList<ProbeResult> results, int count, TimeSpan elapsed)
    {
        int Of(ProbeState state) => results.Count(result => result.State == state);
        if (json is not null)
        {
            await json.WriteAsync(writer =>
            {
                writer.WriteString("type", "summary");
                writer.WriteNumber("endpoints", count);
                foreach (ProbeState state in Enum.GetValues<ProbeState>())
                    writer.WriteNumber(Key(state).Replace('-', '_'), Of(state));
                writer.WriteNumber("elapsed_us", (long)elapsed.TotalMicroseconds);
            }).ConfigureAwait(false);
            return;
        }

        if (Quiet)
            return;
        IEnumerable<string> parts = from state in Enum.GetValues<ProbeState>() where state == ProbeState.Open || Of(state) > 0 select $"{Of(state)} {io.Text("probe.state." + Key(state))}";
        screen.Line(io.Text("probe.summary-line", ("done", results.Count), ("count", count), ("parts", string.Join(", ", parts)), ("time", Units.Format(elapsed))));
    }

    private string Line(ProbeResult result)
    {
        string number = result.Failure is not { } failure ? "0" : failure.Error.Number is { } n ? $"{failure.Error.Name} {n.ToString(CultureInfo.InvariantCulture)}" : failure.Error.Name;
        string state = io.Text("probe.state." + Key(result.State));
        string line = $"{result.Endpoint.ToString().PadRight(Width)}  {state,-9}  {number,-16}  {Units.Format(result.Elapsed),9}  {Meaning(result)}";
        if (Waits && result.Tries > 1)
            line += " " + io.Text("probe.tries", ("count", result.Tries));
        line = TerminalText.Safe(line);
        return result.State == ProbeState.Open ? new Ink(io.ColourOut).Green(line) : line;
    }

    // What the result shows, and no more than that: the rest, looked up on this machine, is -v's.
    private string Meaning(ProbeResult result)
    {
        string meaning = result switch
        {
            { State: ProbeState.Open, Tls: { } tls } => tls,
            { State: ProbeState.Open, Answer: { } count } => io.Text("probe.means.answered", ("count", count)),
            { State: ProbeState.Open, Endpoint.Scheme: SocketScheme.UnixDatagram } => io.Text("probe.means.bound"),
            { State: ProbeState.Open, Address: { } address, Endpoint.IsUnix: false } => io.Text("probe.means.accepted", ("address", address)),
            { State: ProbeState.Open } => io.Text("probe.means.accepted-here"),
            { State: ProbeState.Refused, Endpoint.IsUnix: true } => io.Text("probe.means.refused-unix"),
            { State: ProbeState.Refused, Endpoint.IsDatagram: true } => io.Text("probe.means.refused-udp"),
            { State: ProbeState.Refused } => io.Text("probe.means.refused"),
            { State: ProbeState.TimedOut } => io.Text("probe.means.timed-out"),
            { State: ProbeState.Silent } => io.Text("probe.means.silent"),
            { Failure.Error.Name: "EAI_AGAIN" } => io.Text("probe.means.no-server", ("host", result.Endpoint.Host)),
            { Failure.Error.Name: "EAI_NODATA" } => io.Text("probe.means.no-address", ("host", result.Endpoint.Host)),
            { Failure.Error.Name: "EAI_NONAME" or "EAI_FAIL" } => io.Text("probe.means.no-name", ("host", result.Endpoint.Host)),
            _ => ErrorText.In(io.Language, result.Failure!).Message,
        };
        if (result.CertificateEnds is not { } ends)
            return meaning;
        int days = Days(ends);
        return meaning + ", " + io.Text(days < 0 ? "probe.certificate-ended" : "probe.certificate", ("date", ends.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), ("days", Math.Abs(days)), ("count", Math.Abs(days)));
    }

    private static int Days(DateTimeOffset ends) => (int)Math.Floor((ends - TimeProvider.System.GetUtcNow()).TotalDays);

    private static string Key(ProbeState state) => state switch
    {
        ProbeState.Open => "open",
        ProbeState.Refused => "refused",
        ProbeState.TimedOut => "timed-out",
        ProbeState.Silent => "silent",
        _ => "failed",
    };

    private static void WriteJson(System.Text.Json.Utf8JsonWriter writer, ProbeResult result, Explanation? explanation)
    {
        writer.WriteString("type", "probe");
        writer.WriteString("endpoint", result.Endpoint.ToString());
        writer.WriteString("state", Key(result.State));
        if (result.Failure is { } failure)
        {
            writer.WriteString("errno", failure.Error.Name);
            if (failure.Error.Number is { } number)
                writer.WriteNumber("number", number);
            writer.WriteString("message", failure.Error.Message);
        }
        else
        {
            writer.WriteNumber("number", 0);
        }

        writer.WriteNumber("elapsed_us", (long)result.Elapsed.TotalMicroseconds);
        writer.WriteNumber("tries", result.Tries);
        if (result.Address is { } address)
            writer.WriteString("address", address.ToString());
        if (result.Answer is { } answer)
            writer.WriteNumber("answer_bytes", answer);
        if (result.Tls is { } tls)
            writer.WriteString("tls", tls);
        if (result.CertificateEnds is { } ends)
        {
            writer.WriteString("certificate_ends", ends.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            writer.WriteNumber("certificate_days", Days(ends));
        }

        if (explanation is null)
            return;
        writer.WriteString("code", explanation.Code);
        writer.WriteString("cause", explanation.Cause);
        writer.WriteString("remedy", explanation.Remedy);
        writer.WriteNumber("exit", explanation.ExitCode);
    }

    private ValueTask WriteAsync(string text) => io.Out.WriteAsync(Encoding.UTF8.GetBytes(text));
}
