using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>xinetd with its built-in services on free ports of 127.0.0.1, over TCP and over UDP; ready when it answers.</summary>
internal sealed class XinetdServer : IAsyncDisposable
{
    private static readonly string[] Services = ["echo", "discard", "chargen", "daytime", "time"];
    private readonly SoketProcess _process;
    private readonly TemporaryFolder _folder;
    private readonly Dictionary<(string Service, string Transport), int> _ports;

    private XinetdServer(SoketProcess process, TemporaryFolder folder, Dictionary<(string Service, string Transport), int> ports) => (_process, _folder, _ports) = (process, folder, ports);

    /// <summary>Where it has a service, as soket writes it.</summary>
    public string Endpoint(string service, string transport) => $"{transport}://127.0.0.1:{_ports[(service, transport)]}";

    public static async Task<XinetdServer> StartAsync()
    {
        string xinetd = Peers.Require("xinetd");
        var ports = new Dictionary<(string Service, string Transport), int>();
        foreach (string service in Services)
        {
            ports[(service, "tcp")] = Ports.Free();
            ports[(service, "udp")] = Ports.Free(SocketType.Dgram);
        }

        var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "xinetd.conf");
        await File.WriteAllTextAsync(file, Configuration(ports), TestContext.Current.CancellationToken);
        // Not -d: it logs to /dev/tty, which a test has not.
        SoketProcess process = SoketProcess.Peer(xinetd, "-dontfork", "-f", file, "-pidfile", Path.Combine(folder.Path, "pid"), "-filelog", Path.Combine(folder.Path, "log"));
        int time = ports[("time", "tcp")];
        await Peers.AnswersAsync(time);
        // Its sockets listen one after another; it answers when all of them do.
        using var asking = new TcpClient();
        await asking.ConnectAsync(IPAddress.Loopback, time, TestContext.Current.CancellationToken);
        await asking.GetStream().ReadExactlyAsync(new byte[4], TestContext.Current.CancellationToken).AsTask().WaitAsync(SoketProcess.Patience, TestContext.Current.CancellationToken);
        return new XinetdServer(process, folder, ports);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static string Configuration(Dictionary<(string Service, string Transport), int> ports)
    {
        IEnumerable<string> services = ports.Select(port => $$"""
            service {{port.Key.Service}}
            {
                id = {{port.Key.Service}}-{{port.Key.Transport}}
                type = INTERNAL UNLISTED
                socket_type = {{(port.Key.Transport == "tcp" ? "stream" : "dgram")}}
                protocol = {{port.Key.Transport}}
                wait = {{(port.Key.Transport == "tcp" ? "no" : "yes")}}
                user = {{Environment.UserName}}
                bind = 127.0.0.1
                port = {{port.Value}}
                disable = no
            }
            """);
        return "defaults\n{\n    instances = 50\n    cps = 1000 1\n}\n" + string.Join('\n', services) + "\n";
    }
}
