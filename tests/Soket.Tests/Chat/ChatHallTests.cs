using Soket.Chat;
using Soket.Tests.Hosting;
using Xunit;

namespace Soket.Tests.Chat;

/// <summary>The rules of a hall, without any socket.</summary>
public sealed class ChatHallTests
{
    [Fact]
    public void Who_is_taken_for_a_guest_because_his_hello_comes_late_still_hears_what_he_missed()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani", "a"), budi = hall.Enter("budi");
        long seen = hall.All(ani).OfType<ChatEntry>().Last().Number;
        hall.Leave(ani, "lost");
        hall.Do(budi, "sementara itu");
        ChatMember late = hall.Enter(new ChatHello())!;
        hall.All(late);
        hall.Introduce(late, new ChatHello { Name = "ani", WantsSession = true, Session = "a", Epoch = hall.Epoch, Rooms = new Dictionary<string, long> { ["lobby"] = seen } });
        Assert.Equal(["lobby budi: sementara itu"], hall.All(late).Said());
    }

    [Fact]
    public void Two_in_the_lobby_hear_each_other_in_one_order()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani"), budi = hall.Enter("budi");
        hall.Do(ani, "halo");
        hall.Do(budi, "halo juga");
        hall.Do(ani, "apa kabar?");
        string[] said = ["lobby ani: halo", "lobby budi: halo juga", "lobby ani: apa kabar?"];
        Assert.Equal(said, hall.All(ani).Said());
        Assert.Equal(said, hall.All(budi).Said());
    }

    [Fact]
    public void A_name_is_one_persons_in_every_spelling_and_free_when_he_has_gone()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani");
        ChatMember second = hall.Enter("ANI");
        Assert.Equal("guest-2", second.Name);
        Assert.Contains("name-alike", hall.All(second).Codes());
        hall.Do(second, "/nick operator");
        Assert.Contains("name-reserved", hall.All(second).Codes());
        hall.Leave(ani, "quit");
        hall.Do(second, "/nick Ani");
        Assert.Equal("Ani", second.Name);
    }

    [Fact]
    public void What_is_said_in_a_room_is_heard_there_only()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani"), budi = hall.Enter("budi"), citra = hall.Enter("citra");
        hall.Do(ani, "/join kelas");
        hall.Do(budi, "/join KELAS");
        hall.Do(ani, "di kelas");
        Assert.Equal(["kelas ani: di kelas"], hall.All(budi).Said());
        Assert.Empty(hall.All(citra).Said());
        hall.Do(budi, "/leave");
        hall.Do(ani, "masih di sini");
        Assert.Empty(hall.All(budi).Said());
        Assert.Equal("lobby", budi.Current);
    }

    [Fact]
    public void A_private_message_reaches_one_and_no_room()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani"), budi = hall.Enter("budi"), citra = hall.Enter("citra");
        hall.Do(ani, "/msg budi rahasia kita");
        ChatWhisper heard = Assert.Single(hall.All(budi).OfType<ChatWhisper>());
        Assert.Equal(("ani", "budi", "rahasia kita"), (heard.From, heard.To, heard.Text));
        Assert.Empty(hall.All(citra).OfType<ChatWhisper>());
        hall.Do(ani, "/msg budy halo");
        Assert.Contains("name-nearest", hall.All(ani).Codes());
    }

    [Fact]
    public void Who_has_made_a_room_may_mute_and_put_out_and_nobody_else()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani"), budi = hall.Enter("budi");
        hall.Do(ani, "/join kelas");
        hall.Do(budi, "/join kelas");
        hall.Do(budi, "/kick ani");
        Assert.Contains("operators-only", hall.All(budi).Codes());

        hall.Do(ani, "/mute budi 5");
        hall.Do(budi, "dengar aku");
        Assert.Contains("muted", hall.All(budi).Codes());
        Assert.Empty(hall.All(ani).Said());
        hall.Do(ani, "/unmute budi");
        hall.Do(budi, "terima kasih");
        Assert.Equal(["kelas budi: terima kasih"], hall.All(ani).Said());

        hall.Do(ani, "/kick budi berisik");
        List<ChatEvent> told = hall.All(budi);
        Assert.Contains("kicked-why", told.Codes());
        hall.Do(budi, "/join kelas");
        Assert.Contains("put-out", hall.All(budi).Codes());
        Assert.Equal("lobby", budi.Current);
    }

    [Fact]
    public void What_makes_no_sense_is_answered_with_how_it_is_typed()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani");
        hall.Do(ani, "/join kelas");
        hall.All(ani);
        foreach (string line in new[] { "/history abc", "/history 0", "/history -3", "/me", "/kick ani", "/mute ani" })
            hall.Do(ani, line);
        Assert.Equal(["history-usage", "history-usage", "history-usage", "me-usage", "not-self", "not-self"], hall.All(ani).Codes());
        Assert.Equal("kelas", ani.Current);
    }

    [Fact]
    public void Of_many_wrong_tokens_from_one_address_one_a_second_is_looked_at_and_the_server_is_told()
    {
        var time = new ManualTime();
        var warned = new List<ChatNotice>();
        using var hall = new ChatHall(new() { Token = "rahasia", Time = time, Warned = warned.Add });
        List<string> Try(string token, string address)
        {
            ChatMember one = hall.Enter(new ChatHello { Token = token, Address = address })!;
            List<string> codes = hall.All(one).Codes();
            hall.Leave(one, "quit");
            return codes;
        }

        for (int i = 0; i < 10; i++)
            Assert.Equal(["token-wrong"], Try("salah", $"192.0.2.1:{1000 + i}"));
        Assert.Equal(["token-soon"], Try("rahasia", "192.0.2.1:2000"));
        Assert.Empty(Try("rahasia", "192.0.2.2:2000"));
        Assert.Equal("1 1 192.0.2.1:1000", string.Join(' ', Assert.Single(warned).Values.Select(value => value.Value)));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("10 11 192.0.2.1:2000", string.Join(' ', warned[1].Values.Select(value => value.Value)));
        Assert.Empty(Try("rahasia", "192.0.2.1:2001"));
        Assert.Equal(2, warned.Count);
    }

    [Fact]
    public void One_who_is_muted_is_still_so_under_another_name_and_after_coming_back()
    {
        using var hall = new ChatHall(new());
        ChatMember boss = hall.Enter("operator", isOperator: true);
        ChatMember budi = hall.Enter("budi", session: "rahasia-budi");
        hall.Do(boss, "/mute budi");
        hall.Do(budi, "/nick bambang");
        hall.Do(budi, "halo");
        Assert.Contains("muted", hall.All(budi).Codes());
        hall.Leave(budi, "lost");
        ChatMember again = hall.Enter("budi", session: "rahasia-budi");
        hall.Do(again, "halo");
        Assert.Contains("muted", hall.All(again).Codes());
        Assert.Empty(hall.All(boss).Said());
    }

    [Fact]
    public void Who_has_made_a_room_is_still_its_operator_when_he_comes_back_and_nobody_else_is()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani", session: "s"), budi = hall.Enter("budi");
        hall.Do(ani, "/join kelas");
        hall.Do(budi, "/join kelas");
        hall.Leave(ani, "lost");
        ChatMember again = hall.Enter("ani", "s", new Dictionary<string, long> { ["kelas"] = 0 });
        hall.Do(again, "/mute budi");
        hall.Do(budi, "halo");
        Assert.Contains("muted", hall.All(budi).Codes());
    }

    [Fact]
    public void Who_ignores_somebody_hears_nothing_of_him()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani"), budi = hall.Enter("budi");
        hall.Do(ani, "/ignore budi");
        hall.Do(budi, "halo");
        hall.Do(budi, "/msg ani halo");
        List<ChatEvent> told = hall.All(ani);
        Assert.Empty(told.Said());
        Assert.Empty(told.OfType<ChatWhisper>());
        hall.Do(ani, "/unignore budi");
        hall.Do(budi, "lagi");
        Assert.Equal(["lobby budi: lagi"], hall.All(ani).Said());
    }

    [Fact]
    public void Faster_than_agreed_is_refused_and_may_be_tried_again()
    {
        var time = new ManualTime();
        using var hall = new ChatHall(new() { Time = time, Limits = new() { Burst = 3, PerSecond = 2 } });
        ChatMember ani = hall.Enter("ani", session: "s");
        for (int id = 1; id <= 5; id++)
            hall.Say(ani, null, $"{id}", false, id);
        List<ChatEvent> told = hall.All(ani);
        Assert.Equal(["lobby ani: 1", "lobby ani: 2", "lobby ani: 3"], told.Said());
        ChatNotice refused = Assert.Single(told.OfType<ChatNotice>(), notice => notice.Code == "rate" && notice.Id == 4);
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(500));

        // Five was not heard before four: nothing is left out, and nothing comes before what it follows.
        time.Advance(TimeSpan.FromSeconds(1));
        hall.Say(ani, null, "4", false, 4);
        hall.Say(ani, null, "5", false, 5);
        Assert.Equal(["lobby ani: 4", "lobby ani: 5"], hall.All(ani).Said());
    }

    [Fact]
    public void A_message_that_is_sent_again_is_said_once()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani", session: "s"), budi = hall.Enter("budi");
        hall.Say(ani, "lobby", "satu", false, 1);
        hall.Leave(ani, "lost");
        ChatMember again = hall.Enter("ani", session: "s");
        hall.Say(again, "lobby", "satu", false, 1);
        hall.Say(again, "lobby", "dua", false, 2);
        Assert.Equal(["lobby ani: satu", "lobby ani: dua"], hall.All(budi).Said());
        Assert.Equal([1, 2], hall.All(again).OfType<ChatAck>().Select(ack => ack.Id));
    }

    [Fact]
    public void Who_comes_back_hears_what_he_has_missed_and_no_more()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani", session: "s"), budi = hall.Enter("budi");
        hall.Do(budi, "satu");
        long seen = hall.All(ani).OfType<ChatEntry>().Last().Number;
        hall.Leave(ani, "lost");
        hall.Do(budi, "dua");
        hall.Do(budi, "tiga");
        ChatMember again = hall.Enter("ani", "s", new Dictionary<string, long> { ["lobby"] = seen });
        Assert.Equal(["lobby budi: dua", "lobby budi: tiga"], hall.All(again).Said());
    }

    [Fact]
    public void What_is_no_longer_kept_is_told_as_a_gap_and_keeps_nobody_waiting()
    {
        using var hall = new ChatHall(new() { Limits = new() { History = 10, PerSecond = 0 } });
        ChatMember slow = hall.Enter("lambat"), quick = hall.Enter("cepat");
        for (int i = 0; i < 25; i++)
        {
            hall.Do(quick, $"{i}");
            hall.All(quick);
        }

        List<ChatEvent> told = hall.All(slow);
        ChatGap gap = Assert.Single(told.OfType<ChatGap>());
        Assert.Equal("lobby", gap.Room);
        Assert.Equal([.. Enumerable.Range(15, 10).Select(i => $"lobby cepat: {i}")], told.Said());
    }

    [Fact]
    public void A_crowd_that_comes_and_goes_does_not_push_out_what_was_said()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter("ani", session: "s");
        long seen = hall.All(ani).OfType<ChatEntry>().Last().Number;
        hall.Leave(ani, "lost");
        ChatMember budi = hall.Enter("budi");
        hall.Do(budi, "penting");
        for (int i = 0; i < 1000; i++)
            hall.Leave(hall.Enter($"orang{i}"), "quit");
        List<ChatEvent> told = hall.All(hall.Enter("ani", "s", new Dictionary<string, long> { ["lobby"] = seen }));
        Assert.Equal(["lobby budi: penting"], told.Said());
        Assert.True(told.Count < 300, $"{told.Count} events");
    }

    [Fact]
    public void Without_the_token_nobody_hears_or_says_anything_and_three_wrong_ones_end_it()
    {
        using var hall = new ChatHall(new() { Token = "sesame", OperatorToken = "root-sesame" });
        ChatMember ani = hall.Enter("ani", token: "sesame");
        ChatMember stranger = hall.Enter("budi");
        hall.Do(stranger, "halo");
        hall.Do(stranger, "/join kelas");
        hall.Do(ani, "kami sendiri");
        List<ChatEvent> told = hall.All(stranger);
        Assert.All(told, one => Assert.Equal("token-needed", Assert.IsType<ChatNotice>(one).Code));
        Assert.DoesNotContain(hall.All(ani).Said(), line => line.Contains("halo", StringComparison.Ordinal));

        hall.Do(stranger, "/pass sesame");
        Assert.Contains(hall.All(stranger), one => one is ChatJoined { Room: "lobby" });
        Assert.Equal("budi", stranger.Name);

        ChatMember thief = hall.Enter("maling");
        for (int i = 0; i < 3; i++)
            hall.Do(thief, "/pass tebak");
        Assert.Equal(new ChatBye("token", null), hall.All(thief)[^1]);

        Assert.False(ani.IsOperator);
        hall.Do(ani, "/oper root-sesame");
        Assert.True(ani.IsOperator);
    }

    [Fact]
    public void Who_does_not_show_the_token_takes_no_place_of_those_who_do_and_is_put_out()
    {
        var time = new ManualTime();
        using var hall = new ChatHall(new() { Token = "sesame", Time = time, Limits = new() { MaxMembers = 2, MaxStrangers = 2 } });
        ChatMember late = hall.Enter("terlambat"), silent = hall.Enter("diam");
        Assert.Null(hall.Enter(new ChatHello { Name = "satu lagi" }));
        Assert.Null(hall.Enter(new ChatHello { Name = "maling", Token = "tebak" }));
        Assert.NotNull(hall.Enter(new ChatHello { Name = "ani", Token = "sesame" }));
        Assert.NotNull(hall.Enter(new ChatHello { Name = "budi", Token = "sesame" }));
        Assert.Null(hall.Enter(new ChatHello { Name = "citra", Token = "sesame" }));
        hall.Do(late, "/pass sesame");
        Assert.Equal(new ChatBye("full", TimeSpan.FromSeconds(10)), hall.All(late)[^1]);

        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(new ChatBye("idle", null), hall.All(silent)[^1]);
        Assert.Equal(["ani", "budi"], hall.Names.Order());
        Assert.Equal(2, hall.MemberCount);
    }

    [Fact]
    public void Who_begins_another_session_has_the_one_before_no_more()
    {
        using var hall = new ChatHall(new());
        ChatMember ani = hall.Enter(new ChatHello { Name = "ani", WantsSession = true })!;
        string before = hall.All(ani).OfType<ChatWelcome>().Single().Session;
        hall.Introduce(ani, new ChatHello { Name = "ani", WantsSession = true });
        Assert.NotEqual(before, hall.All(ani).OfType<ChatWelcome>().Single().Session);
        hall.Enter("budi", session: before);
        Assert.DoesNotContain(hall.All(ani), told => told is ChatBye);
        Assert.Equal(2, hall.MemberCount);
    }

    [Fact]
    public void What_is_asked_for_is_neither_kept_nor_told_again_in_all_its_length()
    {
        using var hall = new ChatHall(new() { Limits = new() { PerSecond = 0 } });
        ChatMember ani = hall.Enter("ani"), budi = hall.Enter("budi");
        hall.Do(ani, "/join kelas");
        hall.Do(budi, "/join kelas");
        hall.All(ani);
        string much = new string('x', 63) + string.Concat(Enumerable.Repeat("😀", 5_000)); // cut in the middle of one it would be no text
        for (int i = 0; i < 101; i++)
            hall.Do(ani, $"/ignore {much}{i}");
        Assert.All(hall.All(ani).Codes(), code => Assert.Equal("name-length", code));

        foreach (string line in (string[])["/who " + much, "/leave " + much, $"/msg {much} halo", "/" + much, "/kick budi " + much])
            hall.Do(ani, line);
        List<ChatEvent> told = hall.All(ani);
        Assert.Equal(["room-unknown", "not-in-room", "name-unknown", "command", "too-long"], told.Codes());
        Assert.All(told, one => Assert.True(ChatJson.Write(one).Length < 300));
        Assert.Equal("kelas", budi.Current);
    }

    [Fact]
    public void What_waits_for_one_alone_is_bounded_in_bytes_as_well()
    {
        using var hall = new ChatHall(new() { Limits = new() { PerSecond = 0, WaitingBytes = 10_000 } });
        ChatMember ani = hall.Enter("ani"), budi = hall.Enter("budi");
        for (int i = 0; i < 50; i++)
            hall.Whisper(ani, "budi", new string('x', 1_000), 0);
        List<ChatEvent> told = hall.All(budi);
        Assert.InRange(told.OfType<ChatWhisper>().Count(), 1, 10);
        Assert.Equal("slow", Assert.IsType<ChatBye>(told[^1]).Reason);
    }

    [Fact]
    public void Everything_has_an_end()
    {
        using var hall = new ChatHall(new() { Limits = new() { MaxMembers = 3, MaxRooms = 3, MaxRoomsEach = 2, MaxText = 10, Waiting = 8 } });
        ChatMember ani = hall.Enter("ani"), budi = hall.Enter("budi");
        Assert.NotNull(hall.Enter(new ChatHello { Name = "citra" }));
        Assert.Null(hall.Enter(new ChatHello { Name = "dewi" }));
        hall.Do(ani, "/join satu");
        hall.Do(ani, "/join dua");
        Assert.Contains("rooms-each", hall.All(ani).Codes());
        hall.Do(ani, "lebih dari sepuluh huruf");
        Assert.Contains("too-long", hall.All(ani).Codes());

        // One who takes nothing: what is for him alone does not grow without end, and the last word is why.
        for (int i = 0; i < 50; i++)
            hall.Pass(budi, new ChatPong());
        List<ChatEvent> told = hall.All(budi);
        Assert.True(told.Count < 20, $"{told.Count} events");
        Assert.Equal("slow", Assert.IsType<ChatBye>(told[^1]).Reason);
    }

    [Fact]
    public void A_room_nobody_is_in_makes_place_for_a_new_one_and_numbers_never_repeat()
    {
        using var hall = new ChatHall(new() { Limits = new() { MaxRooms = 2 } });
        ChatMember ani = hall.Enter("ani");
        hall.Do(ani, "/join satu");
        hall.Do(ani, "kata");
        long last = hall.All(ani).OfType<ChatEntry>().Last().Number;
        hall.Do(ani, "/join dua");
        Assert.Contains("rooms-full", hall.All(ani).Codes());
        hall.Do(ani, "/leave satu");
        hall.Do(ani, "/join dua");
        hall.Do(ani, "/leave dua");
        hall.Do(ani, "/join satu");
        hall.Do(ani, "lagi");
        Assert.True(hall.All(ani).OfType<ChatEntry>().Last().Number > last);
    }
}
