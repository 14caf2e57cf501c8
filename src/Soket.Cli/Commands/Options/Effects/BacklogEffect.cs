using System.Net;
using System.Net.Sockets;

namespace Soket.Cli.Commands.Options.Effects;

/// <summary>A server that does not accept: how many clients a short queue and a long one let connect.</summary>
internal sealed class BacklogEffect : Effect
{
    private const int Clients = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(600); // less than the second after which a SYN is sent again

    public override string Name => "backlog";

    public override async Task RunAsync(EffectReport report, CancellationToken cancellationToken)
    {
        foreach (int backlog in (int[])[2, 64])
        {
            long before = Overflows();
            using Socket listener = Listen(backlog);
            Socket[] clients = [.. Enumerable.Range(0, Clients).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            bool[] connected = await Task.WhenAll(clients.Select(client => TryAsync(client, listener.LocalEndPoint!, patience.Token))).ConfigureAwait(false);
            int through = connected.Count(one => one);
            report.Tell("case", ("backlog", backlog), ("clients", Clients), ("connected", through), ("waiting", Clients - through));
            if (OperatingSystem.IsLinux())
                report.Tell("overflows", ("backlog", backlog), ("count", Overflows() - before));
            foreach (Socket client in clients)
                client.Dispose();
        }
    }

    private static async Task<bool> TryAsync(Socket client, EndPoint server, CancellationToken cancellationToken)
    {
        try
        {
            await client.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            return false;
        }
    }

    // /proc/net/netstat: a line of names, then a line of numbers. The counter is the whole network namespace's.
    private static long Overflows()
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        string[][] lines = [.. File.ReadLines("/proc/net/netstat").Where(line => line.StartsWith("TcpExt:", StringComparison.Ordinal)).Select(line => line.Split(' '))];
        int at = lines.Length > 1 ? Array.IndexOf(lines[0], "ListenOverflows") : -1;
        return at > 0 ? long.Parse(lines[1][at], System.Globalization.CultureInfo.InvariantCulture) : 0;
    }
}
