using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Dns;
using Soket.Middleware.Tls;

namespace Soket.Cli.Commands.Fetch;

/// <summary>Who turns the names of <c>soket fetch</c> into addresses: the system, or Soket's own DNS.</summary>
internal static class FetchNames
{
    // The servers of resolv.conf, asked by Soket itself.
    private const string Own = "conf";
    private const int UsualAttempts = 2; // 2 s and 4 s: less than connecting may take in all, so that silence is told as the server's
    private static readonly Flag Dns = new("--dns", FlagKind.Many, "flags.where", "@SERVER|conf|system");

    public static IReadOnlyList<Flag> Flags { get; } = [Dns];

    /// <summary>How names are looked up; null leaves it to the system.</summary>
    /// <param name="values">The flags.</param>
    /// <param name="io">For what is wrong.</param>
    /// <param name="tls">What the fetch trusts: servers over TLS and HTTPS are held to the same roots.</param>
    public static DnsResolverOptions? Read(VerbValues values, CliIo io, Lazy<TlsClientSettings> tls)
    {
        IReadOnlyList<string> words = values.Many(Dns);
        if (words is [] or ["system"])
            return null;
        var servers = new List<DnsServer>();
        foreach (string word in words)
        {
            if (word == Own && words.Count == 1)
                continue;
            servers.Add(DnsServer.TryParse(word.TrimStart('@'), DnsTransport.Udp, null, out DnsServer? server) ? server : throw io.Wrong("fetch.wrong.dns", ("value", TerminalText.Safe(word))));
        }

        // Who names a server asks it for exactly the name in the URL; without one, it is looked up as the system would.
        ResolvConf conf = servers.Count > 0 ? new ResolvConf { Servers = servers } : ResolvConf.Parse(File.Exists(ResolvConf.Path) ? File.ReadAllText(ResolvConf.Path) : "");
        if (conf.Servers.Any(server => server.Transport is DnsTransport.Tls or DnsTransport.Https))
            _ = tls.Value; // what is wrong with a file is said before anything connects
        return new DnsResolverOptions
        {
            Conf = conf,
            Hosts = servers.Count == 0 && File.Exists(HostsFile.Path) ? HostsFile.Parse(File.ReadAllText(HostsFile.Path)) : null,
            Cache = new DnsCache(),
            Client = new DnsClientOptions
            {
                Timeout = conf.Timeout ?? new DnsClientOptions().Timeout,
                Attempts = conf.Attempts ?? UsualAttempts,
                Tls = server => new TlsClientSettings { TargetHost = server.Host, TrustedRoots = tls.Value.TrustedRoots },
            },
        };
    }
}
