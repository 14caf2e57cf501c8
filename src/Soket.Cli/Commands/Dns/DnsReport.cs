using System.Globalization;
using System.Text;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Dns;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;

namespace Soket.Cli.Commands.Dns;

/// <summary>Answers as a person, or a program, gets them: records on stdout, as a zone file has them; who said so and how, on stderr.</summary>
internal sealed class DnsReport(CliIo io, Screen screen, JsonLinesObserver? json)
{
    public bool Short { get; init; }

    public bool Bytes { get; init; }

    public bool Quiet { get; init; }

    public bool Verbose { get; init; }

    public bool WantsCookie { get; init; }

    /// <summary>Tells an answer.</summary>
    /// <returns>The exit code it would end with.</returns>
    public async Task<int> TellAsync(DnsAnswer answer)
    {
        Explanation? explanation = answer.Failure is null ? null : await Task.Run(() => Explainers.Here.Explain(answer.Failure, io.Language)).ConfigureAwait(false);
        int exit = explanation?.ExitCode ?? ExitCodes.Done;
        if (json is not null)
        {
            await json.WriteAsync(writer => DnsJson.Write(writer, answer, explanation)).ConfigureAwait(false);
            return exit;
        }

        if (Bytes && answer.Exchange is { } drawn)
        {
            foreach (string line in ByteDrawing.Lines(drawn.QueryBytes, io.Text("dns.query"), io).Append("").Concat(ByteDrawing.Lines(drawn.ReplyBytes, io.Text("dns.reply"), io)))
                await WriteAsync(line).ConfigureAwait(false);
        }
        else
        {
            foreach (string line in Short ? answer.Answers.Select(record => record.Data.ToString()) : Lines(answer.Answers))
                await WriteAsync(line).ConfigureAwait(false);
            if (Verbose && answer.Exchange is { } exchange)
            {
                await SectionAsync("dns.section.authority", exchange.Reply.Authorities).ConfigureAwait(false);
                await SectionAsync("dns.section.additional", exchange.Reply.Additionals).ConfigureAwait(false);
            }
        }

        if (!Quiet)
        {
            if (answer.Exchange is { } exchange && (!Short || Verbose))
                Head(answer, exchange);
            else if (answer.Exchange is null && answer.Failure is null)
                screen.Line(io.Text("dns.from-hosts", ("name", answer.Question.Name)));
            if (answer is { Failure.Error.Name: "DNS_REFERRAL", Exchange.Reply: { } referral } && !Verbose)
                Delegation(referral);
            if (answer.Failure is { } failure)
            {
                foreach (string line in FailureView.Render(failure, explanation! with { Cause = io.Typed.AsCalled(explanation!.Cause), Remedy = io.Typed.Retell(explanation.Remedy) }, io))
                    screen.Line(line);
            }
        }

        return exit;
    }

    /// <summary>Tells a line of a list that cannot be asked.</summary>
    /// <returns>The exit code it would end with.</returns>
    public async Task<int> TellAsync(DnsLine bad, string path)
    {
        string text = bad.Describe(path, io);
        if (json is not null)
        {
            await json.WriteAsync(writer =>
            {
                writer.WriteString("type", "notice");
                writer.WriteString("notice", "bad-line");
                writer.WriteNumber("line", bad.Number);
                writer.WriteString("text", text);
            }).ConfigureAwait(false);
        }
        else if (!Quiet || Short)
        {
            screen.Line(text);
        }

        return ExitCodes.Usage;
    }

    /// <summary>Tells a step of a trace.</summary>
    public async Task<int> TellAsync(DnsTraceStep step, DnsQuestion question)
    {
        var answer = new DnsAnswer(question, step.Exchange, step.IsLast ? step.Exchange?.Reply.Answers ?? [] : [], step.IsLast ? step.Failure : null);
        if (json is not null)
        {
            Explanation? explanation = answer.Failure is null ? null : Explainers.Here.Explain(answer.Failure, io.Language);
            await json.WriteAsync(writer => DnsJson.Write(writer, answer, explanation, step.Zone)).ConfigureAwait(false);
            return explanation?.ExitCode ?? ExitCodes.Done;
        }

        if (step.IsLast)
            return await TellAsync(answer).ConfigureAwait(false);
        if (Short)
            return ExitCodes.Done;
        foreach (string line in Lines([.. step.Exchange!.Reply.Authorities.Where(record => record.Type == DnsType.Ns)]))
            await WriteAsync(line).ConfigureAwait(false);
        if (!Quiet)
            Head(answer, step.Exchange);
        return ExitCodes.Done;
    }

