using System.Buffers;
using System.Text;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;

namespace Soket.Cli.Commands.Bench;

/// <summary>A run that was kept, as <c>--save</c> or <c>--json</c> wrote it: what a comparison needs of it.</summary>
internal sealed record BenchFile(string Path)
{
    private const int Longest = 256 * 1024 * 1024;

    // More than thirty years in microseconds, or a petabyte a second.
    private const double Largest = 1e15;

    // Less than this is the rest of a second at a run's end.
    private const double WholeSecond = 900_000;

    /// <summary>What was done, by the names of the plan's keys.</summary>
    public required IReadOnlyDictionary<string, string> Plan { get; init; }

    /// <summary>Each figure second by second, by its key.</summary>
    public required IReadOnlyDictionary<string, double[]> Seconds { get; init; }

    public long Completed { get; init; }

    public long Errors { get; init; }

    public long Lost { get; init; }

    public double ElapsedSeconds { get; init; }

    /// <summary>The generator's verdict: <c>spare</c>, <c>busy</c> ...</summary>
    public string Verdict { get; init; } = "";

    public string Mode => Plan.GetValueOrDefault("mode", "");

    /// <summary>Reads the last run in a file.</summary>
    /// <exception cref="UsageException">It cannot be read, or holds none.</exception>
    public static BenchFile Read(string path, CliIo io)
    {
        byte[] all;
        try
        {
            using FileStream file = File.OpenRead(path);
            all = ReadAll(file) ?? throw io.Wrong("bench.wrong.saved", ("path", TerminalText.Safe(path)));
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("bench.wrong.saved-file", ("path", TerminalText.Safe(path)), ("error", FileTrouble.Of(e, path, io)));
        }

        try
        {
            return Read(path, LastLine(all) ?? LastValue(all) ?? throw new FormatException("It holds no run."));
        }
        catch (ImpossibleNumberException e)
        {
            throw io.Wrong("bench.wrong.saved-number", ("path", TerminalText.Safe(path)), ("key", TerminalText.Safe(e.Key)), ("value", TerminalText.Safe(e.Value)));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw io.Wrong("bench.wrong.saved", ("path", TerminalText.Safe(path)));
        }
    }

    // Null where it is longer than any run; what has no length, as a pipe, is read no further either.
    private static byte[]? ReadAll(FileStream file)
    {
        var all = new ArrayBufferWriter<byte>(file.CanSeek ? (int)Math.Clamp(file.Length + 1, 1, Longest) : 4096);
        while (all.WrittenCount <= Longest)
        {
            int read = file.Read(all.GetSpan(4096));
            if (read == 0)
                return all.WrittenSpan.StartsWith(Encoding.UTF8.Preamble) ? all.WrittenSpan[3..].ToArray() : all.WrittenSpan.ToArray();
            all.Advance(read);
        }

        return null;
    }

    // As Soket writes it: a record a line. Lines are looked at from the last on, and one that is no JSON costs no other.
    private static JsonElement? LastLine(byte[] all)
    {
        for (int end = all.Length; end > 0;)
        {
            int start = all.AsSpan(0, end).LastIndexOf((byte)'\n') + 1;
            ReadOnlySpan<byte> line = all.AsSpan(start, end - start);
            end = start - 1;
            if (line.IndexOf("\"bench\""u8) < 0)
                continue;
            try
            {
                var reader = new Utf8JsonReader(line);
                if (JsonElement.ParseValue(ref reader) is var value && IsRun(value))
                    return value;
            }
            catch (JsonException)
            {
                continue; // a part of something longer, or cut short
            }
        }

        return null;
    }

    // As others write it: over several lines.
    private static JsonElement? LastValue(byte[] all)
    {
        JsonElement? last = null;
        var reader = new Utf8JsonReader(all, new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
        {
            if (JsonElement.ParseValue(ref reader) is var value && IsRun(value))
                last = value;
        }

        return last;
    }

    private static bool IsRun(JsonElement value) => value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out JsonElement type) &&
        type.ValueKind == JsonValueKind.String && type.ValueEquals("bench"u8);

    // Nothing that is measured is below nothing, or above the most: what is would be no figure to reckon with, and no time that can be told.
    private static double Number(string key, JsonElement value) => value.GetDouble() is >= 0 and <= Largest and var number ? number : throw new ImpossibleNumberException(key, value.GetRawText());

    private static long Count(JsonElement measured, string key)
    {
        JsonElement value = measured.GetProperty(key);
        return value.TryGetInt64(out long count) && count is >= 0 and <= (long)Largest ? count : throw new ImpossibleNumberException(key, value.GetRawText());
    }

    private static BenchFile Read(string path, JsonElement run)
    {
        JsonElement measured = run.GetProperty("measured");
        var plan = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty property in run.GetProperty("plan").EnumerateObject())
            plan[property.Name] = Said(property.Value);
        var seconds = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        foreach (JsonElement second in run.GetProperty("seconds").EnumerateArray())
        {
            double length = Number("length_us", second.GetProperty("length_us"));
            if (length < WholeSecond)
                continue;
            foreach (JsonProperty property in second.EnumerateObject().Where(static property => property.Value.ValueKind == JsonValueKind.Number))
            {
                double value = Number(property.Name, property.Value);
                if (!seconds.TryGetValue(property.Name, out List<double>? values))
                    seconds[property.Name] = values = [];
                values.Add(property.Name.StartsWith("bytes_", StringComparison.Ordinal) ? value * 1e6 / length : value);
            }
        }

        return new BenchFile(path)
        {
            Plan = plan,
            Seconds = seconds.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal),
            Completed = Count(measured, "completed"),
            Errors = Count(measured, "wrong") + Count(measured, "timed_out") + Count(measured, "failed"),
            Lost = measured.TryGetProperty("lost", out _) ? Count(measured, "lost") : 0,
            ElapsedSeconds = Number("elapsed_us", measured.GetProperty("elapsed_us")) / 1e6,
            Verdict = run.GetProperty("generator").GetProperty("verdict").GetString() ?? "",
        };
    }

    // Lists by their parts, and of an open loop's stages what people say of them.
    private static string Said(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Said)),
        JsonValueKind.Object when value.TryGetProperty("from_rate", out JsonElement from) && value.TryGetProperty("to_rate", out JsonElement to) && value.TryGetProperty("time_us", out JsonElement time) =>
            $"{(from.GetRawText() == to.GetRawText() ? "" : from.GetRawText() + " -> ")}{to.GetRawText()}/s ({Units.Format(TimeSpan.FromMicroseconds(Number("time_us", time)))})",
        _ => value.GetRawText(),
    };

    private sealed class ImpossibleNumberException(string key, string value) : Exception
    {
        public string Key => key;

        public string Value => value.Length <= 40 ? value : value[..40] + "...";
    }
}
