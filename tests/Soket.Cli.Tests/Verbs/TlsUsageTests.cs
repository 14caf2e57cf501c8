using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>What is typed wrongly about TLS is said at once: nothing connects, nothing binds.</summary>
public sealed class TlsUsageTests : IDisposable
{
    private readonly MadeCertificates _made = new();

    public void Dispose() => _made.Dispose();

    [Theory]
    [InlineData("missing.pem", "does not exist", "tidak ada")]
    [InlineData("folder", "is a directory", "adalah direktori")]
    [InlineData("empty.pem", "is empty", "kosong")]
    [InlineData("text.pem", "holds no certificate", "tidak berisi sertifikat")]
    [InlineData("cut.pem", "is cut off", "terpotong")]
    [InlineData("0.key", "holds a private key, and a certificate is wanted", "padahal di sini diperlukan sertifikat")]
    public async Task A_cafile_that_is_none(string file, string english, string indonesian)
    {
        MakeFiles();
        await WrongAsync("--cafile", file, english, indonesian, ["connect", "tls://localhost:1", "x", "--cafile", In(file)]);
    }

    [Theory]
    [InlineData("--cert", "missing.pem", "0.key", "does not exist", "tidak ada")]
    [InlineData("--cert", "text.pem", "0.key", "is neither PEM", "bukan PEM")]
    [InlineData("--cert", "0.key", "0.key", "a certificate is wanted", "diperlukan sertifikat")]
    [InlineData("--cert", "0.pem", null, "without its private key", "tanpa kunci privatnya")]
    [InlineData("--key", "0.pem", "missing.key", "does not exist", "tidak ada")]
    [InlineData("--key", "0.pem", "folder", "is a directory", "adalah direktori")]
    [InlineData("--key", "0.pem", "text.pem", "holds no private key", "tidak berisi kunci privat")]
    [InlineData("--key", "0.pem", "1.key", "does not belong to the certificate in", "bukan pasangan sertifikat di")]
    [InlineData("--key", "0.pem", "locked.key", "is encrypted with a password", "dienkripsi dengan kata sandi")]
    [InlineData("--key", "0.pem", "broken.key", "cannot be read", "tidak dapat dibaca")]
    public async Task A_servers_certificate_or_key_that_is_none(string flag, string cert, string? key, string english, string indonesian)
    {
        MakeFiles();
        string[] keys = key is null ? [] : ["--key", In(key)];
        await WrongAsync(flag, flag == "--key" ? key! : cert, english, indonesian, ["serve", "echo", "tls://localhost:0", "--cert", In(cert), .. keys]);
    }

