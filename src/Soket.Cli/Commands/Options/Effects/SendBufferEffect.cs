using System.Net.Sockets;
using Soket.Options;

namespace Soket.Cli.Commands.Options.Effects;

/// <summary>How many bytes send takes for a peer that reads nothing.</summary>
internal sealed class SendBufferEffect : Effect
{
    public override string Name => "send-buffer";

    public override async Task RunAsync(EffectReport report, CancellationToken cancellationToken)
    {
        foreach (int size in (int[])[8 * 1024, 64 * 1024, 200 * 1024])
        {
            using Socket listener = Listen(16, new SocketOptionSetting(SocketOptions.ReceiveBuffer, 16 * 1024));
            (Socket client, Socket server) = await ConnectAsync(listener, [new(SocketOptions.SendBuffer, size)], cancellationToken).ConfigureAwait(false);
            using (client)
            using (server)
            {
                client.Blocking = false;
                byte[] piece = new byte[4096];
                long taken = 0;
                // Full is full when the loopback has had time to move what it can to the peer's buffer.
                for (int full = 0; full < 5;)
                {
                    int sent = client.Send(piece, SocketFlags.None, out SocketError error);
                    if (error == SocketError.Success)
                    {
                        taken += sent;
                        continue;
                    }

                    full++;
                    await Task.Delay(10, cancellationToken).ConfigureAwait(false);
                }

                report.Tell("case", ("asked", size), ("kernel", SocketOptionCodec.Read(client, SocketOptions.SendBuffer).Value), ("taken", taken));
            }
        }
    }
}
