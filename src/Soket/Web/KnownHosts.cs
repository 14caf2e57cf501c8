using System.Net;
using Microsoft.AspNetCore.Http;
using Soket.Transports;

namespace Soket.Web;

/// <summary>
/// The names that a request may give as its host, beside addresses and localhost; <c>*</c> for all. A page elsewhere can have its own name lead to this machine
/// (DNS rebinding), and is stopped by that.
/// </summary>
internal sealed class KnownHosts(IReadOnlyCollection<string> names)
{
    public bool Contains(HostString host)
    {
        // HTTP/1.0 may leave it out, and no browser does.
        if (!host.HasValue || names.Contains("*"))
            return true;
        string name = host.Host.TrimEnd('.');
        return IPAddress.TryParse(name.Trim('[', ']'), out _) || AddressResolver.IsLocalhost(name) || names.Contains(name, StringComparer.OrdinalIgnoreCase);
    }
}
