using System.Globalization;
using System.Text;
using Xunit;

namespace Soket.Cli.Tests.Interop.Packets;

/// <summary>What Wireshark's decoder says about the packets of a file.</summary>
internal static class Tshark
{
    // No state from one packet to the next, numbers as they stand in the header, and every checksum looked at.
    private static readonly string[] _preferences =
    [
        "ip.defragment:FALSE", "ipv6.defragment:FALSE", "ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE",
        "tcp.relative_sequence_numbers:FALSE", "tcp.analyze_sequence_numbers:FALSE", "tcp.desegment_tcp_streams:FALSE",
    ];

    /// <summary>Each packet's fields, each with all of its occurrences: those of the outermost header first.</summary>
    public static async Task<List<string[][]>> FieldsAsync(string file, IReadOnlyList<string> fields, params string[] preferences)
    {
        string program = Peers.Require("tshark");
        string[] arguments =
        [
            "-n", "-r", file, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|", "-E", "separator=/t",
            .. _preferences.Concat(preferences).SelectMany(preference => (string[])["-o", preference]),
            .. fields.SelectMany(field => (string[])["-e", field]),
        ];
        await using SoketProcess tshark = SoketProcess.Peer(program, arguments);
        Finished finished = await tshark.FinishAsync();
        Assert.True(finished.ExitCode == 0, finished.Error);
        return [.. Encoding.UTF8.GetString(finished.OutBytes).Split('\n')[..^1].Select(line => line.Split('\t').Select(Occurrences).ToArray())];
    }

    /// <summary>A number as a number however it is written, anything else as it is.</summary>
    public static string Plain(string text) => text switch
    {
        "True" => "1",
        "False" => "0",
        _ when text.StartsWith("0x", StringComparison.Ordinal) && ulong.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong hex) => hex.ToString(CultureInfo.InvariantCulture),
        _ => text,
    };

    private static string[] Occurrences(string text) => text.Length == 0 ? [] : [.. text.Split('|').Select(Plain)];
}
