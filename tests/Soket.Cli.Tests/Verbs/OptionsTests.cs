using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Soket.Cli.Tests.Interop;
using Soket.Endpoints;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>soket options, and the options' flags on both ends, as a person sees them.</summary>
public sealed class OptionsTests
{
    [Theory]
    [InlineData("en", "send small segments at once")]
    [InlineData("id", "kirim segmen kecil seketika")]
    public async Task The_list_has_every_option_with_its_value_here(string language, string said)
    {
        Finished finished = await SoketProcess.RunAsync("options", "--lang", language);
        Assert.Equal(0, finished.ExitCode);
        Assert.Contains(said, finished.Out, StringComparison.Ordinal);
        Assert.Contains("TCP_NODELAY  --no-delay on|off  [off]", finished.Out, StringComparison.Ordinal);
        Assert.Contains("IP_TTL/IPV6_UNICAST_HOPS  --ttl N  [", finished.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(finished.Out.Split('\n'), line => line.Length > 100);
    }

    [Fact]
    public async Task One_is_explained_by_flag_or_by_the_systems_name()
    {
        Finished byFlag = await SoketProcess.RunAsync("options", "linger");
        Finished byName = await SoketProcess.RunAsync("options", "so_linger");
        Assert.Equal(byFlag.Out, byName.Out);
        Assert.Contains("man 7 socket", byFlag.Out, StringComparison.Ordinal);
        Assert.Contains("soket options linger --effect", byFlag.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no socket option 'nodelay'. Did you mean no-delay?", "nodelay")]
    [InlineData("give an endpoint. Example: soket options ttl=5 localhost:8080", "ttl=5")]
    [InlineData("ttl '0' is not a number from 1 to 255.", "ttl=0", ":1")]
    [InlineData("keep-alive-idle '1500ms' is not a time in whole seconds, 1s to 32767s.", "keep-alive-idle=1500ms", ":1")]
    [InlineData("no-delay 'maybe': on or off.", "no-delay=maybe", ":1")]
    [InlineData("dscp 'AF99' is not a DSCP.", "dscp=AF99", ":1")]
    [InlineData("The effect of which? There are no-delay, linger", "--effect")]
    [InlineData("Soket has no measurement that shows mark.", "mark", "--effect")]
    [InlineData("--bind needs an endpoint.", "--bind")]
    public async Task What_is_wrong_is_said(string expected, params string[] arguments)
    {
        Finished finished = await SoketProcess.RunAsync(["options", .. arguments]);
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(expected, finished.Error, StringComparison.Ordinal);
        Assert.Empty(finished.Out);
    }

    [Theory]
    [InlineData("--no-delay is for tcp, and udp://127.0.0.1:0 is none of these.", "udp://127.0.0.1:0", "--no-delay")]
    [InlineData("--join is for IPv6 here, and udp://127.0.0.1:0 is not.", "udp://127.0.0.1:0", "--join", "ff02::1")]
    public async Task An_option_that_no_endpoint_has_is_not_passed_over_in_silence(string expected, params string[] arguments)
    {
        Finished finished = await SoketProcess.RunAsync(["serve", "echo", .. arguments]);
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(expected, finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_live_connection_is_set_and_read_back()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished finished = await SoketProcess.RunAsync("options", "ttl=7", "dscp=EF", "no-delay=on", endpoints[0], "--json");
            Assert.Equal(0, finished.ExitCode);
            JsonElement[] records = [.. finished.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
            Assert.Equal(["IP_TTL=7", "IP_TOS=EF (46)", "TCP_NODELAY=on"], records.Select(record => $"{record.GetProperty("name")}={record.GetProperty("value")}"));
            Assert.All(records, record => Assert.Equal("option-value", record.GetProperty("type").GetString()));
        }
    }

    [Fact]
    public async Task A_message_after_an_on_off_flag_is_still_a_message()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished plain = await SoketProcess.RunAsync("connect", "--no-delay", endpoints[0], "hello");
            Assert.Equal(("hello", 0), (plain.Out, plain.ExitCode));
            Finished off = await SoketProcess.RunAsync("connect", endpoints[0], "--keep-alive", "off", "hello", "-v");
            Assert.Contains("setsockopt(SO_KEEPALIVE, off)", off.Error, StringComparison.Ordinal);
            Assert.Equal("hello", off.Out);
        }
    }

    [Fact]
    public async Task A_restart_in_TIME_WAIT_fails_only_with_reuse_address_off()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere .NET's bind decides");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("daytime", "tcp://127.0.0.1:0"); // closes first, and so waits
        await using (server)
        {
            // A client that half-closes at once might be the first after all.
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, SocketUri.Parse(endpoints[0]).Port, TestContext.Current.CancellationToken);
            await client.GetStream().CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        }

        Finished strict = await SoketProcess.RunAsync("serve", "daytime", endpoints[0], "--reuse-address", "off", "-v");
        Assert.Equal(110, strict.ExitCode);
        Assert.Contains("setsockopt(SO_REUSEADDR, off)", strict.Error, StringComparison.Ordinal);
        Assert.Contains("TIME_WAIT", strict.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("set by the runtime", strict.Error, StringComparison.Ordinal);

        (SoketProcess again, IReadOnlyList<string> same) = await SoketProcess.ServeAsync("daytime", endpoints[0]);
        await using (again)
            Assert.Equal(endpoints, same);
    }

    [Fact]
    public async Task An_unknown_congestion_control_is_explained_with_those_there_are()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux has it");
        Finished finished = await SoketProcess.RunAsync("serve", "echo", "tcp://127.0.0.1:0", "--congestion", "nosuch");
        Assert.Equal(118, finished.ExitCode);
        Assert.Contains("no congestion control named nosuch. It has: ", finished.Error, StringComparison.Ordinal);
        Assert.Contains(File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control").Split()[0], finished.Error, StringComparison.Ordinal);
        Assert.Contains("soket explain option-value", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_program_sees_the_same_values()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ss");
        string ss = Peers.Require("ss");
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync(
            "echo", "tcp://127.0.0.1:0", "--keep-alive", "--keep-alive-idle", "100s", "--congestion", "reno", "--receive-buffer", "20000", "--dscp", "CS1");
        await using (server)
        {
            var place = new Uri(endpoints[0]);
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync(place.Host, place.Port, TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);
            Assert.Equal(1, await client.GetStream().ReadAsync(new byte[8], TestContext.Current.CancellationToken)); // served: the options are set
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(ss, ["-tnoim", "state", "established", "sport", "=", $":{place.Port}"]) { RedirectStandardOutput = true })!;
            string seen = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Contains("timer:(keepalive,", seen, StringComparison.Ordinal);
            Assert.Contains("1min", seen, StringComparison.Ordinal);
            Assert.Contains(" reno ", seen, StringComparison.Ordinal);
            Assert.Contains("rb40000", seen, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_peer_that_does_not_read_ends_the_client_after_the_send_timeout()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Server.ReceiveBufferSize = 4096;
        listener.Start();
        Finished finished = await SoketProcess.RunAsync(
            new byte[8_000_000], ["connect", listener.LocalEndpoint.ToString()!, "--send-timeout", "200ms", "--send-buffer", "8KiB"]);
        Assert.Equal(28, finished.ExitCode);
        Assert.Contains("stopped calling recv()", finished.Error, StringComparison.Ordinal);
        Assert.Contains("--send-timeout 30s", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_effect_of_no_delay_is_measured()
    {
        Dictionary<string, JsonElement> cases = await EffectAsync("no-delay");
        Assert.True(cases["off"].GetProperty("median_ms").GetDouble() > 5 * cases["on"].GetProperty("median_ms").GetDouble());
    }

    [Fact]
    public async Task The_effect_of_linger_0_is_a_reset_at_the_peer()
    {
        Dictionary<string, JsonElement> cases = await EffectAsync("linger");
        Assert.Equal("recv() = 0", cases["off"].GetProperty("peer").GetString());
        Assert.Contains("ECONNRESET", cases["zero"].GetProperty("peer").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_effect_of_keep_alive_is_answered_probes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "TCP_INFO");
        Dictionary<string, JsonElement> cases = await EffectAsync("keep-alive");
        Assert.Equal(0, cases["off"].GetProperty("count").GetInt32());
        Assert.InRange(cases["on"].GetProperty("count").GetInt32(), 2, 3);
    }

    [Fact]
    public async Task The_effect_of_a_small_backlog_is_clients_without_an_answer()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the queue's rule is Linux's");
        Finished finished = await SoketProcess.RunAsync("options", "backlog", "--effect", "--json");
        JsonElement[] cases = [.. finished.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).Where(record => record.GetProperty("case").GetString() == "case")];
        Assert.Equal(3, cases[0].GetProperty("connected").GetInt32()); // one more than asked, listen(2) on Linux
        Assert.Equal(10, cases[1].GetProperty("connected").GetInt32());
    }

    [Fact]
    public async Task The_effect_of_reuse_address_is_a_port_that_can_be_bound_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux's own bind");
        Dictionary<string, JsonElement> cases = await EffectAsync("reuse-address");
        Assert.Contains("EADDRINUSE", cases["off"].GetProperty("bind").GetString(), StringComparison.Ordinal);
        Assert.Equal("bind() = 0", cases["on"].GetProperty("bind").GetString());
    }

    [Fact]
    public async Task The_effect_of_a_send_buffer_is_more_bytes_taken()
    {
        Finished finished = await SoketProcess.RunAsync("options", "send-buffer", "--effect", "--json");
        long[] taken = [.. finished.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("taken").GetInt64())];
        Assert.Equal(3, taken.Length);
        Assert.True(taken[0] < taken[1] && taken[1] < taken[2], string.Join(' ', taken.Select(bytes => bytes.ToString(CultureInfo.InvariantCulture))));
    }

    private static async Task<Dictionary<string, JsonElement>> EffectAsync(string name)
    {
        Finished finished = await SoketProcess.RunAsync("options", name, "--effect", "--json");
        Assert.Equal(0, finished.ExitCode);
        return finished.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(record => record.GetProperty("case").GetString()!);
    }
}
