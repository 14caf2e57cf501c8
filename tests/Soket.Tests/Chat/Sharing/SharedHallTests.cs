using Soket.Chat;
using Soket.Tests.Clients;
using Xunit;

namespace Soket.Tests.Chat.Sharing;

/// <summary>Halls on several servers: what people see of each other, what the broker does to them, and what a stranger may write.</summary>
public sealed class SharedHallTests : IDisposable
{
    private readonly FakeBroker _broker = new();
    private readonly ManualTime _time = new();
    private readonly List<Server> _servers = [];

    public void Dispose() => _servers.ForEach(server => server.Dispose());

    [Fact]
    public void Nobody_comes_in_before_the_rooms_are_known()
    {
        Server one = Begin(settle: false);
        Assert.False(one.IsReady);
        Assert.Null(one.Hall.Enter(new ChatHello { Name = "ani" }));
        _broker.Settle();
        Assert.True(one.IsReady);
        Assert.NotNull(one.Hall.Enter(new ChatHello { Name = "ani" }));
    }

    [Fact]
    public void A_message_is_acknowledged_when_it_has_come_out_of_the_log_and_has_one_number_everywhere()
    {
        Server one = Begin(), two = Begin();
        ChatMember ani = one.Hall.Enter("ani", "a")!, budi = two.Hall.Enter("budi", "b")!;
        _broker.Settle();
        one.Hall.All(ani);
        one.Hall.Say(ani, null, "halo", false, 1);
        Assert.DoesNotContain(one.Hall.All(ani), told => told is ChatAck or ChatEntry { IsSaid: true });
        _broker.Settle();
        List<ChatEvent> told = one.Hall.All(ani);
        ChatAck ack = Assert.Single(told.OfType<ChatAck>());
        Assert.Equal(ack.Number, Assert.Single(told.OfType<ChatEntry>(), entry => entry.IsSaid).Number);
        Assert.Equal(ack.Number, Assert.Single(two.Hall.All(budi).OfType<ChatEntry>(), entry => entry.IsSaid).Number);
        Assert.Equal(one.Hall.Epoch, two.Hall.Epoch);
    }

    [Fact]
    public void What_is_sent_again_at_another_server_is_said_once_and_acknowledged_there()
    {
        Server one = Begin(), two = Begin();
        ChatMember ani = one.Hall.Enter("ani", "a")!;
        one.Hall.Say(ani, null, "sekali", false, 1);
        one.Line.Push();
        // The server dies before it could tell her.
        one.Dispose();
        _time.Advance(TimeSpan.FromMilliseconds(20)); // who comes later is the one who is there
        ChatMember again = two.Hall.Enter("ani", "a", epoch: two.Hall.Epoch)!;
        two.Hall.Say(again, null, "sekali", false, 1);
        two.Hall.Say(again, null, "dua kali", false, 2);
        _broker.Settle();
        List<ChatEvent> told = two.Hall.All(again);
        Assert.Equal(["lobby ani: sekali", "lobby ani: dua kali"], told.Said());
        Assert.Equal([1, 2], told.OfType<ChatAck>().Select(ack => ack.Id));
    }

    [Fact]
    public void Who_is_taken_for_a_guest_at_first_hears_what_he_missed_and_is_known_by_his_session_everywhere()
    {
        Server one = Begin(), two = Begin();
        ChatMember ani = one.Hall.Enter("ani", "a")!, budi = two.Hall.Enter("budi", "b")!;
        _broker.Settle();
        long seen = one.Hall.All(ani).OfType<ChatJoined>().Single().Last;
        one.Hall.Leave(ani, "lost");
        two.Hall.Say(budi, null, "sementara itu", false, 1);
        _broker.Settle();
        // Her hello comes late.
        ChatMember late = two.Hall.Enter(new ChatHello())!;
        _broker.Settle();
        two.Hall.All(late);
        two.Hall.Introduce(late, new ChatHello { Name = "ani", WantsSession = true, Session = "a", Epoch = two.Hall.Epoch, Rooms = new Dictionary<string, long> { ["lobby"] = seen } });
        _broker.Settle();
        Assert.Equal(["lobby budi: sementara itu"], two.Hall.All(late).Said());
        // And when that server dies as well, nobody stands in her way.
        two.Dispose();
        ChatMember back = one.Hall.Enter("ani", "a")!;
        Assert.Equal("ani", back.Name);
        Assert.Equal("ani, budi", one.Who(back, "lobby").Replace("~", "", StringComparison.Ordinal));
    }

