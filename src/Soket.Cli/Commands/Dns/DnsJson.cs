using System.Text.Json;
using Soket.Dns;
using Soket.Explain;
using Soket.Protocols.Dns;

namespace Soket.Cli.Commands.Dns;

/// <summary>An answer as a record of <c>--json</c>; docs/dns.md names its keys.</summary>
internal static class DnsJson
{
    private static readonly (DnsHeaderBits Bit, string Name)[] FlagNames =
    [
        (DnsHeaderBits.Authoritative, "aa"), (DnsHeaderBits.Truncated, "tc"), (DnsHeaderBits.RecursionDesired, "rd"),
        (DnsHeaderBits.RecursionAvailable, "ra"), (DnsHeaderBits.AuthenticData, "ad"), (DnsHeaderBits.CheckingDisabled, "cd"),
    ];

    public static void Write(Utf8JsonWriter writer, DnsAnswer answer, Explanation? explanation, DnsName? zone = null)
    {
        writer.WriteString("type", "dns");
        writer.WriteString("name", answer.Question.Name.ToString());
        writer.WriteString("query_type", answer.Question.Type.ToString());
        writer.WriteString("class", answer.Question.Class.ToString());
        if (zone is not null)
            writer.WriteString("zone", zone.ToString());
        if (answer.Exchange is { } exchange)
        {
            writer.WriteString("server", exchange.Server.ToString());
            if (exchange.Server.Name is { } name)
                writer.WriteString("server_name", name.ToString());
            writer.WriteString("transport", exchange.Transport.ToString().ToLowerInvariant());
            writer.WriteNumber("id", exchange.Reply.Id);
            writer.WriteString("rcode", exchange.Reply.Rcode.ToString());
            writer.WriteStartArray("flags");
            foreach (string flag in Flags(exchange.Reply.Flags))
                writer.WriteStringValue(flag);
            writer.WriteEndArray();
            writer.WriteNumber("elapsed_us", (long)exchange.Elapsed.TotalMicroseconds);
            writer.WriteNumber("tries", exchange.Tries);
            writer.WriteNumber("reply_bytes", exchange.ReplyBytes.Length);
            writer.WriteBoolean("truncated", exchange.WasTruncated);
            writer.WriteBoolean("cached", answer.IsCached);
            Records(writer, "answers", answer.Answers);
            Records(writer, "authorities", exchange.Reply.Authorities);
            Records(writer, "additionals", exchange.Reply.Additionals);
            Dropped(writer, exchange.Dropped);
            Options(writer, exchange.Reply.Edns);
        }
        else
        {
            Records(writer, "answers", answer.Answers);
        }

        if (answer.Failure is not { } failure || explanation is null)
            return;
        writer.WriteStartObject("error");
        writer.WriteString("code", explanation.Code);
        writer.WriteString("errno", failure.Error.Name);
        writer.WriteString("message", failure.Error.Message);
        writer.WriteString("cause", explanation.Cause);
        writer.WriteString("remedy", explanation.Remedy);
        writer.WriteNumber("exit", explanation.ExitCode);
        writer.WriteEndObject();
    }

    public static IEnumerable<string> Flags(DnsHeaderBits flags) => from one in FlagNames where (flags & one.Bit) != 0 select one.Name;

    private static void Dropped(Utf8JsonWriter writer, IReadOnlyList<DnsDropped> dropped)
    {
        if (dropped.Count == 0)
            return;
        writer.WriteStartArray("dropped");
        foreach (DnsDropped one in dropped)
        {
            writer.WriteStartObject();
            writer.WriteString("reason", one.Reason switch { DnsDropReason.WrongSource => "wrong-source", DnsDropReason.WrongId => "wrong-id", DnsDropReason.WrongQuestion => "wrong-question", DnsDropReason.WrongCookie => "wrong-cookie", _ => "malformed" });
            writer.WriteString("from", one.From?.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Options(Utf8JsonWriter writer, Edns? edns)
    {
        if (edns is null)
            return;
        if (edns.Nsid is { } nsid)
            writer.WriteString("nsid", System.Text.Encoding.UTF8.GetString(nsid.Span));
        if (edns.ClientSubnet is { } subnet)
            writer.WriteString("client_subnet", subnet.ToString());
        if (edns.Cookie is { } cookie)
            writer.WriteString("cookie", Convert.ToHexStringLower(cookie.Span));
        if (!edns.ExtendedErrors.Any())
            return;
        writer.WriteStartArray("extended_errors");
        foreach (DnsExtendedError error in edns.ExtendedErrors)
        {
            writer.WriteStartObject();
            writer.WriteNumber("code", error.Code);
            writer.WriteString("name", error.Name);
            writer.WriteString("text", error.Text);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Records(Utf8JsonWriter writer, string key, IReadOnlyList<DnsRecord> records)
    {
        writer.WriteStartArray(key);
        foreach (DnsRecord record in records)
        {
            writer.WriteStartObject();
            writer.WriteString("name", record.Name.ToString());
            writer.WriteString("type", record.Type.ToString());
            writer.WriteString("class", record.Class.ToString());
            writer.WriteNumber("ttl", record.Ttl);
            writer.WriteString("data", record.Data.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
