using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Languages;

namespace Soket.Events;

/// <summary>One event as one JSON object: the keys of docs/schema/soket-events.schema.json. Pure.</summary>
internal static class JsonLine
{
    public static void Write(Utf8JsonWriter json, in SocketEvent e, byte[]? bytes)
    {
        json.WriteStartObject();
        json.WriteNumber("v", JsonLinesObserver.SchemaVersion);
        json.WriteString("type", "event");
        json.WriteNumber("seq", e.Sequence);
        json.WriteString("time", e.Utc.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        json.WriteNumber("monotonic_us", Microseconds(e.Timestamp));
        json.WriteNumber("duration_us", decimal.Round((decimal)e.Duration.Ticks / TimeSpan.TicksPerMicrosecond, 1));
        json.WriteNumber("socket", e.Connection);
        if (e.Parent != 0)
            json.WriteNumber("parent", e.Parent);
        json.WriteString("role", e.Role switch { SocketRole.Client => "client", SocketRole.Listener => "listener", _ => "server" });
        json.WriteString("transport", e.Transport);
        json.WriteNumber("call_id", e.CallId);
        json.WriteString("call", e.Call.Name());
        Number(json, "requested", e.Requested);
        Number(json, "moved", e.Moved);
        Number(json, "offset", e.StreamOffset);
        Text(json, "option", e.Option);
        Text(json, "value", e.Value);
        Text(json, "reason", e.Reason);
        if (e.State != SocketState.None)
        {
            json.WriteString("state", e.State.Name());
            json.WriteBoolean("state_inferred", e.StateInferred);
        }

        Address(json, "local", e.Local, e.Transport);
        Address(json, "remote", e.Remote, e.Transport);
        if (e.Failure is { } failure)
        {
            json.WriteStartObject("failure");
            json.WriteString("call", failure.Call.Name());
            json.WriteString("errno", failure.Error.Name);
            if (failure.Error.Number is { } number)
                json.WriteNumber("number", number);
            json.WriteString("message", failure.Error.Message);
            if (failure.Context.Endpoint is { } endpoint)
                json.WriteString("endpoint", endpoint);
            json.WriteEndObject();
        }

        if (bytes is not null)
            Bytes(json, bytes, e.Moved);
        json.WriteEndObject();
    }

    /// <summary>Adds a finished line, with what a terminal obeys (format characters: bidirectional overrides, zero width) escaped; it can only stand within strings.</summary>
    public static void Append(ArrayBufferWriter<byte> lines, ReadOnlySpan<byte> line)
    {
        if (Ascii.IsValid(line))
        {
            lines.Write(line);
        }
        else
        {
            while (!line.IsEmpty)
            {
                Rune.DecodeFromUtf8(line, out Rune rune, out int length);
                if (rune.IsBmp && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.Control)
                    lines.Write(Encoding.ASCII.GetBytes($"\\u{rune.Value:X4}"));
                else
                    lines.Write(line[..length]);
                line = line[length..];
            }
        }

        lines.Write("\n"u8);
    }

    /// <summary>An address as an endpoint is written: <c>tcp://127.0.0.1:8080</c>.</summary>
    public static string AddressText(EndPoint address, string transport) => (address, transport) switch
    {
        (IPEndPoint, "udp") => SocketUri.FromEndPoint(SocketScheme.Udp, address).ToString(),
        (IPEndPoint, _) => SocketUri.FromEndPoint(SocketScheme.Tcp, address).ToString(),
        (UnixDomainSocketEndPoint, "unixgram") => SocketUri.FromEndPoint(SocketScheme.UnixDatagram, address).ToString(),
        (UnixDomainSocketEndPoint, _) => SocketUri.FromEndPoint(SocketScheme.Unix, address).ToString(),
        _ => address.ToString() ?? "",
    };

    // Text when every byte is text that a person can read; else base64, which says nothing but loses nothing.
    private static void Bytes(Utf8JsonWriter json, ReadOnlySpan<byte> bytes, long moved)
    {
        ReadOnlySpan<byte> text = bytes.Length < moved ? ReadableText.WholeCharacters(bytes) : bytes;
        if (ReadableText.Is(text))
        {
            json.WriteString("text", text);
            bytes = text;
        }
        else
        {
            json.WriteBase64String("base64", bytes);
        }

        if (bytes.Length < moved)
            json.WriteNumber("bytes_omitted", moved - bytes.Length);
    }

    private static decimal Microseconds(long timestamp) => decimal.Round(timestamp * 1_000_000m / Stopwatch.Frequency, 1);

    private static void Number(Utf8JsonWriter json, string key, long value)
    {
        if (value >= 0)
            json.WriteNumber(key, value);
    }

    private static void Text(Utf8JsonWriter json, string key, string? value)
    {
        if (value is not null)
            json.WriteString(key, value);
    }

    private static void Address(Utf8JsonWriter json, string key, EndPoint? address, string transport)
    {
        if (address is not null)
            json.WriteString(key, AddressText(address, transport));
    }
}
