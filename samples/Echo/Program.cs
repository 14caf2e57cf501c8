// A server and a client in one program: dotnet run --project samples/Echo
using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Hosting;
using Soket.Services;

await using SocketServer server = await new SocketServerBuilder()
    .Listen("tcp://localhost:0", new EchoService()) // port 0: the system chooses one
    .StartAsync();
foreach (BoundEndpoint endpoint in server.Endpoints)
    Console.WriteLine($"serving {endpoint.Service.Name} on {endpoint.Actual}");

await using ConnectionContext connection = await SocketClient.ConnectAsync(server.Endpoints[0].Actual);
await connection.Transport.Output.WriteAsync("Halo, dunia!"u8.ToArray());
await connection.Transport.Output.CompleteAsync(); // the half-close: nothing more from us
ReadResult reply = await connection.Transport.Input.ReadAtLeastAsync(int.MaxValue); // until the server has ended as well
Console.WriteLine($"received {Encoding.UTF8.GetString(reply.Buffer.ToArray())}");
