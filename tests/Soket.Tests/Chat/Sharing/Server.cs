using Soket.Chat;
using Soket.Tests.Clients;

namespace Soket.Tests.Chat.Sharing;

/// <summary>One of several servers of a chat: its hall, and its line to the broker.</summary>
internal sealed class Server : IDisposable
{
    /// <param name="broker">The broker.</param>
    /// <param name="time">Everybody's time.</param>
    /// <param name="limits">What it takes on; all that comes where null.</param>
    /// <param name="mostWaiting">How much its line takes.</param>
    /// <param name="ahead">How far its clock is ahead.</param>
    public Server(FakeBroker broker, ManualTime time, ChatLimits? limits = null, int mostWaiting = int.MaxValue, TimeSpan ahead = default)
    {
        Line = broker.Connect(mostWaiting);
        Hall = new ChatHall(new() { Limits = limits ?? new() { PerSecond = 0, History = 100_000, HistoryBytes = int.MaxValue }, Time = new Clock(time, ahead), Backplane = Line, Heard = Heard.Add, Interrupted = Interruptions.Add });
    }

    public ChatHall Hall { get; }

    public FakeBroker.Line Line { get; }

    public List<ChatEntry> Heard { get; } = [];

    public List<string?> Interruptions { get; } = [];

    public bool IsAlive { get; private set; } = true;

    public bool IsReady => Hall.ReadyAsync(default).IsCompletedSuccessfully;

    /// <summary>Who is in a room, as <c>/who</c> tells it.</summary>
    public string Who(ChatMember member, string room)
    {
        Hall.All(member);
        Hall.Do(member, "/who " + room);
        ChatNotice told = Hall.All(member).OfType<ChatNotice>().Last();
        return told.Values.FirstOrDefault(value => value.Name == "names").Value ?? told.Code;
    }

    /// <summary>It is killed.</summary>
    public void Dispose()
    {
        IsAlive = false;
        Line.Die();
        Hall.Dispose();
    }

    private sealed class Clock(ManualTime time, TimeSpan ahead) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + TimeSpan.FromTicks(time.GetTimestamp()) + ahead;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
    }
}
