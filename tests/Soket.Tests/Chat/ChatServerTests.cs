using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Chat;
using Soket.Chat.Internal;
using Soket.Endpoints;
using Soket.Events;
using Soket.Hosting;
using Soket.Transports;
using Xunit;
using static Soket.Tests.Chat.ChatPlace;

namespace Soket.Tests.Chat;

/// <summary>A chat on real sockets: crowds, slow and hostile people, and those who come back.</summary>
public sealed class ChatServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_hundred_people_on_one_server_lose_nothing_and_hear_one_order()
    {
        const int People = 300, Each = 4;
        using var hall = new ChatHall(new() { Limits = new() { PerSecond = 0, History = 5_000, HistoryBytes = 8 * 1024 * 1024 } });
        await using SocketServer server = await ServeAsync(hall, "tcp://127.0.0.1:0");
        ChatPerson[] people = await Task.WhenAll(Enumerable.Range(0, People).Select(i => ChatPerson.EnterAsync(server, $"orang{i}")));
        await Task.WhenAll(people.Select(async (one, i) =>
        {
            for (int n = 0; n < Each; n++)
                await one.Chat.SayAsync($"{i}-{n}", Token);
        }));
        string[][] heard = await Task.WhenAll(people.Select(one => one.MessagesAsync(People * Each)));
        Assert.Equal(People * Each, heard[0].Distinct().Count());
        Assert.All(heard, list => Assert.Equal(heard[0], list));
        foreach (ChatPerson one in people)
            await one.DisposeAsync();
    }

    [Fact]
    public async Task Who_reads_slowly_is_waited_for_and_who_stops_is_put_out()
    {
        using var hall = new ChatHall(new() { Limits = new() { PerSecond = 0, Stalled = TimeSpan.FromMilliseconds(100) } });
        var system = new SlowlyTaken(looks: 4);
        (_, Task carried) = await TellMuchAsync(hall, system);
        await carried.WaitAsync(Patience, Token);
        Assert.Equal(5, system.Looks); // four times it had taken more, once no more
        Assert.Equal(1, hall.MemberCount);
    }

    [Fact]
    public async Task Who_takes_a_byte_now_and_then_is_put_out_when_too_much_has_waited_for_him_for_minutes()
    {
        var time = new Hosting.ManualTime();
        using var hall = new ChatHall(new() { Time = time, Limits = new() { PerSecond = 0, Stalled = TimeSpan.FromMilliseconds(100), Waiting = 8 } });
        var system = new SlowlyTaken(looks: int.MaxValue);
        (ChatMember quick, Task carried) = await TellMuchAsync(hall, system);
        await system.Looked.WaitAsync(Patience, Token); // from here on he is given nothing more
        for (int i = 0; i < 20; i++)
            hall.Whisper(quick, "lambat", "halo", 0);
        time.Advance(TimeSpan.FromMinutes(3));
        await carried.WaitAsync(Patience, Token);
        Assert.Equal(1, hall.MemberCount);
    }

    // Somebody called lambat, over a connection that takes 4 KiB at once, is told 20 KiB by another one.
    private static async Task<(ChatMember Quick, Task Carried)> TellMuchAsync(ChatHall hall, SlowlyTaken system)
    {
        Pipe said = new(), told = new(new PipeOptions(pauseWriterThreshold: 4096, resumeWriterThreshold: 2048));
        var connection = new DefaultConnectionContext("lambat", new Duplex(said.Reader, told.Writer), new Duplex(told.Reader, said.Writer));
        connection.Features.Set<ISoketConnectionFeature>(system);
        ChatMember quick = hall.Enter(new ChatHello { Name = "cepat" })!;
        Task carried = new ChatStreamHandler(hall, new ChatServiceOptions()).OnConnectedAsync(connection);
        await said.Writer.WriteAsync("/nick lambat\n"u8.ToArray(), Token);
        for (var heard = new List<ChatEvent>(); !heard.Any(one => one.ToString().Contains("lambat", StringComparison.Ordinal)); hall.Take(quick, heard))
            await quick.WaitAsync(Token).AsTask().WaitAsync(Patience, Token);
        for (int i = 0; i < 20; i++)
            hall.Do(quick, new string('x', 1000));
        return (quick, carried);
    }

    [Fact]
    public async Task What_is_said_behind_a_join_is_said_in_that_room_however_fast_it_comes()
    {
        const int Turns = 30;
        var said = new ConcurrentQueue<(string Room, string Text)>();
        using var hall = new ChatHall(new() { Limits = new() { PerSecond = 0 }, Heard = entry =>
        {
            if (entry.Kind == ChatEntryKind.Message)
                said.Enqueue((entry.Room, entry.Text));
        } });
        await using SocketServer server = await ServeAsync(hall, "tcp://127.0.0.1:0");
        await using ChatPerson ani = await ChatPerson.EnterAsync(server, "ani");
        for (int i = 0; i < Turns; i++)
        {
            foreach (string room in (string[])["kelas", "lobby"])
            {
                await ani.Chat.SayAsync("/join #" + room, Token);
                await ani.Chat.SayAsync(room, Token);
            }
        }

        await ani.Chat.SayAsync("/join <b>", Token); // no name: one stays
        await ani.SaidAsync();
        Assert.Equal(2 * Turns, said.Count);
        Assert.All(said, one => Assert.Equal(one.Room, one.Text));
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    // A system from which the peer takes a byte between two looks, so many times.
    private sealed class SlowlyTaken(int looks) : ISoketConnectionFeature
    {
        private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Looks { get; private set; }

        /// <summary>Ends at the first look: what is being written waits.</summary>
        public Task Looked => _looked.Task;

        public SocketScope? Scope => null;

        public long BytesReceived => 0;

        public long BytesSent => 10_000;

        public bool IsAborted => false;

        public ValueTask<long?> FindUntakenAsync()
        {
            _looked.TrySetResult();
            return new(5_000 - Math.Min(++Looks, looks));
        }

        public void EndInput(string reason)
        {
        }

        public void AddLayer(IAsyncDisposable layer)
        {
        }
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("ws://127.0.0.1:0/")]
    [InlineData("udp://127.0.0.1:0")]
    public async Task Who_loses_the_connection_comes_back_and_nothing_is_lost_or_said_twice(string endpoint)
    {
        using var hall = new ChatHall(new() { Limits = new() { PerSecond = 0 } });
        SocketServer server = await ServeAsync(hall, endpoint);
        SocketUri place = server.Endpoints[0].Actual;
        await using ChatPerson ani = await ChatPerson.EnterAsync(server, "ani");
        await using ChatPerson budi = await ChatPerson.EnterAsync(server, "budi");
        for (int i = 0; i < 20; i++)
            await ani.Chat.SayAsync($"a{i}", Token);
        await budi.MessagesAsync(5);

        // The server goes away in the middle of it and comes again at the same place, with the same hall.
        await server.DisposeAsync();
        await budi.Chat.SayAsync("dari budi", Token);
        for (int i = 20; i < 40; i++)
            await ani.Chat.SayAsync($"a{i}", Token);
        await using SocketServer second = await ServeAsync(hall, place.ToString());
        string[] expected = [.. Enumerable.Range(0, 40).Select(i => $"a{i}")];
        string[] heard = await budi.MessagesAsync(41);
        Assert.Equal(expected, heard.Where(text => text[0] == 'a'));
        Assert.Single(heard, "dari budi");
        Assert.Equal(heard, await ani.MessagesAsync(41));
    }

    [Theory]
    [InlineData("\u0000\u0001\u001b[2J\u001b]0;title\u0007 halo\n")]
    [InlineData("{\"type\":\"say\"\n")]
    [InlineData("{\"type\":\"say\",\"text\":\"\\ud800\"}\n{\"type\":5}\n[1]\n")]
    [InlineData("/nick \u202eani\n/join ../../etc\n/msg\n/topic\n/////\n/kick\n/history 99999999999999999999\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    public async Task Whatever_a_stranger_sends_the_others_are_not_disturbed_and_no_control_reaches_them(string sent)
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "tcp://127.0.0.1:0");
        using Socket witness = await ConnectAsync(server);
        await witness.SendAsync("/nick saksi\n"u8.ToArray(), Token);
        await ReadUntilAsync(witness, "saksi");
        using (Socket stranger = await ConnectAsync(server))
        {
            await stranger.SendAsync(Encoding.UTF8.GetBytes(sent), Token);
            await stranger.SendAsync(new byte[] { 0xff, 0xfe, 0xc0, 0x80, (byte)'\n' }, Token);
            stranger.Shutdown(SocketShutdown.Send);
            await ReadUntilAsync(stranger, null);
        }

        using Socket friend = await ConnectAsync(server);
        await friend.SendAsync("/nick kawan\nmasih ada?\n"u8.ToArray(), Token);
        string seen = await ReadUntilAsync(witness, "kawan: masih ada?");
        Assert.DoesNotContain(seen, c => char.IsControl(c) && c != '\n');
        Assert.DoesNotContain('\u202e', seen);
    }

    [Fact]
    public async Task A_crowd_that_floods_is_held_to_the_rate_and_others_get_through()
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "tcp://127.0.0.1:0");
        await using ChatPerson ani = await ChatPerson.EnterAsync(server, "ani");
        using Socket flood = await ConnectAsync(server);
        _ = Task.Run(() => ReadUntilAsync(flood, null), Token); // it does read
        byte[] lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("banjir\n", 2_000)));
        await flood.SendAsync(lines, Token);
        await ani.Chat.SayAsync("permisi", Token);
        string[] heard = await ani.UntilAsync("permisi");
        Assert.True(heard.Count(text => text == "banjir") < 200, $"{heard.Length} got through");
    }

    [Theory]
    [InlineData("/who\n")]
    [InlineData("{\"type\":\"nothing\"}\n")]
    public async Task Who_asks_without_end_is_read_slowly_and_keeps_nobody_from_talking(string asked)
    {
        const int Times = 20_000;
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "tcp://127.0.0.1:0");
        await using ChatPerson ani = await ChatPerson.EnterAsync(server, "ani");
        await using ChatPerson budi = await ChatPerson.EnterAsync(server, "budi");
        using Socket flood = await ConnectAsync(server);
        Task sending = flood.SendAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(asked, Times))), Token).AsTask();
        int answers = 0;
        Task reading = Task.Run(
            async () =>
            {
                byte[] buffer = new byte[64 * 1024];
                while (await flood.ReceiveAsync(buffer, Token) is > 0 and var got)
                    Interlocked.Add(ref answers, buffer.AsSpan(0, got).Count((byte)'\n'));
            },
            Token);
        for (int i = 0; i < 5; i++)
            await ani.Chat.SayAsync($"permisi {i}", Token);
        await budi.UntilAsync("permisi 4");
        Assert.InRange(Volatile.Read(ref answers), 0, Times / 10); // 80 at once, and 20 a second
        flood.Dispose();
        await Task.WhenAll(sending, reading).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task Plain_datagrams_are_messages_and_it_says_that_they_are_best_effort()
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "udp://127.0.0.1:0", "tcp://127.0.0.1:0");
        using var plain = new UdpClient(0, AddressFamily.InterNetwork);
        var to = new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Actual.Port);
        await plain.SendAsync("/history 200"u8.ToArray(), to, Token);
        byte[] asked = (await plain.ReceiveAsync(Token)).Buffer;
        Assert.True(asked.Length < 40, Encoding.UTF8.GetString(asked));
        Assert.Equal(0, hall.MemberCount);
        await plain.SendAsync(Encoding.UTF8.GetBytes("/here " + Encoding.UTF8.GetString(asked).Split(' ')[^1]), to, Token);
        await plain.SendAsync("halo dari udp"u8.ToArray(), to, Token);
        var said = new StringBuilder();
        while (!said.ToString().Contains("best effort", StringComparison.Ordinal))
            said.Append(Encoding.UTF8.GetString((await plain.ReceiveAsync(Token)).Buffer));

        using Socket other = await ConnectAsync(server, 1);
        await other.SendAsync("/history\n"u8.ToArray(), Token);
        Assert.Contains("halo dari udp", await ReadUntilAsync(other, "halo dari udp"), StringComparison.Ordinal);
        await other.SendAsync("jawab\n"u8.ToArray(), Token);
        string heard;
        do
            heard = Encoding.UTF8.GetString((await plain.ReceiveAsync(Token)).Buffer);
        while (!heard.EndsWith(": jawab", StringComparison.Ordinal));
        await plain.SendAsync("QUIT"u8.ToArray(), to, Token);
        await ReadUntilAsync(other, "has gone");
    }

    [Fact]
    public async Task In_the_chat_of_two_a_forged_address_gets_no_more_than_three_times_what_came_and_those_who_spoke_once_make_place()
    {
        var warned = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var hall = new ChatHall(new() { Limits = new ChatLimits { MaxPlainDatagrams = 2 }, Warned = notice => warned.Enqueue(notice.Code) });
        ChatMember seat = hall.Enter(new ChatHello { Name = "operator", IsOperator = true })!;
        await using SocketServer server = await new SocketServerBuilder().Listen("udp://127.0.0.1:0", ChatService.Create(hall, new ChatServiceOptions { IsQuiet = true })).StartAsync(Token);
        var to = new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Actual.Port);
        using var first = new UdpClient(0, AddressFamily.InterNetwork);
        await first.SendAsync("/nosuch"u8.ToArray(), to, Token);
        using var second = new UdpClient(0, AddressFamily.InterNetwork);
        await second.SendAsync("a\n"u8.ToArray(), to, Token);
        await HeardAsync("a");
        for (int i = 0; i < 10; i++)
            hall.Do(seat, "panjang " + new string('x', 30));
        hall.Do(seat, "selesai");
        string last;
        do
            last = Encoding.UTF8.GetString((await second.ReceiveAsync(Token)).Buffer);
        while (!last.StartsWith("selesai", StringComparison.Ordinal));
        Assert.Equal("selesai\n", last); // to one who ends lines

        using var third = new UdpClient(0, AddressFamily.InterNetwork);
        await third.SendAsync("tiga"u8.ToArray(), to, Token);
        await HeardAsync("tiga");
        Assert.Contains("datagrams-full", warned);
        Assert.Equal(3, hall.MemberCount);

        async Task HeardAsync(string text)
        {
            var told = new List<ChatEvent>();
            while (!told.OfType<ChatEntry>().Any(entry => entry.Text == text))
            {
                await seat.WaitAsync(Token);
                hall.Take(seat, told);
            }
        }
    }

    [Fact]
    public async Task Who_sends_too_long_a_line_is_not_told_of_as_slow()
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "tcp://127.0.0.1:0");
        using Socket other = await ConnectAsync(server);
        await other.SendAsync("/nick budi\n"u8.ToArray(), Token);
        await ReadUntilAsync(other, "budi");
        using Socket third = await ConnectAsync(server);
        await third.SendAsync("/nick citra\n"u8.ToArray(), Token);
        await ReadUntilAsync(third, "citra");
        await other.SendAsync(new byte[20 * 1024], Token);
        Assert.Contains("budi sent a line that was too long", await ReadUntilAsync(third, "too long"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forged_first_datagram_of_a_session_is_answered_with_fewer_bytes_and_nothing_is_kept_of_it()
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "udp://127.0.0.1:0");
        using var forger = new UdpClient(0, AddressFamily.InterNetwork);
        byte[] hello = Encoding.UTF8.GetBytes("soket-chat/1 0011223344556677 1 0 -\n{\"type\":\"hello\",\"v\":1,\"session\":\"\"}");
        await forger.SendAsync(hello, new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Actual.Port), Token);
        UdpReceiveResult answer = await forger.ReceiveAsync(Token);
        Assert.True(answer.Buffer.Length < hello.Length);
        Assert.Equal(0, hall.MemberCount);
    }

    [Fact]
    public async Task A_session_that_begins_with_no_request_is_not_kept()
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "udp://127.0.0.1:0");
        using var nobody = new UdpClient(0, AddressFamily.InterNetwork);
        string cookie = await ProveAsync(nobody, server);
        await SendAsync(nobody, server, 1, cookie, "x");
        Assert.Equal(1L, (await ReceiveAsync(nobody)).Ack);
        await SendAsync(nobody, server, 2, cookie, "{\"type\":\"hello\"}");
        NumberedDatagram answer = await ReceiveAsync(nobody);
        Assert.Equal((0L, 0L, cookie), (answer.Number, answer.Ack, answer.Cookie)); // as to one of whom nothing is known
        Assert.Equal(0, hall.MemberCount);
    }

    [Theory]
    [InlineData("halo\n")]
    [InlineData("")]
    [InlineData("soket-chat/1 \n")]
    [InlineData("soket-chat/1 0011223344556677 -1 0 - \n")]
    public async Task What_is_no_datagram_of_a_session_changes_nothing_for_anybody(string forged)
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "udp://127.0.0.1:0");
        using var ani = new UdpClient(0, AddressFamily.InterNetwork);
        string cookie = await ProveAsync(ani, server);
        await SendAsync(ani, server, 1, cookie, "{\"type\":\"hello\",\"nick\":\"ani\"}");
        Assert.Equal(1L, (await ReceiveAsync(ani)).Ack);
        await ani.SendAsync(Encoding.UTF8.GetBytes(forged), new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Actual.Port), Token);
        await SendAsync(ani, server, 2, cookie, "{\"type\":\"say\",\"text\":\"halo\"}");
        while ((await ReceiveAsync(ani)).Ack < 2)
        {
        }

        using var budi = new UdpClient(0, AddressFamily.InterNetwork);
        await ProveAsync(budi, server);
        Assert.Equal(1, hall.MemberCount);
        Assert.Equal(0, server.Totals.Failed);
    }

    [Fact]
    public async Task A_datagram_longer_than_a_line_ends_its_session_as_such_a_line_ends_a_connection()
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "udp://127.0.0.1:0");
        using var rude = new UdpClient(0, AddressFamily.InterNetwork);
        string cookie = await ProveAsync(rude, server);
        await SendAsync(rude, server, 1, cookie, "{\"type\":\"hello\",\"nick\":\"budi\"}");
        await SendAsync(rude, server, 2, cookie, $"{{\"type\":\"say\",\"text\":\"{new string('x', 20 * 1024)}\"}}");
        string told;
        do
            told = Encoding.UTF8.GetString((await ReceiveAsync(rude)).Payload.Span);
        while (!told.Contains("\"type\":\"bye\"", StringComparison.Ordinal));
        Assert.Contains("\"reason\":\"line\"", told, StringComparison.Ordinal);
    }

    // A session's datagrams, of a program that is not ours.
    private static async Task<string> ProveAsync(UdpClient client, SocketServer server)
    {
        await SendAsync(client, server, 1, "-", "{\"type\":\"hello\"}");
        return (await ReceiveAsync(client)).Cookie;
    }

    private static async Task SendAsync(UdpClient client, SocketServer server, long number, string cookie, string payload) => await client.SendAsync(
        new NumberedDatagram("0011223344556677", number, 0, cookie, Encoding.UTF8.GetBytes(payload)).Write(), new IPEndPoint(IPAddress.Loopback, server.Endpoints[0].Actual.Port), Token);

    private static async Task<NumberedDatagram> ReceiveAsync(UdpClient client)
    {
        UdpReceiveResult received = await client.ReceiveAsync(Token).AsTask().WaitAsync(Patience, Token);
        Assert.True(NumberedDatagram.TryRead(received.Buffer, out NumberedDatagram? datagram));
        return datagram;
    }

    [Fact]
    public async Task A_server_that_drains_says_when_to_come_back()
    {
        using var hall = new ChatHall(new());
        SocketServer server = await ServeAsync(hall, "tcp://127.0.0.1:0");
        using Socket socket = await ConnectAsync(server);
        await socket.SendAsync("{\"type\":\"hello\",\"nick\":\"ani\"}\n"u8.ToArray(), Token);
        await ReadUntilAsync(socket, "\"joined\"");
        hall.Drain(TimeSpan.FromSeconds(1));
        string told = await ReadUntilAsync(socket, "\"bye\"");
        Assert.Contains("\"reason\":\"drain\",\"reconnect_ms\":1000", told, StringComparison.Ordinal);
        Assert.Equal(0, await server.DrainAsync(Patience, Token));
    }
}
