using System.Globalization;
using Soket.Cli.Tests.Interop;

namespace Soket.Cli.Tests.Verbs;

/// <summary>unbound, a resolver that checks signatures, on 127.0.0.1: plain, over TLS and over HTTPS. It asks a name server of the test's for one zone.</summary>
internal sealed class ResolverServer : IAsyncDisposable
{
    private readonly SoketProcess _process;
    private readonly DirectoryInfo _folder;

    private ResolverServer(SoketProcess process, DirectoryInfo folder, int port, int tlsPort, int httpsPort) =>
        (_process, _folder, Port, TlsPort, HttpsPort) = (process, folder, port, tlsPort, httpsPort);

    public int Port { get; }

    public int TlsPort { get; }

    public int HttpsPort { get; }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="zone">The zone it knows.</param>
    /// <param name="authority">The port of that zone's name server on 127.0.0.1.</param>
    /// <param name="certificate">What it shows.</param>
    /// <param name="more">Further lines of its configuration's server section.</param>
    public static async Task<ResolverServer> StartAsync(string zone, int authority, MadeCertificate certificate, params string[] more)
    {
        string unbound = Peers.Require("unbound");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("soket-unbound-");
        int port = Ports.Free(), tlsPort = Ports.Free(), httpsPort = Ports.Free();
        string conf = Path.Combine(folder.FullName, "unbound.conf");
        await File.WriteAllTextAsync(conf, string.Create(CultureInfo.InvariantCulture, $"""
            server:
              interface: 127.0.0.1@{port}
              interface: 127.0.0.1@{tlsPort}
              interface: 127.0.0.1@{httpsPort}
              tls-port: {tlsPort}
              https-port: {httpsPort}
              http-endpoint: "/dns-query"
              tls-service-key: "{certificate.Key}"
              tls-service-pem: "{certificate.Cert}"
              access-control: 127.0.0.0/8 allow
              do-not-query-localhost: no
              do-daemonize: no
              use-syslog: no
              username: ""
              chroot: ""
              directory: "{folder.FullName}"
              pidfile: "{folder.FullName}/pid"
              num-threads: 1
              module-config: "validator iterator"
              ede: yes
              local-zone: "test" nodefault
              local-zone: "refused.example" refuse
            {string.Concat(more.Select(line => $"  {line}\n"))}
            stub-zone:
              name: "{zone}"
              stub-addr: 127.0.0.1@{authority}

            """));
        var server = new ResolverServer(SoketProcess.Peer(unbound, "-d", "-c", conf), folder, port, tlsPort, httpsPort);
        try
        {
            await Peers.AnswersAsync(port);
        }
        catch (Exception e)
        {
            string said = server._process.Said;
            await server.DisposeAsync();
            throw new InvalidOperationException($"unbound does not answer on port {port}.\n{said}", e);
        }

        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
