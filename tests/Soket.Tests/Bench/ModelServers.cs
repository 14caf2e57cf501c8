namespace Soket.Tests.Bench;

/// <summary>Answers nothing for a while, and then everything that came meanwhile.</summary>
internal sealed class StallingServer(long from, long to) : ModelServer
{
    public override void Received(ModelLink link, byte[] bytes)
    {
        long wait = link.Elapsed >= from && link.Elapsed < to ? to - link.Elapsed : 0;
        link.Reply(bytes, wait + Simulation.Milliseconds(0.1));
    }
}

/// <summary>An echo that counts the bytes of each connection.</summary>
internal sealed class CountingServer : ModelServer
{
    public Dictionary<ModelLink, long> Links { get; } = [];

    public override void Received(ModelLink link, byte[] bytes)
    {
        Links[link] = Links.GetValueOrDefault(link) + bytes.Length;
        base.Received(link, bytes);
    }
}

/// <summary>An echo that changes what it sends back: each send of the client is one message here.</summary>
internal sealed class LyingServer(Func<int, byte[], byte[]> lie) : ModelServer
{
    private int _messages;

    public override void Received(ModelLink link, byte[] bytes)
    {
        // Several messages by one send: each is a line then.
        if (bytes.AsSpan().Count((byte)'\n') > 1)
        {
            foreach (Range line in bytes.AsSpan().Split((byte)'\n'))
            {
                if (bytes.AsSpan(line).Length > 0)
                    link.Reply(lie(_messages++, [.. bytes[line], (byte)'\n']), Simulation.Milliseconds(0.1));
            }

            return;
        }

        link.Reply(lie(_messages++, bytes), Simulation.Milliseconds(0.1));
    }
}

/// <summary>Ends every connection with some message, unanswered.</summary>
internal sealed class EndingServer(int afterMessages, bool reset) : ModelServer
{
    public override void Received(ModelLink link, byte[] bytes)
    {
        if (++link.Messages <= afterMessages)
            base.Received(link, bytes);
        else if (reset)
            link.Reset(0);
        else
            link.End(0);
    }
}

/// <summary>An echo that goes away.</summary>
internal sealed class GoneServer(long until) : ModelServer
{
    public override bool Accepts(long elapsed) => elapsed < until;

    public override void Received(ModelLink link, byte[] bytes)
    {
        if (link.Elapsed < until)
            base.Received(link, bytes);
        else
            link.Reset(0);
    }
}

/// <summary>An echo whose bytes come back in pieces of any size.</summary>
internal sealed class CuttingServer(int seed) : ModelServer
{
    private readonly Random _random = new(seed);

    public override void Received(ModelLink link, byte[] bytes)
    {
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(bytes.Length - at, 1 + _random.Next(bytes.Length > 10_000 ? 50_000 : 300));
            link.Reply(bytes.AsMemory(at, length), Simulation.Milliseconds(0.1) + _random.Next(1000));
            at += length;
        }
    }
}
