// A server that lives as long as an application: dotnet run --project samples/HostedEcho, then Ctrl-C drains it.
using System.Net;
using Microsoft.Extensions.Hosting;
using Soket.Hosting;
using Soket.Services;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSoket(soket => soket
    .Listen("tcp://localhost:8080", new EchoService())
    .Listen("udp://localhost:8080", new EchoService())
    .WithLimits(new ServerLimits { MaxConnections = 1000, IdleTimeout = TimeSpan.FromMinutes(1), Allow = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")] })
    .WithDrainLimit(TimeSpan.FromSeconds(5)));
await builder.Build().RunAsync();