    [Theory]
    [InlineData(-9, -2, "certificate-expired")]
    [InlineData(2, 9, "certificate-not-yet-valid")]
    public async Task A_certificate_out_of_its_dates_is_served_with_a_notice(double from, double to, string notice)
    {
        MadeCertificate odd = _made.Make("localhost", ["localhost"], from: from, to: to);
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tls://127.0.0.1:0", "--cert", odd.Cert, "--key", odd.Key);
        await using (server)
        {
            await server.OutLineAsync(line => line.Contains($"\"notice\":\"{notice}\"", StringComparison.Ordinal));
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "x", "--cafile", odd.Cert);
            Assert.Equal(60, client.ExitCode);
            Assert.Contains(notice == "certificate-expired" ? "explain tls-expired" : "explain tls-not-yet-valid", client.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_without_an_end_is_not_read_without_an_end()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("/dev/zero is Linux's");
        Finished finished = await SoketProcess.RunAsync("connect", "tls://localhost:1", "x", "--cafile", "/dev/zero");
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("longer than 16 MiB", finished.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zz")]
    [InlineData("AB:CD")]
    [InlineData("da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    public async Task A_pin_that_is_no_fingerprint(string pin)
    {
        Finished english = await SoketProcess.RunAsync("connect", "tls://localhost:1", "x", "--pin", pin);
        Finished indonesian = await SoketProcess.RunAsync("connect", "tls://localhost:1", "x", "--pin", pin, "--lang", "id");
        Assert.Equal((2, 2), (english.ExitCode, indonesian.ExitCode));
        Assert.Contains($"--pin '{pin}' is not a SHA-256 fingerprint: 64 hexadecimal digits", english.Error, StringComparison.Ordinal);
        Assert.Contains("bukan sidik jari SHA-256", indonesian.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost:1", "Did you mean tls://localhost:1?")]
    [InlineData("[::1]:1", "Did you mean tls://[::1]:1?")]
    [InlineData("unix:/tmp/x.sock", "and unix has none. Example: tls://localhost:8443")]
    [InlineData("udp://localhost:1", "and udp has none. Example: tls://localhost:8443")]
    public async Task A_tls_flag_elsewhere_shows_an_endpoint_that_can_be(string endpoint, string expected)
    {
        foreach (string[] flag in new string[][] { ["--insecure"], ["--cafile", "x"], ["--sni", "x"], ["--pin", "x"] })
        {
            Finished finished = await SoketProcess.RunAsync(["connect", endpoint, "x", .. flag]);
            Assert.Equal(2, finished.ExitCode);
            Assert.Contains(expected, finished.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_variables_say_for_every_call_is_passed_over_where_it_has_no_place()
    {
        var usual = new Dictionary<string, string?>
        {
            ["SOKET_INSECURE"] = "1", ["SOKET_CAFILE"] = "missing.pem", ["SOKET_PIN"] = "zz", ["SOKET_SNI"] = "x", ["SOKET_CERT"] = "missing.pem", ["SOKET_KEY"] = "missing.pem",
            ["SOKET_TEXT"] = "halo", ["SOKET_REPLY"] = "json", ["SOKET_PORT"] = "1", ["SOKET_HOST"] = "lain.example", ["SOKET_SOURCE"] = "127.0.0.1",
        };
        string path = In("s");
        await using SoketProcess server = SoketProcess.SoketIn(usual, "serve", "echo", "tcp://127.0.0.1:0", $"unix:{path}", "--json");
        string ready = await server.OutLineAsync(line => line.Contains("\"type\":\"ready\"", StringComparison.Ordinal));
        string tcp = ready[ready.IndexOf("tcp://", StringComparison.Ordinal)..];
        Finished overTcp = await SoketProcess.RunAsync(null, ["connect", tcp[..tcp.IndexOf('"', StringComparison.Ordinal)], "halo"], usual);
        Assert.Equal((0, "halo"), (overTcp.ExitCode, overTcp.Out));
        Finished overUnix = await SoketProcess.RunAsync(null, ["connect", $"unix:{path}", "halo"], usual);
        Assert.Equal((0, "halo"), (overUnix.ExitCode, overUnix.Out));
    }

    [Theory]
    [InlineData("TLS_EXPIRED", "tls-expired: Certificate expired")]
    [InlineData("SOKET_LIMIT", "connection-limit: Connection limit reached")]
    public async Task A_code_of_Sokets_own_is_explained_without_an_empty_word_of_the_system(string code, string first)
    {
        Finished finished = await SoketProcess.RunAsync("explain", code);
        Assert.StartsWith(first, finished.Out, StringComparison.Ordinal);
        Assert.Contains("The system calls it EADDRINUSE (98): Address already in use.", (await SoketProcess.RunAsync("explain", "98")).Out, StringComparison.Ordinal);
    }

    private string In(string file) => Path.Combine(_made.Folder, file);

    private void MakeFiles()
    {
        MadeCertificate one = _made.Make("localhost", ["localhost"]);
        _made.Make("localhost", ["localhost"]);
        _made.Write("empty.pem", "");
        _made.Write("text.pem", "hello\n");
        _made.Write("cut.pem", File.ReadAllText(one.Cert)[..200]);
        _made.Write("broken.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        using System.Security.Cryptography.ECDsa key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(one.Certificate)!;
        _made.Write("locked.key", key.ExportEncryptedPkcs8PrivateKeyPem("rahasia", new(System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc, System.Security.Cryptography.HashAlgorithmName.SHA256, 1000)));
        Directory.CreateDirectory(In("folder"));
    }

    private async Task WrongAsync(string flag, string file, string english, string indonesian, string[] arguments)
    {
        Finished told = await SoketProcess.RunAsync(arguments);
        Assert.Equal((2, ""), (told.ExitCode, told.Out));
        Assert.StartsWith($"soket: {flag}: ", told.Error, StringComparison.Ordinal);
        Assert.Contains(In(file), told.Error, StringComparison.Ordinal);
        Assert.Contains(english, told.Error, StringComparison.Ordinal);
        Finished diberitahu = await SoketProcess.RunAsync([.. arguments, "--lang", "id"]);
        Assert.Equal(2, diberitahu.ExitCode);
        Assert.Contains(indonesian, diberitahu.Error, StringComparison.Ordinal);
    }
}