    [Fact]
    public void People_of_other_servers_are_seen_to_come_and_go_and_to_take_names_and_their_names_are_taken()
    {
        Server one = Begin(), two = Begin();
        Pass(TimeSpan.FromSeconds(6));
        ChatMember ani = one.Hall.Enter("ani", "a")!;
        _broker.Settle();
        ChatMember same = two.Hall.Enter("ani")!;
        Assert.StartsWith("guest-", same.Name, StringComparison.Ordinal);
        Assert.Contains("name-taken", two.Hall.All(same).Codes());
        _broker.Settle();
        two.Hall.Do(same, "/nick budi");
        two.Hall.Do(same, "/join kelas");
        _broker.Settle();
        two.Hall.Leave(same, "quit");
        _broker.Settle();
        List<string> seen = [.. one.Hall.All(ani).OfType<ChatEntry>().Where(entry => !entry.IsSaid && entry.Text != "quit").Select(entry => $"{entry.Kind} {entry.From} {entry.Text}".Trim())];
        Assert.Contains($"Join guest-{same.Key.Split('-')[1]}.{same.Key[..4]}", seen);
        Assert.Contains(seen, line => line.StartsWith("Nick guest-", StringComparison.Ordinal) && line.EndsWith(" budi", StringComparison.Ordinal));
        Assert.Contains(one.Heard, entry => entry is { Kind: ChatEntryKind.Leave, From: "budi", Text: "quit" });
    }

    [Fact]
    public void Who_comes_while_the_others_begin_is_seen_to_come_and_who_was_there_before_is_not()
    {
        Server two = Begin();
        two.Hall.Enter("citra");
        Pass(TimeSpan.FromSeconds(1));
        Server one = Begin(settle: false);
        while (one.Line.Push() | one.Line.PullAny())
        {
            // It knows the rooms, and nobody yet.
        }

        ChatMember budi = two.Hall.Enter("budi")!;
        while (one.Line.Note(isLost: true))
        {
            // The note that he has come is among them: one hears of him when it asks who is there.
        }

        Pass(TimeSpan.FromSeconds(1));
        ChatMember ani = one.Hall.Enter("ani")!;
        Assert.Equal("ani, budi, citra", one.Who(ani, "lobby"));
        Assert.Equal(["budi"], one.Heard.Where(entry => entry is { Kind: ChatEntryKind.Join } && entry.From != "ani").Select(entry => entry.From));
        Assert.False(budi.HasLeft);
    }

    [Fact]
    public void Of_two_who_take_one_name_while_they_could_not_know_the_earlier_keeps_it()
    {
        Server one = Begin(), two = Begin();
        two.Line.Cut();
        ChatMember first = one.Hall.Enter("ani", "a")!;
        Pass(TimeSpan.FromSeconds(1));
        ChatMember second = two.Hall.Enter("ani", "b")!;
        Assert.Equal(("ani", "ani"), (first.Name, second.Name));
        two.Line.Mend();
        _broker.Settle();
        Pass(TimeSpan.FromSeconds(2));
        Assert.Equal("ani", first.Name);
        Assert.StartsWith("guest-", second.Name, StringComparison.Ordinal);
        Assert.Contains("name-lost", two.Hall.All(second).Codes());
        Assert.Equal(one.Who(first, "lobby"), two.Who(second, "lobby"));
    }

    [Fact]
    public void Of_a_server_that_dies_the_people_are_away_their_names_kept_for_a_while_and_then_free()
    {
        Server one = Begin(), two = Begin();
        ChatMember ani = one.Hall.Enter("ani")!;
        two.Hall.Enter("budi");
        _broker.Settle();
        two.Dispose();
        Pass(TimeSpan.FromSeconds(8));
        Assert.Contains(one.Hall.All(ani).OfType<ChatEntry>(), entry => entry is { Kind: ChatEntryKind.Leave, From: "budi", Text: "away" });
        Assert.Equal("ani, ~budi", one.Who(ani, "lobby"));
        one.Hall.Do(ani, "/msg budi di mana?");
        Assert.Contains("away", one.Hall.All(ani).Codes());
        Pass(TimeSpan.FromSeconds(61));
        Assert.Equal("ani", one.Who(ani, "lobby"));
        Assert.Equal("budi", one.Hall.Enter("budi")!.Name);
    }

