using System.Diagnostics;
using System.Globalization;
using System.Net;
using Soket.Tests.House;
using Xunit;

namespace Soket.Tests.Hosting;

/// <summary>A server that has no descriptor left for the next connection.</summary>
public sealed class ExhaustionTests
{
    private const int Descriptors = 160;

    [Fact]
    public async Task A_server_out_of_descriptors_says_so_keeps_its_connections_and_recovers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "ulimit is a POSIX shell's");
        using Process server = Start();
        using var connections = new Connections();
        try
        {
            string port = await ReadLineAsync(server, "port ");
            var address = new IPEndPoint(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture));
            Task<string> paused = ReadLineAsync(server, "accept-paused ");

            // One after another until one is not answered: it waits in the backlog.
            while (true)
            {
                Assert.True(connections.Answered.Count < Descriptors, "More connections were answered than there are descriptors.");
                Peer peer = await Peer.ConnectAsync(address);
                Task answered = peer.AssertAnsweredAsync();
                await Task.WhenAny(answered, paused);
                if (!answered.IsCompleted)
                {
                    connections.Waiting.Add((peer, answered));
                    break;
                }

                await answered;
                connections.Answered.Add(peer);
            }

            Assert.Equal("EMFILE", await paused);
            long since = Stopwatch.GetTimestamp();
            Assert.True(connections.Answered.Count > 5, $"Only {connections.Answered.Count} connections were answered.");
            for (int i = 0; i < 4; i++)
            {
                Peer peer = await Peer.ConnectAsync(address);
                connections.Waiting.Add((peer, peer.AssertAnsweredAsync()));
            }

            // Those it has are served as before, several times over.
            for (int round = 0; round < 3; round++)
            {
                foreach (Peer peer in connections.Answered)
                    await peer.AssertAnsweredAsync();
            }

            // Some go in order, some do not; those that wait are answered with what they asked long ago.
            Task<string> resumed = ReadLineAsync(server, "accept-resumed ");
            for (int i = 0; i < 5; i++)
            {
                if (i % 2 == 0)
                    connections.Answered[i].Dispose();
                else
                    connections.Answered[i].Reset();
            }

            foreach ((_, Task answered) in connections.Waiting)
                await answered;
            await resumed;
            TimeSpan elapsed = Stopwatch.GetElapsedTime(since);
            foreach (Peer peer in connections.Answered.Skip(5))
                await peer.AssertAnsweredAsync();

            connections.Dispose();
            server.StandardInput.Close();
            string[] told = (await ReadLineAsync(server, "failed-accepts ")).Split(' ');
            int failed = int.Parse(told[0], CultureInfo.InvariantCulture);

            // One every 100 ms, and one for each connection that ended; a loop that spins makes thousands.
            Assert.InRange(failed, 0, 10 + (int)(elapsed.TotalMilliseconds / 50));
            Assert.Equal("0", told[2]);
            await server.WaitForExitAsync().WaitAsync(Peer.Patience);
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited)
                server.Kill();
        }
    }

    private static Process Start()
    {
        // Built beside these tests, in the same configuration.
        string here = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string framework = Path.GetFileName(here);
        string configuration = Path.GetFileName(Path.GetDirectoryName(here)!);
        string program = Path.Combine(Repository.Root, "tests", "Soket.Tests.Exhaustion", "bin", configuration, framework, "Soket.Tests.Exhaustion.dll");
        var start = new ProcessStartInfo("sh", ["-c", $"ulimit -n {Descriptors} && exec \"$0\" \"$1\"", Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet", program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    // Lines come in the order they were told; a test reads one at a time.
    private static async Task<string> ReadLineAsync(Process server, string prefix)
    {
        while (true)
        {
            string? line = await server.StandardOutput.ReadLineAsync().WaitAsync(Peer.Patience);
            Assert.True(line is not null, $"The server ended before it said '{prefix}'.");
            if (line.StartsWith(prefix, StringComparison.Ordinal))
                return line[prefix.Length..];
        }
    }

    private sealed class Connections : IDisposable
    {
        public List<Peer> Answered { get; } = [];

        public List<(Peer Peer, Task Answered)> Waiting { get; } = [];

        public void Dispose()
        {
            Answered.ForEach(peer => peer.Dispose());
            Waiting.ForEach(waiting => waiting.Peer.Dispose());
        }
    }
}
