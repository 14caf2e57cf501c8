using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Soket.Cli.Tests.Backplane;

/// <summary>
/// A RabbitMQ of the test's own: node name, ports, folders and Erlang port mapper are its own and go with it. It can be killed and begun again with what it has on
/// disk. Several can make a cluster.
/// </summary>
internal sealed class RabbitBroker : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket-rabbit-").FullName;
    private readonly string _program;
    private readonly Dictionary<string, string?> _environment;
    private readonly SoketProcess? _mapper; // the first one's, which the others share
    private SoketProcess? _server;

    private RabbitBroker(string program, int[] cluster, int which, int mapper, RabbitBroker? first)
    {
        (_program, Port) = (program, cluster[which]);
        string At(string name) => Path.Combine(_folder, name);
        foreach (string folder in new[] { "home", "db", "log" })
            Directory.CreateDirectory(At(folder));
        string config = $"listeners.tcp.1 = 127.0.0.1:{Text(Port)}\ndisk_free_limit.absolute = 10MB\nvm_memory_high_watermark.absolute = 1GB\n";
        if (cluster.Length > 1)
            config += "cluster_formation.peer_discovery_backend = classic_config\n" + string.Concat(cluster.Select((port, i) => $"cluster_formation.classic_config.nodes.{Text(i + 1)} = {Node(port)}\n"));
        File.WriteAllText(At("rabbit.conf"), config);
        File.WriteAllText(At("plugins"), "[].\n");
        File.WriteAllText(At("env.conf"), "");
        _environment = new Dictionary<string, string?>
        {
            ["HOME"] = first is null ? At("home") : Path.Combine(first._folder, "home"), // there lies the secret by which nodes know each other
            ["LANG"] = "C.UTF-8",
            ["RABBITMQ_NODENAME"] = Node(Port),
            ["RABBITMQ_NODE_PORT"] = Text(Port),
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_DIST_PORT"] = Text(FreePort()),
            ["RABBITMQ_MNESIA_BASE"] = At("db"),
            ["RABBITMQ_LOG_BASE"] = At("log"),
            ["RABBITMQ_FEATURE_FLAGS_FILE"] = At("flags"),
            ["RABBITMQ_PID_FILE"] = At("pid"),
            ["RABBITMQ_CONFIG_FILE"] = At("rabbit.conf"),
            ["RABBITMQ_CONF_ENV_FILE"] = At("env.conf"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = At("plugins"),
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["ERL_EPMD_PORT"] = Text(mapper),
            ["ERL_CRASH_DUMP"] = At("crash"),
        };
        if (first is null)
            _mapper = SoketProcess.PeerWith(_environment, Peers.Require("epmd"), "-address", "127.0.0.1", "-port", Text(mapper));
    }

    public int Port { get; }

    /// <summary>Starts a broker; skips the test where there is none.</summary>
    public static async Task<RabbitBroker> StartAsync() => (await StartAsync(1))[0];

    /// <summary>Starts a cluster of brokers, to be disposed of from the last to the first; skips the test where there is none.</summary>
    public static async Task<RabbitBroker[]> StartAsync(int count)
    {
        Peers.Require("rabbitmq-server");
        // The package's own command changes to a user of its own; what it runs does not.
        string? program = Directory.Exists("/usr/lib/rabbitmq/lib")
            ? Directory.GetDirectories("/usr/lib/rabbitmq/lib", "rabbitmq_server-*").Select(folder => Path.Combine(folder, "sbin", "rabbitmq-server")).FirstOrDefault(File.Exists)
            : null;
        Assert.SkipWhen(program is null, "rabbitmq-server is installed in a way that is not known here");
        int mapper = FreePort();
        int[] ports = [.. Enumerable.Range(0, count).Select(_ => FreePort())];
        var brokers = new List<RabbitBroker>();
        try
        {
            for (int i = 0; i < count; i++)
            {
                brokers.Add(new RabbitBroker(program!, ports, i, mapper, brokers.FirstOrDefault()));
                await Peers.AnswersAsync(mapper);
                await brokers[i].BeginAsync();
            }
        }
        catch
        {
            foreach (RabbitBroker broker in brokers.AsEnumerable().Reverse())
                await broker.DisposeAsync();
            throw;
        }

        return [.. brokers];
    }

    /// <summary>Begins it, again with what it has on disk.</summary>
    public async Task BeginAsync()
    {
        _server = SoketProcess.PeerWith(_environment, _program);
        await _server.OutLineAsync(line => line.Contains("Starting broker... completed", StringComparison.Ordinal));
    }

    /// <summary>Kills it, at once.</summary>
    public async Task KillAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_mapper is not null)
            await _mapper.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // Below those that the system hands out: it must be free again when the broker comes back.
    private static int FreePort()
    {
        while (true)
        {
            int port = Random.Shared.Next(12_000, 30_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody's.
            }
        }
    }

    private static string Node(int port) => $"soket{Text(Environment.ProcessId)}-{Text(port)}@localhost";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
