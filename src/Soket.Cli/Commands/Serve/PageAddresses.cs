using System.Globalization;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Soket.Endpoints;
using Soket.Hosting;

namespace Soket.Cli.Commands.Serve;

/// <summary>The addresses that a browser asks for to get a page.</summary>
internal static class PageAddresses
{
    private const int MostAddresses = 4;

    /// <summary>One for each endpoint that has a page; where every interface is meant, one for each address that others may reach.</summary>
    public static List<string> Of(IEnumerable<BoundEndpoint> endpoints)
    {
        var addresses = new List<string>();
        foreach (BoundEndpoint bound in endpoints.Where(bound => bound.Requested.IsWebSocket && bound.Service.Page is not null))
        {
            IEnumerable<string> hosts = IsAny(bound.Requested.Host) ? Reachable() : [bound.Requested.Host];
            foreach (string host in hosts)
            {
                string path = bound.Requested.Path.Length == 0 ? "/" : bound.Requested.Path;
                string place = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
                string address = string.Create(CultureInfo.InvariantCulture, $"{(bound.Requested.IsSecure ? "https" : "http")}://{place}:{bound.Actual.Port}{path}");
                if (!addresses.Contains(address))
                    addresses.Add(address);
            }
        }

        return addresses;
    }

    private static bool IsAny(string host) => host is SocketUri.AnyHost or "0.0.0.0" or "::" or "[::]";

    private static List<string> Reachable()
    {
        try
        {
            List<string> found = [.. NetworkInterface.GetAllNetworkInterfaces()
                .Where(one => one.OperationalStatus == OperationalStatus.Up && one.NetworkInterfaceType != NetworkInterfaceType.Loopback)
                .SelectMany(one => one.GetIPProperties().UnicastAddresses)
                .Where(one => one.Address.AddressFamily == AddressFamily.InterNetwork)
                .Select(one => one.Address.ToString())
                .Take(MostAddresses)];
            return found.Count > 0 ? found : ["localhost"];
        }
        catch (NetworkInformationException)
        {
            return ["localhost"];
        }
    }
}
