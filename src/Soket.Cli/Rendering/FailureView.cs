using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Settings;
using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Rendering;

/// <summary>A failure as a person, or a program, gets it: what failed, on what, what the system said, the cause, what to do.</summary>
internal static class FailureView
{
    /// <summary>Tells a failure that ends the command.</summary>
    /// <returns>The exit code.</returns>
    /// <param name="failure">The failure.</param>
    /// <param name="io">Whom to tell.</param>
    /// <param name="json">Whether as a record on stdout.</param>
    /// <param name="lines">Where records go already, if they do, so that this one comes after them.</param>
    public static async Task<int> TellAsync(SocketFailure failure, CliIo io, bool json, JsonLinesObserver? lines = null)
    {
        Explanation explanation = await ExplainAsync(failure, io).ConfigureAwait(false);
        if (lines is not null)
        {
            await lines.WriteAsync(writer => WriteProperties(writer, failure, explanation)).ConfigureAwait(false);
        }
        else if (json)
        {
            using var writer = new Utf8JsonWriter(io.Out, new JsonWriterOptions { Encoder = TerminalText.JsonEncoder });
            WriteJson(writer, failure, explanation);
            writer.Flush();
            io.Out.Write("\n"u8);
        }
        else
        {
            foreach (string line in Render(failure, explanation, io).SelectMany(line => io.FitError(line)))
                io.Error.WriteLine(line);
        }

        return explanation.ExitCode;
    }

    /// <summary>Why it failed and what to do, with commands as this person would type them. Looking at the machine takes a moment, and keeps no caller's loop.</summary>
    public static Task<Explanation> ExplainAsync(SocketFailure failure, CliIo io) => Task.Run(() => Explain(failure, io));

    /// <summary>The same, on this thread.</summary>
    public static Explanation Explain(SocketFailure failure, CliIo io)
    {
        Explanation explanation = Explainers.Here.Explain(failure, io.Language);
        return explanation with { Cause = io.Typed.AsCalled(explanation.Cause), Remedy = io.Typed.Retell(explanation, failure) };
    }

    /// <summary>The parts of what a person reads, the failure's own first; a part may have lines.</summary>
    public static IEnumerable<string> Render(SocketFailure failure, Explanation explanation, CliIo io, bool toStdout = false)
    {
        // A client binds the address it comes from; what it was to connect to has no part in that.
        bool source = failure.Call == SocketCall.Bind && failure.Context is { Local: not null, Remote: not null };
        string where = source ? failure.Context.Local!.ToString()! : failure.Context.Endpoint ?? failure.Context.Remote?.ToString() ?? failure.Context.Local?.ToString() ?? "";
        SystemError error = ErrorText.In(io.Language, failure);
        string number = failure.Error.Number is { } n ? $"{failure.Error.Name} {n}" : failure.Error.Name;
        yield return Bold($"soket: {failure.Call.Name()} {TerminalText.Safe(where)}: {error.Message} ({number})", toStdout ? io.ColourOut : io.ColourError);
        if (failure.Context.Attempts.Count > 1 && !source)
        {
            foreach (ConnectAttempt attempt in failure.Context.Attempts)
                yield return $"  {io.Text("failure.tried", ("address", attempt.Address), ("error", attempt.Error?.Name ?? io.Text("failure.no-answer")), ("time", Units.Format(attempt.Elapsed)))}";
        }

        yield return $"  {io.Text("failure.cause")} {Lines(explanation.Cause)}";
        foreach (string ruledOut in explanation.RuledOut)
            yield return $"  {io.Text("failure.ruled-out")} {Lines(ruledOut)}";
        yield return $"  {io.Text("failure.remedy")} {Lines(explanation.Remedy)}";
        yield return $"  {io.Text("failure.more")} {io.Typed.AsCalled($"soket explain {explanation.Code}")}";
    }

    private static void WriteJson(Utf8JsonWriter writer, SocketFailure failure, Explanation explanation)
    {
        writer.WriteStartObject();
        writer.WriteNumber("v", JsonLinesObserver.SchemaVersion);
        WriteProperties(writer, failure, explanation);
        writer.WriteEndObject();
    }

    private static void WriteProperties(Utf8JsonWriter writer, SocketFailure failure, Explanation explanation)
    {
        writer.WriteString("type", "error");
        writer.WriteString("code", explanation.Code);
        writer.WriteString("call", failure.Call.Name());
        writer.WriteString("errno", failure.Error.Name);
        if (failure.Error.Number is { } number)
            writer.WriteNumber("number", number);
        writer.WriteString("message", failure.Error.Message);
        if (failure.Context.Endpoint is { } endpoint)
            writer.WriteString("endpoint", endpoint);
        if (failure.Context.Attempts.Count > 0)
        {
            writer.WriteStartArray("attempts");
            foreach (ConnectAttempt attempt in failure.Context.Attempts)
            {
                writer.WriteStartObject();
                writer.WriteString("address", attempt.Address.ToString());
                writer.WriteNumber("elapsed_us", (long)attempt.Elapsed.TotalMicroseconds);
                writer.WriteString("errno", attempt.Error?.Name);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteString("cause", explanation.Cause);
        writer.WriteString("remedy", explanation.Remedy);
        writer.WriteStartArray("ruled_out");
        foreach (string ruledOut in explanation.RuledOut)
            writer.WriteStringValue(ruledOut);
        writer.WriteEndArray();
        writer.WriteNumber("exit", explanation.ExitCode);
    }

    // Texts of the catalogue may have lines; what stands in them of others is made safe line by line.
    private static string Lines(string text) => string.Join("\n    ", text.Split('\n').Select(TerminalText.Safe));

    private static string Bold(string text, bool colour) => colour ? $"\x1b[1;31m{text}\x1b[0m" : text;
}
