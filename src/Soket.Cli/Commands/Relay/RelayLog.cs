using System.Buffers;
using System.Net;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Hosting;
using Soket.Relay;

namespace Soket.Cli.Commands.Relay;

/// <summary>What a relay does as lines for people or records for programs: who came, how much went each way, and what, when asked.</summary>
internal sealed class RelayLog(SocketUri target, CliIo io, Screen screen, JsonLinesObserver? json, bool quiet) : IRelayObserver, IAsyncDisposable
{
    private readonly RelayContents _contents = new(io, screen);
    private readonly Lock _lock = new();
    private Task _explaining = Task.CompletedTask; // under _lock; never faults
    private string? _explained;                    // under _lock: the failure that was explained last

    /// <summary>Whether what passes is shown.</summary>
    public bool ShowsData { get; init; }

    /// <summary>Whether that is a hex dump.</summary>
    public bool Hex { get; init; }

    public bool NeedsData => ShowsData;

    public void Ready(IReadOnlyList<BoundEndpoint> endpoints, string? fingerprint, TransportChoice carrier)
    {
        if (json is not null)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "ready");
                writer.WriteStartArray("endpoints");
                foreach (BoundEndpoint endpoint in endpoints)
                    writer.WriteStringValue(endpoint.Actual.ToString());
                writer.WriteEndArray();
                writer.WriteString("target", target.ToString());
                if (fingerprint is not null)
                    writer.WriteString("fingerprint", fingerprint);
                carrier.Write(writer, [target, .. endpoints.Select(endpoint => endpoint.Actual)]);
                writer.WriteNumber("pid", Environment.ProcessId);
            });
            return;
        }

        foreach (BoundEndpoint endpoint in endpoints)
            Say("relay.ready", ("endpoint", endpoint.Actual), ("target", target));
        if (fingerprint is not null)
            Say("serve.fingerprint", ("fingerprint", fingerprint), ("endpoint", endpoints[0].Actual));
        Say("relay.stop");
    }

    public void Connected(RelaySession session)
    {
        lock (_lock)
            _explained = null;
        if (json is not null)
            Write("connected", session, static (writer, session) => writer.WriteString("address", session.Target?.ToString()));
        else
            Say("relay.connected", ("id", session.Id), ("client", Name(session.Client)), ("target", Name(session.Target)));
    }

    public void NotConnected(RelaySession session, SocketFailure failure)
    {
        if (json is not null)
        {
            Write("not-connected", session, (writer, _) =>
            {
                writer.WriteString("call", failure.Call.Name());
                writer.WriteString("errno", failure.Error.Name);
                writer.WriteString("message", failure.Error.Message);
            });
        }
        else
        {
            Say("relay.not-connected", ("id", session.Id), ("client", Name(session.Client)), ("target", target), ("error", ErrorText.In(io.Language, failure).Message), ("errno", failure.Error.Name));
        }

        // Looking at this machine takes a moment: one look at a time, and one for a failure that comes again and again.
        lock (_lock)
        {
            string which = $"{failure.Call} {failure.Error.Name}";
            if (_explained == which || !_explaining.IsCompleted || (quiet && json is null))
                return;
            _explained = which;
            _explaining = Task.Run(() => Explain(failure));
        }
    }

    public async ValueTask DataAsync(RelaySession session, RelayDirection direction, ReadOnlySequence<byte> bytes)
    {
        if (!ShowsData)
            return;
        if (json is null)
        {
            await _contents.ShowAsync(session, direction, bytes, Hex).ConfigureAwait(false);
            return;
        }

        byte[] copy = bytes.ToArray();
        await json.WriteAsync(writer =>
        {
            writer.WriteString("type", "data");
            writer.WriteNumber("session", session.Id);
            writer.WriteString("direction", direction == RelayDirection.ToTarget ? "to-target" : "to-client");
            writer.WriteNumber("bytes", copy.Length);
            JsonBytes.Write(writer, copy);
        }).ConfigureAwait(false);
    }

    public void Closed(RelaySession session, RelayEnd end)
    {
        _contents.Forget(session);
        string reason = end switch
        {
            RelayEnd.ClientFailed => "client-failed",
            RelayEnd.TargetFailed => "target-failed",
            RelayEnd.GivenUp => "given-up",
            RelayEnd.Idle => "idle",
            _ => "closed",
        };
        long sent = session.Moved(RelayDirection.ToTarget), back = session.Moved(RelayDirection.ToClient);
        if (json is null)
        {
            Say("relay." + reason, ("id", session.Id), ("sent", Units.FormatBytes(sent)), ("back", Units.FormatBytes(back)));
            return;
        }

        Write("closed", session, (writer, _) =>
        {
            writer.WriteString("reason", reason);
            writer.WriteNumber("bytes_to_target", sent);
            writer.WriteNumber("bytes_to_client", back);
        });
    }

    public void Dropped(EndPoint? client, string reason)
    {
        if (json is null)
        {
            if (!quiet)
                screen.Offer(io.Text("relay.dropped." + reason, ("client", Name(client))));
            return;
        }

        json.Write(writer =>
        {
            writer.WriteString("type", "datagram-dropped");
            writer.WriteString("client", client?.ToString());
            writer.WriteString("reason", reason);
        });
    }

    public void Draining(int count, TimeSpan limit)
    {
        if (json is null)
            Say("relay.draining", ("count", count), ("time", Units.Format(limit)));
    }

    public void Summary(RelayTotals totals, long refused, int reset, TimeSpan elapsed)
    {
        if (json is null)
        {
            Say(
                "relay.summary-line",
                ("time", Units.Format(elapsed)),
                ("sessions", totals.Sessions),
                ("sent", Units.FormatBytes(totals.BytesToTarget)),
                ("back", Units.FormatBytes(totals.BytesToClients)),
                ("unconnected", totals.NotConnected),
                ("failed", totals.Failed),
                ("refused", refused),
                ("reset", reset),
                ("dropped", totals.Dropped));
            return;
        }

        json.Write(writer =>
        {
            writer.WriteString("type", "summary");
            writer.WriteNumber("sessions", totals.Sessions);
            writer.WriteNumber("not_connected", totals.NotConnected);
            writer.WriteNumber("failed", totals.Failed);
            writer.WriteNumber("refused", refused);
            writer.WriteNumber("reset", reset);
            writer.WriteNumber("datagrams_dropped", totals.Dropped);
            writer.WriteNumber("bytes_to_target", totals.BytesToTarget);
            writer.WriteNumber("bytes_to_clients", totals.BytesToClients);
            writer.WriteNumber("elapsed_us", (long)elapsed.TotalMicroseconds);
        });
    }

    /// <summary>Waits until what is being explained has been told.</summary>
    public Task ExplainedAsync()
    {
        lock (_lock)
            return _explaining;
    }

    public async ValueTask DisposeAsync()
    {
        await ExplainedAsync().ConfigureAwait(false);
        _contents.Dispose();
    }

    private void Explain(SocketFailure failure)
    {
        Explanation explanation = FailureView.Explain(failure, io);
        if (json is not null)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "explanation");
                writer.WriteString("code", explanation.Code);
                writer.WriteString("errno", failure.Error.Name);
                writer.WriteString("cause", explanation.Cause);
                writer.WriteString("remedy", explanation.Remedy);
            });
            return;
        }

        // The first line is the failure's own, which has been said with the client's name.
        foreach (string part in FailureView.Render(failure, explanation, io).Skip(1))
            screen.Line(part);
    }

    private void Write(string type, RelaySession session, Action<System.Text.Json.Utf8JsonWriter, RelaySession> more) => json!.Write(writer =>
    {
        writer.WriteString("type", type);
        writer.WriteNumber("session", session.Id);
        writer.WriteString("client", session.Client?.ToString());
        more(writer, session);
    });

    private void Say(string key, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (!quiet)
            screen.Line(io.Text(key, values));
    }

    private string Name(EndPoint? peer) => peer?.ToString() is { Length: > 0 } name ? TerminalText.Safe(name) : io.Text("story.unnamed");
}
