using System.Diagnostics;
using Xunit;

namespace Soket.Linux.Tests;

/// <summary>A Python program on the other side: another process holds a socket for real. It prints a line when it is ready, and ends with its input.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    private Child(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Starts a program and waits for the line it prints when it is ready.</summary>
    public static Child Start(string program, out string line)
    {
        var start = new ProcessStartInfo("/usr/bin/env") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in (ReadOnlySpan<string>)["python3", "-u", "-c", program])
            start.ArgumentList.Add(argument);
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Needs.That(false, "python3 is not installed");
        }

        string? ready = process!.StandardOutput.ReadLine();
        Needs.That(ready is not null, "python3 is not installed");
        line = ready!;
        return new(process);
    }

    /// <summary>Sends it a line, and waits for the one it answers.</summary>
    public string? Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        return _process.StandardOutput.ReadLine();
    }

    /// <summary>Kills it without giving it a chance to tidy up, and waits for its end.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }
}

/// <summary>What a test needs of the machine: missing, it is skipped with the reason, and in CI it fails.</summary>
internal static class Needs
{
    public static void That(bool there, string reason)
    {
        if (there)
            return;
        Assert.False(Environment.GetEnvironmentVariable("CI") == "true", reason);
        Assert.Skip(reason);
    }
}
