using Soket.Chat;
using Xunit;

namespace Soket.Tests.Chat;

/// <summary>A history whose disk takes its time: nobody waits for it but what is to be kept first, and that is told to nobody before.</summary>
public sealed class ChatKeptTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket-chat-").FullName;
    private readonly SlowDisk _disk = new();

    public void Dispose()
    {
        _disk.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_is_kept_first_is_told_and_acknowledged_only_when_the_disk_has_it_and_nobody_waits()
    {
        using ChatHall hall = Open(TimeSpan.Zero);
        ChatMember ani = hall.Enter("ani", session: "s"), budi = hall.Enter("budi");
        await JoinedAsync(hall, budi);
        hall.All(ani);

        _disk.Stop();
        hall.Say(ani, "lobby", "satu", false, 1);
        await _disk.BusyAsync();
        hall.Say(ani, "lobby", "dua", false, 2);
        hall.Say(ani, "lobby", "satu", false, 1); // sent again: no acknowledgement either
        hall.Do(budi, "/who");                    // who only asks has his answer
        hall.Do(budi, "/history");
        Assert.Empty(hall.All(ani));
        List<ChatEvent> told = hall.All(budi);
        Assert.Equal(["who", "history"], told.Codes());
        Assert.Empty(told.OfType<ChatRecall>());
        Assert.Equal(0, hall.SaidCount);

        int before = _disk.Calls;
        _disk.Go();
        var heard = new List<ChatEvent>();
        while (heard.OfType<ChatAck>().Count() < 3)
        {
            await ani.WaitAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(ChatPlace.Patience, TestContext.Current.CancellationToken);
            heard.AddRange(hall.All(ani));
        }

        Assert.Equal(["lobby ani: satu", "lobby ani: dua"], heard.Said());
        Assert.Equal([1, 2, 1], heard.OfType<ChatAck>().Select(ack => ack.Id));
        Assert.Equal(["lobby ani: satu", "lobby ani: dua"], hall.All(budi).Said());
        Assert.Equal(2, hall.SaidCount);
        Assert.Equal(before + 1, _disk.Calls); // the second one was under way with the third request behind it: one more for all that had come
    }

    [Fact]
    public async Task What_a_disk_could_not_keep_was_said_to_nobody()
    {
        using ChatHall hall = Open(TimeSpan.Zero);
        ChatMember ani = hall.Enter("ani", session: "s"), budi = hall.Enter("budi");
        await JoinedAsync(hall, budi);
        hall.All(ani);
        _disk.Stop();
        hall.Say(ani, "lobby", "satu", false, 1);
        await _disk.BusyAsync();
        hall.Say(ani, "lobby", "dua", false, 2);
        _disk.Break();
        var heard = new List<ChatEvent>();
        while (heard.OfType<ChatNotice>().Count() < 2)
        {
            await ani.WaitAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(ChatPlace.Patience, TestContext.Current.CancellationToken);
            heard.AddRange(hall.All(ani));
        }

        Assert.Equal([("not-kept", 1L), ("not-kept", 2L)], heard.OfType<ChatNotice>().Select(notice => (notice.Code, notice.Id)));
        Assert.Empty(heard.OfType<ChatAck>());
        hall.Do(budi, "/history");
        hall.Say(ani, "lobby", "tiga", false, 3);
        hall.Leave(ani, "quit"); // who goes is told all the same
        List<ChatEvent> told = hall.All(budi);
        Assert.Empty(told.Said());
        Assert.Empty(told.OfType<ChatRecall>());
        Assert.Contains(told.OfType<ChatEntry>(), entry => entry is { Kind: ChatEntryKind.Leave, From: "ani" });
    }

    [Fact]
    public async Task A_disk_that_is_told_later_keeps_nobody_waiting_and_nothing_back()
    {
        using ChatHall hall = Open(TimeSpan.FromMilliseconds(1));
        ChatMember ani = hall.Enter("ani", session: "s"), budi = hall.Enter("budi");
        _disk.Stop();
        hall.Say(ani, "lobby", "satu", false, 1);
        await _disk.BusyAsync();
        hall.Say(ani, "lobby", "dua", false, 2); // while the disk is at it
        Assert.Equal(["lobby ani: satu", "lobby ani: dua"], hall.All(budi).Said());
        Assert.Equal([1, 2], hall.All(ani).OfType<ChatAck>().Select(ack => ack.Id));
        _disk.Go();
    }

    [Fact]
    public async Task Files_that_are_full_are_kept_as_well_before_what_is_in_them_is_told()
    {
        using var history = ChatHistory.Open(_folder, new ChatHistoryOptions { SyncAfter = TimeSpan.Zero, FileSize = 1024, Flush = _disk.Flush });
        long kept = 0;
        history.Synced = (upTo, _) => Volatile.Write(ref kept, upTo);
        for (int i = 1; i <= 200; i++)
            history.Append(new ChatEntry("lobby", i, DateTimeOffset.UtcNow, ChatEntryKind.Message, "ani", $"pesan {i}"));
        await Task.Run(history.Sync, TestContext.Current.CancellationToken);
        Assert.Equal(200, Volatile.Read(ref kept));
        Assert.True(_disk.Files >= Directory.GetFiles(_folder, "chat-*.log").Length, $"{_disk.Files}");
    }

    [Fact]
    public void All_that_was_accepted_is_there_after_the_end()
    {
        using (ChatHall hall = Open(TimeSpan.Zero))
        {
            ChatMember ani = hall.Enter("ani", session: "s");
            for (int i = 1; i <= 20; i++)
                hall.Say(ani, "lobby", $"pesan {i}", false, i);
        }

        using ChatHistory again = ChatHistory.Open(_folder);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => $"pesan {i}"), again.TakeLoaded().Where(entry => entry.IsSaid).Select(entry => entry.Text));
    }

    // His own coming is the last entry: all before it has been kept when he hears of it.
    private static async Task JoinedAsync(ChatHall hall, ChatMember member)
    {
        while (!hall.All(member).OfType<ChatEntry>().Any(entry => entry.Kind == ChatEntryKind.Join && entry.From == member.Name))
            await member.WaitAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(ChatPlace.Patience, TestContext.Current.CancellationToken);
    }

    private ChatHall Open(TimeSpan syncAfter) => new(new() { History = ChatHistory.Open(_folder, new ChatHistoryOptions { SyncAfter = syncAfter, Flush = _disk.Flush }) });

    /// <summary>fsync(2) as slow as a test wants it.</summary>
    private sealed class SlowDisk : IDisposable
    {
        private readonly ManualResetEventSlim _open = new(true);
        private readonly SemaphoreSlim _busy = new(0);
        private readonly HashSet<Microsoft.Win32.SafeHandles.SafeFileHandle> _files = [];
        private volatile bool _stopped;
        private volatile bool _broken;
        private int _calls;

        public int Calls => Volatile.Read(ref _calls);

        public int Files
        {
            get
            {
                lock (_files)
                    return _files.Count;
            }
        }

        public void Stop()
        {
            _open.Reset();
            _stopped = true;
        }

        public void Go()
        {
            _stopped = false;
            _open.Set();
        }

        public void Break()
        {
            _broken = true;
            Go();
        }

        public void Flush(Microsoft.Win32.SafeHandles.SafeFileHandle file)
        {
            Interlocked.Increment(ref _calls);
            lock (_files)
                _files.Add(file);
            if (_stopped)
                _busy.Release();
            _open.Wait();
            if (_broken)
                throw new IOException("the disk is gone");
            RandomAccess.FlushToDisk(file);
        }

        /// <summary>Ends when a sync is under way that waits.</summary>
        public async Task BusyAsync() => Assert.True(await _busy.WaitAsync(ChatPlace.Patience, TestContext.Current.CancellationToken));

        public void Dispose()
        {
            Go();
            _busy.Dispose();
        }
    }
}
