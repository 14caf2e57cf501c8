using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Soket.Cli.Tests.Verbs;

/// <summary>nsd, an authoritative name server, with zones of its own on an address of loopback.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly SoketProcess _process;

    private NameServer(DirectoryInfo folder, SoketProcess process)
    {
        _folder = folder;
        _process = process;
    }

    /// <summary>Starts it and waits until it answers.</summary>
    public static async Task<NameServer> StartAsync(string address, int port, string zone, string text)
    {
        string nsd = Peers.Require("nsd", "/usr/sbin/nsd");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("soket-nsd-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "zone"), text);
        string conf = Path.Combine(folder.FullName, "nsd.conf");
        await File.WriteAllTextAsync(conf, string.Create(CultureInfo.InvariantCulture, $"""
            server:
              ip-address: {address}@{port}
              server-count: 1
              username: ""
              chroot: ""
              zonesdir: "{folder.FullName}"
              pidfile: "{folder.FullName}/pid"
              database: ""
              zonelistfile: "{folder.FullName}/list"
              xfrdfile: ""
              xfrdir: "{folder.FullName}"
            remote-control:
              control-enable: no
            zone:
              name: "{zone}"
              zonefile: zone
              provide-xfr: 0.0.0.0/0 NOKEY

            """));
        var server = new NameServer(folder, SoketProcess.Peer(nsd, "-d", "-c", conf));
        await server.ReadyAsync(new IPEndPoint(IPAddress.Parse(address), port));
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    // It says nothing on a terminal; a connection is the sign.
    private async Task ReadyAsync(IPEndPoint address)
    {
        long until = Environment.TickCount64 + 30_000;
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(address);
                return;
            }
            catch (SocketException) when (Environment.TickCount64 < until)
            {
                await Task.Yield();
            }
            catch (SocketException e)
            {
                throw new InvalidOperationException($"nsd does not answer on {address}.\n{_process.Said}", e);
            }
        }
    }
}
