using System.Net;
using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Connect;
using Soket.Cli.Rendering;
using Soket.Dns;
using Soket.Protocols.Dns;

namespace Soket.Cli.Commands.Dns;

/// <summary>What was typed for <c>soket dns</c>: names, types, servers.</summary>
internal sealed class DnsInput
{
    // A list of names from a file; more is a mistake before it is a wish.
    private const int MostNames = 1_000_000;

    public List<string> Names { get; } = [];

    public List<DnsType> Types { get; } = [];

    public List<DnsServer> Servers { get; } = [];

    /// <summary>Reads the words: the first that is no server is the name, those behind it are types.</summary>
    /// <param name="words">The words.</param>
    /// <param name="reverse">An address whose name is asked for instead.</param>
    /// <param name="fromFile">Whether the names come from a file, so that all words are types.</param>
    /// <param name="transport">How servers are spoken to that do not say.</param>
    /// <param name="port">Their port, where they do not say.</param>
    /// <param name="io">Told what is wrong.</param>
    public static DnsInput Read(IReadOnlyList<string> words, string? reverse, bool fromFile, DnsTransport transport, int? port, CliIo io)
    {
        var input = new DnsInput();
        if (reverse is not null)
        {
            input.Names.Add(IPAddress.TryParse(reverse, out IPAddress? address) ? DnsName.Reverse(address).ToString() : throw io.Wrong("dns.wrong.address", ("value", TerminalText.Safe(reverse))));
            input.Types.Add(DnsType.Ptr);
        }

        foreach (string word in words)
        {
            if (word.StartsWith('@'))
                input.Servers.Add(DnsServer.TryParse(word[1..], transport, port, out DnsServer? server) ? server : throw io.Wrong("dns.wrong.server", ("value", TerminalText.Safe(word))));
            else if (input.Names.Count == 0 && !fromFile)
                input.Add(word, io);
            else if (DnsType.TryParse(word, out DnsType type))
                input.Types.Add(type);
            else
                throw io.Wrong("dns.wrong.type", ("value", TerminalText.Safe(word)), ("nearest", Languages.Nearest.Of(word.ToUpperInvariant(), DnsType.KnownNames) ?? "A"));
        }

        return input;
    }

    /// <summary>Reads names, one a line; empty lines and those that begin with # are skipped.</summary>
    public async Task ReadNamesAsync(string path, CliIo io, CancellationToken cancellationToken)
    {
        if (path == "-")
        {
            await foreach (byte[] line in StdinMessages.ReadAsync(io.In, StdinMessages.Lines, cancellationToken).ConfigureAwait(false))
                Line(Encoding.UTF8.GetString(line), io);
            return;
        }

        try
        {
            await foreach (string line in File.ReadLinesAsync(path, cancellationToken).ConfigureAwait(false))
                Line(line, io);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw io.Wrong("dns.wrong.file", ("path", TerminalText.Safe(path)), ("error", TerminalText.Safe(e.Message)));
        }
    }

    private void Line(string line, CliIo io)
    {
        string name = line.Trim();
        if (name.Length == 0 || name[0] == '#')
            return;
        if (Names.Count == MostNames)
            throw io.Wrong("dns.wrong.too-many", ("limit", MostNames));
        Add(name, io);
    }

    private void Add(string name, CliIo io)
    {
        if (!DnsName.TryParse(name, out _, out DnsFault fault))
            throw io.Wrong("dns.wrong.name", ("value", TerminalText.Safe(name)), ("why", io.Text("dns.fault." + DnsFaults.Key(fault))));
        Names.Add(name);
    }
}
