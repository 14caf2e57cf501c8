using Xunit;

namespace Soket.Cli.Tests.Verbs;

public sealed class WebSocketVerbTests
{
    [Theory]
    [InlineData("connect", "ws://localhost:9/", "--framing", "line")]
    [InlineData("serve", "echo", "ws://localhost:0/", "--framing", "line")]
    [InlineData("connect", "tcp://localhost:9", "--binary")]
    [InlineData("serve", "echo", "tcp://localhost:0", "--allow-origin", "*")]
    [InlineData("connect", "ws://localhost:9/", "--header", "Host: other")]
    [InlineData("connect", "ws://localhost:9/", "--header", "no colon")]
    [InlineData("connect", "ws://localhost:9/", "--subprotocol", "two words")]
    [InlineData("connect", "ws://localhost:9/", "--ping", "1ms")]
    public async Task What_makes_no_sense_is_told_before_anything_is_done(params string[] arguments)
    {
        foreach (string language in (string[])["en", "id"])
        {
            Finished finished = await SoketProcess.RunAsync([.. arguments, "--lang", language]);
            Assert.Equal(2, finished.ExitCode);
            Assert.StartsWith("soket: ", finished.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_pipe_s_lines_are_messages_and_frames_are_shown()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("process", "ws://127.0.0.1:0/lab");
        await using (server)
        {
            Finished finished = await SoketProcess.RunAsync("ipin\nduA\n"u8.ToArray(), ["connect", endpoints[0], "-v"]);
            Assert.Equal(0, finished.ExitCode);
            Assert.Collection(
                finished.Out.TrimEnd('\n').Split('\n'),
                line => Assert.StartsWith("IPIN | 4 | ", line, StringComparison.Ordinal),
                line => Assert.StartsWith("DUa | 3 | ", line, StringComparison.Ordinal));
            Assert.Contains("/ws   ws-handshake = 101", finished.Error, StringComparison.Ordinal);
            Assert.Contains("send-frame(text fin, 4) \"ipin\"", finished.Error, StringComparison.Ordinal);
            Assert.Contains("recv-frame(close fin 1000, 2)", finished.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Too_large_a_message_ends_the_client_with_the_server_s_code()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "ws://127.0.0.1:0/", "--max-message", "10");
        await using (server)
        {
            Finished finished = await SoketProcess.RunAsync("connect", endpoints[0], "more than ten bytes", "--lang", "id");
            Assert.Equal(56, finished.ExitCode);
            Assert.Contains("1009", finished.Error, StringComparison.Ordinal);
            Assert.Contains("websocket-closed", finished.Error, StringComparison.Ordinal);
        }
    }
}
