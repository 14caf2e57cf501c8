using System.Net;
using System.Text.Json;
using Soket.Cli.Commands.Dns;
using Soket.Cli.Rendering;
using Soket.Dns;
using Soket.Explain;
using Soket.Http;
using Soket.Protocols.Http1;

namespace Soket.Cli.Commands.Fetch;

/// <summary>A fetch as a record: its exchanges, their steps with times as numbers (microseconds), and the body where no file has it.</summary>
internal static class FetchJson
{
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<FetchExchange> exchanges, string? file, BodyCapture? body)
    {
        writer.WriteString("type", "fetch");
        FetchExchange last = exchanges[^1];
        writer.WriteString("url", HttpSecrets.Redact(last.Url.ToString()));
        if (last.Response is { } head)
            writer.WriteNumber("status", head.Status);
        TimeSpan total = exchanges.SelectMany(exchange => exchange.Steps).Select(step => step.Start + step.Duration).DefaultIfEmpty().Max();
        TimeSpan own = total - exchanges.Aggregate(TimeSpan.Zero, (sum, exchange) => sum + exchange.Busy);
        writer.WriteNumber("total_us", (long)total.TotalMicroseconds);
        writer.WriteNumber("own_us", Math.Max(0, (long)own.TotalMicroseconds));
        writer.WriteStartArray("exchanges");
        foreach (FetchExchange exchange in exchanges)
            Write(writer, exchange);
        writer.WriteEndArray();
        if (file is not null)
            writer.WriteString("file", file);
        if (body is null)
            return;
        writer.WriteStartObject("body");
        JsonBytes.Write(writer, body.Bytes);
        writer.WriteBoolean("truncated", body.IsTruncated);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, FetchExchange exchange)
    {
        writer.WriteStartObject();
        writer.WriteString("url", HttpSecrets.Redact(exchange.Url.ToString()));
        writer.WriteString("method", exchange.Request.Method);
        Fields(writer, "request_fields", exchange.Request.Fields);
        if (exchange.Proxy is { } proxy)
            writer.WriteString("proxy", proxy.ToString());
        if (exchange.Lookups.Count > 0)
        {
            writer.WriteStartArray("lookups");
            foreach (DnsAnswer answer in exchange.Lookups)
            {
                writer.WriteStartObject();
                DnsJson.Write(writer, answer, null);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteStartArray("addresses");
        foreach (System.Net.EndPoint address in exchange.Addresses)
            writer.WriteStringValue(address.ToString());
        writer.WriteEndArray();
        writer.WriteStartArray("attempts");
        foreach (ConnectAttempt attempt in exchange.Attempts)
        {
            writer.WriteStartObject();
            writer.WriteString("address", attempt.Address.ToString());
            writer.WriteNumber("elapsed_us", (long)attempt.Elapsed.TotalMicroseconds);
            writer.WriteString("errno", attempt.Error?.Name);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("remote", exchange.Remote?.ToString());
        writer.WriteString("local", exchange.Local?.ToString());
        if (exchange.Tls is { } tls)
            Write(writer, tls);
        writer.WriteStartObject("steps");
        foreach (FetchStep step in exchange.Steps)
        {
            writer.WriteStartObject(Waterfall.Key(step.Phase).Replace('-', '_'));
            writer.WriteNumber("start_us", (long)step.Start.TotalMicroseconds);
            writer.WriteNumber("duration_us", (long)step.Duration.TotalMicroseconds);
            if (step.Failure is { } failure)
                writer.WriteString("errno", failure.Error.Name);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteNumber("request_head_bytes", exchange.RequestHeadBytes);
        writer.WriteNumber("request_body_bytes", exchange.RequestBodyBytes);
        writer.WriteNumber("wire_sent", exchange.WireSent);
        writer.WriteNumber("wire_received", exchange.WireReceived);
        if (exchange.Response is { } response)
        {
            writer.WriteNumber("status", response.Status);
            writer.WriteString("reason", response.Reason);
            writer.WriteString("version", $"1.{response.Minor}");
            Fields(writer, "fields", response.Fields);
            writer.WriteString("framing", exchange.Framing.Kind switch { HttpBodyKind.None => "none", HttpBodyKind.Length => "length", HttpBodyKind.Chunked => "chunked", _ => "until-close" });
            writer.WriteNumber("head_bytes", exchange.HeadBytes);
            writer.WriteNumber("body_bytes", exchange.BodyBytes);
            writer.WriteNumber("content_bytes", exchange.ContentBytes);
            writer.WriteNumber("chunks", exchange.Chunks);
            if (exchange.Trailers.Count > 0)
                Fields(writer, "trailers", exchange.Trailers);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, FetchTls tls)
    {
        writer.WriteStartObject("tls");
        writer.WriteString("version", tls.Version);
        writer.WriteString("cipher_suite", tls.CipherSuite);
        writer.WriteString("alpn", tls.Protocol);
        writer.WriteString("subject", tls.Subject);
        writer.WriteString("issuer", tls.Issuer);
        writer.WriteString("not_before", tls.NotBefore.UtcDateTime);
        writer.WriteString("not_after", tls.NotAfter.UtcDateTime);
        writer.WriteString("sha256", tls.Fingerprint);
        writer.WriteBoolean("verified", tls.IsVerified);
        writer.WriteEndObject();
    }

    // In their order, and with names that stand there twice: an object would lose both.
    private static void Fields(Utf8JsonWriter writer, string name, HttpFields fields)
    {
        writer.WriteStartArray(name);
        foreach (HttpField field in fields)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(field.Name);
            writer.WriteStringValue(Secrets.Cover(field));
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }
}
