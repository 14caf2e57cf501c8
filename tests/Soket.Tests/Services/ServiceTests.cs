using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Soket.Languages;
using Soket.Services;
using Xunit;

namespace Soket.Tests.Services;

public sealed class ServiceTests
{
    private static readonly ServiceOptions Lab = new() { Time = new StoppedClock(new(2025, 4, 10, 3, 20, 12, TimeSpan.Zero), TimeSpan.FromHours(7)) };

    public static TheoryData<string> Names => [.. ServiceCatalog.All.Select(entry => entry.Name)];

    [Theory]
    [InlineData("ipin", "IPIN | 4 | 2025-04-10 10:20:12 | Data telah diproses")]
    [InlineData("ipin\n", "IPIN | 4 | 2025-04-10 10:20:12 | Data telah diproses")]
    [InlineData("ipin\r\n", "IPIN | 4 | 2025-04-10 10:20:12 | Data telah diproses")]
    [InlineData("ipin\n\n", "IPIN | 5 | 2025-04-10 10:20:12 | Data telah diproses")]
    [InlineData("  Halo, Dunia! \t", "hALO, dUNIA! | 16 | 2025-04-10 10:20:12 | Data telah diproses")]
    [InlineData("", " | 0 | 2025-04-10 10:20:12 | Data telah diproses")]
    [InlineData("Éß😀ǅⓐΣσς", "éß😀ǅⒶσΣΣ | 8 | 2025-04-10 10:20:12 | Data telah diproses")]
    [InlineData("ıſKİ", "ISkİ | 4 | 2025-04-10 10:20:12 | Data telah diproses")]
    [InlineData("\u001f\u00a0\u2003a\u0085\u200b", "A\u0085\u200b | 6 | 2025-04-10 10:20:12 | Data telah diproses")]
    public void Process_takes_the_five_steps_of_the_lab(string data, string reply) => Assert.Equal(reply, Answer("process", Encoding.UTF8.GetBytes(data)));

