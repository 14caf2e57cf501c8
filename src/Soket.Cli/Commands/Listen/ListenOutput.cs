using System.Buffers;
using System.Net;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Events;

namespace Soket.Cli.Commands.Listen;

/// <summary>Where what comes goes: byte for byte to a pipe, made safe to a terminal, as a dump, or as records; who comes and goes is told on stderr.</summary>
internal sealed class ListenOutput(CliIo io, Screen screen, JsonLinesObserver? json, bool hex, bool quiet) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private long _hexOffset; // under _turn

    /// <summary>Writes what one receive brought; the caller receives no more before it is written.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="peer">Whose they are.</param>
    /// <param name="text">The sender's text so far, where characters may be cut.</param>
    public async Task DataAsync(ReadOnlySequence<byte> bytes, EndPoint? peer, PayloadText text)
    {
        if (json is not null)
        {
            byte[] copy = bytes.ToArray();
            await json.WriteAsync(writer =>
            {
                writer.WriteString("type", "data");
                writer.WriteString("peer", peer?.ToString());
                writer.WriteNumber("bytes", copy.Length);
                JsonBytes.Write(writer, copy);
            }).ConfigureAwait(false);
            return;
        }

        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (hex)
            {
                byte[] copy = bytes.ToArray();
                foreach (string line in HexDump.Lines(copy, _hexOffset))
                    await io.Out.WriteAsync(System.Text.Encoding.ASCII.GetBytes(line + "\n")).ConfigureAwait(false);
                _hexOffset += copy.Length;
            }
            else if (io.OutIsTerminal)
            {
                await screen.FlushAsync().ConfigureAwait(false);
                await io.Out.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text.Append(bytes.ToArray()))).ConfigureAwait(false);
            }
            else
            {
                foreach (ReadOnlyMemory<byte> part in bytes)
                    await io.Out.WriteAsync(part).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Connected(EndPoint? peer)
    {
        if (json is not null)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "connected");
                writer.WriteString("peer", peer?.ToString());
            });
        }
        else
        {
            Say("listen.connected", ("peer", Name(peer)));
        }
    }

    /// <param name="peer">Who has gone.</param>
    /// <param name="received">Bytes that came.</param>
    /// <param name="sent">Bytes that went.</param>
    /// <param name="reason">Why, as a stable key: <c>closed</c>, <c>reset</c>, <c>too-slow</c>.</param>
    public void Closed(EndPoint? peer, long received, long sent, string reason)
    {
        if (json is not null)
        {
            json.Write(writer =>
            {
                writer.WriteString("type", "closed");
                writer.WriteString("peer", peer?.ToString());
                writer.WriteString("reason", reason);
                writer.WriteNumber("bytes_received", received);
                writer.WriteNumber("bytes_sent", sent);
            });
        }
        else
        {
            Say("listen." + reason, ("peer", Name(peer)), ("received", Units.FormatBytes(received)), ("sent", Units.FormatBytes(sent)));
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

    public string Name(EndPoint? peer) => peer?.ToString() is { Length: > 0 } name ? TerminalText.Safe(name) : io.Text("story.unnamed");

    public void Dispose() => _turn.Dispose();

    private void Say(string key, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (!quiet)
            screen.Line(io.Text(key, values));
    }
}
