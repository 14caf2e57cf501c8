using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Soket.Cli.CommandLine;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>What <c>soket dns</c> says to a person who is wrong, or whose server is.</summary>
public sealed class DnsWordsTests
{
    private const string Zone = """
        $ORIGIN example.test.
        $TTL 3600
        @ IN SOA ns1 hostmaster 1 7200 3600 1209600 300
        @ NS ns1
        ns1 A 127.0.0.1
        a A 192.0.2.1
        a MX 10 mail
        c1 CNAME c2
        c2 CNAME c1

        """;

    [Theory]
    [InlineData("en", "Ask another name server")]
    [InlineData("id", "Tanyai server nama lain")]
    public async Task Where_nobody_is_another_server_is_proposed_and_never_an_echo(string language, string words)
    {
        string port = Number(Ports.Free(SocketType.Dgram));
        Finished alone = await SoketProcess.RunAsync("dns", "example.test", $"@127.0.0.1:{port}", "--lang", language);
        Assert.Equal(7, alone.ExitCode);
        Assert.Contains(words, alone.Error, StringComparison.Ordinal);
        Assert.Contains("`soket dns example.test A @1.1.1.1`", alone.Error, StringComparison.Ordinal);
        Assert.Contains($"`soket sockets :{port}`", alone.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("echo", alone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_on_another_address_is_proposed_as_a_server()
    {
        int port = Ports.Free(SocketType.Dgram);
        using var elsewhere = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        elsewhere.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port));
        // A name server is on both: what has the UDP port alone is none for all that is known.
        using var streams = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        streams.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port));
        streams.Listen();
        Finished run = await SoketProcess.RunAsync("dns", "example.test", "MX", $"@127.0.0.1:{port}");
        Assert.Equal(7, run.ExitCode);
        Assert.Contains($"`soket dns example.test MX @udp://127.0.0.2:{port}`", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("soket connect", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "The aliases (CNAME) of c1.example.test lead in a circle", "c1.example.test, c2.example.test, c1.example.test")]
    [InlineData("id", "Alias (CNAME) dari c1.example.test berputar-putar", "c1.example.test, c2.example.test, c1.example.test")]
    public async Task Aliases_in_a_circle_are_told_as_that(string language, string words, string names)
    {
        int port = Ports.Free();
        await using NameServer server = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        Finished circle = await SoketProcess.RunAsync("dns", "c1.example.test", $"@127.0.0.1:{port}", "--lang", language);
        Assert.Equal(119, circle.ExitCode);
        Assert.Contains(words, circle.Error, StringComparison.Ordinal);
        Assert.Contains(names, circle.Error, StringComparison.Ordinal);
        Assert.Contains("(DNS_CIRCLE)", circle.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tls", "en", "speaks no TLS")]
    [InlineData("https", "id", "tidak memakai TLS")]
    public async Task A_port_without_TLS_that_waits_is_told_as_that(string transport, string language, string words)
    {
        // So does a name server for plain DNS: a ClientHello begins like a long message.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string place = listener.LocalEndpoint.ToString()!;
        Finished run = await SoketProcess.RunAsync("dns", "example.test", $"@{transport}://{place}{(transport == "https" ? "/some/path" : "")}", "--timeout", "2s", "--insecure", "--lang", language);
        Assert.Equal(28, run.ExitCode);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
        Assert.Contains($"`soket dns example.test @tcp://{place} --timeout 2s --lang {language}`", run.Error, StringComparison.Ordinal);
        using Socket asked = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        Assert.False(listener.Pending(), "it would say nothing the next time either");
    }

    [Fact]
    public async Task A_real_name_server_without_TLS_is_told_as_that()
    {
        int port = Ports.Free();
        await using NameServer server = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        Finished run = await SoketProcess.RunAsync("dns", "a.example.test", $"@tls://127.0.0.1:{port}", "--timeout", "500ms");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("TLS", run.Error, StringComparison.Ordinal);
        Assert.Contains($"`soket dns a.example.test @tcp://127.0.0.1:{port} --timeout 500ms`", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("soket connect", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_walk_begins_where_it_is_told_to_and_does_not_propose_to_walk()
    {
        int port = Ports.Free();
        await using NameServer top = await NameServer.StartAsync("127.0.0.2", port, "test", "test. 60 SOA a. b. 1 60 60 60 60\ntest. 60 NS ns.test.\nns.test. 60 A 127.0.0.2\nexample.test. 60 NS ns1.example.test.\nns1.example.test. 60 A 127.0.0.1\nlame.test. 60 NS ns1.example.test.\n");
        await using NameServer zone = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        Finished found = await SoketProcess.RunAsync("dns", "a.example.test", "--trace", $"@127.0.0.2:{port}", "--port", Number(port), "--short");
        Assert.True(found.ExitCode == 0, found.Error);
        Assert.Equal("192.0.2.1\n", found.Out);
        foreach (string name in (string[])["nope.example.test", "x.lame.test", "other.invalid"])
        {
            Finished missing = await SoketProcess.RunAsync("dns", name, "--trace", $"@127.0.0.2:{port}", "--port", Number(port));
            Assert.NotEqual(0, missing.ExitCode);
            Assert.DoesNotContain("--trace", missing.Error, StringComparison.Ordinal);
        }

        Finished both = await SoketProcess.RunAsync("dns", "a.example.test", "--trace", "@127.0.0.2", "--hints", "/dev/null");
        Assert.Equal(2, both.ExitCode);
        Assert.Contains("@SERVER and --hints both say where the walk begins", both.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transfer_is_told_over_what_carries_it()
    {
        int port = Ports.Free();
        await using NameServer server = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        Finished whole = await SoketProcess.RunAsync("dns", "example.test", "AXFR", $"@127.0.0.1:{port}");
        Assert.Contains($"records from tcp://127.0.0.1:{port}", whole.Error, StringComparison.Ordinal);
        Finished refused = await SoketProcess.RunAsync("dns", "other.test", "AXFR", $"@127.0.0.1:{port}");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains($"tcp://127.0.0.1:{port}", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("udp:", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("--trace", refused.Error, StringComparison.Ordinal);
        Finished nobody = await SoketProcess.RunAsync("dns", "other.test", "AXFR", $"@127.0.0.1:{Ports.Free()}");
        Assert.Equal(7, nobody.ExitCode);
        Assert.DoesNotContain("echo", nobody.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Here: --short", "example.test", "+short")]
    [InlineData("Here: --tcp", "example.test", "+tcp")]
    [InlineData("Here: --timeout 3", "example.test", "+time=3")]
    [InlineData("Options begin with -- here", "example.test", "+multiline")]
    [InlineData("@127.0.0.1:5300", "example.test", "@127.0.0.1#5300")]
    [InlineData("@[::1]:53", "example.test", "@::1#53")]
    [InlineData("A server to ask is written with @: @192.0.2.53", "example.test", "192.0.2.53")]
    [InlineData("Ask for its name: soket dns -x 127.0.0.1", "127.0.0.1")]
    [InlineData("Ask for its name: soket dns -x 2001:db8::1", "2001:db8::1")]
    [InlineData("there is no such file in", "--file", "nope")]
    public async Task What_was_meant_is_said(string words, params string[] arguments)
    {
        Finished wrong = await SoketProcess.RunAsync(["dns", .. arguments]);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains(words, wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_type_may_stand_before_the_name_and_behind_each_of_many()
    {
        int port = Ports.Free();
        await using NameServer server = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        string at = $"@127.0.0.1:{port}";
        Assert.Equal("10 mail.example.test.\n", (await SoketProcess.RunAsync("dns", "mx", "a.example.test", at, "--short")).Out);
        Finished lines = await SoketProcess.RunAsync("a.example.test MX A\n  a.example.test\n# none\n"u8.ToArray(), ["dns", "--file", "-", "--short", at]);
        Assert.Equal("10 mail.example.test.\n192.0.2.1\n192.0.2.1\n", lines.Out);
        Finished wrong = await SoketProcess.RunAsync("a.example.test NOSUCH\n"u8.ToArray(), ["dns", "--file", "-", at]);
        Assert.Equal(2, wrong.ExitCode);
        Finished some = await SoketProcess.RunAsync("a.example.test\n# none\nx..y\na.example.test MX\na.example.test AXFR\n"u8.ToArray(), ["dns", "--file", "-", "--short", at]);
        Assert.Equal((2, "192.0.2.1\n10 mail.example.test.\n"), (some.ExitCode, some.Out));
        Assert.Contains("stdin, line 3: 'x..y'", some.Error, StringComparison.Ordinal);
        Assert.Contains("stdin, line 5: AXFR", some.Error, StringComparison.Ordinal);
        Assert.Contains("4 questions, 2 without an answer", some.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_headline_says_each_thing_once()
    {
        int port = Ports.Free();
        await using NameServer server = await NameServer.StartAsync("127.0.0.1", port, "example.test", Zone);
        Finished missing = await SoketProcess.RunAsync("dns", "nope.example.test", $"@127.0.0.1:{port}");
        Assert.Contains("The name does not exist (DNS_NXDOMAIN)", missing.Error.ReplaceLineEndings(" ").Replace("     ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("(NXDOMAIN)", missing.Error, StringComparison.Ordinal);
        Finished refused = await SoketProcess.RunAsync("dns", "other.test", $"@127.0.0.1:{port}", "--no-recursion");
        Assert.Contains("flags none", refused.Error, StringComparison.Ordinal);
        Finished nothing = await SoketProcess.RunAsync("dns", "a.example.test", "TXT", $"@127.0.0.1:{port}", "--lang", "id");
        Assert.Contains("Nama itu tidak punya record TXT (DNS_NODATA)", nothing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_types_of_the_same_name_stand_in_place_of_those_typed()
    {
        var typed = new TypedCommand("soket", ["dns", "a.test", "SRV", "@127.0.0.1", "--port", "5300", "-v"], CommandLineApp.Verbs.First(verb => verb.Name == "dns"));
        Assert.Equal("`soket dns a.test A AAAA MX TXT @udp://127.0.0.1:5300 --port 5300 -v`", typed.Retell("`soket dns a.test A AAAA MX TXT @udp://127.0.0.1:5300`"));
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
