using Soket.Cli.Tests.Docs;
using Soket.Cli.Tests.Verbs;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>The lab's program from a name to a page, against nsd and a web server.</summary>
public sealed class SampleTests
{
    private static readonly string _source = Path.Combine(Documents.Root, "samples", "NameToPage");

    [Fact]
    public async Task The_lab_program_resolves_and_fetches_or_says_which_half_failed()
    {
        // Built in the same configuration as these tests.
        string program = Path.Combine(_source, "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "NameToPage.dll");
        int port = Ports.Free();
        await using NameServer names = await NameServer.StartAsync("127.0.0.1", port, "example.test", "$ORIGIN example.test.\n$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 127.0.0.1\nwww A 127.0.0.1\nmail MX 10 www\n");
        await using var page = new ToldRequests();

        Finished found = await RunAsync("www.example.test", $"127.0.0.1:{port}", $"{page.Port}");
        Assert.Equal(("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n\n", 0), (found.Out, found.ExitCode));
        Assert.StartsWith("GET / HTTP/1.1\r\nHost: www.example.test\r\n", page.Heads.Single(), StringComparison.Ordinal);
        Assert.StartsWith("No address found for mail.example.test: ", (await RunAsync("mail.example.test", $"127.0.0.1:{port}")).Error, StringComparison.Ordinal);
        Assert.StartsWith("No answer from the DNS server: ", (await RunAsync("www.example.test", $"127.0.0.1:{Ports.Free()}")).Error, StringComparison.Ordinal);
        Assert.StartsWith("The page was not retrieved: ", (await RunAsync("www.example.test", $"127.0.0.1:{port}", $"{Ports.Free()}")).Error, StringComparison.Ordinal);

        async Task<Finished> RunAsync(params string[] arguments)
        {
            await using SoketProcess run = SoketProcess.Peer("dotnet", [program, .. arguments]);
            return await run.FinishAsync();
        }
    }

    [Fact]
    public void It_stays_under_forty_lines() => Assert.InRange(File.ReadAllLines(Path.Combine(_source, "Program.cs")).Length, 1, 39);
}
