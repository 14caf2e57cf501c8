using Soket.Cli.CommandLine;
using Soket.Protocols.Dns;

namespace Soket.Cli.Commands.Dns;

/// <summary>A line of a list of names.</summary>
/// <param name="Number">Which, from 1.</param>
/// <param name="Name">The name.</param>
/// <param name="Types">The types of its own; none for those that were typed.</param>
/// <param name="Wrong">Why it cannot be asked, in words; null where it can.</param>
internal sealed record DnsLine(int Number, string Name, IReadOnlyList<DnsType> Types, string? Wrong)
{
    /// <summary>What is wrong with it, and where it stands.</summary>
    public string Describe(string path, CliIo io) => io.Text("dns.bad-line", ("path", path == "-" ? "stdin" : TerminalText.Safe(path)), ("line", Number), ("why", Wrong));
}