    [Theory]
    [InlineData(new byte[] { 0xff }, 1)]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 }, 3)] // a surrogate: three, as Python's errors='replace' has it
    [InlineData(new byte[] { 0xf0, 0x9f, 0x98 }, 1)]
    [InlineData(new byte[] { 0xe2, 0x82, 0x41 }, 2)]
    public void Process_replaces_what_is_not_text_and_counts_it(byte[] data, int count)
    {
        string reply = Answer("process", data);
        Assert.StartsWith("\ufffd", reply, StringComparison.Ordinal);
        Assert.Contains($" | {count} | ", reply, StringComparison.Ordinal);
    }

    [Fact]
    public void Process_gives_its_five_results_as_json()
    {
        using JsonDocument json = JsonDocument.Parse(Answer("process", " \"Ipin\" "u8.ToArray(), Lab with { Format = ReplyFormat.Json }));
        Assert.Equal(
            ["inverted= \"iPIN\" ", "count=8", "trimmed=\"iPIN\"", "timestamp=2025-04-10 10:20:12", "confirmation=Data telah diproses"],
            json.RootElement.EnumerateObject().Select(field => $"{field.Name}={field.Value}"));
        Assert.Equal(JsonValueKind.Number, json.RootElement.GetProperty("count").ValueKind);
    }

    [Fact]
    public void Daytime_is_told_in_the_form_the_rfc_shows_first()
    {
        Assert.Equal("Thursday, April 10, 2025 10:20:12+0700\r\n", Answer("daytime", "ignored"u8.ToArray()));
        Assert.Equal("Monday, February 22, 1982 17:37:43-UTC\r\n", Answer("daytime", [], new() { Time = new StoppedClock(new(1982, 2, 22, 17, 37, 43, TimeSpan.Zero)) }));
        Assert.EndsWith("-0930\r\n", Answer("daytime", [], new() { Time = new StoppedClock(new(1982, 2, 22, 17, 37, 43, TimeSpan.Zero), -new TimeSpan(9, 30, 0)) }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 2_208_988_800u)] // each of these stands in RFC 868
    [InlineData("1976-01-01T00:00:00Z", 2_398_291_200u)]
    [InlineData("1980-01-01T00:00:00Z", 2_524_521_600u)]
    [InlineData("1983-05-01T00:00:00Z", 2_629_584_000u)]
    [InlineData("2036-02-07T06:28:16Z", 0u)] // the number starts again
    public void Time_is_the_seconds_since_1900(string utc, uint seconds)
    {
        var now = DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture);
        Assert.Equal(seconds, BinaryPrimitives.ReadUInt32BigEndian(AnswerBytes("time", [], new() { Time = new StoppedClock(now, TimeSpan.FromHours(7)) })));
    }

    [Fact]
    public void A_quote_is_short_printable_and_the_same_all_day()
    {
        Assert.All(QuoteService.Quotes, quote => Assert.True(quote.Length < 510 && quote.All(c => c is >= ' ' and <= '~')));
        string At(int day, int hour) => Answer("quote", [], new() { Time = new StoppedClock(new(2025, 4, day, hour, 0, 0, TimeSpan.Zero)) });
        Assert.EndsWith("\r\n", At(1, 0), StringComparison.Ordinal);
        Assert.Equal(At(1, 0), At(1, 23));
        Assert.NotEqual(At(1, 23), At(2, 0));
    }

    [Fact]
    public void Chargen_answers_a_datagram_with_0_to_512_characters_of_the_pattern()
    {
        var lengths = new HashSet<int>();
        for (int i = 0; i < 5_000; i++)
        {
            byte[] reply = AnswerBytes("chargen", [1]);
            lengths.Add(reply.Length);
            Assert.All(reply, b => Assert.True(b is (>= 32 and < 127) or 13 or 10));
        }

        Assert.InRange(lengths.Max(), 500, 512);
        Assert.InRange(lengths.Min(), 0, 10);
    }

    [Fact]
    public async Task Chargen_rotates_72_columns_until_the_peer_closes()
    {
        Served served = Served.By("chargen");
        await served.Output.WriteAsync("thrown away"u8.ToArray(), TestContext.Current.CancellationToken);
        string pattern = await served.ReadExactlyAsync(96 * 74);
        string[] lines = pattern.Split("\r\n");
        string ring = string.Concat(Enumerable.Range(32, 95).Select(c => (char)c));
        ring += ring;
        for (int line = 0; line < 96; line++)
            Assert.Equal(ring.Substring(line % 95, 72), lines[line]);
        Assert.False(served.Done.IsCompleted);
        await served.Output.CompleteAsync();
        await served.ReadToEndAsync();
        await served.Done.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Chargen_ends_when_the_peer_closes_without_reading()
    {
        Served served = Served.By("chargen");
        await served.Output.CompleteAsync();
        await served.Done.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Chargen_ends_when_nobody_reads_any_more()
    {
        Served served = Served.By("chargen");
        await served.ReadExactlyAsync(100);
        await served.Input.CompleteAsync();
        await served.Done.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("daytime")]
    [InlineData("time")]
    [InlineData("quote")]
    public async Task A_speaker_speaks_first_and_closes(string name)
    {
        Served served = Served.By(name, options: Lab);
        byte[] said = await served.ReadToEndAsync(); // nothing was sent
        await served.Done.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(AnswerBytes(name, []), said);
    }

    [Fact]
    public async Task Discard_says_nothing_and_stays()
    {
        var meter = new CountingMeter();
        Served served = Served.By("discard", meter: meter);
        for (int i = 0; i < 100; i++)
            await served.Output.WriteAsync(new byte[1000], TestContext.Current.CancellationToken);
        Assert.False(served.Done.IsCompleted);
        Assert.Empty(await served.AskAsync(ReadOnlyMemory<byte>.Empty));
        Assert.Equal((100_000, 0), (meter.Seen.Received, meter.Seen.Sent));
    }

    [Fact]
    public void Reply_fills_placeholders_once()
    {
        var service = new ReplyService(ReplyTemplate.Parse("{{{counter}}} {peer} {time} {message}!"), Lab.Time);
        Assert.Equal("{1} 192.0.2.1:5 2025-04-10 10:20:12 {time} {{!", Ask("{time} {{\r\n", new IPEndPoint(IPAddress.Parse("192.0.2.1"), 5)));
        Assert.Equal("{2} - 2025-04-10 10:20:12 !", Ask("", null));
        Assert.Equal("Halo juga dari server!", Answer("reply", "Halo dari client"u8.ToArray()));
        Assert.InRange(int.Parse(Answer("reply", [], Lab with { Reply = ReplyTemplate.Parse("{random}") }), CultureInfo.InvariantCulture), 0, 999_999);

        string Ask(string message, EndPoint? peer)
        {
            var reply = new ArrayBufferWriter<byte>();
            Assert.True(service.Answer(new(Encoding.UTF8.GetBytes(message)), reply, new(null, peer)));
            return Encoding.UTF8.GetString(reply.WrittenSpan);
        }
    }

    [Theory]
    [InlineData("a {tiem}", "placeholder-unknown", "{tiem}", "{time}")]
    [InlineData("{}", "placeholder-unknown", "{}", "{time}")]
    [InlineData("{ message }", "placeholder-unknown", "{ message }", "{message}")]
    [InlineData("a {time", "brace-open", "{time", "{{")]
    [InlineData("a } b", "brace-close", "} b", "}}")]
    public void A_bad_template_is_named(string text, string key, string part, string example)
    {
        Assert.False(ReplyTemplate.TryParse(text, out _, out ReplyTemplateError? error));
        Assert.Equal(new ReplyTemplateError(key, part, example), error);
        Assert.Contains(example, error.Describe(Language.Indonesian), StringComparison.Ordinal);
        Assert.True(ReplyTemplate.TryParse(example, out _, out _));
    }

    [Fact]
    public void Any_text_is_a_template_or_is_refused() =>
        Prop.ForAll(Gen.Elements("{", "}", "time", "{{", "message", "x", " ").ArrayOf().Select(string.Concat).ToArbitrary(), text =>
            ReplyTemplate.TryParse(text, out ReplyTemplate? template, out ReplyTemplateError? error) ? template.Text == text : ReplyTemplateError.Keys.Contains(error.Key))
            .Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));

    [Fact]
    public void The_catalogue_finds_and_describes_every_service()
    {
        Assert.Equal("echo", ServiceCatalog.Find("ECHO")?.Name);
        Assert.Null(ServiceCatalog.Find("eco"));
        foreach (ServiceEntry entry in ServiceCatalog.All)
        {
            SocketService service = entry.Create(new());
            Assert.Equal(entry.Name, service.Name);
            Assert.NotNull(service.Messages);
            Assert.NotEqual(entry.Describe(Language.English), entry.Describe(Language.Indonesian));
        }

        Texts texts = Texts.Load(typeof(ServiceCatalog).Assembly, "services");
        Assert.Equal(
            ServiceCatalog.All.Select(entry => "service." + entry.Name).Concat(Soket.Protocols.Framing.FramingError.Keys.Select(key => "framing." + key)).Concat(ReplyTemplateError.Keys.Select(key => "reply." + key)).Order(StringComparer.Ordinal),
            texts.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Random_bytes_never_throw_and_own_replies_are_known(string name)
    {
        IMessageService service = ServiceCatalog.Find(name)!.Create(new()).Messages!;
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), message =>
        {
            var reply = new ArrayBufferWriter<byte>();
            var context = new MessageContext(null, null);
            bool answered = service.Answer(new(message), reply, context);
            if (service is not IReplyRecognizer recognizer || reply.WrittenCount < 20)
                return answered == (name != "discard");
            _ = recognizer.IsOwnReply(new(message));
            return recognizer.IsOwnReply(new(reply.WrittenMemory));
        }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(500));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Random_bytes_on_a_stream_end_in_order(string name)
    {
        foreach (string framing in (string[])["chunk", "line", "length:2", @"delimiter:\0", "fixed:3"])
        {
            foreach (byte[] bytes in ArbMap.Default.ArbFor<byte[]>().Generator.Sample(12, 20))
                await Served.By(name, framing, limit: 64).AskAsync(bytes);
        }
    }

    private static string Answer(string name, byte[] message, ServiceOptions? options = null) => Encoding.UTF8.GetString(AnswerBytes(name, message, options));

    private static byte[] AnswerBytes(string name, byte[] message, ServiceOptions? options = null)
    {
        var reply = new ArrayBufferWriter<byte>();
        Assert.True(ServiceCatalog.Find(name)!.Create(options ?? Lab).Messages!.Answer(new(message), reply, new(null, null)));
        return reply.WrittenSpan.ToArray();
    }
}
