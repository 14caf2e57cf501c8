using System.Diagnostics;
using System.Net.Sockets;
using Soket.Options;

namespace Soket.Cli.Commands.Options.Effects;

/// <summary>
/// A silent connection for some seconds. The peer's kernel answers each probe, and TCP_INFO says how long ago it was last heard of: when that time
/// falls back, a probe was answered. Needs no privilege, and nothing is captured.
/// </summary>
internal sealed class KeepAliveEffect : Effect
{
    private const int TcpInfo = 11;       // tcp(7)
    private const int LastAckReceived = 56; // struct tcp_info: tcpi_last_ack_recv, ms
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(3.5);

    public override string Name => "keep-alive";

    public override bool IsHere => OperatingSystem.IsLinux();

    public override async Task RunAsync(EffectReport report, CancellationToken cancellationToken)
    {
        await Task.WhenAll(OneAsync(report, false, cancellationToken), OneAsync(report, true, cancellationToken)).ConfigureAwait(false);
    }

    private static async Task OneAsync(EffectReport report, bool on, CancellationToken cancellationToken)
    {
        using Socket listener = Listen();
        SocketOptionSetting[] settings = on
            ? [new(SocketOptions.KeepAlive, 1), new(SocketOptions.Find("TCP_KEEPIDLE")!, 1000), new(SocketOptions.Find("TCP_KEEPINTVL")!, 1000)]
            : [];
        (Socket client, Socket server) = await ConnectAsync(listener, settings, cancellationToken).ConfigureAwait(false);
        using (client)
        using (server)
        {
            var answers = new List<string>();
            long started = Stopwatch.GetTimestamp();
            uint last = 0;
            using var clock = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < Watch && await clock.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                uint ago = HeardAgo(client);
                if (ago + 100 < last)
                    answers.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{elapsed.TotalSeconds:0.00}s"));
                last = ago;
            }

            report.Tell(on ? "on" : "off", ("watched", "3.5s"), ("count", answers.Count), ("times", answers.Count == 0 ? "-" : string.Join(", ", answers)), ("silent_ms", (long)last));
        }
    }

    private static uint HeardAgo(Socket socket)
    {
        Span<byte> info = stackalloc byte[128];
        int length = socket.GetRawSocketOption(6, TcpInfo, info);
        return length >= LastAckReceived + 4 ? BitConverter.ToUInt32(info[LastAckReceived..]) : 0;
    }
}
