using System.Net;
using System.Runtime.CompilerServices;
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

    /// <summary>Each name with the types of its own, which only a line of a file has.</summary>
    public List<(string Name, IReadOnlyList<DnsType> Types)> Names { get; } = [];

    /// <summary>The types asked for of each name that has none of its own.</summary>
    public List<DnsType> Types { get; } = [];

    public List<DnsServer> Servers { get; } = [];

    /// <summary>What is asked: every name with each of its types, A where none was given.</summary>
    public IEnumerable<(string Name, DnsType Type)> Questions =>
        from line in Names
        from type in line.Types.Count > 0 ? line.Types : Types.Count > 0 ? Types : [DnsType.A]
        select (line.Name, type);

    /// <summary>Reads the words: the first that is no server is the name, those behind it are types. A type may stand before a name with a dot.</summary>
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
            input.Names.Add((IPAddress.TryParse(reverse, out IPAddress? address) ? DnsName.Reverse(address).ToString() : throw io.Wrong("dns.wrong.address", ("value", TerminalText.Safe(reverse))), []));
            input.Types.Add(DnsType.Ptr);
        }

        foreach (string word in words)
        {
            if (word.StartsWith('+'))
                throw DigWords.Refuse(word, io);
            if (word.StartsWith('@'))
                input.Servers.Add(DnsServer.TryParse(word[1..], transport, port, out DnsServer? server) ? server : throw Server(word, io));
        }

        List<string> rest = [.. words.Where(word => !word.StartsWith('@'))];
        if (!fromFile && reverse is null && rest.Count > 0)
        {
            bool turned = rest.Count > 1 && DnsType.TryParse(rest[0], out _) && rest[1].Contains('.', StringComparison.Ordinal) && !IsAddress(rest[1]);
            string name = rest[turned ? 1 : 0];
            rest.RemoveAt(turned ? 1 : 0);
            if (IsAddress(name))
                throw io.Wrong("dns.wrong.address-as-name", ("value", TerminalText.Safe(name)));
            Check(name, io);
            input.Names.Add((name, []));
        }

        foreach (string word in rest)
            input.Types.Add(Type(word, io));
        return input;
    }

    /// <summary>Reads names, one a line, as the lines come; empty ones and those that begin with # are skipped.</summary>
    public static async IAsyncEnumerable<DnsLine> ReadLinesAsync(string path, CliIo io, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<string> lines = (path == "-" ? StdinAsync(io, cancellationToken) : Open(path, io, cancellationToken)).GetAsyncEnumerator(cancellationToken);
        int count = 0;
        for (int number = 1; ; number++)
        {
            try
            {
                if (!await lines.MoveNextAsync().ConfigureAwait(false))
                    yield break;
            }
            catch (Exception e) when (path != "-" && FileTrouble.Is(e))
            {
                throw Unreadable(e, path, io);
            }

            // A name, and behind it the types of its own, as lists for other tools have them.
            string[] words = lines.Current.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0][0] == '#')
                continue;
            if (count++ == MostNames)
                throw io.Wrong("dns.wrong.too-many", ("limit", MostNames));
            yield return Line(number, words, io);
        }
    }

    /// <summary>What is asked for a line: its name with each of its types.</summary>
    public IEnumerable<(string Name, DnsType Type)> QuestionsOf(DnsLine line) => (line.Types.Count > 0 ? line.Types : Types.Count > 0 ? Types : [DnsType.A]).Select(type => (line.Name, type));

    private static IAsyncEnumerable<string> Open(string path, CliIo io, CancellationToken cancellationToken)
    {
        try
        {
            return File.ReadLinesAsync(path, cancellationToken); // which opens it at once
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw Unreadable(e, path, io);
        }
    }

    private static UsageException Unreadable(Exception e, string path, CliIo io) => io.Wrong("dns.wrong.file", ("path", TerminalText.Safe(path)), ("error", FileTrouble.Of(e, path, io)));

    private static async IAsyncEnumerable<string> StdinAsync(CliIo io, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (byte[] line in StdinMessages.ReadAsync(io.In, StdinMessages.Lines, cancellationToken).ConfigureAwait(false))
            yield return Encoding.UTF8.GetString(line);
    }

    private static DnsLine Line(int number, string[] words, CliIo io)
    {
        try
        {
            Check(words[0], io);
            DnsType[] types = [.. words.Skip(1).Select(word => Type(word, io))];
            return types.Contains(DnsType.Axfr) ? throw io.Wrong("dns.wrong.axfr-alone") : new(number, words[0], types, null);
        }
        catch (UsageException e)
        {
            return new(number, words[0], [], e.Message);
        }
    }

    private static void Check(string name, CliIo io)
    {
        if (!DnsName.TryParse(name, out _, out DnsFault fault))
            throw io.Wrong("dns.wrong.name", ("value", TerminalText.Safe(name)), ("why", io.Text("dns.fault." + DnsFaults.Key(fault))));
    }

    private static DnsType Type(string word, CliIo io)
    {
        if (DnsType.TryParse(word, out DnsType type))
            return type;
        if (IsAddress(word))
            throw io.Wrong("dns.wrong.bare-server", ("value", TerminalText.Safe(word)));
        throw io.Wrong("dns.wrong.type", ("value", TerminalText.Safe(word)), ("nearest", Languages.Nearest.Of(word.ToUpperInvariant(), DnsType.KnownNames) ?? "A"));
    }

    private static UsageException Server(string word, CliIo io)
    {
        string colon = DigWords.WithColon(word);
        return colon == word
            ? io.Wrong("dns.wrong.server", ("value", TerminalText.Safe(word)))
            : io.Wrong("dns.wrong.hash-port", ("value", TerminalText.Safe(word)), ("ours", TerminalText.Safe(colon)));
    }

    // Whole addresses only: a name may be a number as well.
    private static bool IsAddress(string word) =>
        IPAddress.TryParse(word, out _) && (word.Contains(':', StringComparison.Ordinal) || word.Count(c => c == '.') == 3);
}
