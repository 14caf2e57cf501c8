using System.Buffers;
using System.Globalization;
using Soket.Explain;
using Soket.Protocols.Socks;

namespace Soket.Middleware.Proxy;

/// <summary>SOCKS 5: which login, the login, the request (RFC 1928 3, RFC 1929, RFC 1928 4).</summary>
internal static class Socks5Tunnel
{
    public static async Task<string> OpenAsync(ProxyExchange exchange, CancellationToken cancellationToken)
    {
        ProxyCredentials? login = exchange.Proxy.Credentials;
        Socks5.WriteGreeting(exchange.Output, login is null ? [Socks5.NoLogin] : [Socks5.NoLogin, Socks5.NameAndPassword]);
        await exchange.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        byte method = await exchange.ReadAsync((ref ReadOnlySequence<byte> buffer, out byte value) => Whole(exchange, Socks5.TryReadMethod(ref buffer, out value)), alone: true, cancellationToken).ConfigureAwait(false);
        if (method == Socks5.NoMethod)
            throw exchange.Failure("PROXY_LOGIN", "The proxy takes none of the logins that were offered", "no-method");
        if (method != Socks5.NoLogin && (method != Socks5.NameAndPassword || login is null))
            throw exchange.Failure("PROXY_PROTOCOL", $"The proxy chose a login that was not offered ({method})", "method");
        if (method == Socks5.NameAndPassword)
        {
            exchange.Fact(FailureFacts.ProxyLogin, "sent");
            Socks5.WriteLogin(exchange.Output, login!.User, login.Password);
            await exchange.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (await exchange.ReadAsync((ref ReadOnlySequence<byte> buffer, out byte value) => Whole(exchange, Socks5.TryReadLogin(ref buffer, out value)), alone: true, cancellationToken).ConfigureAwait(false) != 0)
                throw exchange.Failure("PROXY_LOGIN", "The proxy did not take the login", "wrong");
        }

        // From here on silence means something else: it is a proxy, and has the target before it.
        exchange.Fact(FailureFacts.ProxyWhy, "asked");
        Socks5.WriteConnect(exchange.Output, exchange.Target.Host.Split('%')[0], exchange.Target.Port);
        await exchange.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        byte code = await exchange.ReadAsync((ref ReadOnlySequence<byte> buffer, out byte value) => Whole(exchange, Socks5.TryReadReply(ref buffer, out value)), alone: false, cancellationToken).ConfigureAwait(false);
        string why = code.ToString(CultureInfo.InvariantCulture);
        return code switch
        {
            Socks5.Succeeded => string.Create(CultureInfo.InvariantCulture, $"{exchange.Proxy} {exchange.Target.Host}:{exchange.Target.Port} = {code}"),
            1 or 3 or 4 or 5 or 6 => throw exchange.Failure("PROXY_TARGET", $"The proxy answered {why}: {Words(code)}", why),
            2 or 7 or 8 => throw exchange.Failure("PROXY_REFUSED", $"The proxy answered {why}: {Words(code)}", why),
            _ => throw exchange.Failure("PROXY_PROTOCOL", $"The proxy answered {why}, which SOCKS 5 does not know", "code"),
        };
    }

    private static bool Whole(ProxyExchange exchange, SocksResult result) =>
        result == SocksResult.Invalid ? throw exchange.Failure("PROXY_NOT_PROXY", "The server does not speak SOCKS 5", "not-socks") : result == SocksResult.Reply;

    // RFC 1928 6, in its words.
    private static string Words(byte code) => code switch
    {
        1 => "general SOCKS server failure",
        2 => "connection not allowed by ruleset",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        _ => "address type not supported",
    };
}