    [Fact]
    public void A_server_that_was_only_cut_off_has_its_people_back_and_judges_nobody_itself()
    {
        Server one = Begin(), two = Begin();
        ChatMember ani = one.Hall.Enter("ani")!, budi = two.Hall.Enter("budi")!;
        _broker.Settle();
        two.Line.Cut();
        Pass(TimeSpan.FromSeconds(10));
        Assert.Equal("ani, ~budi", one.Who(ani, "lobby"));
        Assert.Equal("ani, budi", two.Who(budi, "lobby"));
        two.Line.Mend();
        _broker.Settle();
        Pass(TimeSpan.FromSeconds(1));
        Assert.Equal("ani, budi", one.Who(ani, "lobby"));
        Assert.Equal([ChatEntryKind.Leave, ChatEntryKind.Join], one.Heard.Where(entry => entry.From == "budi").Select(entry => entry.Kind).TakeLast(2));
    }

    [Fact]
    public void While_the_broker_is_away_people_are_told_what_they_say_waits_and_too_much_is_refused_for_the_moment()
    {
        Server one = Begin(mostWaiting: 5);
        ChatMember ani = one.Hall.Enter("ani", "a")!;
        _broker.Settle();
        one.Line.Cut();
        for (int id = 1; id <= 8; id++)
            one.Hall.Say(ani, null, $"{id}", false, id);
        List<ChatEvent> told = one.Hall.All(ani);
        Assert.Contains("paused", told.Codes());
        ChatNotice busy = told.OfType<ChatNotice>().Single(notice => notice.IsError);
        Assert.Equal(("busy", 6L), (busy.Code, busy.Id));
        Assert.NotNull(busy.RetryAfter);
        one.Line.Mend();
        _broker.Settle();
        for (int id = 6; id <= 8; id++)
            one.Hall.Say(ani, null, $"{id}", false, id);
        _broker.Settle();
        told = one.Hall.All(ani);
        Assert.Contains("resumed", told.Codes());
        Assert.Equal(Enumerable.Range(1, 8).Select(id => $"lobby ani: {id}"), told.Said());
        Assert.Equal(["cut", null], one.Interruptions);
    }

    [Fact]
    public void What_the_broker_no_longer_has_is_announced_as_a_gap()
    {
        Server one = Begin();
        ChatMember ani = one.Hall.Enter("ani", "a")!;
        for (int id = 1; id <= 10; id++)
            one.Hall.Say(ani, null, $"{id}", false, id);
        _broker.Settle();
        _broker.Truncate("room.lobby", _broker.CountOf("room.lobby") - 3);
        Server two = Begin();
        ChatMember budi = two.Hall.Enter("budi", "b", new Dictionary<string, long> { ["lobby"] = 0 })!;
        List<ChatEvent> told = two.Hall.All(budi);
        Assert.Single(told.OfType<ChatGap>());
        Assert.Equal(["lobby ani: 8", "lobby ani: 9", "lobby ani: 10"], told.Said());
    }

    [Fact]
    public void A_room_that_somebody_has_deleted_on_the_broker_begins_again_and_people_go_on_in_it()
    {
        Server one = Begin(), two = Begin();
        ChatMember ani = one.Hall.Enter("ani", "a")!, budi = two.Hall.Enter("budi", "b")!;
        one.Hall.Say(ani, null, "sebelum", false, 1);
        _broker.Settle();
        two.Hall.All(budi);
        _broker.Delete("room.lobby");
        one.Hall.Say(ani, null, "sesudah", false, 2);
        _broker.Settle();
        List<ChatEvent> told = two.Hall.All(budi);
        Assert.Equal(0, told.OfType<ChatJoined>().Single().Last);
        Assert.Equal(["lobby ani: sesudah"], told.Said());
    }

