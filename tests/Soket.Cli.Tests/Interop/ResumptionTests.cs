using System.Globalization;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>A TLS session that is gone on with, by openssl's client: both ends say so.</summary>
public sealed class ResumptionTests
{
    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_session_that_openssl_goes_on_with_is_told(string version)
    {
        string openssl = Peers.Require("openssl"), session = Path.Combine(Path.GetTempPath(), $"soket-session-{Guid.NewGuid():N}.pem");
        await using SoketProcess server = SoketProcess.Soket("serve", "echo", "tls://127.0.0.1:0", "-v");
        string ready = await server.ErrorLineAsync(line => line.Contains("tls://127.0.0.1:", StringComparison.Ordinal));
        string port = ready[(ready.LastIndexOf(':') + 1)..].Trim();
        try
        {
            Assert.Contains("New, TLS", await ConnectAsync(openssl, port, version, "-sess_out", session), StringComparison.Ordinal);
            string first = await server.ErrorLineAsync(line => line.Contains("tls-handshake = ", StringComparison.Ordinal));
            Assert.DoesNotContain("resumed", first, StringComparison.Ordinal);
            Assert.Contains("Reused, TLS", await ConnectAsync(openssl, port, version, "-sess_in", session), StringComparison.Ordinal);
            await server.ErrorLineAsync(line => line.Contains("tls-handshake = ", StringComparison.Ordinal) && line.Contains(" resumed", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(session);
        }
    }

    // The session is told after the handshake: what comes back shows that it was read.
    private static async Task<string> ConnectAsync(string openssl, string port, params string[] more)
    {
        await using SoketProcess client = SoketProcess.Peer(openssl, ["s_client", "-connect", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), .. more]);
        await client.WriteAsync("halo\n");
        await client.OutLineAsync(line => line == "halo");
        return (await client.FinishAsync("Q\n"u8.ToArray())).Out;
    }
}
