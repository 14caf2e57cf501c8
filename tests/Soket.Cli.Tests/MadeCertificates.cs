using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Soket.Cli.Tests.Interop;

namespace Soket.Cli.Tests;

/// <summary>A certificate in its files.</summary>
internal sealed record MadeCertificate(X509Certificate2 Certificate, string Cert, string Key)
{
    public string Fingerprint { get; } = string.Join(':', SHA256.HashData(Certificate.RawData).Select(b => b.ToString("X2", CultureInfo.InvariantCulture)));
}

/// <summary>Certificates made for a test, right and wrong ones, as PEM files in a folder that goes with it.</summary>
internal sealed class MadeCertificates : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<MadeCertificate> _made = [];

    public const string ForServers = "1.3.6.1.5.5.7.3.1", ForClients = "1.3.6.1.5.5.7.3.2";

    public string Folder => _folder.Path;

    /// <summary>Makes one, valid from an hour ago for a day unless the dates are given.</summary>
    /// <param name="name">The common name.</param>
    /// <param name="names">DNS names, and addresses where they read like one; <c>dns:</c> before an address makes a DNS name of it.</param>
    /// <param name="signer">Who signs; itself when null.</param>
    /// <param name="authority">Whether it may sign.</param>
    /// <param name="purpose">The extended key usage; none when null.</param>
    /// <param name="from">Days from now.</param>
    /// <param name="to">Days from now.</param>
    public MadeCertificate Make(string name, string[]? names = null, MadeCertificate? signer = null, bool authority = false, string? purpose = null, double from = -1.0 / 24, double to = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority, false, 0, true));
        if (names is { Length: > 0 })
        {
            var alternatives = new SubjectAlternativeNameBuilder();
            foreach (string one in names)
            {
                if (IPAddress.TryParse(one, out IPAddress? address))
                    alternatives.AddIpAddress(address);
                else
                    alternatives.AddDnsName(one.StartsWith("dns:", StringComparison.Ordinal) ? one[4..] : one);
            }

            request.CertificateExtensions.Add(alternatives.Build());
        }

        if (purpose is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        X509Certificate2 made;
        if (signer is null)
        {
            made = request.CreateSelfSigned(now.AddDays(from), now.AddDays(to));
        }
        else
        {
            // Signed by the key itself: CertificateRequest.Create refuses a signer that may not sign, which is what some tests want.
            using ECDsa signing = signer.Certificate.GetECDsaPrivateKey()!;
            using X509Certificate2 bare = request.Create(signer.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(signing), now.AddDays(from), now.AddDays(to), RandomNumberGenerator.GetBytes(8));
            made = bare.CopyWithPrivateKey(key);
        }

        string path = Path.Combine(_folder.Path, _made.Count.ToString(CultureInfo.InvariantCulture));
        File.WriteAllText(path + ".pem", made.ExportCertificatePem());
        File.WriteAllText(path + ".key", key.ExportPkcs8PrivateKeyPem());
        _made.Add(new MadeCertificate(made, path + ".pem", path + ".key"));
        return _made[^1];
    }

    /// <summary>A file in the folder.</summary>
    public string Write(string name, string text)
    {
        string path = Path.Combine(_folder.Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        foreach (MadeCertificate made in _made)
            made.Certificate.Dispose();
        _folder.Dispose();
    }
}
