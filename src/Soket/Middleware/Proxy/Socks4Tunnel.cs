using System.Buffers;
using System.Globalization;
using Soket.Explain;
using Soket.Protocols.Socks;

namespace Soket.Middleware.Proxy;

/// <summary>SOCKS 4 with names.</summary>
internal static class Socks4Tunnel
{
    public static async Task<string> OpenAsync(ProxyExchange exchange, CancellationToken cancellationToken)
    {
        string user = exchange.Proxy.Credentials?.User ?? "";
        if (user.Length > 0)
            exchange.Fact(FailureFacts.ProxyLogin, "sent");
        Socks4.WriteConnect(exchange.Output, exchange.Target.Host, exchange.Target.Port, user);
        await exchange.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        byte code = await exchange.ReadAsync((ref ReadOnlySequence<byte> buffer, out byte code) => Socks4.TryReadReply(ref buffer, out code) switch
        {
            SocksResult.Invalid => throw exchange.Failure("PROXY_NOT_PROXY", "The server does not speak SOCKS 4", "not-socks"),
            SocksResult result => result == SocksResult.Reply,
        }, alone: false, cancellationToken).ConfigureAwait(false);
        string why = code.ToString(CultureInfo.InvariantCulture);
        return code switch
        {
            Socks4.Granted => string.Create(CultureInfo.InvariantCulture, $"{exchange.Proxy} {exchange.Target.Host}:{exchange.Target.Port} = {code}"),
            Socks4.Rejected => throw exchange.Failure("PROXY_TARGET", "The proxy answered 91: request rejected or failed", why),
            Socks4.NoIdentd => throw exchange.Failure("PROXY_LOGIN", "The proxy answered 92: no identd on the client's machine", why),
            Socks4.OtherUser => throw exchange.Failure("PROXY_LOGIN", "The proxy answered 93: identd names another user", why),
            _ => throw exchange.Failure("PROXY_PROTOCOL", $"The proxy answered {why}, which SOCKS 4 does not know", "code"),
        };
    }
}
