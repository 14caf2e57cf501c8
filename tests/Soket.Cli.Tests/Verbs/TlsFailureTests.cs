using System.Text.Json;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>What goes wrong with TLS, each provoked for real: the code, the exit code, and what the explanation must name.</summary>
public sealed class TlsFailureTests
{
    [Fact]
    public async Task A_certificate_nobody_here_trusts()
    {
        using TestCertificate certificate = await TestCertificate.CreateAsync();
        JsonElement error = await ConnectAsync(certificate, "localhost");
        AssertError(error, "tls-untrusted", 60);
    }

    [Fact]
    public async Task A_certificate_for_another_name_names_the_names_it_is_for()
    {
        using TestCertificate certificate = await TestCertificate.CreateAsync("DNS:lain.example");
        JsonElement error = await ConnectAsync(certificate, "localhost", "--cafile", certificate.Cert);
        AssertError(error, "tls-wrong-name", 60);
        Assert.Contains("lain.example", error.GetProperty("cause").GetString(), StringComparison.Ordinal);
        Assert.Contains("--sni lain.example", error.GetProperty("remedy").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_the_wrong_one_for_a_pin()
    {
        using TestCertificate certificate = await TestCertificate.CreateAsync();
        JsonElement error = await ConnectAsync(certificate, "localhost", "--pin", string.Join(':', Enumerable.Repeat("AB", 32)));
        Assert.Equal(60, error.GetProperty("exit").GetInt32());
    }

    [Fact]
    public async Task Plain_text_to_a_tls_endpoint()
    {
        using TestCertificate certificate = await TestCertificate.CreateAsync();
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tls://127.0.0.1:0", "--cert", certificate.Cert, "--key", certificate.Key);
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", $"tcp://127.0.0.1:{SoketProcess.PortOf(endpoints[0])}", "halo", "--json");
            JsonElement error = Last(client);
            AssertError(error, "plaintext-where-tls-expected", 35);
            Assert.Contains("tls://127.0.0.1", error.GetProperty("remedy").GetString(), StringComparison.Ordinal);
            Assert.Contains("TLS_PLAINTEXT_PEER", await server.OutLineAsync(line => line.Contains("TLS_PLAINTEXT_PEER", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("process", "tls-closed")]
    [InlineData("echo", "plaintext-where-tls-expected")]
    [InlineData("daytime", "plaintext-where-tls-expected")]
    public async Task Tls_to_a_plain_endpoint(string service, string code)
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync(service, "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", $"tls://127.0.0.1:{SoketProcess.PortOf(endpoints[0])}", "halo", "--json");
            JsonElement error = Last(client);
            Assert.Equal(35, client.ExitCode);
            Assert.Equal(code, error.GetProperty("code").GetString());
            if (service == "echo")
                Assert.Contains("this client's own greeting (its ClientHello) back, byte for byte: an echo service", error.GetProperty("cause").GetString(), StringComparison.Ordinal);
            Assert.Contains($"`soket connect tcp://127.0.0.1:{SoketProcess.PortOf(endpoints[0])}`", error.GetProperty("remedy").GetString(), StringComparison.Ordinal);
            if (service != "daytime")
                await server.OutLineAsync(line => line.Contains("TLS_TO_PLAIN", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_server_that_never_answers_the_handshake()
    {
        using var silent = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        silent.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        silent.Listen(5);
        Finished client = await SoketProcess.RunAsync("connect", $"tls://{silent.LocalEndPoint}", "halo", "--json", "--timeout", "300ms");
        Assert.Equal(28, client.ExitCode);
        Assert.Equal("tls-handshake", Last(client).GetProperty("call").GetString());
        AssertError(Last(client), "tls-handshake-timed-out", 28);
        Assert.Contains($"`soket connect tcp://{silent.LocalEndPoint}`", Last(client).GetProperty("remedy").GetString(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ConnectAsync(TestCertificate certificate, string host, params string[] flags)
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tls://localhost:0", "--cert", certificate.Cert, "--key", certificate.Key);
        await using (server)
            return Last(await SoketProcess.RunAsync(["connect", $"tls://{host}:{SoketProcess.PortOf(endpoints[0])}", "rahasia", "--json", .. flags]));
    }

    private static JsonElement Last(Finished finished) => JsonDocument.Parse(finished.Out.TrimEnd().Split('\n')[^1]).RootElement;

    private static void AssertError(JsonElement error, string code, int exit)
    {
        Assert.Equal("error", error.GetProperty("type").GetString());
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(exit, error.GetProperty("exit").GetInt32());
    }
}
