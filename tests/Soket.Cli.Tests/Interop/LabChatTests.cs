using System.Globalization;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>Lab 4: a student's plain program on one end, soket on the other.</summary>
public sealed class LabChatTests
{
    [Theory]
    [InlineData("tcp", LabChatPrograms.TcpServer)]
    [InlineData("udp", LabChatPrograms.UdpServer)]
    public async Task Soket_takes_turns_with_a_students_server_until_exit(string transport, string program)
    {
        await using SoketProcess server = Python(program);
        string ready = await server.OutLineAsync(line => line.StartsWith("ready ", StringComparison.Ordinal) && line.Length > 6);
        await using SoketProcess client = SoketProcess.Soket("chat", $"{transport}://127.0.0.1:{ready[6..]}");

        await client.WriteAsync("halo\n");
        await server.OutLineAsync(line => line == "Client: halo");
        await server.WriteAsync("halo juga\n");
        await client.OutLineAsync(line => line == "halo juga");
        await client.WriteAsync("apa kabar?\n");
        await server.OutLineAsync(line => line == "Client: apa kabar?");
        await server.WriteAsync("baik\n");
        await client.OutLineAsync(line => line == "baik");
        await client.WriteAsync("Exit\n");

        Finished ended = await client.EndAsync();
        Assert.Equal((0, "halo juga\nbaik\n"), (ended.ExitCode, ended.Out));
        Finished served = await server.EndAsync();
        Assert.Contains("ended by 'Exit'", served.Out, StringComparison.Ordinal);
        Assert.Equal(0, served.ExitCode);
    }

    [Theory]
    [InlineData("tcp", LabChatPrograms.TcpClient)]
    [InlineData("udp", LabChatPrograms.UdpClient)]
    public async Task A_students_client_takes_turns_with_the_operator_of_soket(string transport, string program)
    {
        await using SoketProcess server = SoketProcess.Soket("serve", "chat", $"{transport}://127.0.0.1:0", "--operator");
        int port = SoketProcess.PortOf((await server.ErrorLineAsync(line => line.Contains("://127.0.0.1:", StringComparison.Ordinal))).Trim());
        await using SoketProcess client = Python(program, port.ToString(CultureInfo.InvariantCulture));

        await client.WriteAsync("halo\n");
        await server.OutLineAsync(line => line.EndsWith(": halo", StringComparison.Ordinal));
        await server.WriteAsync("halo juga\n");
        await client.OutLineAsync(line => line == "Server: halo juga");
        await client.WriteAsync("apa kabar?\n");
        await server.OutLineAsync(line => line.EndsWith(": apa kabar?", StringComparison.Ordinal));
        await server.WriteAsync("baik\n");
        await client.OutLineAsync(line => line == "Server: baik");
        await client.WriteAsync("QUIT\n");

        Finished ended = await client.EndAsync();
        Assert.Equal(0, ended.ExitCode);
        if (transport == "tcp")
            Assert.Contains("left over: b''", ended.Out, StringComparison.Ordinal);
        await server.ErrorLineAsync(line => line.Contains("has gone", StringComparison.Ordinal));

        await server.WriteAsync("exit\n");
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Two_sokets_take_turns_as_in_the_lab_and_nc_can_stand_in_for_either()
    {
        string nc = Peers.Require("nc.openbsd");
        await using SoketProcess server = SoketProcess.Soket("serve", "chat", "tcp://127.0.0.1:0", "--operator");
        int port = SoketProcess.PortOf((await server.ErrorLineAsync(line => line.Contains("tcp://127.0.0.1:", StringComparison.Ordinal))).Trim());
        await using SoketProcess client = SoketProcess.Soket("chat", $"127.0.0.1:{port}");
        await client.ErrorLineAsync(line => line.Contains("plain text", StringComparison.Ordinal));
        await client.WriteAsync("halo\n");
        await server.OutLineAsync(line => line.EndsWith(": halo", StringComparison.Ordinal));

        await using SoketProcess cat = SoketProcess.Peer(nc, "127.0.0.1", port.ToString(CultureInfo.InvariantCulture));
        await cat.WriteAsync("dari nc\n");
        await client.OutLineAsync(line => line.EndsWith(": dari nc", StringComparison.Ordinal));
        await server.WriteAsync("untuk semua\n");
        await client.OutLineAsync(line => line == "untuk semua");
        await cat.OutLineAsync(line => line == "untuk semua");
        Assert.Equal(0, (await client.FinishAsync("quit\n"u8.ToArray())).ExitCode);
    }

    private static SoketProcess Python(string program, params string[] arguments) => SoketProcess.Peer(Peers.Require("python3"), ["-c", program, .. arguments]);
}
