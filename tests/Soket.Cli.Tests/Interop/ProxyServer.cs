using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Soket.Cli.Tests.Interop;

/// <summary>Proxies of others, each on a port of its own on 127.0.0.1; ready when they take connections.</summary>
internal sealed class ProxyServer : IAsyncDisposable
{
    private readonly SoketProcess _process;
    private readonly string _folder;

    private ProxyServer(SoketProcess process, string folder, int port) => (_process, _folder, Port) = (process, folder, port);

    public int Port { get; }

    public static async Task<ProxyServer> StartAsync(string program, string rule = "")
    {
        string path = Peers.Require(program);
        int port = Ports.Free();
        string number = port.ToString(CultureInfo.InvariantCulture);
        string folder = Directory.CreateTempSubdirectory("soket").FullName;
        string file = Path.Combine(folder, "conf");
        SoketProcess process = program switch
        {
            "tinyproxy" => Configured($"Port {number}\nListen 127.0.0.1\nAllow 127.0.0.1\nBasicAuth ani rahasia\nLogFile \"{folder}/log\"\n{rule}\n", "-d", "-c", file),
            "microsocks" => SoketProcess.Peer(path, "-i", "127.0.0.1", "-p", number, "-u", "ani", "-P", "rahasia"),
            "danted" => Configured($"logoutput: {folder}/log\ninternal: 127.0.0.1 port = {number}\nexternal: lo\nclientmethod: none\nsocksmethod: none\nclient pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}\nsocks block {{ from: 127.0.0.0/8 to: 0.0.0.0/0 port = 9 }}\nsocks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}\n", "-f", file),
            // As a proxy it listens on every interface, whatever address it is given.
            "ncat" => SoketProcess.Peer(path, "-l", number, "-k", "--allow", "127.0.0.1", "--proxy-type", "http", "--proxy-auth", "ani:rahasia"),
            _ => throw new ArgumentException(program, nameof(program)),
        };
        await Peers.AnswersAsync(port);
        return new(process, folder, port);

        SoketProcess Configured(string text, params string[] arguments)
        {
            File.WriteAllText(file, text);
            return SoketProcess.Peer(path, arguments);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
