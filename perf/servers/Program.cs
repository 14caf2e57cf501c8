// The .NET servers of the suite: servers KIND PORT [BUFFER] [LOOPS]
// Says `ready` once it listens, answers questions on its input (Questions.cs), and ends when its input does.
using System.Globalization;
using System.Net;
using Soket.Perf.Servers;
using Soket.Perf.Servers.Engine;

var kinds = new Dictionary<string, Func<Plan, Task<IAsyncDisposable>>>(StringComparer.Ordinal)
{
    ["sockets"] = SocketsEcho.StartAsync,
    ["datagrams"] = DatagramEcho.StartAsync,
    ["datagrams-blocking"] = DatagramEcho.StartBlockingAsync,
    ["kestrel"] = plan => KestrelEcho.StartAsync(plan, KestrelOn.Sockets),
    ["kestrel-inline"] = plan => KestrelEcho.StartAsync(plan, KestrelOn.SocketsInline),
    ["soket-managed"] = plan => SoketEcho.StartManagedAsync(plan, "tcp"),
    ["soket-managed-udp"] = plan => SoketEcho.StartManagedAsync(plan, "udp"),
    ["kestrel-soket"] = plan => KestrelEcho.StartAsync(plan, KestrelOn.Soket),
    ["kestrel-soket-inline"] = plan => KestrelEcho.StartAsync(plan, KestrelOn.SoketInline),
    ["loop"] = LoopEcho.StartAsync,
    ["duplex"] = plan => DuplexEcho.StartAsync(plan, inline: false),
    ["duplex-inline"] = plan => DuplexEcho.StartAsync(plan, inline: true),
    ["message"] = plan => MessageEcho.StartAsync(plan, "tcp"),
    ["message-udp"] = plan => MessageEcho.StartAsync(plan, "udp"),
};

if (args.Length is < 2 or > 4 || !kinds.TryGetValue(args[0], out Func<Plan, Task<IAsyncDisposable>>? start)
    || !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out int port))
{
    Console.Error.WriteLine($"usage: servers {string.Join('|', kinds.Keys)} PORT [BUFFER] [LOOPS]");
    return 2;
}

var plan = new Plan(
    new IPEndPoint(IPAddress.Loopback, port),
    args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 64 * 1024,
    args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : Environment.ProcessorCount);
await using (await start(plan))
{
    Console.Out.WriteLine("ready");
    Questions.AnswerAll();
}

return 0;

/// <summary>What a server is asked for.</summary>
/// <param name="EndPoint">Where it listens.</param>
/// <param name="Buffer">Bytes of a connection's own receive buffer, where it has one.</param>
/// <param name="Loops">Loops of Soket's engine.</param>
internal sealed record Plan(IPEndPoint EndPoint, int Buffer, int Loops);
