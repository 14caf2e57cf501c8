using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Dns;
using Soket.Endpoints;
using Soket.Http;
using Soket.Middleware.Tls;
using Soket.Protocols.Http1;

namespace Soket.Cli.Commands.Fetch;

/// <summary>What <c>soket fetch</c> was asked for, read from its flags; what makes no sense is said before anything connects.</summary>
internal sealed class FetchPlan
{
    private static readonly Flag Method = new("--request", FlagKind.Value, "flags.request", "METHOD", "-X");
    private static readonly Flag Header = new("--header", FlagKind.Many, "flags.request", "FIELD", "-H");
    private static readonly Flag Data = new("--data", FlagKind.Many, "flags.request", "DATA", "-d");
    private static readonly Flag Form = new("--form", FlagKind.Many, "flags.request", "PART", "-F");
    private static readonly Flag Upload = new("--upload-file", FlagKind.Value, "flags.request", "FILE", "-T");
    private static readonly Flag HeadOnly = new("--head-only", FlagKind.Switch, "flags.request", Short: "-I");
    private static readonly Flag User = new("--user", FlagKind.Value, "flags.request", "USER:PASSWORD", "-u") { TypedOnly = true };
    private static readonly Flag Bearer = new("--bearer", FlagKind.Value, "flags.request", "TOKEN") { TypedOnly = true };
    private static readonly Flag Range = new("--range", FlagKind.Value, "flags.request", "FROM-TO", "-r");
    private static readonly Flag Resume = new("--continue-at", FlagKind.Value, "flags.request", "OFFSET", "-C");
    private static readonly Flag Compressed = new("--compressed", FlagKind.Switch, "flags.request");
    private static readonly Flag Location = new("--location", FlagKind.Switch, "flags.request", Short: "-L");
    private static readonly Flag MaxRedirects = new("--max-redirs", FlagKind.Value, "flags.limits", "N");
    private static readonly Flag Downgrade = new("--allow-downgrade", FlagKind.Switch, "flags.request");
    private static readonly Flag Fail = new("--fail", FlagKind.Switch, "flags.output", Short: "-f");
    private static readonly Flag Resolve = new("--resolve", FlagKind.Many, "flags.where", "HOST:PORT:ADDRESS");
    private static readonly Flag UnixSocket = new("--unix-socket", FlagKind.Value, "flags.where", "PATH");
    private static readonly Flag IPv4 = new("-4", FlagKind.Switch, "flags.where") { TextKey = "flag.ipv4" };
    private static readonly Flag IPv6 = new("-6", FlagKind.Switch, "flags.where") { TextKey = "flag.ipv6" };
    private static readonly Flag ConnectTimeout = new("--connect-timeout", FlagKind.Value, "flags.limits", "TIME");
    private static readonly Flag TlsTimeout = new("--tls-timeout", FlagKind.Value, "flags.limits", "TIME");
    private static readonly Flag AnswerTimeout = new("--answer-timeout", FlagKind.Value, "flags.limits", "TIME");
    private static readonly Flag IdleTimeout = new("--idle-timeout", FlagKind.Value, "flags.limits", "TIME");
    private static readonly Flag MaxTime = new("--max-time", FlagKind.Value, "flags.limits", "TIME", "-m");
    private static readonly Flag MaxSize = new("--max-size", FlagKind.Value, "flags.limits", "SIZE");
    private static readonly Flag CaCert = new("--cacert", FlagKind.Value, "flags.tls", "FILE") { TextKey = "flag.cafile" };

    public static IReadOnlyList<Flag> Flags { get; } =
    [
        Method, Header, Data, Form, Upload, HeadOnly, User, Bearer, Range, Resume, Compressed, Location, Downgrade,
        Resolve, .. FetchNames.Flags, .. FetchProxies.Flags, UnixSocket, IPv4, IPv6,
        ConnectTimeout, TlsTimeout, AnswerTimeout, IdleTimeout, MaxTime, MaxSize, MaxRedirects,
        .. TlsFlags.Client.Where(flag => flag.Name != "--alpn"), CaCert,
        Fail,
    ];

    /// <summary>What is fetched.</summary>
    public required HttpUrl Url { get; init; }

    /// <summary>How; without where events go.</summary>
    public required FetchOptions Options { get; init; }

    /// <summary>How names are looked up where the system does not do it; null leaves it to the system.</summary>
    public DnsResolverOptions? Names { get; private init; }

    /// <summary>Whether a download goes on in the file it is written to.</summary>
    public bool Resumes { get; private init; }

    /// <summary>Whether a part was asked for with <c>--range</c>.</summary>
    public bool HasRange { get; private init; }

    /// <summary>Whether any certificate is taken.</summary>
    public bool IsInsecure { get; private init; }

