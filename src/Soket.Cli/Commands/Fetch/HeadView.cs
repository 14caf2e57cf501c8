using Soket.Cli.Rendering;
using Soket.Http;
using Soket.Protocols.Http1;

namespace Soket.Cli.Commands.Fetch;

/// <summary>The heads of an exchange as they went over the wire: <c>&gt;</c> what was sent, <c>&lt;</c> what came. Secrets are covered.</summary>
internal static class HeadView
{
    public static IEnumerable<string> Request(FetchExchange exchange)
    {
        yield return $"> {exchange.Request.Method} {HttpSecrets.Redact(exchange.Request.Target)} HTTP/1.{exchange.Request.Minor}";
        foreach (HttpField field in exchange.Request.Fields)
            yield return "> " + Line(field);
    }

    public static IEnumerable<string> Response(FetchExchange exchange)
    {
        foreach (HttpResponseHead head in exchange.Response is null ? exchange.Interim : exchange.Interim.Append(exchange.Response))
        {
            yield return TerminalText.Safe($"< HTTP/1.{head.Minor} {head.Status} {head.Reason}".TrimEnd());
            foreach (HttpField field in head.Fields)
                yield return "< " + Line(field);
        }
    }

    /// <summary>The fields after the last chunk, known when the body has ended.</summary>
    public static IEnumerable<string> Trailers(FetchExchange exchange)
    {
        foreach (HttpField field in exchange.Trailers)
            yield return "<< " + Line(field);
    }

    /// <summary>A response's head as a person asked for it on stdout: as it came, secrets included, since it is payload there.</summary>
    public static string Whole(HttpResponseHead head, bool visible)
    {
        var text = new System.Text.StringBuilder($"HTTP/1.{head.Minor} {head.Status} {head.Reason}".TrimEnd()).Append("\r\n");
        foreach (HttpField field in head.Fields)
            text.Append($"{field.Name}: {field.Value}").Append("\r\n");
        string whole = text.Append("\r\n").ToString();
        return visible ? string.Join('\n', whole.Split("\r\n").Select(TerminalText.Safe)) : whole;
    }

    private static string Line(HttpField field) => TerminalText.Safe($"{field.Name}: {Secrets.Cover(field)}");
}
