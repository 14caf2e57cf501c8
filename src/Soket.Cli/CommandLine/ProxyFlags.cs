using System.Text;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Middleware.Proxy;

namespace Soket.Cli.CommandLine;

/// <summary>The flags of a proxy. A login is never shown, not even in what is said of a wrong one.</summary>
internal static class ProxyFlags
{
    private const int LongestLogin = 1024;
    private static readonly Flag Proxy = new("--proxy", FlagKind.Value, "flags.where", "URI|off") { HoldsSecret = true };
    private static readonly Flag Login = new("--proxy-auth", FlagKind.Value, "flags.where", "FILE");

    public static IReadOnlyList<Flag> Client { get; } = [Proxy, Login];

    /// <summary>Whether anybody said which proxy, or that there is none.</summary>
    public static bool IsGiven(VerbValues values) => values.IsGiven(Proxy);

    /// <summary>Whether it was typed: then nothing else may speak against it.</summary>
    public static bool IsTyped(VerbValues values) => values.IsTyped(Proxy);

    /// <summary>The proxy to go through; null for none. What a variable says for every call is passed over where no proxy can be.</summary>
    public static ProxyEndpoint? Read(VerbValues values, CliIo io, SocketUri endpoint)
    {
        string? text = values.Text(Proxy);
        if (text is null && values.IsTyped(Login))
            throw io.Wrong("wrong.proxy-auth-alone", ("flag", Login.Name), ("proxy", Proxy.Name));
        if (text is null or "off")
            return null;
        if (endpoint.IsDatagram || endpoint.IsUnix)
            return Client.Any(values.IsTyped) ? throw io.Wrong("wrong.proxy-endpoint", ("flag", Proxy.Name), ("endpoint", endpoint)) : null;
        if (!ProxyEndpoint.TryParse(text, out ProxyEndpoint? proxy, out ProxyTextError error))
            throw io.Wrong("wrong.proxy." + error.ToString().ToLowerInvariant(), ("flag", Proxy.Name), ("value", TerminalText.Safe(ProxyEndpoint.Redact(text))));
        if (!ProxyMiddleware.CanReach(endpoint, proxy))
            throw io.Wrong("wrong.proxy-ipv6", ("endpoint", endpoint), ("proxy", proxy));
        if (values.Text(Login) is not { } file)
            return proxy;
        if (proxy.Credentials is not null)
            throw io.Wrong("wrong.proxy-two-logins", ("flag", Login.Name), ("proxy", Proxy.Name));
        ProxyCredentials credentials = ReadFile(file, io);
        return proxy.Takes(credentials) ? proxy.With(credentials) : throw io.Wrong("wrong.proxy-login-kind", ("flag", Login.Name), ("proxy", proxy));
    }

    private static ProxyCredentials ReadFile(string path, CliIo io)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[LongestLogin + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            string text = Encoding.UTF8.GetString(bytes, 0, length).TrimStart('\uFEFF').TrimEnd('\r', '\n');
            if (length <= LongestLogin && text.Contains(':', StringComparison.Ordinal) && ProxyCredentials.TryParse(text) is { } login)
                return login;
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("wrong.proxy-auth-file", ("flag", Login.Name), ("path", TerminalText.Safe(path)), ("error", FileTrouble.Of(e, path, io)));
        }

        throw io.Wrong("wrong.proxy-auth-text", ("flag", Login.Name), ("path", TerminalText.Safe(path)));
    }
}
