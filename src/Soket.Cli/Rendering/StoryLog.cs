using System.Buffers;
using System.Diagnostics;
using Soket.Cli.CommandLine;
using Soket.Cli.Settings;
using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Rendering;

/// <summary>
/// What a server does, told in words: who connected, what came, how many bytes went back, how it ended. Of a connection with layers (TLS) the
/// uppermost is told, which carries what people said; of calls that follow one another like a stream, one line a second. <c>-v</c> shows the calls.
/// </summary>
/// <param name="io">Whose language.</param>
/// <param name="screen">Where the lines go.</param>
/// <param name="tls">Whether TLS is served: its records, a handshake's above all, are then not told as what a peer said.</param>
internal sealed class StoryLog(CliIo io, Screen screen, bool tls = false) : ISocketObserver
{
    private const int Preview = 60;
    private static readonly TimeSpan FoldFor = TimeSpan.FromSeconds(1);
    private readonly Dictionary<long, Teller> _open = [];   // connections by number; events come one at a time
    private readonly Dictionary<long, long> _layers = [];   // the connection a layer stands on

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        foreach (string line in Render(e, bytes))
            screen.Offer(line);
    }

    public IEnumerable<string> Render(SocketEvent e, ReadOnlySequence<byte> bytes)
    {
        if (e.Role == SocketRole.Listener)
        {
            if (e.Failure is not null && e.Call is not (SocketCall.Bind or SocketCall.Listen or SocketCall.Socket or SocketCall.SetOption or SocketCall.GetOption))
                yield return Line(e, "story.accept-failed", ("error", ErrorText.In(io.Language, e.Failure)));
            yield break;
        }

        if (!IsDatagram(e) && Find(e) is { } teller)
        {
            if (!teller.Tells(e) || (tls && teller.IsBare && IsRecord(e, bytes)))
                yield break;
            bool folded = teller.TryFold(e);
            if (folded && !teller.IsDue(e))
                yield break;
            if (teller.TakeFolded() is ( > 0 and var calls, var moved, var call))
                yield return Line(e, call == SocketCall.Send ? "story.more-sent" : "story.more-received", ("count", calls), ("bytes", Units.FormatBytes(moved)));
            teller.Begin(e);
            if (folded)
                yield break;
        }

        // A reset came before this end could end in order: there is nothing left to end.
        if (e is { Call: SocketCall.Shutdown, Failure.Error.Name: "ENOTCONN" })
            yield break;
        // What keeps an endpoint from being served ends the command, which explains it.
        if (IsDatagram(e) && e.Failure is not null && e.Call is SocketCall.Socket or SocketCall.Bind)
            yield break;
        if ((e.Failure is { } failure ? TellFailure(e, failure) : Tell(e, bytes)) is { } line)
            yield return line;
    }

    private Teller? Find(SocketEvent e)
    {
        if (_open.TryGetValue(e.Connection, out Teller? found))
            return found;
        if (!_layers.TryGetValue(e.Connection, out long below))
        {
            below = _layers.GetValueOrDefault(e.Parent, e.Parent);
            if (!_open.ContainsKey(below))
                return null;
            _layers[e.Connection] = below;
        }

        return _open.GetValueOrDefault(below);
    }

    private string TellFailure(SocketEvent e, SocketFailure failure) => failure.Error.Name switch
    {
        "SOKET_DENIED" => Line(e, "story.denied", ("peer", Peer(e))),
        "SOKET_LIMIT" => Line(e, "story.limit", ("peer", Peer(e)), ("limit", Limit(e.Reason))),
        "SOKET_MESSAGE_TOO_LARGE" => Line(e, "story.too-large", ("limit", failure.Context.Facts.GetValueOrDefault("limit"))),
        "TLS_TO_PLAIN" => Line(e, "story.tls-to-plain", ("peer", Peer(e)), ("plain", e.Transport == "ws" ? "ws" : "tcp"), ("secure", e.Transport == "ws" ? "wss" : "tls")),
        "TLS_CLIENT_CERTIFICATE" => Line(e, "story.tls-client-missing", ("peer", Peer(e))),
        "TLS_UNTRUSTED" => Line(e, "story.tls-client-untrusted", ("peer", Peer(e)), ("subject", TerminalText.Safe(failure.Context.Facts.GetValueOrDefault(FailureFacts.TlsSubject) ?? "?"))),
        _ => Line(e, "story.failed", ("call", failure.Call.Name()), ("error", ErrorText.In(io.Language, failure))),
    };

    private string? Tell(SocketEvent e, ReadOnlySequence<byte> bytes)
    {
        switch (e.Call)
        {
            case SocketCall.Accept:
                _open[e.Connection] = new Teller(e);
                return Line(e, "story.accepted", ("peer", Peer(e)));
            case SocketCall.Receive when e.Moved == 0 && !IsDatagram(e):
                return Line(e, "story.peer-closed");
            case SocketCall.Receive or SocketCall.ReceiveFrom:
                string text = Quote(bytes);
                return IsDatagram(e)
                    ? Line(e, e.Reason == "truncated" ? "story.datagram-truncated" : "story.datagram", ("peer", Peer(e)), ("count", e.Moved), ("text", text))
                    : Line(e, "story.received", ("count", e.Moved), ("text", text));
            case SocketCall.Send or SocketCall.SendTo:
                return IsDatagram(e) ? Line(e, "story.datagram-sent", ("peer", Peer(e)), ("count", e.Moved)) : Line(e, "story.sent", ("count", e.Moved));
            case SocketCall.TlsHandshake:
                return Line(e, "story.tls", ("value", CallText.TlsVersion(e)));
            case SocketCall.Http when e.Value?.Split(' ') is [var method, var target, var status, var length]:
                return Line(e, "story.answered", ("request", TerminalText.Safe($"{method} {target}")), ("status", status), ("bytes", Units.FormatBytes(double.Parse(length, System.Globalization.CultureInfo.InvariantCulture))));
            case SocketCall.WebSocketHandshake:
                return Line(e, "story.ws", ("value", TerminalText.Safe(e.Value ?? "")));
            case SocketCall.ReceiveFrame:
                string kind = TerminalText.Safe(e.Value ?? "");
                return kind.StartsWith("close", StringComparison.Ordinal) ? Line(e, "story.ws-close-received", ("kind", kind)) : Line(e, "story.frame-received", ("kind", kind), ("count", e.Moved), ("text", Quote(bytes)));
            case SocketCall.SendFrame:
                return Line(e, "story.frame-sent", ("kind", TerminalText.Safe(e.Value ?? "")), ("count", e.Moved));
            case SocketCall.Close or SocketCall.Abort when _open.Remove(e.Connection, out Teller? teller):
                foreach (long layer in teller.Layers)
                    _layers.Remove(layer);
                return Line(
                    e,
                    e.Call == SocketCall.Abort ? "story.aborted" : "story.closed",
                    ("received", Units.FormatBytes(teller.Received)),
                    ("sent", Units.FormatBytes(teller.Sent)),
                    ("time", Units.Format(Stopwatch.GetElapsedTime(teller.Started, e.Timestamp))));
            case SocketCall.None when e.Reason is ['p', 'r', 'o', 'g', 'r', 'a', 'm', '-', ..] program:
                return program == "program-started" ? null : Line(e, "story.note." + program, ("value", TerminalText.Safe(e.Value ?? "")));
            case SocketCall.None when e.Reason is { } reason && CliIo.HasText("story.note." + reason):
                return Line(e, "story.note." + reason, ("peer", Peer(e)), ("value", Why(e.Value ?? "")), ("count", reason == "message-incomplete" && e.Value == "1" ? 1 : null));
            default:
                return null;
        }
    }

    private static bool IsDatagram(SocketEvent e) => e.Transport is "udp" or "unixgram";

    // RFC 8446 5.1: the record's type, legacy version 3.x.
    private static bool IsRecord(SocketEvent e, ReadOnlySequence<byte> bytes)
    {
        if (e.Failure is not null || e.Call is not (SocketCall.Receive or SocketCall.Send) || bytes.Length < 3)
            return false;
        Span<byte> head = stackalloc byte[3];
        bytes.Slice(0, 3).CopyTo(head);
        return head is [>= 0x14 and <= 0x17, 0x03, <= 4];
    }

    private string Quote(ReadOnlySequence<byte> bytes)
    {
        ReadOnlySequence<byte> kept = bytes.Slice(0, Math.Min(bytes.Length, Preview));
        return TerminalText.Quote(kept.IsSingleSegment ? kept.FirstSpan : kept.ToArray(), Preview, bytes.Length - kept.Length, RenderingTexts.All.Get(io.Language, "more-bytes"));
    }

    // "own-endpoint 127.0.0.1:7": the rule in words, and whom it was applied to.
    private string Why(string value)
    {
        string[] parts = value.Split(' ', 2);
        string rule = CliIo.HasText("story.why." + parts[0]) ? io.Text("story.why." + parts[0]) : parts[0];
        return TerminalText.Safe(parts.Length == 2 ? $"{parts[1]} ({rule})" : rule);
    }

    private string Limit(string? reason) => CliIo.HasText("story.limit." + reason) ? io.Text("story.limit." + reason) : reason ?? "";

    private string Peer(SocketEvent e) => e.Remote?.ToString() is { Length: > 0 } peer ? TerminalText.Safe(peer) : io.Text("story.unnamed");

    private string Line(SocketEvent e, string key, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        string time = e.Utc.ToLocalTime().ToString("HH:mm:ss.fff", System.Globalization.CultureInfo.InvariantCulture);
        string who = IsDatagram(e) ? e.Transport : $"#{_layers.GetValueOrDefault(e.Connection, e.Connection)}";
        return $"{time}  {who,-4} {io.Text(key, values)}";
    }

    // One connection: what was said over it, by the uppermost layer so far, and how many calls of a run have not been told.
    private sealed class Teller(SocketEvent accepted)
    {
        private long _top = accepted.Connection;
        private SocketCall _run;
        private long _told;
        private long _calls;
        private long _moved;
        private bool _hasTold; // bytes of it

        /// <summary>Whether no layer carries what is said.</summary>
        public bool IsBare => _top == accepted.Connection;

        public long Started => accepted.Timestamp;

        public long Received { get; private set; }

        public long Sent { get; private set; }

        public List<long> Layers { get; } = [];

        /// <summary>Whether the event belongs to the story: what happens below the uppermost layer is how it was carried.</summary>
        public bool Tells(SocketEvent e)
        {
            bool lowest = e.Connection == accepted.Connection;
            if (!lowest && !Layers.Contains(e.Connection))
            {
                Layers.Add(e.Connection);
                // What the layer below has carried so far was its handshake; unless that was none, and was told as what the peer said.
                if (e.Failure is null || !_hasTold)
                    (_top, Received, Sent) = (e.Connection, 0, 0);
            }

            if (e.Failure is null && e.Connection != _top)
                return lowest && e.Call is not (SocketCall.Receive or SocketCall.Send or SocketCall.Shutdown);
            if (e.Failure is null && e.Call is SocketCall.Receive or SocketCall.ReceiveFrame)
                Received += Math.Max(0, e.Moved);
            if (e.Failure is null && e.Call is SocketCall.Send or SocketCall.SendFrame)
                Sent += Math.Max(0, e.Moved);
            return e.Reason != "discarded"; // read only so that the close is no reset
        }

        /// <summary>Takes a call that goes on with what the one before did, to be told together with others.</summary>
        public bool TryFold(SocketEvent e)
        {
            if (e.Failure is not null || e.Moved <= 0 || e.Call is not (SocketCall.Receive or SocketCall.Send) || _run != e.Call || (_calls == 0 && IsDue(e)))
                return false;
            _calls++;
            _moved += e.Moved;
            return true;
        }

        public bool IsDue(SocketEvent e) => Stopwatch.GetElapsedTime(_told, e.Timestamp) >= FoldFor;

        /// <summary>A line is told now: what follows may be folded into it.</summary>
        public void Begin(SocketEvent e) => (_run, _told, _hasTold) = (e.Call, e.Timestamp, _hasTold || e is { Failure: null, Moved: > 0 });

        public (long Calls, long Moved, SocketCall Call) TakeFolded()
        {
            (long, long, SocketCall) folded = (_calls, _moved, _run);
            (_calls, _moved) = (0, 0);
            return folded;
        }
    }
}