    public static FetchPlan Read(VerbValues values, CliIo io, string text, string? outputFile)
    {
        if (!HttpUrl.TryParse(text, out HttpUrl? url, out HttpUrlError error))
            throw io.Wrong(error == HttpUrlError.Scheme ? "fetch.wrong.scheme" : "fetch.wrong.url", ("value", TerminalText.Safe(text)));
        FetchBody? body = ReadBody(values, io, out string method);
        FetchTimeouts usual = new();
        var tls = new Lazy<TlsClientSettings>(() => ReadTls(values, io, url));
        if (url.IsSecure)
            _ = tls.Value; // what is wrong with a file is said before anything connects
        string? range = values.Text(Range);
        if (range is not null && values.IsGiven(Resume))
            throw io.Wrong("fetch.wrong.both", ("first", Range.Name), ("second", Resume.Name));
        List<HttpField> fields = ReadFields(values, io);
        if (range is not null)
            fields.Add(new("Range", ReadRange(range, io)));
        return new FetchPlan
        {
            Url = url,
            Names = FetchNames.Read(values, io, tls),
            Resumes = values.IsGiven(Resume),
            HasRange = range is not null,
            IsInsecure = tls is { IsValueCreated: true, Value: { Insecure: true, Fingerprint: null } },
            Options = new FetchOptions
            {
                Method = ReadMethod(values, io, method),
                KeepMethod = values.IsGiven(Method),
                Fields = fields,
                Body = body,
                Authorization = ReadAuthorization(values, io, url),
                FollowRedirects = values.IsOn(Location),
                AllowDowngrade = values.IsOn(Downgrade),
                Decompress = values.IsOn(Compressed),
                FailOnStatus = values.IsOn(Fail),
                ResumeAt = ReadResume(values, io, outputFile),
                Family = ReadFamily(values, io),
                UnixSocket = values.Text(UnixSocket),
                Resolve = ReadResolve(values, io),
                Proxy = FetchProxies.Read(values, io, url, values.IsGiven(UnixSocket) ? UnixSocket : null),
                Tls = of => tls.Value with { TargetHost = tls.Value.TargetHost == url.Endpoint.Host ? of.Endpoint.Host : tls.Value.TargetHost },
                Timeouts = new FetchTimeouts
                {
                    Connect = Time(values, ConnectTimeout, usual.Connect),
                    Tls = Time(values, TlsTimeout, usual.Tls),
                    Answer = Time(values, AnswerTimeout, usual.Answer),
                    Idle = Time(values, IdleTimeout, usual.Idle),
                    Total = Time(values, MaxTime, null),
                },
                Limits = new FetchLimits { MaxBody = values.Size(MaxSize, long.MaxValue, 1, long.MaxValue), MaxRedirects = values.Number(MaxRedirects, 10, 0, 100) },
            },
        };
    }

    // 0 waits as long as it takes.
    private static TimeSpan? Time(VerbValues values, Flag flag, TimeSpan? usual) => values.Duration(flag, usual) is { } time && time > TimeSpan.Zero ? time : null;

    private static string ReadMethod(VerbValues values, CliIo io, string usual)
    {
        if (values.Text(Method) is not { } method)
            return usual;
        if (values.IsOn(HeadOnly))
            throw io.Wrong("fetch.wrong.both", ("first", Method.Name), ("second", HeadOnly.Name));
        return HttpSyntax.IsToken(method) && method != "CONNECT" ? method : throw io.Wrong("fetch.wrong.method", ("value", TerminalText.Safe(method)));
    }

    private static List<HttpField> ReadFields(VerbValues values, CliIo io)
    {
        var fields = new List<HttpField>();
        foreach (string text in values.Many(Header))
        {
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? text : text[..colon], value = colon < 0 ? "" : text[(colon + 1)..].Trim();
            if (colon < 0 || !HttpSyntax.IsToken(name) || !HttpSyntax.IsFieldValue(value))
                throw io.Wrong("fetch.wrong.header", ("value", TerminalText.Safe(text)));
            // The framing is the sender's own: a second opinion about it is how requests are smuggled.
            if (name.ToUpperInvariant() is "CONTENT-LENGTH" or "TRANSFER-ENCODING" or "CONNECTION")
                throw io.Wrong("fetch.wrong.framing", ("name", name));
            fields.Add(new(name, value));
        }

        return fields;
    }

    private static FetchBody? ReadBody(VerbValues values, CliIo io, out string method)
    {
        Flag[] given = [.. new[] { Data, Form, Upload, HeadOnly }.Where(values.IsGiven)];
        if (given.Length > 1)
            throw io.Wrong("fetch.wrong.both", ("first", given[0].Name), ("second", given[1].Name));
        method = values.IsGiven(Upload) ? "PUT" : values.IsGiven(Data) || values.IsGiven(Form) ? "POST" : values.IsOn(HeadOnly) ? "HEAD" : "GET";
        if (values.Text(Upload) is { } file)
            return RequestBodies.File(file, io);
        if (values.IsGiven(Form))
            return RequestBodies.Form(values.Many(Form), io);
        return values.IsGiven(Data) ? RequestBodies.Data(values.Many(Data), io) : null;
    }

