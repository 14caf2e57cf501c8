using System.Buffers;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;
using Soket.Middleware.Proxy;
using Soket.Middleware.WebSocket;

namespace Soket.Cli.Commands.Connect;

/// <summary>
/// Where a client's replies go: byte for byte to a pipe, made safe to a terminal, as records with <c>--json</c>. Remarks go to stderr.
/// </summary>
internal sealed class TalkOutput(CliIo io, Screen screen, JsonLinesObserver? json, Talk talk, bool quiet) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly PayloadText _payload = new();
    private bool _prompting; // under _turn: the prompt stands on the terminal, and nothing typed behind it has been sent yet
    private long _hexOffset;

    /// <summary>The proxy that the connection goes through, whose address is the remote one then; null for none.</summary>
    public ProxyEndpoint? Proxy { get; init; }

    /// <summary>What carries the stream.</summary>
    public required TransportChoice Carrier { get; init; }

    public bool IsJson => json is not null;

    /// <summary>Shows a reply.</summary>
    /// <param name="bytes">Its bytes, or the next of them.</param>
    /// <param name="after">How long it took; null when it answers no message that is waiting.</param>
    /// <param name="endsMessage">Whether it is a whole message, which stands on a line of its own.</param>
    /// <param name="kind">What kind of message it is, where there are kinds: <c>text</c>, <c>binary</c>.</param>
    public async Task ReplyAsync(ReadOnlySequence<byte> bytes, TimeSpan? after, bool endsMessage, string? kind = null)
    {
        if (json is not null)
        {
            byte[] copy = bytes.ToArray();
            await json.WriteAsync(writer =>
            {
                writer.WriteString("type", "reply");
                if (kind is not null)
                    writer.WriteString("kind", kind);
                writer.WriteNumber("bytes", copy.Length);
                JsonBytes.Write(writer, copy);
                if (after is { } time)
                    writer.WriteNumber("reply_us", (long)time.TotalMicroseconds);
            }).ConfigureAwait(false);
            return;
        }

        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            // On a terminal both streams are one picture: what was logged before stands before.
            if (io.OutIsTerminal)
                await screen.FlushAsync().ConfigureAwait(false);
            bool prompted = _prompting;
            if (prompted)
                await WriteTextAsync(io.Rewrites ? "\r\x1b[K" : "\n").ConfigureAwait(false);
            await WriteReplyAsync(bytes, endsMessage || (io.OutIsTerminal && (prompted || after is not null))).ConfigureAwait(false);
            if (after is { } elapsed && !quiet)
                screen.Line(io.Text("connect.reply-time", ("count", bytes.Length), ("time", Units.Format(elapsed))));
            if (prompted)
                await WritePromptAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Shows the prompt, where lines are typed.</summary>
    public async Task PromptAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            _prompting = io.OutIsTerminal && !IsJson;
            if (_prompting)
                await WritePromptAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A line was typed: the prompt is used up.</summary>
    public async Task PromptUsedAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        _prompting = false;
        _turn.Release();
    }

    /// <summary>Nothing more is typed: a prompt that still stands must not stand before what comes next.</summary>
    public async Task PromptLeftAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_prompting)
                await WriteTextAsync("\n").ConfigureAwait(false);
            _prompting = false;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task WriteReplyAsync(ReadOnlySequence<byte> bytes, bool endLine)
    {
        if (talk.Hex)
        {
            foreach (string line in HexDump.Lines(bytes.ToArray(), _hexOffset))
                await WriteTextAsync(line + "\n").ConfigureAwait(false);
            _hexOffset += bytes.Length;
        }
        else if (io.OutIsTerminal)
        {
            string text = _payload.Append(bytes.ToArray());
            if (endLine)
                text += _payload.Flush();
            await WriteTextAsync(endLine && !text.EndsWith('\n') ? text + "\n" : text).ConfigureAwait(false);
        }
        else
        {
            foreach (ReadOnlyMemory<byte> part in bytes)
                await io.Out.WriteAsync(part).ConfigureAwait(false);
            if (endLine)
                await io.Out.WriteAsync("\n"u8.ToArray()).ConfigureAwait(false);
        }
    }

    public void Connected(SocketUri endpoint, System.Net.EndPoint? local, System.Net.EndPoint? remote, TimeSpan elapsed, bool typed = true)
    {
        if (json is not null)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "connected");
                writer.WriteString("endpoint", endpoint.ToString());
                writer.WriteString("local", local?.ToString());
                writer.WriteString("remote", remote?.ToString());
                if (Proxy is not null)
                    writer.WriteString("proxy", Proxy.ToString());
                Carrier.Write(writer, [endpoint]);
                writer.WriteNumber("elapsed_us", (long)elapsed.TotalMicroseconds);
            });
        }
        else if (!quiet && io.InIsTerminal && talk.Messages is null)
        {
            screen.Line(io.Text(Proxy is null ? "connect.connected" : System.Net.IPAddress.TryParse(endpoint.Host, out _) ? "connect.connected-through-address" : "connect.connected-through", ("endpoint", endpoint), ("remote", remote), ("proxy", Proxy), ("time", Units.Format(elapsed))));
            if (typed)
                screen.Line(io.Text("connect.prompt-help"));
        }
    }

    public void Remark(string key, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        string text = io.Text(key, values);
        if (json is not null)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "notice");
                writer.WriteString("notice", key[(key.IndexOf('.', StringComparison.Ordinal) + 1)..]);
                writer.WriteString("text", text);
            });
        }
        else if (!quiet)
        {
            screen.Line(text);
        }
    }

    /// <summary>A file has been sent or received, whole or in part.</summary>
    /// <param name="direction"><c>sent</c> or <c>received</c>.</param>
    /// <param name="path">The file.</param>
    /// <param name="bytes">How much of it.</param>
    /// <param name="size">How much there was to send, where that is known.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="whole">Whether nothing came in between.</param>
    public void FileDone(string direction, string path, long bytes, long? size, TimeSpan elapsed, bool whole)
    {
        if (json is not null)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "file");
                writer.WriteString("direction", direction);
                writer.WriteString("path", path);
                writer.WriteNumber("bytes", bytes);
                if (size is { } known)
                    writer.WriteNumber("size", known);
                writer.WriteNumber("elapsed_us", (long)elapsed.TotalMicroseconds);
                writer.WriteBoolean("whole", whole);
            });
        }
        else if (!quiet || !whole)
        {
            string key = $"connect.file.{direction}{(whole ? "" : size is null ? "-part" : "-part-of")}";
            screen.Line(io.Text(
                key, ("path", TerminalText.Safe(path)), ("bytes", Units.FormatBytes(bytes)), ("size", Units.FormatBytes(size ?? 0)), ("time", Units.Format(elapsed)),
                ("rate", Units.FormatBytes(bytes / Math.Max(1e-6, elapsed.TotalSeconds)))));
        }
    }

    /// <summary>The conversation is over.</summary>
    /// <param name="sent">Bytes sent in messages.</param>
    /// <param name="received">Bytes received in messages.</param>
    /// <param name="end">How the peer closed, where it says so.</param>
    public void Closed(long sent, long received, WebSocketEnd? end = null)
    {
        json?.Write(writer =>
        {
            writer.WriteString("type", "closed");
            writer.WriteNumber("bytes_sent", sent);
            writer.WriteNumber("bytes_received", received);
            if (end is { } told)
            {
                writer.WriteNumber("code", told.Code);
                writer.WriteString("reason", told.Reason);
            }
        });
    }

    public void Dispose() => _turn.Dispose();

    private async Task WritePromptAsync()
    {
        await screen.FlushAsync().ConfigureAwait(false);
        await WriteTextAsync("> ").ConfigureAwait(false);
    }

    private ValueTask WriteTextAsync(string text) => io.Out.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text));
}
