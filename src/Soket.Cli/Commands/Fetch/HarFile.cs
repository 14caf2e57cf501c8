using System.Globalization;
using System.Net;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Http;
using Soket.Protocols.Http1;

namespace Soket.Cli.Commands.Fetch;

/// <summary>A fetch as an HTTP archive (HAR 1.2), which browsers' tools and others read. Secrets are covered, and bodies are left out.</summary>
internal static class HarFile
{
    public static byte[] Render(IReadOnlyList<FetchExchange> exchanges)
    {
        var output = new MemoryStream();
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("log");
            writer.WriteString("version", "1.2");
            writer.WriteStartObject("creator");
            writer.WriteString("name", "soket");
            writer.WriteString("version", CommandLineApp.VersionText);
            writer.WriteEndObject();
            writer.WriteStartArray("entries");
            foreach (FetchExchange exchange in exchanges)
                Entry(writer, exchange);
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return output.ToArray();
    }

    private static void Entry(Utf8JsonWriter writer, FetchExchange exchange)
    {
        writer.WriteStartObject();
        writer.WriteString("startedDateTime", exchange.Started.ToString("O", CultureInfo.InvariantCulture));
        // In this format connecting holds the dialogue with a proxy and the TLS handshake; -1 stands for what was not done. Closing is no part of it.
        double Of(FetchPhase phase) => exchange.Step(phase)?.Duration.TotalMilliseconds ?? -1;
        double connect = Of(FetchPhase.Connect) < 0 ? -1 : Of(FetchPhase.Connect) + Math.Max(0, Of(FetchPhase.Proxy)) + Math.Max(0, Of(FetchPhase.Tls));
        double send = Math.Max(0, Of(FetchPhase.Request)), wait = Math.Max(0, Of(FetchPhase.FirstByte)), receive = Math.Max(0, Of(FetchPhase.Download));
        writer.WriteNumber("time", Math.Max(0, Of(FetchPhase.Name)) + Math.Max(0, connect) + send + wait + receive);
        writer.WriteStartObject("request");
        writer.WriteString("method", exchange.Request.Method);
        writer.WriteString("url", HttpSecrets.Redact(exchange.Url.ToString()));
        writer.WriteString("httpVersion", "HTTP/1.1");
        Fields(writer, exchange.Request.Fields);
        writer.WriteStartArray("queryString");
        int query = exchange.Url.Target.IndexOf('?', StringComparison.Ordinal);
        foreach (string pair in query < 0 ? [] : exchange.Url.Target[(query + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            Pair(writer, Uri.UnescapeDataString(parts[0]), parts.Length < 2 ? "" : HttpSecrets.IsParameter(parts[0]) ? HttpSecrets.Mask : Uri.UnescapeDataString(parts[1]));
        }

        writer.WriteEndArray();
        writer.WriteNumber("headersSize", exchange.RequestHeadBytes);
        writer.WriteNumber("bodySize", exchange.RequestBodyBytes);
        writer.WriteEndObject();
        Response(writer, exchange);
        writer.WriteStartObject("cache");
        writer.WriteEndObject();
        writer.WriteStartObject("timings");
        writer.WriteNumber("blocked", -1);
        writer.WriteNumber("dns", Of(FetchPhase.Name));
        writer.WriteNumber("connect", connect);
        writer.WriteNumber("ssl", Of(FetchPhase.Tls));
        writer.WriteNumber("send", send);
        writer.WriteNumber("wait", wait);
        writer.WriteNumber("receive", receive);
        writer.WriteEndObject();
        if (exchange.Remote is IPEndPoint remote)
        {
            writer.WriteString("serverIPAddress", remote.Address.ToString());
            writer.WriteString("connection", ((exchange.Local as IPEndPoint)?.Port ?? 0).ToString(CultureInfo.InvariantCulture));
        }

        writer.WriteEndObject();
    }

    // A response that never came has status 0, as the browsers' tools write it.
    private static void Response(Utf8JsonWriter writer, FetchExchange exchange)
    {
        HttpResponseHead? head = exchange.Response;
        writer.WriteStartObject("response");
        writer.WriteNumber("status", head?.Status ?? 0);
        writer.WriteString("statusText", head?.Reason ?? "");
        writer.WriteString("httpVersion", head is null ? "" : $"HTTP/1.{head.Minor}");
        Fields(writer, head?.Fields ?? new HttpFields([]));
        writer.WriteStartObject("content");
        writer.WriteNumber("size", exchange.ContentBytes);
        writer.WriteNumber("compression", exchange.ContentBytes - exchange.BodyBytes);
        writer.WriteString("mimeType", head?.Fields.One("Content-Type") ?? "");
        writer.WriteEndObject();
        writer.WriteString("redirectURL", HttpSecrets.Redact(head?.Fields.One("Location") ?? ""));
        writer.WriteNumber("headersSize", head is null ? -1 : exchange.HeadBytes);
        writer.WriteNumber("bodySize", head is null ? -1 : exchange.BodyBytes);
        if (exchange.Failure is { } failure)
            writer.WriteString("_error", failure.Error.Name);
        writer.WriteEndObject();
    }

    private static void Fields(Utf8JsonWriter writer, HttpFields fields)
    {
        writer.WriteStartArray("cookies");
        foreach (HttpField field in fields)
        {
            if (field.Name.Equals("Cookie", StringComparison.OrdinalIgnoreCase))
            {
                foreach (string pair in field.Value.Split(';'))
                    Pair(writer, pair.Split('=')[0].Trim(), HttpSecrets.Mask);
            }
            else if (field.Name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase))
            {
                Pair(writer, field.Value.Split('=')[0].Trim(), HttpSecrets.Mask);
            }
        }

        writer.WriteEndArray();
        writer.WriteStartArray("headers");
        foreach (HttpField field in fields)
            Pair(writer, field.Name, Secrets.Cover(field));
        writer.WriteEndArray();
    }

    private static void Pair(Utf8JsonWriter writer, string name, string value)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("value", value);
        writer.WriteEndObject();
    }
}
