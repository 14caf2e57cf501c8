using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>WebSocket against the npm package ws, as client and as server.</summary>
public sealed class WebSocketTests
{
    [Theory]
    [InlineData("ws", false)]
    [InlineData("ws", true)]
    [InlineData("wss", true)]
    public async Task Its_client_talks_with_our_server(string scheme, bool compress)
    {
        string ws = await NpmPackage.FolderAsync("ws", "8.18.0");
        string[] flags = compress ? ["--compress", "--subprotocol", "chat", "--fragment", "1000"] : ["--subprotocol", "chat"];
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync(["echo", $"{scheme}://127.0.0.1:0/room", .. flags]);
        await using (server)
        {
            await using SoketProcess client = SoketProcess.Peer(Peers.Require("node"), "-e", $$"""
                const WebSocket = require('{{ws}}');
                const socket = new WebSocket('{{endpoints[0]}}', ['other', 'chat'], { rejectUnauthorized: false });
                const big = Buffer.alloc(200000, 'soket');
                socket.on('open', () => { console.log('open', socket.protocol, socket.extensions !== ''); socket.ping('p'); });
                socket.on('pong', data => { console.log('pong', data.toString()); socket.send('hal', { fin: false }); socket.send('o €', { fin: true }); });
                let count = 0;
                socket.on('message', (data, binary) => {
                  console.log(binary, binary ? data.equals(big) : data.toString());
                  if (++count === 1) socket.send(big); else if (count === 2) socket.send(''); else socket.close(3001, 'bye');
                });
                socket.on('close', (code, reason) => console.log('close', code, reason.toString()));
                socket.on('error', error => console.log('error', error.message));
                """);
            Finished finished = await client.FinishAsync();
            Assert.Equal($"open chat {(compress ? "true" : "false")}\npong p\nfalse halo €\ntrue true\nfalse \nclose 3001 \n", finished.Out);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Our_client_talks_with_its_server(bool compress)
    {
        string ws = await NpmPackage.FolderAsync("ws", "8.18.0");
        await using SoketProcess server = SoketProcess.Peer(Peers.Require("node"), "-e", $$"""
            const WebSocket = require('{{ws}}');
            const server = new WebSocket.Server({ host: '127.0.0.1', port: 0, path: '/room', perMessageDeflate: {{(compress ? "{ threshold: 0 }" : "false")}} });
            server.on('listening', () => console.log('port ' + server.address().port + ' '));
            server.on('connection', (socket, request) => {
              console.log('header', request.headers['x-lab'], socket.extensions !== '');
              socket.on('message', (data, binary) => data.toString() === 'end' ? socket.close(4001, 'enough') : socket.send(data, { binary }));
            });
            """);
        string line = await server.OutLineAsync(said => said.StartsWith("port ", StringComparison.Ordinal) && said.EndsWith(' '));
        string endpoint = $"ws://127.0.0.1:{line[5..].Trim()}/room";
        string[] flags = compress ? ["--compress", "--fragment", "2"] : [];
        Finished talked = await SoketProcess.RunAsync(["connect", endpoint, "halo", "halo lagi €", "--header", "X-Lab: 3", "--quiet", .. flags]);
        Assert.Equal((0, "halo\nhalo lagi €\n", ""), (talked.ExitCode, talked.Out, talked.Error));
        await server.OutLineAsync(said => said.StartsWith($"header 3 {(compress ? "true" : "false")}", StringComparison.Ordinal));

        Finished binary = await SoketProcess.RunAsync([0, 255, 10, 13], ["connect", endpoint, "--binary", "--quiet", .. flags]);
        Assert.Equal(0, binary.ExitCode);
        Assert.Equal([0, 255, 10, 13], binary.OutBytes);

        Finished ended = await SoketProcess.RunAsync(["connect", endpoint, "end"]);
        Assert.Equal(56, ended.ExitCode);
        Assert.Contains("4001", ended.Error, StringComparison.Ordinal);
        Assert.Contains("enough", ended.Error, StringComparison.Ordinal);

        Finished elsewhere = await SoketProcess.RunAsync(["connect", endpoint + "/other", "halo"]);
        Assert.Equal(22, elsewhere.ExitCode);
        Assert.Contains("WEBSOCKET_REFUSED", elsewhere.Error, StringComparison.Ordinal);
    }
}
