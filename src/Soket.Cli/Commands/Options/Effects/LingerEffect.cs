using System.Net.Sockets;
using Soket.Explain;
using Soket.Options;

namespace Soket.Cli.Commands.Options.Effects;

/// <summary>What the peer's receive says after close, without and with a linger time of 0.</summary>
internal sealed class LingerEffect : Effect
{
    public override string Name => "linger";

    public override async Task RunAsync(EffectReport report, CancellationToken cancellationToken)
    {
        foreach (int seconds in (int[])[-1, 0])
        {
            using Socket listener = Listen();
            (Socket client, Socket server) = await ConnectAsync(listener, [new(SocketOptions.Linger, seconds)], cancellationToken).ConfigureAwait(false);
            using (server)
            {
                client.Dispose();
                report.Tell(seconds < 0 ? "off" : "zero", ("peer", await ReceiveAsync(server, cancellationToken).ConfigureAwait(false)));
            }
        }
    }

    private static async Task<string> ReceiveAsync(Socket server, CancellationToken cancellationToken)
    {
        try
        {
            int count = await server.ReceiveAsync(new byte[16], SocketFlags.None, cancellationToken).ConfigureAwait(false);
            return $"recv() = {count}";
        }
        catch (SocketException e)
        {
            return "recv(): " + SystemError.From(e);
        }
    }
}
