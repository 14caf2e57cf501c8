using System.Net;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Http;
using Soket.Middleware.Proxy;
using Soket.Transports;

namespace Soket.Cli.Commands.Fetch;

/// <summary>
/// Through which proxy <c>soket fetch</c> goes: the one of <c>--proxy</c>, else the one that <c>http_proxy</c> and its like name, as curl reads them. Those
/// variables are meant for the way out of a network, so that they never hold for loopback.
/// </summary>
internal static class FetchProxies
{
    // What curl takes where the variable says none.
    private const int UsualPort = 1080;
    private static readonly Flag NoProxy = new("--noproxy", FlagKind.Value, "flags.where", "LIST");

    public static IReadOnlyList<Flag> Flags { get; } = [.. ProxyFlags.Client, NoProxy];

    /// <summary>Which proxy a URL is asked for through; null where none ever is.</summary>
    /// <param name="values">The flags.</param>
    /// <param name="io">For the variables, and what is wrong.</param>
    /// <param name="url">The first URL; redirects may lead to others.</param>
    /// <param name="socket">The flag of the Unix socket that is connected to instead; null for none.</param>
    public static Func<HttpUrl, ProxyEndpoint?>? Read(VerbValues values, CliIo io, HttpUrl url, Flag? socket)
    {
        ProxyEndpoint? given = ProxyFlags.Read(values, io, url.Endpoint);
        if (socket is not null)
            return ProxyFlags.IsTyped(values) && given is not null ? throw io.Wrong("fetch.wrong.both", ("first", ProxyFlags.Client[0].Name), ("second", socket.Name)) : null;
        if (ProxyFlags.IsGiven(values))
        {
            // A flag is stronger than a variable that names exceptions from another one.
            var except = ProxyBypass.Parse(values.Text(NoProxy) ?? (ProxyFlags.IsTyped(values) ? "" : Variable("no_proxy") ?? ""));
            return given is null ? null : to => except.Covers(to.Endpoint.Host) ? null : given;
        }

        var direct = ProxyBypass.Parse(values.Text(NoProxy) ?? Variable("no_proxy") ?? "");
        ProxyEndpoint? Pick(HttpUrl to) => IsLoopback(to.Endpoint.Host) || direct.Covers(to.Endpoint.Host) ? null : FromVariables(to.IsSecure ? "https_proxy" : "http_proxy");
        _ = Pick(url); // what is wrong with a variable is said before anything connects
        return Pick;

        ProxyEndpoint? FromVariables(string name)
        {
            string? source = new[] { name, "all_proxy" }.FirstOrDefault(one => Variable(one) is not null);
            return source is null ? null : Parse(source, Variable(source)!, io);
        }

        // HTTP_PROXY is what a CGI program gets for a request's field Proxy: curl reads it in small letters only.
        string? Variable(string name) => io.Environment(name) is { Length: > 0 } text ? text
            : name != "http_proxy" && io.Environment(name.ToUpperInvariant()) is { Length: > 0 } capitals ? capitals : null;
    }

    private static ProxyEndpoint Parse(string variable, string text, CliIo io)
    {
        string uri = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        int place = uri.IndexOf("://", StringComparison.Ordinal) + 3;
        int at = uri.LastIndexOf('@') is >= 0 and int login ? login + 1 : place;
        int slash = uri.IndexOf('/', at);
        if (slash >= 0)
            uri = uri[..slash]; // many write a last slash
        if (uri.LastIndexOf(':') <= Math.Max(uri.LastIndexOf(']'), at - 1))
            uri = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{uri}:{UsualPort}");
        return ProxyEndpoint.TryParse(uri, out ProxyEndpoint? proxy, out ProxyTextError error)
            ? proxy
            : throw io.Wrong("wrong.proxy." + error.ToString().ToLowerInvariant(), ("flag", variable), ("value", TerminalText.Safe(ProxyEndpoint.Redact(text))));
    }

    private static bool IsLoopback(string host) => AddressResolver.IsLocalhost(host) || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));
}
