using System.Buffers;
using System.Collections.Concurrent;
using Soket.Cli.CommandLine;
using Soket.Cli.Settings;
using Soket.Events;
using Soket.Explain;

namespace Soket.Cli.Rendering;

/// <summary>
/// What a server does, told in words: who connected, what came, how many bytes went back, how it ended. <c>-v</c> shows the calls instead.
/// </summary>
internal sealed class StoryLog(CliIo io, Screen screen) : ISocketObserver
{
    private const int Preview = 60;
    private readonly ConcurrentDictionary<long, (long Received, long Sent, long Started)> _open = new();
    private readonly ConcurrentDictionary<long, byte> _framed = new(); // connections whose bytes are told as the frames they carry

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        if (Render(e, bytes) is { } line)
            screen.Offer(line);
    }

    public string? Render(SocketEvent e, ReadOnlySequence<byte> bytes)
    {
        if (e.Role == SocketRole.Listener)
            return e.Failure is null || e.Call is SocketCall.Bind or SocketCall.Listen or SocketCall.Socket ? null : Line(e, "story.accept-failed", ("error", e.Failure.Error.ToString()));
        if (e.Failure is { } failure)
        {
            return failure.Error.Name switch
            {
                "SOKET_DENIED" => Line(e, "story.denied", ("peer", Peer(e))),
                "SOKET_LIMIT" => Line(e, "story.limit", ("peer", Peer(e)), ("limit", e.Reason)),
                "SOKET_MESSAGE_TOO_LARGE" => Line(e, "story.too-large", ("limit", failure.Context.Facts.GetValueOrDefault("limit"))),
                "TLS_TO_PLAIN" => Line(e, "story.tls-to-plain", ("peer", Peer(e))),
                "TLS_CLIENT_CERTIFICATE" => Line(e, "story.tls-client-missing", ("peer", Peer(e))),
                "TLS_UNTRUSTED" => Line(e, "story.tls-client-untrusted", ("peer", Peer(e)), ("subject", TerminalText.Safe(failure.Context.Facts.GetValueOrDefault(FailureFacts.TlsSubject) ?? "?"))),
                _ => Line(e, "story.failed", ("call", failure.Call.Name()), ("error", TerminalText.Safe(failure.Error.ToString()))),
            };
        }

        bool datagram = e.Transport is "udp" or "unixgram";
        switch (e.Call)
        {
            case SocketCall.Accept:
                _open[e.Connection] = (0, 0, e.Timestamp);
                return Line(e, "story.accepted", ("peer", Peer(e)));
            case SocketCall.Receive when e.Moved == 0 && !datagram:
                return Line(e, "story.peer-closed");
            case SocketCall.WebSocketHandshake:
                _framed[e.Parent] = 0;
                return Line(e, "story.ws", ("value", TerminalText.Safe(e.Value ?? "")));
            case SocketCall.ReceiveFrame:
                string kind = TerminalText.Safe(e.Value ?? "");
                return kind.StartsWith("close", StringComparison.Ordinal) ? Line(e, "story.ws-close-received", ("kind", kind)) : Line(e, "story.frame-received", ("kind", kind), ("count", e.Moved), ("text", Quote(bytes)));
            case SocketCall.SendFrame:
                return Line(e, "story.frame-sent", ("kind", TerminalText.Safe(e.Value ?? "")), ("count", e.Moved));
            case SocketCall.Send or SocketCall.Receive when _framed.ContainsKey(e.Connection) || (e.Transport == "tls" && _framed.ContainsKey(e.Parent)):
                Add(e, e.Call == SocketCall.Receive ? e.Moved : 0, e.Call == SocketCall.Send ? e.Moved : 0);
                return null;
            case SocketCall.Receive or SocketCall.ReceiveFrom:
                Add(e, e.Moved, 0);
                string text = Quote(bytes);
                return datagram
                    ? Line(e, e.Reason == "truncated" ? "story.datagram-truncated" : "story.datagram", ("peer", Peer(e)), ("count", e.Moved), ("text", text))
                    : Line(e, "story.received", ("count", e.Moved), ("text", text));
            case SocketCall.Send or SocketCall.SendTo:
                Add(e, 0, e.Moved);
                return datagram ? Line(e, "story.datagram-sent", ("peer", Peer(e)), ("count", e.Moved)) : Line(e, "story.sent", ("count", e.Moved));
            case SocketCall.TlsHandshake:
                return Line(e, "story.tls", ("value", e.Value));
            case SocketCall.Close or SocketCall.Abort when _open.TryRemove(e.Connection, out (long Received, long Sent, long Started) totals):
                _framed.TryRemove(e.Connection, out _);
                return Line(
                    e,
                    e.Call == SocketCall.Abort ? "story.aborted" : "story.closed",
                    ("received", Units.FormatBytes(totals.Received)),
                    ("sent", Units.FormatBytes(totals.Sent)),
                    ("time", Units.Format(System.Diagnostics.Stopwatch.GetElapsedTime(totals.Started, e.Timestamp))));
            case SocketCall.None when e.Reason is { } reason && CliIo.HasText("story.note." + reason):
                return Line(e, "story.note." + reason, ("peer", Peer(e)), ("value", TerminalText.Safe(e.Value ?? "")));
            default:
                return null;
        }
    }

    private void Add(SocketEvent e, long received, long sent)
    {
        // Records above TLS are the messages; those below are counted as what went over the wire only once.
        if (_open.TryGetValue(e.Connection, out (long Received, long Sent, long Started) totals))
            _open[e.Connection] = (totals.Received + received, totals.Sent + sent, totals.Started);
    }

    private static string Quote(ReadOnlySequence<byte> bytes)
    {
        ReadOnlySequence<byte> kept = bytes.Slice(0, Math.Min(bytes.Length, Preview));
        return TerminalText.Quote(kept.IsSingleSegment ? kept.FirstSpan : kept.ToArray(), Preview, bytes.Length - kept.Length);
    }

    private string Peer(SocketEvent e) => e.Remote?.ToString() is { Length: > 0 } peer ? TerminalText.Safe(peer) : io.Text("story.unnamed");

    private string Line(SocketEvent e, string key, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        string time = e.Utc.ToLocalTime().ToString("HH:mm:ss.fff", System.Globalization.CultureInfo.InvariantCulture);
        string who = e.Transport is "udp" or "unixgram" ? e.Transport : $"#{(e.Transport == "ws" ? e.Parent : e.Connection)}";
        return $"{time}  {who,-4} {io.Text(key, values)}";
    }
}
