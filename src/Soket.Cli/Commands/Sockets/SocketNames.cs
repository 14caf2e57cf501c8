using System.Net;
using System.Net.Sockets;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>The names of addresses, asked for only on request: a table must not wait for a name server, nor tell it who is connected.</summary>
internal sealed class SocketNames
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3); // for all of them
    private const int AtOnce = 16;
    private const int Most = 1000;

    private readonly Dictionary<IPAddress, string> _names = [];

    /// <summary>Looks the addresses of a table up that are not known yet. What has no name, or none in time, keeps its number.</summary>
    public async Task LookUpAsync(IEnumerable<SocketEntry> sockets, CancellationToken cancellationToken)
    {
        IPAddress[] wanted = [.. sockets.SelectMany(socket => new[] { socket.Local, socket.Remote }).OfType<IPEndPoint>().Select(endpoint => endpoint.Address)
            .Where(address => !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) && !_names.ContainsKey(address)).Distinct().Take(Most - Math.Min(Most, _names.Count))];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var found = new string?[wanted.Length];
        try
        {
            await Parallel.ForAsync(0, wanted.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = patience.Token }, async (i, token) =>
            {
                try
                {
                    // getnameinfo(3) cannot be called off: the wait for it can.
                    IPHostEntry entry = await System.Net.Dns.GetHostEntryAsync(wanted[i].ToString(), token).WaitAsync(token).ConfigureAwait(false);
                    found[i] = entry.HostName is { Length: > 0 } name && !IPAddress.TryParse(name, out _) ? name : null;
                }
                catch (SocketException)
                {
                    // It has no name.
                }
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // What came in time is shown.
        }

        for (int i = 0; i < wanted.Length; i++)
            _names[wanted[i]] = found[i] ?? "";
    }

    /// <summary>An address with its name in place of its number, where it has one.</summary>
    public EndPoint? Named(EndPoint? endpoint) =>
        endpoint is IPEndPoint ip && _names.TryGetValue(ip.Address, out string? name) && name.Length > 0 ? new DnsEndPoint(name, ip.Port) : endpoint;
}
