using System.Runtime.InteropServices;
using System.Text.Json;
using Soket.Bench;
using Soket.Cli.Rendering;
using Soket.Explain;
using Soket.Options;

namespace Soket.Cli.Commands.Bench;

/// <summary>A run as records: <c>bench-second</c> as it goes, <c>bench</c> with all of it at the end. Times are microseconds, as everywhere in Soket's JSON.</summary>
internal static class BenchJson
{
    /// <summary>The shares that are named: <c>p50</c>, <c>p99.9</c>.</summary>
    public static IReadOnlyList<(string Name, double Share)> Percentiles { get; } =
        [("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999)];

    public static void Second(Utf8JsonWriter writer, BenchSecond second)
    {
        writer.WriteString("type", "bench-second");
        SecondFields(writer, second);
    }

    public static void Result(Utf8JsonWriter writer, BenchOutcome outcome)
    {
        BenchResult result = outcome.Result;
        writer.WriteString("type", "bench");
        writer.WriteString("soket", CommandLine.CommandLineApp.VersionText);
        writer.WriteString("began", result.Began.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture));
        writer.WriteBoolean("interrupted", result.Interrupted);
        Plan(writer, result);
        Number(writer, "connecting_us", result.Connecting.TotalMicroseconds);
        writer.WriteStartObject("measured");
        Reading(writer, result.Plan, result.Measured);
        writer.WriteEndObject();
        writer.WriteStartArray("seconds");
        foreach (BenchSecond second in result.Seconds)
        {
            writer.WriteStartObject();
            SecondFields(writer, second);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        Stages(writer, result);
        Errors(writer, outcome);
        Wrong(writer, result.Measured);
        Load(writer, result.Load);
        Notes(writer, result);
        Assertions(writer, outcome);
        writer.WriteStartObject("machine");
        writer.WriteString("system", RuntimeInformation.OSDescription);
        writer.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant());
        writer.WriteNumber("processors", result.Load.Processors);
        writer.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        writer.WriteEndObject();
        writer.WriteNumber("exit", outcome.ExitCode);
    }

    private static void Plan(Utf8JsonWriter writer, BenchResult result)
    {
        BenchPlan plan = result.Plan;
        writer.WriteStartObject("plan");
        writer.WriteString("endpoint", plan.Endpoint.ToString());
        writer.WriteString("mode", plan.Mode.ToString().ToLowerInvariant());
        writer.WriteString("generator", result.Generator);
        writer.WriteNumber("connections", plan.Connections);
        writer.WriteNumber("in_flight", plan.InFlight);
        writer.WriteString("payload", plan.Payload.Name);
        writer.WriteString("framing", plan.Framing.Name);
        if (plan.Mode is BenchMode.Messages or BenchMode.Idle)
            writer.WriteString("verify", plan.Verifier.Name);
        if (plan.Mode == BenchMode.Stream)
            writer.WriteString("direction", plan.Direction.ToString().ToLowerInvariant());
        if (plan.Duration is { } duration)
            Number(writer, "duration_us", duration.TotalMicroseconds);
        if (plan.Count is { } count)
            writer.WriteNumber("count", count);
        Number(writer, "warm_up_us", plan.WarmUp.TotalMicroseconds);
        if (plan.Think > TimeSpan.Zero)
            Number(writer, "think_us", plan.Think.TotalMicroseconds);
        if (plan.Mode == BenchMode.Idle)
            Number(writer, "hold_us", plan.IdleTime.TotalMicroseconds);
        if (plan.Arrivals is { } arrivals)
        {
            writer.WriteStartArray("arrivals");
            foreach (ArrivalStage stage in arrivals.Stages)
            {
                writer.WriteStartObject();
                Stage(writer, stage);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteStartArray("options");
        foreach (SocketOptionSetting setting in plan.Client.Transport.Options)
            writer.WriteStringValue($"{setting.Option.Name}={setting}");
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Reading(Utf8JsonWriter writer, BenchPlan plan, BenchReading reading)
    {
        Number(writer, "elapsed_us", reading.Elapsed.TotalMicroseconds);
        Number(writer, "rate", reading.Rate);
        writer.WriteNumber("sent", reading.Sent);
        writer.WriteNumber("completed", reading.Completed);
        writer.WriteNumber("bytes_sent", reading.BytesSent);
        writer.WriteNumber("bytes_received", reading.BytesReceived);
        writer.WriteNumber("opened", reading.Opened);
        writer.WriteNumber("closed", reading.Closed);
        writer.WriteNumber("open", reading.Open);
        writer.WriteNumber("wrong", reading.Wrong);
        writer.WriteNumber("timed_out", reading.TimedOut);
        writer.WriteNumber("failed", reading.Failed);
        if (plan.Mode == BenchMode.Datagrams)
        {
            writer.WriteNumber("lost", reading.Lost);
            writer.WriteNumber("duplicates", reading.Duplicates);
            writer.WriteNumber("reordered", reading.Reordered);
            Number(writer, "jitter_us", reading.Jitter / 1e3);
        }

        if (plan.Arrivals is not null)
        {
            writer.WriteNumber("held", reading.Held);
            Number(writer, "late_p99_us", reading.Lateness.Percentile(0.99) / 1e3);
        }

        if (reading.Completed > 0 && plan.Mode != BenchMode.Stream)
            Latency(writer, reading.Latency);
    }

    private static void Latency(Utf8JsonWriter writer, LatencyHistogram latency)
    {
        writer.WriteStartObject("latency_us");
        Number(writer, "min", latency.Min / 1e3);
        Number(writer, "mean", latency.Mean / 1e3);
        foreach ((string name, double share) in Percentiles)
            Number(writer, name, latency.Percentile(share) / 1e3);
        Number(writer, "max", latency.Max / 1e3);
        // Nanoseconds and how often: all that was recorded, so that any other figure can be had from it.
        writer.WriteStartArray("histogram_ns");
        foreach ((long nanoseconds, long times) in latency.Values)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(nanoseconds);
            writer.WriteNumberValue(times);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void SecondFields(Utf8JsonWriter writer, BenchSecond second)
    {
        Number(writer, "at_us", second.At.TotalMicroseconds);
        Number(writer, "length_us", second.Length.TotalMicroseconds);
        Number(writer, "rate", second.Rate);
        writer.WriteNumber("sent", second.Sent);
        writer.WriteNumber("completed", second.Completed);
        writer.WriteNumber("bytes_sent", second.BytesSent);
        writer.WriteNumber("bytes_received", second.BytesReceived);
        writer.WriteNumber("errors", second.Errors);
        writer.WriteNumber("lost", second.Lost);
        writer.WriteNumber("open", second.Open);
        if (second.Completed == 0)
            return;
        Number(writer, "p50_us", second.Latency[0] / 1e3);
        Number(writer, "p90_us", second.Latency[1] / 1e3);
        Number(writer, "p99_us", second.Latency[2] / 1e3);
        Number(writer, "p99.9_us", second.Latency[3] / 1e3);
        Number(writer, "max_us", second.Max / 1e3);
        Number(writer, "jitter_us", second.Jitter / 1e3);
    }

    private static void Stages(Utf8JsonWriter writer, BenchResult result)
    {
        if (result.Stages.Count == 0)
            return;
        writer.WriteStartArray("stages");
        foreach (BenchStage stage in result.Stages)
        {
            writer.WriteStartObject();
            Stage(writer, stage.Stage);
            Reading(writer, result.Plan, stage.Reading);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Stage(Utf8JsonWriter writer, ArrivalStage stage)
    {
        Number(writer, "from_rate", stage.From);
        Number(writer, "to_rate", stage.To);
        Number(writer, "time_us", stage.Time.TotalMicroseconds);
    }

    private static void Errors(Utf8JsonWriter writer, BenchOutcome outcome)
    {
        writer.WriteStartArray("errors");
        foreach (BenchError error in outcome.Errors)
        {
            SocketFailure first = error.Failure.First;
            writer.WriteStartObject();
            writer.WriteString("code", error.Explanation.Code);
            writer.WriteString("call", first.Call.Name());
            writer.WriteString("errno", first.Error.Name);
            if (first.Error.Number is { } number)
                writer.WriteNumber("number", number);
            writer.WriteNumber("count", error.Failure.Count);
            writer.WriteString("cause", error.Explanation.Cause);
            writer.WriteString("remedy", error.Explanation.Remedy);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Wrong(Utf8JsonWriter writer, BenchReading measured)
    {
        if (measured.Wrong == 0 || measured.WrongReply is not { } wrong)
            return;
        writer.WriteStartObject("wrong_reply");
        writer.WriteNumber("offset", wrong.Offset);
        writer.WriteStartObject("came");
        writer.WriteNumber("bytes", wrong.Length);
        JsonBytes.Write(writer, wrong.Came.ToArray());
        writer.WriteEndObject();
        if (wrong.ExpectedLength is { } length)
        {
            writer.WriteStartObject("expected");
            writer.WriteNumber("bytes", length);
            JsonBytes.Write(writer, wrong.Expected.ToArray());
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void Load(Utf8JsonWriter writer, GeneratorLoad load)
    {
        writer.WriteStartObject("generator");
        writer.WriteString("verdict", load.Verdict.ToString().ToLowerInvariant());
        if (load.Busiest >= 0)
            Number(writer, "busiest_thread", load.Busiest);
        Number(writer, "process", load.Process);
        if (load.Waiting >= 0)
            Number(writer, "waiting", load.Waiting);
        if (load.Ceiling > 0)
            Number(writer, "ceiling_rate", load.Ceiling);
        writer.WriteEndObject();
    }

    private static void Notes(Utf8JsonWriter writer, BenchResult result)
    {
        writer.WriteStartArray("notes");
        foreach (BenchNote note in result.Notes)
        {
            writer.WriteStartObject();
            writer.WriteString("note", note.Key);
            foreach ((string name, object value) in note.Values)
            {
                switch (value)
                {
                    case long number:
                        writer.WriteNumber(name, number);
                        break;
                    case int number:
                        writer.WriteNumber(name, number);
                        break;
                    case double number:
                        Number(writer, name, number);
                        break;
                    default:
                        writer.WriteString(name, value.ToString());
                        break;
                }
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Assertions(Utf8JsonWriter writer, BenchOutcome outcome)
    {
        writer.WriteStartArray("assertions");
        foreach (BenchAssertion assertion in outcome.Assertions)
        {
            writer.WriteStartObject();
            writer.WriteString("text", assertion.Text);
            writer.WriteBoolean("holds", assertion.Holds(outcome.Result.Measured));
            if (assertion.Actual(outcome.Result.Measured) is { } actual)
                Number(writer, "actual", assertion.Metric.Unit == MetricUnit.Time ? actual / 1e3 : actual);
            writer.WriteString("unit", UnitName(assertion.Metric.Unit));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    public static string UnitName(MetricUnit unit) => unit switch
    {
        MetricUnit.Time => "us",
        MetricUnit.Rate => "per-second",
        MetricUnit.Throughput => "bytes-per-second",
        MetricUnit.Share => "share",
        _ => "count",
    };

    // Three places are more than was measured, and fewer than a double has.
    public static void Number(Utf8JsonWriter writer, string name, double value, int places = 3) => writer.WriteNumber(name, Math.Round((decimal)Math.Clamp(value, -1e18, 1e18), places));
}
