using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Soket.Middleware.Tls;

/// <summary>Certificates as files: PEM (certificate, key, chain) and PFX (PKCS#12).</summary>
public static class CertificateFiles
{
    /// <summary>The longest file that is read, in bytes: a system's whole bundle of roots has some 200 KiB.</summary>
    internal const int Longest = 16 * 1024 * 1024;

    /// <summary>Loads what a server shows.</summary>
    /// <param name="certificatePath">PEM with the server's certificate first and its chain after it, or PFX.</param>
    /// <param name="keyPath">PEM with the private key; null when it is in the same file.</param>
    /// <param name="password">The password of an encrypted key or of the PFX; null for none.</param>
    /// <returns>Settings with the certificate and its chain.</returns>
    /// <exception cref="CertificateFileException">A file is missing, may not be read, holds something else, or the key is not the certificate's.</exception>
    public static TlsServerSettings LoadServer(string certificatePath, string? keyPath = null, string? password = null)
    {
        (X509Certificate2 certificate, X509Certificate2Collection chain) = LoadOwn(certificatePath, keyPath, password);
        return new TlsServerSettings { Certificate = certificate, Intermediates = chain };
    }

    /// <summary>Loads what one end shows of itself: a certificate with its private key, and the certificates that come with it.</summary>
    /// <param name="certificatePath">PEM with the certificate first and its chain after it, or PFX.</param>
    /// <param name="keyPath">PEM with the private key; null when it is in the same file.</param>
    /// <param name="password">The password of an encrypted key or of the PFX; null for none.</param>
    /// <exception cref="CertificateFileException">As for <see cref="LoadServer"/>.</exception>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Chain) LoadOwn(string certificatePath, string? keyPath = null, string? password = null)
    {
        byte[] bytes = Read(certificatePath);
        if (!IsPem(bytes))
            return LoadPfx(certificatePath, bytes, password);

        string certificates = Encoding.UTF8.GetString(bytes);
        X509Certificate2Collection chain = Certificates(certificatePath, certificates);
        string key = keyPath is null ? certificates : Encoding.UTF8.GetString(Read(keyPath));
        string keyFile = keyPath ?? certificatePath;
        if (!IsKey(key))
            throw new CertificateFileException(keyFile, keyPath is null ? "no-key" : "no-key-inside");
        bool encrypted = key.Contains("ENCRYPTED", StringComparison.Ordinal);
        if (encrypted && password is null)
            throw new CertificateFileException(keyFile, "key-encrypted");
        try
        {
            X509Certificate2 certificate = encrypted ? X509Certificate2.CreateFromEncryptedPem(certificates, key, password) : X509Certificate2.CreateFromPem(certificates, key);
            chain[0].Dispose();
            chain.RemoveAt(0);
            return (DevelopmentCertificate.Usable(certificate), chain);
        }
        catch (ArgumentException e)
        {
            throw new CertificateFileException(keyFile, "key-other", certificatePath, inner: e);
        }
        catch (CryptographicException e)
        {
            // .NET says neither which key a block holds nor whose it is; a key that can be read by itself is another certificate's.
            throw IsReadable(key)
                ? new CertificateFileException(keyFile, "key-other", certificatePath, inner: e)
                : new CertificateFileException(keyFile, encrypted ? "key-password" : "key-bad", words: e.Message, inner: e);
        }
    }

    /// <summary>Loads what one end trusts: one or more certificates, PEM or DER.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CertificateFileException">The file is missing, may not be read, or holds no certificate.</exception>
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
            throw new CertificateFileException(path, "no-certificate", inner: e);
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
            throw new CertificateFileException(path, "bad-certificate", words: e.Message, inner: e);
        }

        return found.Count > 0 ? found
            : throw new CertificateFileException(path, pem.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal) ? "cut-certificate" : IsKey(pem) ? "key-only" : "no-certificate");
    }

    private static (X509Certificate2 Certificate, X509Certificate2Collection Chain) LoadPfx(string path, byte[] bytes, string? password)
    {
        X509Certificate2Collection found;
        try
        {
            found = X509CertificateLoader.LoadPkcs12Collection(bytes, password);
        }
        catch (CryptographicException e)
        {
            throw new CertificateFileException(path, password is null ? "no-pfx" : "pfx-password", inner: e);
        }

        X509Certificate2 certificate = found.FirstOrDefault(one => one.HasPrivateKey) ?? throw new CertificateFileException(path, "pfx-no-key");
        found.Remove(certificate);
        return (certificate, found);
    }

    // Not by its length, which a pipe (a shell's <(...)) does not have; and not without bounds, which /dev/zero does not have.
    private static byte[] Read(string path)
    {
        if (Directory.Exists(path))
            throw new CertificateFileException(path, "directory");
        try
        {
            using FileStream file = File.OpenRead(path);
            using var bytes = new MemoryStream();
            byte[] buffer = new byte[64 * 1024];
            int read;
            while ((read = file.Read(buffer)) > 0)
            {
                if (bytes.Length + read > Longest)
                    throw new CertificateFileException(path, "too-long");
                bytes.Write(buffer, 0, read);
            }

            return bytes.Length > 0 ? bytes.ToArray() : throw new CertificateFileException(path, "empty");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CertificateFileException(path, "missing", inner: e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CertificateFileException(path, "denied", inner: e);
        }
        catch (Exception e) when (e is IOException and not CertificateFileException or ArgumentException or NotSupportedException)
        {
            throw new CertificateFileException(path, "unreadable", words: e.Message, inner: e);
        }
    }

    private static bool IsPem(byte[] bytes) => bytes.AsSpan().IndexOf("-----BEGIN "u8) >= 0;

    private static bool IsKey(string pem) => pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal);

    private static bool IsReadable(string pem) => Imports(static () => RSA.Create(), pem) || Imports(static () => ECDsa.Create(), pem) || Imports(static () => DSA.Create(), pem);

    private static bool Imports(Func<AsymmetricAlgorithm> create, string pem)
    {
        using AsymmetricAlgorithm algorithm = create();
        try
        {
            algorithm.ImportFromPem(pem);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            return false; // The answer, and not an error.
        }
    }
}
