using System.Globalization;
using Soket.Protocols.Http1;

namespace Soket.Protocols.WebSocket;

/// <summary>What two ends agree on about permessage-deflate (RFC 7692 7.1).</summary>
/// <param name="ServerNoContextTakeover">The server compresses every message by itself.</param>
/// <param name="ClientNoContextTakeover">The client compresses every message by itself.</param>
public sealed record DeflateParameters(bool ServerNoContextTakeover, bool ClientNoContextTakeover)
{
    /// <summary>The extension's name.</summary>
    public const string Extension = "permessage-deflate";

    // What this end compresses with. .NET does not let the window be chosen, and reading takes windows of any size.
    private const int Window = 15;

    /// <summary>What a client offers.</summary>
    public override string ToString() =>
        Extension + (ServerNoContextTakeover ? "; server_no_context_takeover" : "") + (ClientNoContextTakeover ? "; client_no_context_takeover" : "");

    /// <summary>A server's choice among what a client offers: the first offer it can keep to; null when there is none.</summary>
    /// <param name="offers">The members of Sec-WebSocket-Extensions.</param>
    public static DeflateParameters? Choose(IEnumerable<string> offers)
    {
        foreach (string offer in offers)
        {
            if (Read(offer, isAnswer: false) is { } parameters)
                return parameters;
        }

        return null;
    }

    /// <summary>Reads a server's answer to the offer of plain <c>permessage-deflate</c>.</summary>
    /// <param name="answers">The members of Sec-WebSocket-Extensions.</param>
    /// <param name="parameters">What was agreed on; null for no compression.</param>
    /// <returns>False when the answer is not one to what was offered.</returns>
    public static bool TryReadAnswer(IEnumerable<string> answers, out DeflateParameters? parameters)
    {
        parameters = null;
        foreach (string answer in answers)
        {
            if (parameters is not null || (parameters = Read(answer, isAnswer: true)) is null)
                return false;
        }

        return true;
    }

    private static DeflateParameters? Read(string text, bool isAnswer)
    {
        List<string> parts = HttpSyntax.Split(text, ';');
        if (parts.Count == 0 || parts[0] != Extension)
            return null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string part in parts.Skip(1))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string name = (equals < 0 ? part : part[..equals]).Trim(' ', '\t');
            string? value = equals < 0 ? null : part[(equals + 1)..].Trim(' ', '\t').Trim('"');
            bool known = name switch
            {
                "server_no_context_takeover" or "client_no_context_takeover" => value is null,
                // A client names the window its server may use: only the full one can be kept to. In an answer it binds the server alone.
                "server_max_window_bits" => Bits(value) is { } bits && (isAnswer || bits == Window),
                // A client may say so without a number. An answer with it asks this client for a smaller window, which was not offered.
                "client_max_window_bits" => !isAnswer && (value is null || Bits(value) is not null),
                _ => false,
            };
            if (!known || !seen.Add(name))
                return null;
        }

        return new(seen.Contains("server_no_context_takeover"), seen.Contains("client_no_context_takeover"));
    }

    // RFC 7692 7.1.2.1: a decimal integer without leading zeros, 8 to 15.
    private static int? Bits(string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int bits) && bits is >= 8 and <= 15 && value![0] != '0' ? bits : null;
}
