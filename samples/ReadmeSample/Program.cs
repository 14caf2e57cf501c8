using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Hosting;
using Soket.Services;

await using SocketServer server = await new SocketServerBuilder()
    .Listen("tcp://127.0.0.1:0", new EchoService())
    .StartAsync();

await using ConnectionContext connection = await SocketClient.ConnectAsync(server.Endpoints[0].Actual);
await connection.Transport.Output.WriteAsync("Halo"u8.ToArray());
ReadResult reply = await connection.Transport.Input.ReadAsync();
Console.WriteLine(Encoding.UTF8.GetString(reply.Buffer));
connection.Transport.Input.AdvanceTo(reply.Buffer.End);
await connection.Transport.Output.CompleteAsync(); // the half-close: "no more from this end"
