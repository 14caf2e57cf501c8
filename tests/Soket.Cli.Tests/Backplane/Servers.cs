using System.Globalization;
using Soket.Endpoints;

namespace Soket.Cli.Tests.Backplane;

/// <summary>Several <c>soket serve chat --backplane</c> on one broker, each behind a middleman of its own.</summary>
internal sealed class Servers : IAsyncDisposable
{
    private readonly SoketProcess?[] _servers;
    private readonly int[] _ports;

    private readonly string[] _flags;

    public Servers(RabbitBroker broker, int count, params string[] flags)
        : this([.. Enumerable.Repeat(broker, count)], flags)
    {
    }

    /// <summary>A server for each broker.</summary>
    public Servers(IReadOnlyList<RabbitBroker> brokers, params string[] flags)
    {
        _flags = flags;
        _servers = new SoketProcess?[brokers.Count];
        _ports = new int[brokers.Count];
        Lines = [.. brokers.Select(broker => new Middleman(broker.Port))];
    }

    public int Count => _servers.Length;

    public Middleman[] Lines { get; }

    public int Kills { get; private set; }

    /// <summary>The servers, from one on.</summary>
    public IReadOnlyList<SocketUri> Endpoints(int first) =>
        [.. Enumerable.Range(0, Count).Select(i => SocketUri.Parse($"tcp://127.0.0.1:{_ports[(first + i) % Count].ToString(CultureInfo.InvariantCulture)}", CultureInfo.InvariantCulture))];

    public Task BeginAsync() => Task.WhenAll(Enumerable.Range(0, Count).Select(BeginAsync));

    /// <summary>Begins one, at the place where it was before.</summary>
    public async Task BeginAsync(int which)
    {
        (_servers[which], IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync(
            ["chat", $"tcp://127.0.0.1:{_ports[which].ToString(CultureInfo.InvariantCulture)}", "--reuse-address", "--rate", "0", "--backplane", $"amqp://guest:guest@127.0.0.1:{Lines[which].Port.ToString(CultureInfo.InvariantCulture)}", .. _flags]);
        _ports[which] = SoketProcess.PortOf(endpoints[0]);
    }

    public async Task KillAsync(int which)
    {
        Kills++;
        await _servers[which]!.SignalAsync("KILL");
        await _servers[which]!.DisposeAsync();
        _servers[which] = null;
    }

    /// <summary>Waits until a server has told something of the broker.</summary>
    public Task NoticeAsync(int which, string notice) => _servers[which]!.OutLineAsync(line => line.Contains($"\"notice\":\"{notice}\"", StringComparison.Ordinal));

    /// <summary>Waits until a server has told that somebody is there. What he says may come before that: it goes another way.</summary>
    public Task KnowsAsync(int which, string name) => _servers[which]!.OutLineAsync(line => line.Contains(name, StringComparison.Ordinal) && (line.Contains("\"kind\":\"join\"", StringComparison.Ordinal) || line.Contains("\"kind\":\"nick\"", StringComparison.Ordinal)));

    /// <summary>Waits until a server has told that people of another one are away.</summary>
    public Task NoticeAwayAsync(int which) => _servers[which]!.OutLineAsync(line => line.Contains("\"kind\":\"leave\"", StringComparison.Ordinal) && line.Contains("\"text\":\"away\"", StringComparison.Ordinal));

    /// <summary>Waits for something, and where it does not come fails with all that a server has said.</summary>
    public async Task ToldByAsync(int which, Task something)
    {
        try
        {
            await something;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{_servers[which]?.Said}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SoketProcess? server in _servers)
        {
            if (server is not null)
                await server.DisposeAsync();
        }

        foreach (Middleman line in Lines)
            await line.DisposeAsync();
    }
}