    [Fact]
    public void What_operators_do_holds_on_every_server_and_for_one_that_begins_later()
    {
        Server one = Begin(), two = Begin();
        ChatMember ani = one.Hall.Enter("ani", "a")!, budi = two.Hall.Enter("budi", "b")!;
        one.Hall.Do(ani, "/join kelas");
        _broker.Settle();
        two.Hall.Do(budi, "/join kelas");
        _broker.Settle();
        two.Hall.Do(budi, "/mute ani");
        Assert.Contains("operators-only", two.Hall.All(budi).Codes());
        one.Hall.Do(ani, "/mute budi");
        _broker.Settle();
        two.Hall.Say(budi, "kelas", "bisu", false, 1);
        Assert.Contains("muted", two.Hall.All(budi).Codes());
        Server three = Begin();
        ChatMember again = three.Hall.Enter("budi", "b", new Dictionary<string, long> { ["kelas"] = -1 })!;
        _broker.Settle();
        three.Hall.Say(again, "kelas", "masih bisu", false, 2);
        Assert.Contains("muted", three.Hall.All(again).Codes());
        one.Hall.Do(ani, "/kick budi pulang");
        _broker.Settle();
        Assert.Contains(three.Hall.All(again), told => told is ChatParted { Room: "kelas", Reason: "kick" });
        Assert.Equal("@ani", one.Who(ani, "kelas"));
        Assert.Equal("@ani", two.Who(two.Hall.Enter("citra")!, "kelas"));
    }

    [Fact]
    public void What_is_for_one_alone_is_told_once_however_often_it_is_sent_and_the_sender_knows()
    {
        Server one = Begin(), two = Begin();
        ChatMember ani = one.Hall.Enter("ani", "a")!, budi = two.Hall.Enter("budi", "b")!;
        _broker.Settle();
        one.Hall.All(ani);
        one.Hall.Whisper(ani, "budi", "rahasia", 1);
        Assert.DoesNotContain(one.Hall.All(ani), told => told is ChatAck);
        two.Line.Note(isLost: true);
        Pass(TimeSpan.FromSeconds(1.5), settle: false); // sent again, and the answer is lost
        while (two.Line.Note())
        {
            // It arrives.
        }

        one.Line.Cut();
        one.Line.Mend();
        Pass(TimeSpan.FromSeconds(1.5));
        Assert.Equal(["rahasia"], two.Hall.All(budi).OfType<ChatWhisper>().Select(whisper => whisper.Text));
        List<ChatEvent> told = one.Hall.All(ani);
        Assert.Single(told.OfType<ChatAck>());
        Assert.Single(told.OfType<ChatWhisper>());
    }

