using Soket.Services;

namespace Soket.Hosting;

/// <summary>What a server has done, counted from any thread.</summary>
internal sealed class ServerCounters(long maxHeld = long.MaxValue) : IMessageMeter, IMessageTally
{
    private long _held;
    private long _accepted;
    private long _refused;
    private long _failed;
    private long _messages;
    private long _received;
    private long _sent;

    public void Accepted() => Interlocked.Increment(ref _accepted);

    public void Refused() => Interlocked.Increment(ref _refused);

    public void Failed() => Interlocked.Increment(ref _failed);

    public void Message(long received, long sent) => Messages(1, received, sent);

    public void Messages(int count, long received, long sent)
    {
        Interlocked.Add(ref _messages, count);
        Interlocked.Add(ref _received, received);
        Interlocked.Add(ref _sent, sent);
    }

    public bool TryHold(long change)
    {
        if (Interlocked.Add(ref _held, change) <= maxHeld || change <= 0)
            return true;
        Interlocked.Add(ref _held, -change);
        Refused();
        return false;
    }

    public void Moved(long received, long sent)
    {
        Interlocked.Add(ref _received, received);
        Interlocked.Add(ref _sent, sent);
    }

    public ServerTotals Snapshot(int active) => new(
        Interlocked.Read(ref _accepted),
        Interlocked.Read(ref _refused),
        active,
        Interlocked.Read(ref _failed),
        Interlocked.Read(ref _received),
        Interlocked.Read(ref _sent),
        Interlocked.Read(ref _messages));
}
