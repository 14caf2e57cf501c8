using System.Diagnostics;
using System.Net.Sockets;
using Soket.Options;

namespace Soket.Cli.Commands.Options.Effects;

/// <summary>Throughput over the loopback with receive buffers of several sizes.</summary>
internal sealed class ReceiveBufferEffect : Effect
{
    private static readonly TimeSpan Each = TimeSpan.FromMilliseconds(500);

    public override string Name => "receive-buffer";

    public override async Task RunAsync(EffectReport report, CancellationToken cancellationToken)
    {
        foreach (int size in (int[])[2 * 1024, 16 * 1024, 200 * 1024])
        {
            using Socket listener = Listen(16, new SocketOptionSetting(SocketOptions.ReceiveBuffer, size));
            (Socket client, Socket server) = await ConnectAsync(listener, [], cancellationToken).ConfigureAwait(false);
            using (client)
            using (server)
            {
                long kernel = SocketOptionCodec.Read(server, SocketOptions.ReceiveBuffer).Value;
                Task sending = SendAsync(client, cancellationToken);
                byte[] buffer = new byte[64 * 1024];
                long received = 0, started = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(started) < Each)
                    received += await server.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                client.Dispose();
                await sending.ConfigureAwait(false);
                report.Tell("case", ("asked", size), ("kernel", kernel), ("mib_per_s", received / seconds / (1024 * 1024)));
            }
        }
    }

    // Until the socket is closed under it.
    private static async Task SendAsync(Socket client, CancellationToken cancellationToken)
    {
        byte[] piece = new byte[64 * 1024];
        try
        {
            while (true)
                await client.SendAsync(piece, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return;
        }
    }
}
