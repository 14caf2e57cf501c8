using System.Buffers;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Soket.Cli.Rendering;
using Soket.Events;
using Soket.Explain;
using Soket.Languages;
using Xunit;

namespace Soket.Cli.Tests.Rendering;

public sealed class EventLogTests
{
    [Theory]
    [InlineData("log-echo", Language.English, true)]
    [InlineData("log-echo", Language.Indonesian, true)]
    [InlineData("log-echo", Language.English, false)]
    public void An_echo(string name, Language language, bool unicode) => Matches(name, Story.Echo(), language, unicode);

    [Fact]
    public void Every_reason_the_schema_knows_has_words_and_no_other_has()
    {
        using var schema = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(Docs.Documents.Root, "docs/schema/soket-events.schema.json")));
        string[] known = [.. schema.RootElement.GetProperty("$defs").GetProperty("event").GetProperty("properties").GetProperty("reason").GetProperty("examples").EnumerateArray().Select(one => one.GetString()!)];
        foreach (string reason in known)
            Assert.True(RenderingTexts.All.Has("reason." + reason), reason);
        using var texts = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(Docs.Documents.Root, "src/Soket.Cli/Rendering/rendering.texts.json")));
        Assert.Equal(
            known.Order(StringComparer.Ordinal),
            texts.RootElement.EnumerateObject().Select(text => text.Name).Where(name => name.StartsWith("reason.", StringComparison.Ordinal) && !name.EndsWith("-stream", StringComparison.Ordinal)).Select(name => name["reason.".Length..]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_reset_and_hostile_text() => Matches("log-pieces", Story.PiecesAndReset(), Language.English, true);

    [Fact]
    public void A_refusal() => Matches("log-refused", Story.Refused(), Language.Indonesian, true);

    [Fact]
    public void Datagrams() => Matches("log-udp", Story.Udp(), Language.Indonesian, true);

    [Fact]
    public void A_Unix_stream() => Matches("log-unix", Story.Unix(), Language.English, true);

    [Fact]
    public void Tls() => Matches("log-tls", Story.Tls(plainText: true), Language.English, true);

    [Fact]
    public void What_is_no_call()
    {
        var story = new Story();
        SocketScope server = story.Open(SocketRole.Server, "tcp", Story.ServerAddress, Story.ClientAddress);
        story.At(1);
        server.Note("idle-timeout", "30s");
        server.Note("a-reason-without-words", "value");
        server.Failed(SocketCall.TlsHandshake, SocketScope.Now, new SocketFailure(SocketCall.TlsHandshake, SystemError.Own("TLS_HANDSHAKE", "The peer said \u001b[2J")));
        server.Failed(SocketCall.Receive, SocketScope.Now, new SocketFailure(SocketCall.Receive, new SystemError("ETIMEDOUT", 110, "Timed out")), "receive-timeout");
        server.Failed(SocketCall.SetOption, SocketScope.Now, new SocketFailure(SocketCall.SetOption, new SystemError("ENOPROTOOPT", 92, ""), new() { Facts = new Dictionary<string, string> { ["option"] = "SO_X", ["value"] = "on" } }));
        server.Failed(SocketCall.Message, SocketScope.Now, new SocketFailure(SocketCall.Message, SystemError.Own("SOKET_MESSAGE_TOO_LARGE", "longer than 64 KiB")));
        Matches("log-notes", story, Language.English, true);
    }

    [Fact]
    public void Bytes_as_a_hex_dump_with_a_bound()
    {
        var story = new Story();
        SocketScope client = story.Open(SocketRole.Client, "tcp", Story.ClientAddress, Story.ServerAddress);
        story.At(1).Send(client, "sebelumnya").At(2).Send(client, "Test message. This will be echoed\u0000\u00ff");
        var log = new EventLog(new() { Hex = true, MaxBytes = 20, Zone = TimeZoneInfo.Utc });
        Snapshot.Matches("log-hex", Lines(log, story));
    }

    [Fact]
    public void Whatever_comes_nothing_a_terminal_obeys_is_printed_and_it_is_one_line()
    {
        var log = new EventLog(new());
        Prop.ForAll<byte[], string>((bytes, text) =>
        {
            string hostile = (text ?? "") + "\u001b[2J\u202e\u200b\u009b\n\ud800";
            var story = new Story();
            SocketScope scope = story.Open(SocketRole.Server, "tcp", Story.ServerAddress, Story.ClientAddress);
            story.Receive(scope, bytes ?? []).Call(scope, SocketCall.TlsHandshake, hostile, hostile);
            scope.Note(hostile, hostile);
            scope.Option(SocketCall.GetOption, SocketScope.Now, "SO_X", hostile, hostile);
            scope.Failed(SocketCall.Send, SocketScope.Now, new SocketFailure(SocketCall.Send, SystemError.Own(hostile, hostile)), hostile);
            Assert.All(Lines(log, story), static line => Assert.DoesNotContain(line, static c => char.IsSurrogate(c) ? false : char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format));
        }).QuickCheckThrowOnFailure();
    }

    private static void Matches(string name, Story story, Language language, bool unicode)
    {
        var log = new EventLog(new() { Language = language, Unicode = unicode, Zone = TimeZoneInfo.Utc });
        Snapshot.Matches($"{name}.{(language == Language.English ? "en" : "id")}{(unicode ? "" : ".ascii")}", Lines(log, story));
    }

    private static List<string> Lines(EventLog log, Story story) =>
        [.. story.Recorded.Select(recorded => log.Render(recorded.Event, new ReadOnlySequence<byte>(recorded.Bytes)))];
}
