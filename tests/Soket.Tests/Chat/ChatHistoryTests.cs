using System.Text;
using Soket.Chat;
using Xunit;

namespace Soket.Tests.Chat;

/// <summary>What was said, after the process that heard it.</summary>
public sealed class ChatHistoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket-chat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_server_that_begins_again_knows_what_was_said_and_goes_on_counting()
    {
        string epoch;
        long last;
        using (var hall = new ChatHall(new() { History = ChatHistory.Open(_folder) }))
        {
            ChatMember ani = hall.Enter("ani", session: "s");
            hall.Say(ani, "lobby", "satu", false, 1);
            hall.Do(ani, "/join kelas");
            hall.Do(ani, "/topic soket");
            hall.Say(ani, "kelas", "dua", false, 2);
            epoch = hall.Epoch;
            last = hall.All(ani).OfType<ChatEntry>().Max(entry => entry.Number);
        }

        using var second = new ChatHall(new() { History = ChatHistory.Open(_folder) });
        Assert.Equal(epoch, second.Epoch);
        ChatMember again = second.Enter("ani", "s", new Dictionary<string, long> { ["lobby"] = 0, ["kelas"] = 0 });
        second.Say(again, "kelas", "dua", false, 2); // it did not know that it was accepted
        second.Say(again, "kelas", "tiga", false, 3);
        List<ChatEvent> told = second.All(again);
        Assert.Equal(["lobby ani: satu", "kelas ani: dua", "kelas ani: tiga"], told.Said().OrderBy(line => line.StartsWith("kelas", StringComparison.Ordinal)));
        Assert.Equal("soket", told.OfType<ChatJoined>().Single(joined => joined.Room == "kelas").Topic);
        Assert.True(told.OfType<ChatEntry>().Max(entry => entry.Number) > last);
    }

    /// <summary>What is said to one alone, and what is refused, has a count and is in no history.</summary>
    [Fact]
    public void Who_comes_back_goes_on_from_what_the_history_does_not_know_of()
    {
        using (var hall = new ChatHall(new() { History = ChatHistory.Open(_folder) }))
        {
            ChatMember ani = hall.Enter("ani", session: "s");
            hall.Enter("budi");
            hall.Say(ani, "lobby", "satu", false, 1);
            hall.Whisper(ani, "budi", "dua", 2);
            hall.Say(ani, "lobby", new string('x', 5000), false, 3);
        }

        using var second = new ChatHall(new() { History = ChatHistory.Open(_folder) });
        ChatMember again = second.Enter("ani", "s", new Dictionary<string, long> { ["lobby"] = 0 });
        second.Say(again, "lobby", "empat", false, 4);
        second.Say(again, "lobby", "enam", false, 6); // the fifth is still on its way: this one is sent again after it
        second.Say(again, "lobby", "lima", false, 5);
        second.Say(again, "lobby", "enam", false, 6);
        List<ChatEvent> told = second.All(again);
        Assert.Equal(["lobby ani: satu", "lobby ani: empat", "lobby ani: lima", "lobby ani: enam"], told.Said());
        Assert.Equal([4, 5, 6], told.OfType<ChatAck>().Select(ack => ack.Id));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void A_last_record_that_is_torn_is_cut_off_and_all_before_it_is_there(int missing)
    {
        Fill("satu", "dua", "tiga");
        string file = Directory.GetFiles(_folder, "chat-*.log").Single();
        using (FileStream torn = File.OpenWrite(file))
            torn.SetLength(torn.Length - missing);

        using (ChatHistory history = ChatHistory.Open(_folder))
        {
            Assert.True(history.CutOff > 0);
            Assert.Equal(0, history.Damaged);
            Assert.Equal(["satu", "dua"], history.TakeLoaded().Select(entry => entry.Text));
            history.Append(new ChatEntry("lobby", 9, DateTimeOffset.UtcNow, ChatEntryKind.Message, "ani", "empat"));
        }

        using ChatHistory whole = ChatHistory.Open(_folder);
        Assert.Equal((0L, 0), (whole.CutOff, whole.Damaged));
        Assert.Equal(["satu", "dua", "empat"], whole.TakeLoaded().Select(entry => entry.Text));
    }

    [Fact]
    public void Rubbish_at_the_end_is_cut_off_and_a_changed_record_within_is_left_out_and_counted()
    {
        Fill("satu", "dua", "tiga");
        string file = Directory.GetFiles(_folder, "chat-*.log").Single();
        File.AppendAllText(file, "\0\0\0\0\nno record at all\n{\"half\":");
        using (ChatHistory history = ChatHistory.Open(_folder))
        {
            Assert.Equal(["satu", "dua", "tiga"], history.TakeLoaded().Select(entry => entry.Text));
            Assert.True(history.CutOff > 0);
        }

        File.WriteAllText(file, File.ReadAllText(file).Replace("\"dua\"", "\"DUA\"", StringComparison.Ordinal), new UTF8Encoding(false));
        using ChatHistory changed = ChatHistory.Open(_folder);
        Assert.Equal(["satu", "tiga"], changed.TakeLoaded().Select(entry => entry.Text));
        Assert.Equal((0L, 1), (changed.CutOff, changed.Damaged));
    }

    [Fact]
    public void Files_are_begun_anew_and_the_oldest_deleted_and_numbers_still_go_on()
    {
        var options = new ChatHistoryOptions { FileSize = 4096, Files = 3 };
        using (ChatHistory history = ChatHistory.Open(_folder, options))
        {
            for (int i = 1; i <= 500; i++)
                history.Append(new ChatEntry("lobby", i, DateTimeOffset.UtcNow, ChatEntryKind.Message, "ani", $"pesan {i}"));
        }

        Assert.Equal(3, Directory.GetFiles(_folder, "chat-*.log").Length);
        Assert.True(Directory.GetFiles(_folder, "chat-*.log").All(file => new FileInfo(file).Length <= 4096));
        using ChatHistory again = ChatHistory.Open(_folder, options);
        Assert.Equal(500, again.LastNumber);
        List<ChatEntry> kept = again.TakeLoaded();
        Assert.Equal("pesan 500", kept[^1].Text);
        Assert.Equal(Enumerable.Range((int)kept[0].Number, kept.Count), kept.Select(entry => (int)entry.Number));
    }

    [Fact]
    public void Two_servers_do_not_share_a_history()
    {
        using ChatHistory first = ChatHistory.Open(_folder);
        Assert.Throws<IOException>(() => ChatHistory.Open(_folder));
    }

    [Fact]
    public void What_cannot_be_kept_was_not_said()
    {
        ChatHistory history = ChatHistory.Open(_folder);
        using var hall = new ChatHall(new() { History = history });
        ChatMember ani = hall.Enter("ani", session: "s"), budi = hall.Enter("budi");
        Break(history);
        hall.Say(ani, "lobby", "halo", false, 1);
        Assert.Contains("not-kept", hall.All(ani).Codes());
        Assert.Empty(hall.All(budi).Said());
    }

    // As after an fsync that failed: from then on nothing is accepted.
    private static void Break(ChatHistory history) => history.Fail(new IOException("the disk is gone"));

    private void Fill(params string[] texts)
    {
        using ChatHistory history = ChatHistory.Open(_folder);
        for (int i = 0; i < texts.Length; i++)
            history.Append(new ChatEntry("lobby", i + 1, DateTimeOffset.UtcNow, ChatEntryKind.Message, "ani", texts[i]));
    }
}
