using System.Diagnostics;
using System.Net.Sockets;
using Soket.Options;

namespace Soket.Cli.Commands.Options.Effects;

/// <summary>A request written in two pieces, then a wait for the reply: Nagle's algorithm and the delayed acknowledgement meet.</summary>
internal sealed class NoDelayEffect : Effect
{
    // The kernel acknowledges a new connection's first segments at once (tcp(7), quickack mode); after these it delays.
    private const int WarmUp = 20;
    private const int Rounds = 21;

    public override string Name => "no-delay";

    public override async Task RunAsync(EffectReport report, CancellationToken cancellationToken)
    {
        foreach (bool on in (bool[])[false, true])
        {
            using Socket listener = Listen();
            (Socket client, Socket server) = await ConnectAsync(listener, [new(SocketOptions.NoDelay, on ? 1 : 0)], cancellationToken).ConfigureAwait(false);
            using (client)
            using (server)
            {
                Task answering = AnswerAsync(server, cancellationToken);
                var times = new List<double>();
                byte[] buffer = new byte[16];
                for (int round = 0; round < WarmUp + Rounds; round++)
                {
                    long started = Stopwatch.GetTimestamp();
                    await client.SendAsync(buffer.AsMemory(0, 4), SocketFlags.None, cancellationToken).ConfigureAwait(false);
                    await client.SendAsync(buffer.AsMemory(0, 4), SocketFlags.None, cancellationToken).ConfigureAwait(false);
                    await client.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                    if (round >= WarmUp)
                        times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }

                client.Shutdown(SocketShutdown.Send);
                await answering.ConfigureAwait(false);
                times.Sort();
                report.Tell(on ? "on" : "off", ("rounds", Rounds), ("median_ms", times[Rounds / 2]), ("least_ms", times[0]), ("most_ms", times[^1]));
            }
        }
    }

    private static async Task AnswerAsync(Socket server, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[8];
        int got = 0;
        while (await server.ReceiveAsync(buffer.AsMemory(got), SocketFlags.None, cancellationToken).ConfigureAwait(false) is > 0 and int count)
        {
            got += count;
            if (got < buffer.Length)
                continue;
            got = 0;
            await server.SendAsync(buffer.AsMemory(0, 4), SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
    }
}
