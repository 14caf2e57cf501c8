using System.Globalization;

namespace Soket.Cli.Tests.Interop;

/// <summary><c>openssl s_server</c> on a free port: the peer that shows whatever certificate it is given and speaks whatever it is told to.</summary>
internal static class OpensslServer
{
    public static async Task<(SoketProcess Server, int Port)> StartAsync(MadeCertificate certificate, params string[] more)
    {
        SoketProcess server = SoketProcess.Peer(Peers.Require("openssl"), ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate.Cert, "-key", certificate.Key, .. more]);
        string ready = await server.OutLineAsync(line => line.StartsWith("ACCEPT 127.0.0.1:", StringComparison.Ordinal) && !line.EndsWith(':'));
        return (server, int.Parse(ready[(ready.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
    }
}