    private void Head(DnsAnswer answer, DnsExchange exchange)
    {
        string flags = string.Join(' ', DnsJson.Flags(exchange.Reply.Flags));
        if (flags.Length == 0)
            flags = io.Text("dns.no-flags");
        screen.Line(TerminalText.Safe(io.Text(answer.IsCached ? "dns.head-cached" : "dns.head",
            ("question", answer.Question), ("rcode", exchange.Reply.Rcode), ("server", exchange.Server.Name is { } name ? $"{exchange.Server} ({name})" : exchange.Server), ("transport", exchange.Transport.ToString().ToLowerInvariant()),
            ("time", Units.Format(exchange.Elapsed)), ("count", exchange.ReplyBytes.Length), ("flags", flags))));
        if (exchange.WasTruncated)
            screen.Line("  " + io.Text("dns.truncated"));
        if (exchange.Tries > 1)
            screen.Line("  " + io.Text("dns.tries", ("count", exchange.Tries)));
        foreach (DnsDropped dropped in exchange.Dropped.Take(5))
            screen.Line("  " + io.Text("dns.dropped." + dropped.Reason.ToString().ToLowerInvariant(), ("from", dropped.From), ("count", dropped.Bytes.Length)));
        if (WantsCookie)
            screen.Line("  " + Cookie(exchange.Reply.Edns?.Cookie));
        if (exchange.Reply.Edns is not { } edns)
            return;
        foreach (DnsExtendedError error in edns.ExtendedErrors)
            screen.Line("  " + TerminalText.Safe(io.Text("dns.extended", ("error", error))));
        if (edns.Nsid is { } nsid)
            screen.Line("  " + TerminalText.Safe(io.Text("dns.nsid", ("text", Encoding.UTF8.GetString(nsid.Span)))));
        if (edns.ClientSubnet is { } subnet)
            screen.Line("  " + io.Text("dns.subnet", ("subnet", subnet)));
    }

    // No answer, so it is not among the records on stdout.
    private void Delegation(DnsMessage reply)
    {
        List<DnsRecord> servers = [.. reply.Authorities.Where(record => record.Type == DnsType.Ns)];
        HashSet<DnsName> names = [.. servers.Select(server => server.Data).OfType<NsData>().Select(data => data.Target)];
        foreach (string line in Lines([.. servers, .. reply.Additionals.Where(record => names.Contains(record.Name))]))
            screen.Line("  " + TerminalText.Safe(line));
    }

    // The client's half was held against the one sent before the reply was taken.
    private string Cookie(DnsBytes? cookie) => cookie switch
    {
        null => io.Text("dns.cookie-none"),
        { Length: > 8 } whole => io.Text("dns.cookie", ("text", Convert.ToHexStringLower(whole.Span[8..]))),
        _ => io.Text("dns.cookie-alone"),
    };

    private async Task SectionAsync(string key, IReadOnlyList<DnsRecord> records)
    {
        if (records.Count == 0)
            return;
        await WriteAsync("; " + io.Text(key)).ConfigureAwait(false);
        foreach (string line in Lines(records))
            await WriteAsync(line).ConfigureAwait(false);
    }

    // Records in the columns of a zone file.
    private static IEnumerable<string> Lines(IReadOnlyList<DnsRecord> records)
    {
        int width = Math.Min(records.Select(record => record.Name.ToString().Length).DefaultIfEmpty().Max(), 40);
        return records.Select(record => string.Create(CultureInfo.InvariantCulture, $"{record.Name.ToString().PadRight(width)} {record.Ttl,6} {record.Class} {record.Type,-6} {record.Data}"));
    }

    /// <summary>Writes a line to stdout; records are printable ASCII as they are, and what else there is was made safe.</summary>
    public ValueTask WriteAsync(string line) => io.Out.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
}