    [Fact]
    public void What_nobody_answers_is_told_to_be_untold()
    {
        Server one = Begin(), two = Begin();
        ChatMember ani = one.Hall.Enter("ani", "a")!;
        two.Hall.Enter("budi");
        _broker.Settle();
        one.Line.Cut();
        one.Hall.Whisper(ani, "budi", "rahasia", 1);
        Pass(TimeSpan.FromSeconds(11));
        Assert.Contains(one.Hall.All(ani).OfType<ChatNotice>(), notice => notice is { Code: "not-told", IsError: true, Id: 1 });
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"node\":5}")]
    [InlineData("{\"node\":\"x\",\"id\":1,\"kind\":\"join\",\"from\":\"root\"}")]
    [InlineData("{\"node\":\"x\",\"id\":1,\"kind\":\"7\",\"time\":\"2026-01-01T00:00:00Z\",\"from\":\"root\",\"text\":\"x\"}")]
    [InlineData("{\"node\":\"x\",\"id\":-1,\"kind\":\"message\",\"time\":\"2026-01-01T00:00:00Z\",\"from\":\"x\",\"text\":\"x\"}")]
    [InlineData("{\"node\":\"x\",\"id\":1,\"room\":\"../../etc\"}")]
    [InlineData("{\"node\":\"x\",\"id\":1,\"kind\":\"message\",\"time\":\"\\ud800\",\"from\":\"x\",\"text\":\"x\"}")]
    [InlineData("{\"node\":\"x\",\"id\":1,\"kind\":\"kick\",\"time\":\"9999-12-31T23:59:59Z\",\"from\":\"root\",\"text\":\"x\",\"whom\":\"x\"}")]
    [InlineData("{\"node\":\"x\",\"id\":1,\"kind\":\"mute\",\"time\":\"9999-12-31T23:59:59Z\",\"from\":\"root\",\"text\":\"x\",\"whom\":\"x\",\"minutes\":9}")]
    public void What_a_stranger_writes_into_a_log_disturbs_nobody(string record)
    {
        Server one = Begin();
        ChatMember ani = one.Hall.Enter("ani", "a")!;
        _broker.Settle();
        one.Hall.All(ani);
        _broker.Forge("room.lobby", record);
        _broker.Forge("rooms", record);
        one.Hall.Say(ani, null, "halo", false, 1);
        _broker.Settle();
        Assert.Equal(["lobby ani: halo"], one.Hall.All(ani).Said());
        one.Hall.Do(ani, "/rooms");
        Assert.Equal("lobby (1)", one.Hall.All(ani).OfType<ChatNotice>().Single().Values.Single(value => value.Name == "rooms").Value);
    }

    [Fact]
    public void A_control_in_a_log_reaches_nobody()
    {
        Server one = Begin();
        ChatMember ani = one.Hall.Enter("ani")!;
        _broker.Settle();
        one.Hall.All(ani);
        _broker.Forge("room.lobby", "{\"node\":\"x\",\"id\":1,\"kind\":\"message\",\"time\":\"2026-01-01T00:00:00Z\",\"from\":\"b\\u001b[2J\",\"text\":\"a\\u202eb\"}");
        _broker.Settle();
        ChatEntry entry = one.Hall.All(ani).OfType<ChatEntry>().Single();
        Assert.Equal(("b\uFFFD[2J", "a\uFFFDb"), (entry.From, entry.Text));
    }

    [Fact]
    public void Rooms_have_an_end_for_all_servers_together()
    {
        var limits = new ChatLimits { PerSecond = 0, MaxRooms = 3 };
        Server one = Begin(limits), two = Begin(limits);
        ChatMember ani = one.Hall.Enter("ani")!, budi = two.Hall.Enter("budi")!;
        one.Hall.Do(ani, "/join satu");
        two.Hall.Do(budi, "/join dua");
        one.Hall.Do(ani, "/join tiga"); // nobody knows yet that it is one too many
        _broker.Settle();
        Assert.Single(one.Hall.All(ani).Codes().Concat(two.Hall.All(budi).Codes()), "rooms-full");
        two.Hall.Do(budi, "/join empat");
        Assert.Contains("rooms-full", two.Hall.All(budi).Codes());
    }

    [Fact]
    public void From_one_address_a_few_new_rooms_are_made_at_once_and_then_one_a_minute()
    {
        Server one = Begin();
        ChatMember ani = one.Hall.Enter(new ChatHello { Name = "ani", Address = "192.0.2.1:1000" })!;
        for (int i = 1; i <= 6; i++)
            one.Hall.Do(ani, $"/join kelas{i}");
        _broker.Settle();
        Assert.Equal("kelas5", ani.Current);
        Assert.Contains("rooms-soon", one.Hall.All(ani).Codes());

        // Another connection does not help, but for a room that is there; and others have their own.
        ChatMember again = one.Hall.Enter(new ChatHello { Name = "lagi", Address = "192.0.2.1:2000" })!, budi = one.Hall.Enter(new ChatHello { Name = "budi", Address = "192.0.2.2:1000" })!;
        one.Hall.Do(again, "/join kelas1");
        one.Hall.Do(again, "/join kelas6");
        one.Hall.Do(budi, "/join kantin");
        _broker.Settle();
        Assert.Equal("kelas1", again.Current);
        Assert.Equal("kantin", budi.Current);
        Pass(TimeSpan.FromSeconds(61));
        one.Hall.Do(ani, "/join kelas6");
        _broker.Settle();
        Assert.Equal("kelas6", ani.Current);
    }

    [Fact]
    public void What_is_typed_after_a_room_that_is_not_there_yet_is_said_in_it()
    {
        Server one = Begin();
        ChatMember ani = one.Hall.Enter("ani")!;
        one.Hall.Do(ani, "/join kelas");
        one.Hall.Do(ani, "di kelas");
        one.Hall.Do(ani, "/join kantin");
        one.Hall.Do(ani, "di kantin");
        _broker.Settle();
        Assert.Equal(["kelas ani: di kelas", "kantin ani: di kantin"], one.Hall.All(ani).Said().Order(StringComparer.Ordinal).Reverse());
    }

    private Server Begin(ChatLimits? limits = null, int mostWaiting = int.MaxValue, bool settle = true)
    {
        var server = new Server(_broker, _time, limits, mostWaiting);
        _servers.Add(server);
        if (settle)
        {
            _broker.Settle();
            Pass(TimeSpan.FromMilliseconds(500)); // the others tell it who is there
        }

        return server;
    }

    // Time passes in steps, as the servers see it.
    private void Pass(TimeSpan time, bool settle = true)
    {
        for (TimeSpan step = TimeSpan.FromMilliseconds(500); time > TimeSpan.Zero; time -= step)
        {
            _time.Advance(step);
            foreach (Server server in _servers.Where(server => server.IsAlive))
                server.Hall.Tick();
            if (settle)
                _broker.Settle();
        }
    }
}
