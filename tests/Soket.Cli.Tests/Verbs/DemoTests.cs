using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket demo</c> as a process: each conversation it promises, and the one error that is on purpose.</summary>
public sealed class DemoTests
{
    private const string Echoed = "Test message. This will be echoed";

    [Fact]
    public async Task Eight_conversations_are_drawn_and_a_refusal_is_explained()
    {
        Finished run = await SoketProcess.RunAsync("demo");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        MatchCollection told = Regex.Matches(run.Out, """(?m)^(\d)\. (\w+) on (\w+):.*: "(.*)" -> "(.*)"$""");
        Assert.Equal(
            ["1 echo tcp", "2 echo udp", "3 echo unix", "4 echo tls", "5 process tcp", "6 process udp", "7 process unix", "8 process tls"],
            told.Select(one => $"{one.Groups[1].Value} {one.Groups[2].Value} {one.Groups[3].Value}"));
        Assert.All(told.Take(4), one => Assert.Equal((Echoed, Echoed), (one.Groups[4].Value, one.Groups[5].Value)));
        Assert.All(told.Skip(4), one => Assert.Matches(@"^ipin -> IPIN \| 4 \| .+ \| Data telah diproses$", $"{one.Groups[4].Value} -> {one.Groups[5].Value}"));
        Assert.Equal(8, Regex.Count(run.Out, "(?m)^ +client +server$")); // the heads of the drawings

        string port = Regex.Match(run.Out, @"nobody listens on port (\d+)\.").Groups[1].Value;
        string refusal = run.Out[run.Out.IndexOf("And one error, on purpose", StringComparison.Ordinal)..];
        Assert.Contains($"soket: connect tcp://127.0.0.1:{port}: ", refusal, StringComparison.Ordinal);
        Assert.Contains("(ECONNREFUSED", refusal, StringComparison.Ordinal);
        Assert.Matches(@"cause: \w", refusal); // which of them, the other sockets of this machine decide
        Assert.Matches(@"do: \S", refusal);
        Assert.Contains("more: soket explain connection-refused", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_every_line_is_a_record_and_the_refusal_is_one_of_them()
    {
        Finished run = await SoketProcess.RunAsync("demo", "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        List<JsonElement> records = [.. run.Out.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.All(records, record => Assert.Equal(1, record.GetProperty("v").GetInt32()));
        JsonElement refused = Assert.Single(records, record => Text(record, "type") == "error");
        Assert.Equal(("connection-refused", "ECONNREFUSED", 7), (Text(refused, "code"), Text(refused, "errno"), refused.GetProperty("exit").GetInt32()));
        Assert.StartsWith("tcp://127.0.0.1:", Text(refused, "endpoint"), StringComparison.Ordinal);
        Assert.Equal(
            [$"tcp {Echoed.Length}", $"udp {Echoed.Length}", $"unix {Echoed.Length}", $"tls {Echoed.Length}", "tcp 4", "udp 4", "unix 4", "tls 4"],
            Conversations(records).Select(Asked));
    }

    // The events of each conversation are a stream of their own, numbered from 1.
    private static List<List<JsonElement>> Conversations(List<JsonElement> records)
    {
        var conversations = new List<List<JsonElement>>();
        foreach (JsonElement told in records.Where(record => Text(record, "type") == "event"))
        {
            if (told.GetProperty("seq").GetInt64() == 1)
                conversations.Add([]);
            conversations[^1].Add(told);
        }

        return conversations;
    }

    // What the client sent first, by the uppermost layer: under TLS the plain text.
    private static string Asked(List<JsonElement> conversation)
    {
        JsonElement[] sent = [.. conversation.Where(told => Text(told, "role") == "client" && Text(told, "call") == "send")];
        JsonElement first = sent.FirstOrDefault(told => Text(told, "transport") == "tls", sent[0]);
        return $"{Text(first, "transport")} {first.GetProperty("moved").GetInt64()}";
    }

    private static string Text(JsonElement record, string key) => record.GetProperty(key).GetString()!;
}
