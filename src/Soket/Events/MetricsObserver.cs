using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Soket.Explain;

namespace Soket.Events;

/// <summary>
/// Counts what sockets do, on the meter <c>Soket</c> of System.Diagnostics.Metrics: for dotnet-counters, OpenTelemetry and whatever else listens
/// there. Names and units follow OpenTelemetry's conventions; docs/metrics.md lists them. One observer a stream.
/// </summary>
public sealed class MetricsObserver : ISocketObserver, IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Soket";

    private readonly Meter _meter;
    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _opened;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _calls;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _connectDuration;
    private readonly ConcurrentDictionary<long, byte> _open = new(); // connections counted as open: closing is counted once, and only for these

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Where meters come from (dependency injection); null makes one of its own.</param>
    public MetricsObserver(IMeterFactory? meters = null)
    {
        _meter = meters?.Create(MeterName) ?? new Meter(MeterName);
        _active = _meter.CreateUpDownCounter<long>("soket.connections.active", "{connection}", "Stream connections open now.");
        _opened = _meter.CreateCounter<long>("soket.connections.opened", "{connection}", "Stream connections made or accepted.");
        _closed = _meter.CreateCounter<long>("soket.connections.closed", "{connection}", "Stream connections closed or aborted.");
        _bytes = _meter.CreateCounter<long>("soket.network.io", "By", "Bytes sent and received.");
        _calls = _meter.CreateCounter<long>("soket.calls", "{call}", "Socket calls that ended, failed ones included.");
        _failures = _meter.CreateCounter<long>("soket.failures", "{failure}", "Socket calls that failed.");
        _connectDuration = _meter.CreateHistogram(
            "soket.connect.duration",
            "s",
            "How long connect took, failed attempts included.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120] });
    }

    /// <inheritdoc/>
    public bool NeedsBytes => false;

    /// <inheritdoc/>
    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        if (e.Call == SocketCall.None)
            return;

        KeyValuePair<string, object?> transport = new("network.transport", e.Transport);
        KeyValuePair<string, object?> role = new("soket.role", RoleName(e.Role));
        TagList call = [transport, role, new("soket.call", e.Call.Name())];
        _calls.Add(1, call);
        if (e.Failure is { } failure)
        {
            call.Add("error.type", failure.Error.Name);
            _failures.Add(1, call);
        }

        bool stream = e.Transport is "tcp" or "unix" or "memory"; // Not datagrams, and not what stands on a connection.
        if (e.Call == SocketCall.Connect && stream)
        {
            TagList tags = [transport];
            if (e.Failure is { } refused)
                tags.Add("error.type", refused.Error.Name);
            _connectDuration.Record(e.Duration.TotalSeconds, tags);
        }

        if (e.Moved > 0)
            _bytes.Add(e.Moved, transport, role, new("network.io.direction", e.Call is SocketCall.Send or SocketCall.SendTo or SocketCall.SendFrame ? "transmit" : "receive"));

        if (e.Failure is null && stream && e.Call is SocketCall.Connect or SocketCall.Accept && e.Role != SocketRole.Listener && _open.TryAdd(e.Connection, 0))
        {
            _opened.Add(1, transport, role);
            _active.Add(1, transport, role);
        }
        else if (stream && e.Call is SocketCall.Close or SocketCall.Abort && _open.TryRemove(e.Connection, out _))
        {
            _closed.Add(1, transport, role, new("soket.close.reason", e.Call == SocketCall.Abort ? "abort" : "close"));
            _active.Add(-1, transport, role);
        }
    }

    /// <summary>Takes the instruments away.</summary>
    public void Dispose() => _meter.Dispose();

    private static string RoleName(SocketRole role) => role switch
    {
        SocketRole.Client => "client",
        SocketRole.Listener => "listener",
        _ => "server",
    };
}