    private static string? ReadAuthorization(VerbValues values, CliIo io, HttpUrl url)
    {
        if (values.IsGiven(User) && values.IsGiven(Bearer))
            throw io.Wrong("fetch.wrong.both", ("first", User.Name), ("second", Bearer.Name));
        if (values.Text(Bearer) is { } token)
        {
            token = RequestBodies.Secret(token, Bearer, io);
            return token.Length > 0 && HttpSyntax.IsFieldValue(token) && !token.Contains(' ', StringComparison.Ordinal) ? "Bearer " + token : throw io.Wrong("fetch.wrong.secret", ("flag", Bearer.Name));
        }

        string? pair = values.Text(User) is { } user ? RequestBodies.Secret(user, User, io) : url.Credentials is { } credentials ? $"{credentials.User}:{credentials.Password}" : null;
        if (pair is null)
            return null;
        // RFC 7617 2: the first colon parts them.
        return pair.Contains(':', StringComparison.Ordinal) ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)) : throw io.Wrong("fetch.wrong.user", ("flag", User.Name));
    }

    private static string ReadRange(string text, CliIo io)
    {
        foreach (string part in text.Split(','))
        {
            string[] ends = part.Split('-');
            bool right = ends.Length == 2 && part.Length > 1 && Array.TrueForAll(ends, end => end.Length is 0 or < 19 && !end.AsSpan().ContainsAnyExceptInRange('0', '9'));
            if (!right || (ends[0].Length > 0 && ends[1].Length > 0 && long.Parse(ends[0], System.Globalization.CultureInfo.InvariantCulture) > long.Parse(ends[1], System.Globalization.CultureInfo.InvariantCulture)))
                throw io.Wrong("fetch.wrong.range", ("value", TerminalText.Safe(text)));
        }

        return "bytes=" + text;
    }

    private static long? ReadResume(VerbValues values, CliIo io, string? outputFile)
    {
        if (values.Text(Resume) is not { } text)
            return null;
        if (text != "-")
            return values.Size(Resume, 0, 0, long.MaxValue);
        if (outputFile is null)
            throw io.Wrong("fetch.wrong.resume", ("flag", Resume.Name));
        return File.Exists(outputFile) ? new FileInfo(outputFile).Length : 0;
    }

    private static AddressFamily? ReadFamily(VerbValues values, CliIo io) => (values.IsOn(IPv4), values.IsOn(IPv6)) switch
    {
        (true, true) => throw io.Wrong("connect.wrong.families"),
        (true, false) => AddressFamily.InterNetwork,
        (false, true) => AddressFamily.InterNetworkV6,
        _ => null,
    };

    private static Func<SocketUri, CancellationToken, ValueTask<IReadOnlyList<EndPoint>>>? ReadResolve(VerbValues values, CliIo io)
    {
        var pinned = new Dictionary<(string Host, int Port), IReadOnlyList<EndPoint>>();
        foreach (string text in values.Many(Resolve))
        {
            string[] parts = text.Split(':', 3);
            if (parts.Length != 3 || !ushort.TryParse(parts[1], out ushort port) || !SocketUri.TryParse($"tcp://{parts[0]}:{parts[1]}", out SocketUri endpoint, out _))
                throw io.Wrong("fetch.wrong.resolve", ("value", TerminalText.Safe(text)));
            pinned[(endpoint.Host, port)] = [.. parts[2].Split(',').Select(address => IPAddress.TryParse(address.Trim('[', ']'), out IPAddress? read)
                ? (EndPoint)new IPEndPoint(read, port)
                : throw io.Wrong("fetch.wrong.resolve", ("value", TerminalText.Safe(text))))];
        }

        return pinned.Count == 0 ? null : (endpoint, _) => ValueTask.FromResult(pinned.GetValueOrDefault((endpoint.Host, endpoint.Port)) ?? []);
    }

    // Read for https whatever the URL is: a redirect may lead there.
    private static TlsClientSettings ReadTls(VerbValues values, CliIo io, HttpUrl url)
    {
        TlsClientSettings settings = TlsFlags.ReadClient(values, io, SocketUri.Create(SocketScheme.Tls, url.Endpoint.Host, url.Endpoint.Port), TimeSpan.Zero)!;
        if (values.Text(CaCert) is not { } file)
            return settings;
        if (settings.TrustedRoots is not null)
            throw io.Wrong("fetch.wrong.both", ("first", "--cafile"), ("second", CaCert.Name));
        try
        {
            return settings with { TrustedRoots = CertificateFiles.LoadRoots(file) };
        }
        catch (CertificateFileException e)
        {
            throw io.Wrong("wrong.certificate-file", ("flag", CaCert.Name), ("error", e.Describe(io.Language, TerminalText.Safe)));
        }
    }
}
