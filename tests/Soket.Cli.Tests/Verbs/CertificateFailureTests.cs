using System.Text.Json;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>Certificates that are not to be taken, shown by openssl: the one thing that is wrong with each is what is said.</summary>
public sealed class CertificateFailureTests : IDisposable
{
    private readonly MadeCertificates _made = new();

    public void Dispose() => _made.Dispose();

    [Fact]
    public async Task A_pinned_fingerprint_that_differs_is_told_as_that_and_not_as_self_signed()
    {
        MadeCertificate certificate = _made.Make("localhost", ["localhost"]);
        string expected = string.Join(':', Enumerable.Repeat("AB", 32));
        (string cause, string remedy) = await RefusedAsync("tls-untrusted", certificate, "localhost", [], "--pin", expected.ToLowerInvariant());
        Assert.Contains($"expected {expected}", cause, StringComparison.Ordinal);
        Assert.Contains(certificate.Fingerprint, cause, StringComparison.Ordinal);
        Assert.DoesNotContain("self-signed", cause, StringComparison.Ordinal);
        Assert.DoesNotContain("--insecure", remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_self_signed_certificate_is_called_so_where_its_own_key_signed_it()
    {
        (string cause, string remedy) = await RefusedAsync("tls-untrusted", _made.Make("localhost", ["localhost"]), "localhost", []);
        Assert.Contains("is self-signed", cause, StringComparison.Ordinal);
        Assert.Contains("--pin", remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_signed_by_another_of_the_same_name_is_not_self_signed()
    {
        MadeCertificate other = _made.Make("localhost", ["localhost"]);
        MadeCertificate certificate = _made.Make("localhost", ["localhost"], other);
        (string unseen, _) = await RefusedAsync("tls-untrusted", certificate, "localhost", []);
        Assert.Contains("its own key did not make the signature", unseen, StringComparison.Ordinal);

        (string shown, _) = await RefusedAsync("tls-untrusted", certificate, "localhost", ["-cert_chain", other.Cert]);
        Assert.Contains($"signed with the key of CN=localhost ({other.Fingerprint}), which is no authority", shown, StringComparison.Ordinal);
        (string trusted, _) = await RefusedAsync("tls-untrusted", certificate, "localhost", [], "--cafile", other.Cert);
        Assert.Contains("which is no authority", trusted, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_for_clients_only_is_not_blamed_on_its_authority()
    {
        MadeCertificate authority = _made.Make("Kampus CA", authority: true);
        MadeCertificate certificate = _made.Make("klien", ["localhost"], authority, purpose: MadeCertificates.ForClients);
        (string cause, string remedy) = await RefusedAsync("tls-untrusted", certificate, "localhost", [], "--cafile", authority.Cert);
        Assert.Contains("allows clientAuth, and a server needs serverAuth", cause, StringComparison.Ordinal);
        Assert.DoesNotContain("--cafile", remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_of_the_trusted_name_with_another_key_is_told()
    {
        MadeCertificate real = _made.Make("Kampus CA", authority: true), pretended = _made.Make("Kampus CA", authority: true);
        MadeCertificate certificate = _made.Make("web", ["localhost"], pretended);
        (string cause, _) = await RefusedAsync("tls-untrusted", certificate, "localhost", [], "--cafile", real.Cert);
        Assert.Contains("the key of the CN=Kampus CA that is trusted here did not", cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "x", "dns:127.0.0.1", "stands as a DNS name")]
    [InlineData("127.0.0.1", "127.0.0.1", "localhost", "The certificate is for localhost; 127.0.0.1 stands only in its subject")]
    [InlineData("localhost", "localhost", "lain.example", "The certificate is for lain.example; localhost stands only in its subject")]
    [InlineData("localhost", "localhost", null, "has localhost only in its subject")]
    [InlineData("127.0.0.1", "127.0.0.1", null, "has 127.0.0.1 only in its subject")]
    [InlineData("localhost", "web", null, "names no host at all")]
    [InlineData("localhost", "web", "10.1.2.3", "for 10.1.2.3, and localhost was asked for")]
    public async Task Only_alternative_names_of_the_right_kind_count(string host, string common, string? alternative, string expected)
    {
        MadeCertificate authority = _made.Make("Kampus CA", authority: true);
        MadeCertificate certificate = _made.Make(common, alternative is null ? [] : [alternative], authority);
        (string cause, _) = await RefusedAsync("tls-wrong-name", certificate, host, [], "--cafile", authority.Cert);
        Assert.Contains(expected, cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-40, -9.5, "tls-expired", "10 days ago", "-9.5")]
    [InlineData(2.5, 30, "tls-not-yet-valid", "in 2 days", "2.5")]
    public async Task Dates_are_shown_with_the_clock(double from, double to, string code, string days, string shown)
    {
        MadeCertificate authority = _made.Make("Kampus CA", authority: true, from: -50, to: 50);
        MadeCertificate certificate = _made.Make("localhost", ["localhost"], authority, from: from, to: to);
        (string cause, string remedy) = await RefusedAsync(code, certificate, "localhost", [], "--cafile", authority.Cert);
        Assert.Contains(days, cause, StringComparison.Ordinal);
        Assert.Contains(DateTime.UtcNow.AddDays(double.Parse(shown, System.Globalization.CultureInfo.InvariantCulture)).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), cause, StringComparison.Ordinal);
        Assert.Contains(DateTime.UtcNow.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), cause, StringComparison.Ordinal);
        Assert.Contains("timedatectl", remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_that_has_expired_is_told_by_its_own_name_and_date()
    {
        MadeCertificate authority = _made.Make("Kampus CA", authority: true, from: -50, to: -3.5);
        MadeCertificate certificate = _made.Make("localhost", ["localhost"], authority);
        (string cause, _) = await RefusedAsync("tls-expired", certificate, "localhost", [], "--cafile", authority.Cert);
        Assert.Contains("The certificate of CN=Kampus CA was valid until", cause, StringComparison.Ordinal);
        Assert.Contains("4 days ago", cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_cafile_the_systems_roots_count_for_nothing()
    {
        MadeCertificate system = _made.Make("Akar sistem", authority: true), other = _made.Make("Kampus CA", authority: true);
        MadeCertificate certificate = _made.Make("web", ["localhost"], system);
        var environment = new Dictionary<string, string?> { ["SSL_CERT_FILE"] = system.Cert, ["SSL_CERT_DIR"] = _made.Folder + "/none" };
        (SoketProcess server, int port) = await OpensslServer.StartAsync(certificate, "-rev");
        await using (server)
        {
            Finished trusted = await SoketProcess.RunAsync(null, ["connect", $"tls://localhost:{port}", "abc", "--framing", "line", "--wait", "1s"], environment);
            Assert.Equal((0, "cba\n"), (trusted.ExitCode, trusted.Out));
            Finished refused = await SoketProcess.RunAsync(null, ["connect", $"tls://localhost:{port}", "abc", "--cafile", other.Cert], environment);
            Assert.Equal(60, refused.ExitCode);
            Assert.Contains("only what was given: CN=Kampus CA", refused.Error, StringComparison.Ordinal);
        }
    }

    // Both languages are looked at: neither may leave a placeholder unfilled.
    private static async Task<(string Cause, string Remedy)> RefusedAsync(string code, MadeCertificate certificate, string host, string[] serverFlags, params string[] flags)
    {
        (SoketProcess server, int port) = await OpensslServer.StartAsync(certificate, serverFlags);
        await using (server)
        {
            Finished indonesian = await SoketProcess.RunAsync(["connect", $"tls://{host}:{port}", "rahasia", "--lang", "id", .. flags]);
            Assert.Equal((60, ""), (indonesian.ExitCode, indonesian.Out));
            Assert.DoesNotContain('{', indonesian.Error);
            Finished told = await SoketProcess.RunAsync(["connect", $"tls://{host}:{port}", "rahasia", "--json", .. flags]);
            JsonElement error = JsonDocument.Parse(told.Out.TrimEnd().Split('\n')[^1]).RootElement;
            Assert.Equal((code, 60, 60), (error.GetProperty("code").GetString(), error.GetProperty("exit").GetInt32(), told.ExitCode));
            return (error.GetProperty("cause").GetString()!, error.GetProperty("remedy").GetString()!);
        }
    }
}
