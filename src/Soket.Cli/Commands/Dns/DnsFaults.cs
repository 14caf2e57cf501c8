using Soket.Protocols.Dns;

namespace Soket.Cli.Commands.Dns;

/// <summary>The stable keys of what is wrong with a message: <c>pointer-loop</c>.</summary>
internal static class DnsFaults
{
    public static string Key(DnsFault fault) => System.Text.RegularExpressions.Regex.Replace(fault.ToString(), "(?<=[a-z])(?=[A-Z])", "-").ToLowerInvariant();
}
