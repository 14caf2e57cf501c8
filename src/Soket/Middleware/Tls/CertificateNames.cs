using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Soket.Middleware.Tls;

/// <summary>Whom a certificate is for (RFC 9525): the DNS names and addresses of its subject alternative names, and nothing else.</summary>
internal sealed class CertificateNames
{
    private readonly List<string> _dns = [];
    private readonly List<IPAddress> _addresses = [];

    public CertificateNames(X509Certificate2 certificate)
    {
        try
        {
            foreach (X509SubjectAlternativeNameExtension names in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
            {
                _dns.AddRange(names.EnumerateDnsNames());
                _addresses.AddRange(names.EnumerateIPAddresses());
            }
        }
        catch (CryptographicException)
        {
            // The peer's certificate is damaged here: what could be read before counts, and the rest names nobody.
        }
    }

    public IReadOnlyList<string> Dns => _dns;

    public IReadOnlyList<IPAddress> Addresses => _addresses;

    /// <summary>
    /// Whether the certificate is for a name or an address. An address matches an address entry alone, never a DNS name that reads like one; the
    /// common name counts for nothing, whether or not there are other names (RFC 9525 2, 6.2 and 6.5).
    /// </summary>
    public bool Match(string expected)
    {
        if (Address(expected) is { } address)
            return _addresses.Contains(address);
        string host = Ascii(expected.TrimEnd('.'));
        return host.Length > 0 && _dns.Exists(name => Match(name.TrimEnd('.'), host));
    }

    /// <summary>The address that a host is, written with or without brackets; null for a name.</summary>
    public static IPAddress? Address(string host) =>
        IPAddress.TryParse(host.AsSpan().TrimStart('[').TrimEnd(']'), out IPAddress? address) ? new IPAddress(address.GetAddressBytes()) : null; // without a zone, which no certificate knows

    // Certificates write names in letters of other scripts as A-labels (RFC 5890): xn--...
    private static string Ascii(string host)
    {
        try
        {
            return System.Text.Ascii.IsValid(host) || host.Length == 0 ? host : new IdnMapping().GetAscii(host);
        }
        catch (ArgumentException)
        {
            return host; // No host name at all, so nobody's certificate is for it.
        }
    }

    // RFC 9525 6.3: a wildcard is the whole leftmost label, stands for exactly one label, and has at least two labels after it.
    private static bool Match(string name, string host)
    {
        if (name.Equals(host, StringComparison.OrdinalIgnoreCase))
            return !name.Contains('*', StringComparison.Ordinal);
        if (!name.StartsWith("*.", StringComparison.Ordinal) || name.AsSpan(2).Contains('*') || !name.AsSpan(2).Contains('.'))
            return false;
        int dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && host.AsSpan(dot).Equals(name.AsSpan(1), StringComparison.OrdinalIgnoreCase);
    }
}
