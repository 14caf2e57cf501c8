using System.Text.Json;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>TLS against openssl both ways: client certificates, ALPN, versions, ciphers; what goes wrong is told at Soket's end, whichever that is.</summary>
public sealed class OpensslTests : IDisposable
{
    private readonly MadeCertificates _made = new();
    private readonly MadeCertificate _authority, _server, _client, _stranger;

    public OpensslTests()
    {
        _authority = _made.Make("Kampus CA", authority: true);
        _server = _made.Make("localhost", ["localhost", "127.0.0.1"], _authority, purpose: MadeCertificates.ForServers);
        _client = _made.Make("klien", [], _authority, purpose: MadeCertificates.ForClients);
        _stranger = _made.Make("asing", []);
    }

    public void Dispose() => _made.Dispose();

    [Theory]
    [InlineData("TLSv1.2", "-tls1_2")]
    [InlineData("TLSv1.3", "-tls1_3")]
    public async Task A_server_of_openssls_that_wants_a_certificate_gets_it_or_its_want_is_told(string version, string flag)
    {
        (SoketProcess server, int port) = await OpensslServer.StartAsync(_server, "-Verify", "1", "-verify_return_error", "-CAfile", _authority.Cert, "-rev", "-naccept", "2", flag);
        await using (server)
        {
            string[] connect = ["connect", $"tls://127.0.0.1:{port}", "abc", "--framing", "line", "--cafile", _authority.Cert, "--wait", "1s"];
            Finished shown = await SoketProcess.RunAsync([.. connect, "--cert", _client.Cert, "--key", _client.Key, "-v"]);
            Assert.Equal((0, "cba\n"), (shown.ExitCode, shown.Out));
            Assert.Contains(version.Replace("v", " ", StringComparison.Ordinal), shown.Error, StringComparison.Ordinal);
            Assert.Contains("certificate: 1 subject=CN=localhost issuer=CN=Kampus CA until=", shown.Error, StringComparison.Ordinal);
            Assert.Contains("certificate: 2 subject=CN=Kampus CA", shown.Error, StringComparison.Ordinal);

            JsonElement error = Last(await SoketProcess.RunAsync([.. connect, "--json"]));
            Assert.Equal(35, error.GetProperty("exit").GetInt32());
            if (version == "TLSv1.3") // RFC 8446 has an alert for it, RFC 5246 only handshake_failure.
                Assert.Equal("tls-client-certificate", error.GetProperty("code").GetString());
        }
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Serve_with_a_client_ca_takes_its_clients_only(string version)
    {
        string openssl = Peers.Require("openssl");
        (SoketProcess server, string endpoint) = await ServeAsync("--client-ca", _authority.Cert);
        await using (server)
        {
            string[] client = ["s_client", "-quiet", version, "-CAfile", _authority.Cert, "-verify_return_error", "-connect", $"127.0.0.1:{SoketProcess.PortOf(endpoint)}"];
            await using SoketProcess known = SoketProcess.Peer(openssl, [.. client, "-cert", _client.Cert, "-key", _client.Key]);
            await known.WriteAsync("halo\n");
            Assert.Equal("halo", await known.OutLineAsync(line => line == "halo"));

            await using SoketProcess bare = SoketProcess.Peer(openssl, client);
            await server.OutLineAsync(line => line.Contains("TLS_CLIENT_CERTIFICATE", StringComparison.Ordinal));
            await using SoketProcess stranger = SoketProcess.Peer(openssl, [.. client, "-cert", _stranger.Cert, "-key", _stranger.Key]);
            await server.OutLineAsync(line => line.Contains("TLS_UNTRUSTED", StringComparison.Ordinal));
            Assert.NotEqual(0, (await bare.EndAsync()).ExitCode);
            Assert.NotEqual(0, (await stranger.EndAsync()).ExitCode);
        }
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task Sokets_own_client_tells_that_its_certificate_is_missing_or_refused(string version)
    {
        (SoketProcess server, string endpoint) = await ServeAsync("--client-ca", _authority.Cert, "--tls-version", version);
        await using (server)
        {
            string[] connect = ["connect", endpoint, "rahasia", "--cafile", _authority.Cert, "--json"];
            JsonElement missing = Last(await SoketProcess.RunAsync(connect));
            Assert.Equal(("tls-client-certificate", 35), (missing.GetProperty("code").GetString(), missing.GetProperty("exit").GetInt32()));
            Assert.Contains("--cert client.pem", missing.GetProperty("remedy").GetString(), StringComparison.Ordinal);
            JsonElement refused = Last(await SoketProcess.RunAsync([.. connect, "--cert", _stranger.Cert, "--key", _stranger.Key]));
            Assert.Equal(35, refused.GetProperty("exit").GetInt32());
            Assert.Contains("after this client had shown its certificate", refused.GetProperty("cause").GetString(), StringComparison.Ordinal);
            // A server's own certificate is none for clients, whoever signed it.
            Finished wrong = await SoketProcess.RunAsync([.. connect, "--cert", _server.Cert, "--key", _server.Key]);
            Assert.Equal(35, wrong.ExitCode);
            Finished taken = await SoketProcess.RunAsync("connect", endpoint, "rahasia", "--cafile", _authority.Cert, "--cert", _client.Cert, "--key", _client.Key);
            Assert.Equal((0, "rahasia"), (taken.ExitCode, taken.Out));
        }
    }

    [Fact]
    public async Task Alpn_is_agreed_on_with_openssl_both_ways()
    {
        string openssl = Peers.Require("openssl");
        (SoketProcess server, string endpoint) = await ServeAsync("--alpn", "soket/2, soket/1");
        await using (server)
        {
            await using SoketProcess client = SoketProcess.Peer(openssl, "s_client", "-alpn", "soket/1", "-CAfile", _authority.Cert, "-connect", $"127.0.0.1:{SoketProcess.PortOf(endpoint)}");
            await client.OutLineAsync(line => line.Contains("ALPN protocol: soket/1", StringComparison.Ordinal));
            await server.OutLineAsync(line => line.Contains("alpn=soket/1", StringComparison.Ordinal));
            JsonElement none = Last(await SoketProcess.RunAsync("connect", endpoint, "x", "--cafile", _authority.Cert, "--alpn", "lain", "--json"));
            Assert.Contains("none of the protocols offered with ALPN", none.GetProperty("cause").GetString(), StringComparison.Ordinal);
        }

        (SoketProcess theirs, int port) = await OpensslServer.StartAsync(_server, "-alpn", "soket/1", "-rev");
        await using (theirs)
        {
            Finished agreed = await SoketProcess.RunAsync("connect", $"tls://127.0.0.1:{port}", "abc", "--framing", "line", "--wait", "1s", "--cafile", _authority.Cert, "--alpn", "soket/2,soket/1", "-v");
            Assert.Equal((0, "cba\n"), (agreed.ExitCode, agreed.Out));
            Assert.Contains("alpn=soket/1", agreed.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("tls-version-mismatch", "", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")]
    [InlineData("tls-version-mismatch", "1.2", "-tls1_3")]
    [InlineData("tls-version-mismatch", "1.3", "-tls1_2")]
    [InlineData("tls-no-common-cipher", "", "-tls1_2", "-cipher", "AES128-SHA256")]
    [InlineData("tls-no-common-cipher", "", "-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256")]
    public async Task Two_ends_without_common_ground_are_told_what_they_lack(string code, string version, params string[] openssl)
    {
        string[] versions = version.Length == 0 ? [] : ["--tls-version", version];
        (SoketProcess theirs, int port) = await OpensslServer.StartAsync(_server, openssl);
        await using (theirs)
        {
            JsonElement client = Last(await SoketProcess.RunAsync(["connect", $"tls://127.0.0.1:{port}", "x", "--cafile", _authority.Cert, "--json", .. versions]));
            Assert.Equal((code, 35), (client.GetProperty("code").GetString(), client.GetProperty("exit").GetInt32()));
        }

        (SoketProcess server, string endpoint) = await ServeAsync(versions);
        await using (server)
        {
            await using SoketProcess client = SoketProcess.Peer(Peers.Require("openssl"), ["s_client", "-connect", $"127.0.0.1:{SoketProcess.PortOf(endpoint)}", .. openssl]);
            string error = code == "tls-version-mismatch" ? "TLS_VERSION" : "TLS_CIPHER";
            Assert.Contains(error, await server.OutLineAsync(line => line.Contains("tls-handshake", StringComparison.Ordinal) && line.Contains("failure", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
    }

    private Task<(SoketProcess Server, string Endpoint)> ServeAsync(params string[] flags) => FirstAsync(SoketProcess.ServeAsync(["echo", "tls://127.0.0.1:0", "--cert", _server.Cert, "--key", _server.Key, .. flags]));

    private static async Task<(SoketProcess Server, string Endpoint)> FirstAsync(Task<(SoketProcess Server, IReadOnlyList<string> Endpoints)> serving)
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await serving;
        return (server, endpoints[0]);
    }

    private static JsonElement Last(Finished finished) => JsonDocument.Parse(finished.Out.TrimEnd().Split('\n')[^1]).RootElement;
}
