using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Soket.Cli.Tests;

/// <summary>The programs of others that tests talk to.</summary>
internal static class Peers
{
    /// <summary>The path of a program. Skips the test where it is missing, and fails it where a missing peer is a failure (CI).</summary>
    public static string Require(params string[] names)
    {
        foreach (string name in names)
        {
            foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin"))
            {
                string path = Path.Combine(folder, name);
                if (File.Exists(path))
                    return path;
            }
        }

        string missing = $"{string.Join(" or ", names)} is not installed";
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(missing + ", and CI must have it");
        Assert.Skip(missing);
        throw new InvalidOperationException();
    }

    /// <summary>Waits until a program takes connections that does not say when it is ready: asking is all there is.</summary>
    public static async Task AnswersAsync(int port)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
                return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(started) < SoketProcess.Patience)
            {
                await Task.Yield();
            }
        }
    }
}
