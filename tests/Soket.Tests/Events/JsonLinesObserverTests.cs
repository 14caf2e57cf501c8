using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Soket.Events;
using Soket.Explain;
using Xunit;

namespace Soket.Tests.Events;

public sealed class JsonLinesObserverTests
{
    private static readonly SchemaCheck Schema = SchemaCheck.Load();

    [Fact]
    public async Task Every_line_of_a_real_run_fits_the_published_schema()
    {
        var stream = new MemoryStream();
        await using (var json = new JsonLinesObserver(stream, new() { IncludeBytes = true, LeaveOpen = true }))
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "ready");
                writer.WriteStartArray("endpoints");
                writer.WriteStringValue("tcp://127.0.0.1:8080");
                writer.WriteEndArray();
                writer.WriteNumber("pid", 1);
            });
            await EchoExchange.RunAsync(new SocketEvents(json), "halo dünia\n"u8.ToArray(), TestContext.Current.CancellationToken);
            Assert.Equal(0, json.Dropped);
        }

        List<JsonElement> lines = Lines(stream);
        Assert.All(lines, line => Assert.Null(Schema.Problem(line)));
        Assert.Equal("ready", lines[0].GetProperty("type").GetString());
        Assert.Equal(Enumerable.Range(1, lines.Count - 1).Select(i => (long)i), lines.Skip(1).Select(line => line.GetProperty("seq").GetInt64()));
        Assert.Contains(lines, line => line.TryGetProperty("text", out JsonElement text) && text.GetString() == "halo dünia\n");
        JsonElement refused = Assert.Single(lines, line => line.TryGetProperty("failure", out _));
        Assert.Equal("ECONNREFUSED", refused.GetProperty("failure").GetProperty("errno").GetString());
        Assert.StartsWith("tcp://127.0.0.1:", refused.GetProperty("remote").GetString());
    }

    [Fact]
    public async Task A_line_says_what_the_call_did()
    {
        var stream = new MemoryStream();
        await using (var json = new JsonLinesObserver(stream, new() { IncludeBytes = true, BytesPerEvent = 3, LeaveOpen = true }))
        {
            json.On(
                new SocketEvent
                {
                    Sequence = 7,
                    Utc = new DateTime(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc),
                    Timestamp = 0,
                    Duration = TimeSpan.FromMicroseconds(210.5),
                    Connection = 3,
                    Parent = 1,
                    Role = SocketRole.Server,
                    Transport = "tcp",
                    CallId = 9,
                    Call = SocketCall.Receive,
                    Requested = 1024,
                    Moved = 5,
                    StreamOffset = 0,
                    Local = new IPEndPoint(IPAddress.IPv6Loopback, 8080),
                },
                new ReadOnlySequence<byte>("hé\u00ffo"u8.ToArray()[..5]));
        }

        Assert.Equal(
            """{"v":1,"type":"event","seq":7,"time":"2026-01-02T03:04:05.678000Z","monotonic_us":0,"duration_us":210.5,"socket":3,"parent":1,"role":"server","transport":"tcp","call_id":9,"call":"recv","requested":1024,"moved":5,"offset":0,"local":"tcp://[::1]:8080","text":"hé","bytes_omitted":2}""" + "\n",
            Encoding.UTF8.GetString(stream.ToArray()).Replace("\"monotonic_us\":0.0", "\"monotonic_us\":0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_slow_reader_loses_events_that_are_counted_where_they_were_and_loses_no_record()
    {
        var slow = new GatedStream();
        await using var json = new JsonLinesObserver(slow, new() { Capacity = 4 });
        SocketScope scope = new SocketEvents(json).Open(SocketRole.Client, "tcp");
        json.Write(writer => writer.WriteString("type", "first"));
        await slow.Blocked.Task.WaitAsync(TestContext.Current.CancellationToken);
        for (int i = 0; i < 10; i++)
            scope.Called(SocketCall.GetOption, SocketScope.Now);
        json.Write(writer => writer.WriteString("type", "last"));
        Assert.Equal(6, json.Dropped);
        slow.Gate.SetResult();
        await json.FlushAsync().WaitAsync(TestContext.Current.CancellationToken);
        List<JsonElement> lines = Lines(slow.Written);
        Assert.All(lines, line => Assert.Null(Schema.Problem(line)));
        Assert.Equal(["first", "event", "event", "event", "event", "dropped", "last"], lines.Select(line => line.GetProperty("type").GetString()));
        Assert.Equal(6, lines[5].GetProperty("count").GetInt64());
    }

    [Fact]
    public async Task What_is_offered_is_dropped_and_counted_where_too_much_waits()
    {
        var slow = new GatedStream();
        await using var json = new JsonLinesObserver(slow, new() { Capacity = 4 });
        json.Write(writer => writer.WriteString("type", "first"));
        await slow.Blocked.Task.WaitAsync(TestContext.Current.CancellationToken);
        for (int i = 0; i < 10; i++)
            json.Offer(writer => writer.WriteString("type", "offered"));
        json.Write(writer => writer.WriteString("type", "last"));
        Assert.Equal(6, json.Dropped);
        slow.Gate.SetResult();
        await json.FlushAsync().WaitAsync(TestContext.Current.CancellationToken);
        json.Offer(writer => writer.WriteString("type", "room again"));
        await json.FlushAsync().WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["first", "offered", "offered", "offered", "offered", "dropped", "last", "room again"], Lines(slow.Written).Select(line => line.GetProperty("type").GetString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_that_takes_nothing_is_given_up_at_the_end_when_it_was_asked_for(bool now)
    {
        var slow = new GatedStream();
        var json = new JsonLinesObserver(slow);
        json.Write(writer => writer.WriteString("type", "first"));
        await slow.Blocked.Task.WaitAsync(TestContext.Current.CancellationToken);
        await json.EndAsync(now ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(1), new CancellationToken(now)).WaitAsync(TestContext.Current.CancellationToken);
        Assert.IsType<TimeoutException>(json.Failure);
        slow.Gate.SetResult();
    }

    [Fact]
    public async Task A_broken_stream_is_told_to_who_waits_and_not_to_the_sockets()
    {
        await using var json = new JsonLinesObserver(new BrokenStream());
        SocketScope scope = new SocketEvents(json).Open(SocketRole.Client, "tcp");
        await Assert.ThrowsAsync<IOException>(() => json.WriteAsync(writer => writer.WriteString("type", "ready")));
        scope.Called(SocketCall.Socket, SocketScope.Now);
        Assert.True(json.Broken.IsCancellationRequested);
        Assert.IsType<IOException>(json.Failure);
    }

    [Fact]
    public void Whatever_the_peer_sends_a_line_is_one_line_and_holds_nothing_a_terminal_obeys()
    {
        Prop.ForAll<byte[]>(bytes =>
        {
            bytes ??= [];
            string hostile = Encoding.Latin1.GetString(bytes) + "\u202e\u200b\u001b[2J\ufeff\u2066\ud83d\ude00";
            var stream = new MemoryStream();
            var json = new JsonLinesObserver(stream, new() { IncludeBytes = true, LeaveOpen = true });
            SocketScope scope = new SocketEvents(json).Open(SocketRole.Client, "tcp");
            scope.Streamed(SocketCall.Receive, SocketScope.Now, 1024, new ReadOnlySequence<byte>(bytes));
            scope.Streamed(SocketCall.Receive, SocketScope.Now, 1024, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(hostile)));
            scope.Option(SocketCall.SetOption, SocketScope.Now, "SO_X", hostile);
            json.DisposeAsync().AsTask().GetAwaiter().GetResult();
            string text = Encoding.UTF8.GetString(stream.ToArray());
            List<JsonElement> lines = Lines(stream);
            Assert.Equal(3, lines.Count);
            Assert.All(lines, line => Assert.Null(Schema.Problem(line)));
            Assert.Equal(hostile, lines[2].GetProperty("value").GetString());
            byte[] back = lines[0].TryGetProperty("text", out JsonElement plain) ? Encoding.UTF8.GetBytes(plain.GetString()!) : lines[0].GetProperty("base64").GetBytesFromBase64();
            Assert.Equal(bytes, back);
            Assert.DoesNotContain(text, c => c != '\n' && char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format);
        }).QuickCheckThrowOnFailure();
    }

    private static List<JsonElement> Lines(MemoryStream stream)
    {
        string text = Encoding.UTF8.GetString(stream.ToArray());
        Assert.EndsWith("\n", text);
        return [.. text[..^1].Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>Blocks the first write until it is let go.</summary>
    private sealed class GatedStream : MemoryStream
    {
        public MemoryStream Written { get; } = new();

        public TaskCompletionSource Blocked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Blocked.TrySetResult();
            await Gate.Task;
            Written.Write(buffer.Span);
        }
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("Broken pipe");
    }
}
