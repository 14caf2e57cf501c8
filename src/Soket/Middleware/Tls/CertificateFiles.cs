using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Soket.Explain;

namespace Soket.Middleware.Tls;

/// <summary>Certificates as files: PEM (certificate, key, chain) and PFX (PKCS#12).</summary>
public static class CertificateFiles
{
    private const string Pem = "-----BEGIN ";

    /// <summary>Loads what a server shows.</summary>
    /// <param name="certificatePath">PEM with the server's certificate first and its chain after it, or PFX.</param>
    /// <param name="keyPath">PEM with the private key; null when it is in the same file.</param>
    /// <param name="password">The password of an encrypted key or of the PFX; null for none.</param>
    /// <returns>Settings with the certificate and its chain.</returns>
    /// <exception cref="SocketFailure">
    /// <c>TLS_CERTIFICATE_FILE</c>: a file is missing, may not be read, holds something else, or the key is not the certificate's. The message says which; the
    /// fact <c>tls.file</c> names the file.
    /// </exception>
    public static TlsServerSettings LoadServer(string certificatePath, string? keyPath = null, string? password = null)
    {
        byte[] bytes = Read(certificatePath);
        if (!IsPem(bytes))
            return LoadPfx(certificatePath, bytes, password);

        string certificates = Encoding.UTF8.GetString(bytes);
        string key = keyPath is null ? certificates : Encoding.UTF8.GetString(Read(keyPath));
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw Wrong(keyPath ?? certificatePath, keyPath is null ? "holds no private key, and no key file was given" : "holds no private key");
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal) && password is null)
            throw Wrong(keyPath ?? certificatePath, "holds an encrypted private key, and no password was given");
        X509Certificate2Collection chain = Certificates(certificatePath, certificates);
        try
        {
            X509Certificate2 certificate = password is null || !key.Contains("ENCRYPTED", StringComparison.Ordinal)
                ? X509Certificate2.CreateFromPem(certificates, key)
                : X509Certificate2.CreateFromEncryptedPem(certificates, key, password);
            chain[0].Dispose();
            chain.RemoveAt(0);
            return new TlsServerSettings { Certificate = DevelopmentCertificate.Usable(certificate), Intermediates = chain };
        }
        catch (ArgumentException e)
        {
            throw Wrong(keyPath ?? certificatePath, $"holds a private key that does not belong to the certificate in {certificatePath}", e);
        }
        catch (CryptographicException e)
        {
            throw Wrong(keyPath ?? certificatePath, password is null ? "holds a private key that cannot be read" : "holds a private key that cannot be read with this password", e);
        }
    }

    /// <summary>Loads what a client trusts: one or more certificates, PEM or DER.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SocketFailure"><c>TLS_CERTIFICATE_FILE</c>, as for <see cref="LoadServer"/>.</exception>
    public static X509Certificate2Collection LoadRoots(string path)
    {
        byte[] bytes = Read(path);
        if (IsPem(bytes))
            return Certificates(path, Encoding.UTF8.GetString(bytes));
        try
        {
            return [X509CertificateLoader.LoadCertificate(bytes)];
        }
        catch (CryptographicException e)
        {
            throw Wrong(path, "holds no certificate", e);
        }
    }

    private static X509Certificate2Collection Certificates(string path, string pem)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw Wrong(path, "holds a certificate that cannot be read", e);
        }

        return found.Count > 0 ? found : throw Wrong(path, "holds no certificate");
    }

    private static TlsServerSettings LoadPfx(string path, byte[] bytes, string? password)
    {
        X509Certificate2Collection found;
        try
        {
            found = X509CertificateLoader.LoadPkcs12Collection(bytes, password);
        }
        catch (CryptographicException e)
        {
            throw Wrong(path, password is null ? "is neither PEM nor a PFX without password" : "is no PFX, or the password is not its own", e);
        }

        X509Certificate2 certificate = found.FirstOrDefault(one => one.HasPrivateKey) ?? throw Wrong(path, "holds no certificate with a private key");
        found.Remove(certificate);
        return new TlsServerSettings { Certificate = certificate, Intermediates = found };
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Wrong(path, "does not exist", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Wrong(path, "cannot be read", e);
        }
    }

    private static bool IsPem(byte[] bytes) => bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Pem)) >= 0;

    private static SocketFailure Wrong(string path, string what, Exception? inner = null) => new(
        SocketCall.TlsHandshake,
        SystemError.Own("TLS_CERTIFICATE_FILE", $"{path} {what}"),
        new FailureContext { Transport = TlsMiddleware.TransportName, Facts = new Dictionary<string, string> { [FailureFacts.TlsFile] = path } },
        inner);
}
