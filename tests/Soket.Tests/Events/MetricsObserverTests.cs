using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Soket.Events;
using Soket.Explain;
using Xunit;

namespace Soket.Tests.Events;

public sealed class MetricsObserverTests
{
    [Fact]
    public async Task A_real_exchange_is_counted()
    {
        using var metrics = new MetricsObserver(new OwnMeters());
        using var heard = new Heard(metrics);
        await EchoExchange.RunAsync(new SocketEvents(metrics), "halo\n"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal(2, heard.Sum("soket.connections.opened"));
        Assert.Equal(2, heard.Sum("soket.connections.closed"));
        Assert.Equal(0, heard.Sum("soket.connections.active"));
        Assert.Equal(10, heard.Sum("soket.network.io", ("network.io.direction", "transmit")));
        Assert.Equal(10, heard.Sum("soket.network.io", ("network.io.direction", "receive")));
        Assert.Equal(5, heard.Sum("soket.network.io", ("network.io.direction", "receive"), ("soket.role", "server")));
        Assert.Equal(1, heard.Sum("soket.failures", ("error.type", "ECONNREFUSED"), ("soket.call", "connect")));
        Assert.Equal(2, heard.Count("soket.connect.duration"));
        Assert.Equal(2, heard.Sum("soket.calls", ("soket.call", "connect")));
    }

    [Fact]
    public void A_connection_is_counted_closed_once_and_a_refused_one_never()
    {
        using var metrics = new MetricsObserver(new OwnMeters());
        using var heard = new Heard(metrics);
        var events = new SocketEvents(metrics);
        SocketScope scope = events.Open(SocketRole.Client, "tcp");
        scope.Called(SocketCall.Connect, SocketScope.Now);
        scope.Called(SocketCall.Abort, SocketScope.Now);
        scope.Called(SocketCall.Close, SocketScope.Now);
        SocketScope refused = events.Open(SocketRole.Client, "tcp");
        refused.Failed(SocketCall.Connect, SocketScope.Now, new SocketFailure(SocketCall.Connect, new SystemError("ECONNREFUSED", 111, "")));
        refused.Called(SocketCall.Close, SocketScope.Now);
        Assert.Equal(1, heard.Sum("soket.connections.opened"));
        Assert.Equal(1, heard.Sum("soket.connections.closed", ("soket.close.reason", "abort")));
        Assert.Equal(1, heard.Sum("soket.connections.closed"));
        Assert.Equal(0, heard.Sum("soket.connections.active"));
    }

    [Fact]
    public void Every_instrument_stands_in_both_pages_with_its_unit()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "Soket.slnx")))
            folder = Path.GetDirectoryName(folder);
        using var metrics = new MetricsObserver(new OwnMeters());
        using var heard = new Heard(metrics);
        Assert.Equal(7, heard.Instruments.Count);
        foreach (string page in (ReadOnlySpan<string>)["metrics.md", "metrics.id.md"])
        {
            string text = File.ReadAllText(Path.Combine(folder!, "docs", page));
            Assert.All(heard.Instruments, instrument => Assert.Contains($"| `{instrument.Name}` | ", text));
            Assert.All(heard.Instruments, instrument => Assert.Contains($"| `{instrument.Unit}` |", text));
        }
    }

    // Meters of other tests have the same name: what is listened to is told apart by the factory.
    private sealed class OwnMeters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options.Name, options.Version, options.Tags, scope: Current.Value = this);

        public static AsyncLocal<OwnMeters?> Current { get; } = new();

        public void Dispose()
        {
        }
    }

    private sealed class Heard : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentQueue<(string Name, double Value, KeyValuePair<string, object?>[] Tags)> _values = new();
        private readonly object? _scope = OwnMeters.Current.Value;

        public Heard(MetricsObserver metrics)
        {
            GC.KeepAlive(metrics);
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name != MetricsObserver.MeterName || instrument.Meter.Scope != _scope)
                    return;
                Instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _values.Enqueue((instrument.Name, value, tags.ToArray())));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _values.Enqueue((instrument.Name, value, tags.ToArray())));
            _listener.Start();
        }

        public List<Instrument> Instruments { get; } = [];

        public double Sum(string name, params (string Key, string Value)[] tags) => Of(name, tags).Sum();

        public int Count(string name) => Of(name, []).Count();

        public void Dispose() => _listener.Dispose();

        private IEnumerable<double> Of(string name, (string Key, string Value)[] tags) =>
            _values.Where(value => value.Name == name && tags.All(tag => value.Tags.Any(one => one.Key == tag.Key && (string?)one.Value == tag.Value))).Select(value => value.Value);
    }
}
