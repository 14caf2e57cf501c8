using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Middleware.Tls;
using Soket.Protocols.StartTls;

namespace Soket.Cli.CommandLine;

/// <summary>The flags of TLS, of both ends, and what they make. What is wrong with a file or a fingerprint is said before anything connects or binds.</summary>
internal static class TlsFlags
{
    private static readonly Flag Insecure = new("--insecure", FlagKind.Switch, "flags.tls", Short: "-k");
    private static readonly Flag CaFile = new("--cafile", FlagKind.Value, "flags.tls", "FILE");
    private static readonly Flag Pin = new("--pin", FlagKind.Value, "flags.tls", "FINGERPRINT");
    private static readonly Flag Cert = new("--cert", FlagKind.Value, "flags.tls", "FILE") { TextKey = "serve.flag.cert" };
    private static readonly Flag Key = new("--key", FlagKind.Value, "flags.tls", "FILE");

    private static readonly Flag ClientCa = new("--client-ca", FlagKind.Value, "flags.tls", "FILE") { TextKey = "serve.flag.client-ca" };
    private static readonly Flag Alpn = new("--alpn", FlagKind.Value, "flags.tls", "LIST");
    private static readonly Flag Version = new("--tls-version", FlagKind.Value, "flags.tls", "1.2|1.3");

    /// <summary>The name a client asks for, and checks.</summary>
    public static Flag Sni { get; } = new("--sni", FlagKind.Value, "flags.tls", "NAME");

    /// <summary>The plain dialogue before TLS; of <c>connect</c> alone.</summary>
    public static Flag StartTls { get; } = new("--starttls", FlagKind.Value, "flags.tls", "smtp|imap|pop3|ftp");

    /// <summary>The secrets for Wireshark; of <c>connect</c> and <c>serve</c>, and only when it is typed.</summary>
    public static Flag KeyLog { get; } = new("--key-log", FlagKind.Value, "flags.tls", "FILE") { TypedOnly = true };

    /// <summary>Those that say whom a client trusts.</summary>
    public static IReadOnlyList<Flag> Verification { get; } = [Insecure, CaFile, Sni, Pin];

    /// <summary>Those of a client.</summary>
    public static IReadOnlyList<Flag> Client { get; } = [.. Verification, Cert, Key, Alpn, Version];

    /// <summary>Those of a server.</summary>
    public static IReadOnlyList<Flag> Server { get; } = [Cert, Key, ClientCa, Alpn, Version];

    /// <summary>Those of a client in a verb that is a server as well: <c>--to-cafile</c>.</summary>
    public static IReadOnlyList<Flag> Onward { get; } = [.. Client.Select(flag => flag.Onward("flags.to-tls"))];

    /// <summary>The dialogue before TLS; null for none. An endpoint that has one is a TLS endpoint from then on: <c>tcp://</c> is as good.</summary>
    public static StartTlsProtocol? ReadStartTls(VerbValues values, CliIo io, ref SocketUri endpoint)
    {
        if (values.Text(StartTls) is not { } text)
            return null;
        if (endpoint.Scheme is not (SocketScheme.Tcp or SocketScheme.Tls))
            return values.IsTyped(StartTls) ? throw io.Wrong("connect.wrong.starttls-endpoint", ("flag", StartTls.Name), ("endpoint", endpoint)) : null;
        StartTlsProtocol protocol = text switch
        {
            "smtp" => StartTlsProtocol.Smtp,
            "imap" => StartTlsProtocol.Imap,
            "pop3" => StartTlsProtocol.Pop3,
            "ftp" => StartTlsProtocol.Ftp,
            _ => throw io.Wrong("wrong.choice", ("flag", StartTls.Name), ("value", TerminalText.Safe(text)), ("choices", StartTls.Placeholder)),
        };
        endpoint = SocketUri.Create(SocketScheme.Tls, endpoint.Host, endpoint.Port);
        return protocol;
    }

    /// <summary>Begins to write the secrets, where that was asked for.</summary>
    /// <returns>The file, to be warned of; null when nobody asked.</returns>
    public static string? BeginKeyLog(VerbValues values, CliIo io, bool hasTls)
    {
        if (values.Text(KeyLog) is not { } path)
            return null;
        if (!hasTls)
            throw io.Wrong("wrong.key-log", ("flag", KeyLog.Name));
        if (!TlsKeyLog.IsSupported)
            throw io.Wrong("wrong.key-log-system", ("flag", KeyLog.Name));
        try
        {
            TlsKeyLog.Begin(path);
            return path;
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("wrong.key-log-file", ("flag", KeyLog.Name), ("path", TerminalText.Safe(path)), ("error", FileTrouble.Of(e, path, io)));
        }
    }

