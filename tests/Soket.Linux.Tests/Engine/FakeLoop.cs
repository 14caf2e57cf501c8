using System.Net;
using Soket.Linux.Engine;
using Soket.Transports;

namespace Soket.Linux.Tests.Engine;

/// <summary>One loop on a <see cref="FakeKernel"/>, turned by the test.</summary>
internal sealed class FakeLoop
{
    public FakeLoop(int seed, EpollLayout layout)
    {
        Random = new Random(seed);
        Kernel = new FakeKernel(Random, layout);
        Group = new LoopGroup(new() { Loops = 1 }, Kernel, threads: false);
        Loop = Group.Loops[0];
        Loop.Adopt();
    }

    public Random Random { get; }

    public FakeKernel Kernel { get; }

    public LoopGroup Group { get; }

    public EventLoop Loop { get; }

    public LoopListener Listen(Func<LoopStream> create, ManagedTransportOptions? sockets = null, LoopListenerOptions? more = null) =>
        LoopListener.Bind(Group, new IPEndPoint(IPAddress.Loopback, 7), (more ?? new() { Create = create }) with { Create = create, Sockets = sockets ?? new() });

    /// <summary>Does something as the loop does everything: in a turn of its own.</summary>
    public void Do(Action what)
    {
        bool done = false;
        Loop.Post(_ =>
        {
            what();
            done = true;
        }, null);
        TurnUntil(() => done, "what was posted is done");
    }

    public void Turn(int times = 1)
    {
        for (int i = 0; i < times; i++)
            Loop.Turn(mayWait: true);
    }

    /// <summary>Turns until it is so; a loop that does not get there is broken.</summary>
    public void TurnUntil(Func<bool> reached, string what)
    {
        for (int i = 0; i < 100_000; i++)
        {
            if (reached())
                return;
            Turn();
        }

        throw new Xunit.Sdk.XunitException("never: " + what);
    }
}
