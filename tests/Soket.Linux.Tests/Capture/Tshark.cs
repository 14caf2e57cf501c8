using System.Diagnostics;
using Xunit;

namespace Soket.Linux.Tests.Capture;

/// <summary>What tshark says of a capture file.</summary>
internal static class Tshark
{
    /// <summary>The fields of every packet, in the order of the file; a field that a packet does not have is empty.</summary>
    public static List<Dictionary<string, string>> Fields(string file, params string[] fields)
    {
        var start = new ProcessStartInfo(LoopbackCapture.Require("tshark")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-n", "-r", file, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=|", .. fields.SelectMany(field => (string[])["-e", field])])
            start.ArgumentList.Add(argument);
        using Process tshark = Process.Start(start)!;
        Task<string> said = tshark.StandardError.ReadToEndAsync();
        var rows = new List<Dictionary<string, string>>();
        while (tshark.StandardOutput.ReadLine() is { } line)
            rows.Add(fields.Zip(line.Split('\t')).ToDictionary(pair => pair.First, pair => pair.Second));
        tshark.WaitForExit();
        Assert.True(tshark.ExitCode == 0, said.Result);
        return rows;
    }
}
