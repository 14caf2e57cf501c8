using System.Net;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;

namespace Soket.Cli.Commands.Dns;

/// <summary>What hands write that know dig, and how it is written here. Pure.</summary>
internal static class DigWords
{
    private static readonly (string Theirs, string Ours)[] Options =
    [
        ("+short", "--short"), ("+tcp", "--tcp"), ("+vc", "--tcp"), ("+tls", "--tls"), ("+https", "--https"), ("+trace", "--trace"), ("+dnssec", "--dnssec"),
        ("+do", "--dnssec"), ("+norecurse", "--no-recursion"), ("+norec", "--no-recursion"), ("+noedns", "--no-edns"), ("+nsid", "--nsid"), ("+subnet", "--subnet"),
        ("+timeout", "--timeout"), ("+time", "--timeout"), ("+tries", "--tries"), ("+retry", "--tries"), ("+json", "--json"), ("+qr", "--bytes"),
    ];

    /// <summary>Refuses an option of dig's, with ours where there is one.</summary>
    public static UsageException Refuse(string word, CliIo io)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        string? ours = Options.FirstOrDefault(pair => pair.Theirs.Equals(name, StringComparison.OrdinalIgnoreCase)).Ours;
        return ours is null
            ? io.Wrong("dns.wrong.dig-unknown", ("value", TerminalText.Safe(word)))
            : io.Wrong("dns.wrong.dig-option", ("value", TerminalText.Safe(word)), ("ours", ours + (equals < 0 ? "" : " " + TerminalText.Safe(word[(equals + 1)..]))));
    }

    /// <summary><c>@127.0.0.1#5353</c> with its port behind a colon; the same word where there is no such port.</summary>
    public static string WithColon(string server)
    {
        int hash = server.LastIndexOf('#');
        if (hash < 0 || !ushort.TryParse(server.AsSpan(hash + 1), out ushort port))
            return server;
        string host = server[1..hash];
        bool bare = IPAddress.TryParse(host, out IPAddress? address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && !host.StartsWith('[');
        return $"@{(bare ? $"[{host}]" : host)}:{port}";
    }
}
