using System.Diagnostics;
using Xunit;

namespace Soket.Tests.Capture;

/// <summary>tcpdump, tshark and the tools beside it: run to their end, and what they wrote.</summary>
internal static class WireTool
{
    /// <summary>Runs a program. Skips the test where it is missing, and fails it in CI.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    public static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        Process? process = null;
        try
        {
            process = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", program + " is not installed, and CI must have it");
            Assert.Skip(program + " is not installed");
        }

        using (process)
        {
            process!.StandardInput.Close();
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error.GetAwaiter().GetResult()}");
            return output;
        }
    }
}