    /// <summary>What a client was told of TLS; null where its endpoint has none.</summary>
    public static TlsClientSettings? ReadClient(VerbValues values, CliIo io, SocketUri endpoint, TimeSpan timeout, bool onward = false)
    {
        if (!endpoint.IsSecure)
        {
            if ((onward ? Onward : Client).FirstOrDefault(values.IsTyped) is not { } stray)
                return null;
            throw endpoint.Scheme == SocketScheme.Tcp
                ? io.Wrong("connect.wrong.tls-flag", ("flag", stray.Name), ("example", $"tls://{endpoint.ToString()["tcp://".Length..]}"))
                : io.Wrong("connect.wrong.tls-flag-other", ("flag", stray.Name), ("scheme", endpoint.SchemeName), ("example", "tls://localhost:8443"));
        }

        Flag Of(Flag flag) => onward ? Onward.First(one => one.Twin == flag) : flag;
        (X509Certificate2 Certificate, X509Certificate2Collection Chain)? own = ReadOwn(values, io, Of(Cert), Of(Key));
        return new TlsClientSettings
        {
            TargetHost = values.Text(Of(Sni)) ?? endpoint.Host,
            Insecure = values.IsOn(Of(Insecure)),
            TrustedRoots = ReadRoots(values, io, Of(CaFile)),
            Fingerprint = ReadPin(values, io, Of(Pin)),
            Certificate = own?.Certificate,
            Intermediates = own?.Chain,
            ApplicationProtocols = ReadAlpn(values, io, Of(Alpn)),
            Versions = ReadVersions(values, io, Of(Version)),
            HandshakeTimeout = timeout > TimeSpan.Zero ? timeout : Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Whom a client trusts, of many peers: their names are for the caller to add.</summary>
    public static TlsClientSettings ReadVerification(VerbValues values, CliIo io) => new()
    {
        TargetHost = "",
        Insecure = values.IsOn(Insecure),
        TrustedRoots = ReadRoots(values, io, CaFile),
        Fingerprint = ReadPin(values, io, Pin),
    };

    /// <summary>What a server was told of TLS; null where no endpoint has any.</summary>
    public static TlsServerSettings? ReadServer(VerbValues values, CliIo io, List<SocketUri> endpoints, out bool development)
    {
        development = false;
        if (!endpoints.Any(endpoint => endpoint.IsSecure))
            return Server.FirstOrDefault(values.IsTyped) is { } stray ? throw io.Wrong("serve.wrong.tls-flag", ("flag", stray.Name)) : null;
        (X509Certificate2 Certificate, X509Certificate2Collection Chain)? own = ReadOwn(values, io, Cert, Key);
        development = own is null;
        return new TlsServerSettings
        {
            Certificate = own?.Certificate ?? DevelopmentCertificate.Create([.. endpoints.Where(endpoint => endpoint.IsSecure && endpoint.Host != SocketUri.AnyHost).Select(endpoint => endpoint.Host)]),
            Intermediates = own?.Chain,
            ClientAuthorities = values.Text(ClientCa) is { } file ? Load(ClientCa, io, () => CertificateFiles.LoadRoots(file)) : null,
            ApplicationProtocols = ReadAlpn(values, io, Alpn),
            Versions = ReadVersions(values, io, Version),
        };
    }

    /// <summary>The certificates to trust instead of the system's; null for those.</summary>
    public static X509Certificate2Collection? ReadRoots(VerbValues values, CliIo io, Flag flag) =>
        values.Text(flag) is { } file ? Load(flag, io, () => CertificateFiles.LoadRoots(file)) : null;

    private static (X509Certificate2 Certificate, X509Certificate2Collection Chain)? ReadOwn(VerbValues values, CliIo io, Flag certFlag, Flag keyFlag)
    {
        if (values.Text(certFlag) is { } cert)
            return Load(values.Text(keyFlag) is null ? certFlag : keyFlag, io, () => CertificateFiles.LoadOwn(cert, values.Text(keyFlag)), (cert, certFlag));
        return values.IsTyped(keyFlag) ? throw io.Wrong("wrong.key-without-cert", ("key", keyFlag.Name), ("cert", certFlag.Name)) : null;
    }

    // RFC 7301 3.1: a name has 1 to 255 bytes, the list at most 65535.
    private static List<SslApplicationProtocol> ReadAlpn(VerbValues values, CliIo io, Flag flag)
    {
        if (values.Text(flag) is not { } text)
            return [];
        string[] names = text.Split(',', StringSplitOptions.TrimEntries);
        return names.Length <= 100 && names.All(name => Encoding.UTF8.GetByteCount(name) is > 0 and <= 255)
            ? [.. names.Select(name => new SslApplicationProtocol(name))]
            : throw io.Wrong("wrong.alpn", ("flag", flag.Name), ("value", TerminalText.Safe(text)));
    }

    private static SslProtocols ReadVersions(VerbValues values, CliIo io, Flag flag) => values.Text(flag) switch
    {
        null or "1.2..1.3" => SslProtocols.Tls12 | SslProtocols.Tls13,
        "1.2" => SslProtocols.Tls12,
        "1.3" => SslProtocols.Tls13,
        { } text => throw io.Wrong("wrong.tls-version", ("flag", flag.Name), ("value", TerminalText.Safe(text))),
    };

    /// <summary>The fingerprint to trust; null for none.</summary>
    public static string? ReadPin(VerbValues values, CliIo io, Flag flag)
    {
        if (values.Text(flag) is not { } text)
            return null;
        try
        {
            return DevelopmentCertificate.FormatFingerprint(text);
        }
        catch (FormatException)
        {
            throw io.Wrong("connect.wrong.pin", ("value", TerminalText.Safe(text)));
        }
    }

    private static T Load<T>(Flag flag, CliIo io, Func<T> load, params ReadOnlySpan<(string Path, Flag Flag)> others)
    {
        try
        {
            return load();
        }
        catch (CertificateFileException e)
        {
            foreach ((string path, Flag other) in others)
            {
                if (path == e.Path)
                    flag = other;
            }

            throw io.Wrong("wrong.certificate-file", ("flag", flag.Name), ("error", e.Describe(io.Language, TerminalText.Safe)));
        }
    }
}
