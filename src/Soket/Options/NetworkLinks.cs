using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Soket.Options;

/// <summary>The network interfaces of this machine by name, number or address, as the multicast options want them.</summary>
internal static class NetworkLinks
{
    /// <summary>An interface's number, and an address of its own on IPv4 (any when it has none).</summary>
    public readonly record struct Link(int Index, IPAddress IPv4, string Name);

    /// <summary>The interface of a name, number or address; null when there is none.</summary>
    public static Link? Find(string text)
    {
        IPAddress? address = IPAddress.TryParse(text, out IPAddress? parsed) ? parsed : null;
        foreach (NetworkInterface one in NetworkInterface.GetAllNetworkInterfaces())
        {
            IPInterfaceProperties properties = one.GetIPProperties();
            int index = Index(one, properties);
            bool same = one.Name == text || text == index.ToString(CultureInfo.InvariantCulture)
                || properties.UnicastAddresses.Any(own => own.Address.Equals(address));
            if (same)
                return new(index, properties.UnicastAddresses.FirstOrDefault(own => own.Address.AddressFamily == AddressFamily.InterNetwork)?.Address ?? IPAddress.Any, one.Name);
        }

        return null;
    }

    private static int Index(NetworkInterface one, IPInterfaceProperties properties)
    {
        try
        {
            return one.Supports(NetworkInterfaceComponent.IPv4) ? properties.GetIPv4Properties().Index : properties.GetIPv6Properties().Index;
        }
        catch (NetworkInformationException)
        {
            return 0; // an interface without either; it has no number to match
        }
    }
}
