using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Soket.Explain;

namespace Soket.Events;

/// <summary>
/// Tells each stream connection as a span on the activity source <c>Soket</c>, from its first call to its close, its calls as the span's events: for
/// OpenTelemetry and whatever else listens there. Attributes follow OpenTelemetry's conventions; docs/metrics.md lists them. One observer a stream.
/// </summary>
/// <remarks>A client's span is a child of the activity its socket is opened in. What moved is told as counts, never as bytes.</remarks>
public sealed class TracesObserver : ISocketObserver, IDisposable
{
    /// <summary>The activity source's name.</summary>
    public const string SourceName = "Soket";

    /// <summary>The most events one span carries; further calls are counted in <c>soket.events.omitted</c>.</summary>
    public const int EventsPerSpan = 100;

    private readonly ActivitySource _source = new(SourceName);
    private readonly Dictionary<long, Span> _open = []; // under the stream's gate: events come one at a time

    /// <inheritdoc/>
    public bool NeedsBytes => false;

    /// <inheritdoc/>
    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        if (e.Call == SocketCall.None || e.Role == SocketRole.Listener)
            return;
        bool layer = e.Transport == "tls";
        if (layer ? e.Call is SocketCall.Send or SocketCall.Receive : e.Transport is not ("tcp" or "unix" or "memory"))
            return;
        if (!_open.TryGetValue(layer ? e.Parent : e.Connection, out Span? span))
        {
            // What comes after the close belongs to no span.
            if (layer || e.Call is SocketCall.Close or SocketCall.Abort || Start(in e) is not { } started)
                return;
            _open.Add(e.Connection, span = new Span(started));
        }

        span.Add(in e);
        if (!layer && e.Call is SocketCall.Close or SocketCall.Abort)
        {
            _open.Remove(e.Connection);
            span.End(e.Utc, e.Call == SocketCall.Abort ? "abort" : "close");
        }
    }

    /// <summary>Ends the spans of connections that are still open, and takes the source away. The stream must be quiet by then.</summary>
    public void Dispose()
    {
        foreach (Span span in _open.Values)
            span.End(DateTime.UtcNow, reason: null);
        _open.Clear();
        _source.Dispose();
    }

    private Activity? Start(in SocketEvent e)
    {
        // A span of a connection must not become the parent of whatever its thread does next.
        Activity? current = Activity.Current;
        bool client = e.Role == SocketRole.Client;
        // How long accept waited is not the connection's time.
        DateTime start = e.Call == SocketCall.Accept ? e.Utc : e.Utc - e.Duration;
        Activity? activity = _source.StartActivity(
            client ? "soket.connection.client" : "soket.connection.server",
            client ? ActivityKind.Client : ActivityKind.Server,
            current?.Context ?? default,
            [new("network.transport", e.Transport), new("soket.role", client ? "client" : "server")],
            startTime: start);
        Activity.Current = current;
        return activity;
    }

    private sealed class Span(Activity activity)
    {
        private long _sent;
        private long _received;
        private int _events;
        private long _omitted;

        public void Add(in SocketEvent e)
        {
            if (e.Transport != "tls")
            {
                Address("network.local", e.Local);
                Address("network.peer", e.Remote);
                if (e.Moved > 0 && e.Call == SocketCall.Send)
                    _sent += e.Moved;
                else if (e.Moved > 0 && e.Call == SocketCall.Receive)
                    _received += e.Moved;
            }

            if (e.Failure is { } failure)
            {
                activity.SetStatus(ActivityStatusCode.Error, $"{e.Call.Name()}: {failure.Error.Message}");
                activity.SetTag("error.type", failure.Error.Name);
            }

            if (_events++ >= EventsPerSpan)
            {
                _omitted++;
                return;
            }

            var tags = new ActivityTagsCollection { ["soket.duration_us"] = (long)e.Duration.TotalMicroseconds };
            if (e.Moved >= 0)
                tags["soket.moved"] = e.Moved;
            if (e.Option is not null)
                tags["soket.option"] = e.Option;
            if (e.Value is not null)
                tags["soket.value"] = e.Value;
            if (e.Reason is not null)
                tags["soket.reason"] = e.Reason;
            if (e.Failure is not null)
                tags["error.type"] = e.Failure.Error.Name;
            activity.AddEvent(new ActivityEvent(e.Call.Name(), e.Utc, tags));
        }

        public void End(DateTime utc, string? reason)
        {
            activity.SetTag("soket.bytes.sent", _sent);
            activity.SetTag("soket.bytes.received", _received);
            if (reason is not null)
                activity.SetTag("soket.close.reason", reason);
            if (_omitted > 0)
                activity.SetTag("soket.events.omitted", _omitted);
            activity.SetEndTime(utc);
            Activity? current = Activity.Current;
            activity.Stop();
            Activity.Current = current;
        }

        private void Address(string name, EndPoint? endpoint)
        {
            if (endpoint is IPEndPoint ip)
            {
                activity.SetTag(name + ".address", ip.Address.ToString());
                activity.SetTag(name + ".port", ip.Port);
            }
            else if (endpoint is UnixDomainSocketEndPoint unix && unix.ToString() is { Length: > 0 } path)
            {
                activity.SetTag(name + ".address", path);
            }
        }
    }
}
