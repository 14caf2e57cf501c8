using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using Soket.Endpoints;
using Xunit;

namespace Soket.Cli.Tests.Backplane;

/// <summary>What a real RabbitMQ does to a chat: refuses it, loses a stream, lets the oldest go; and what a server that dies leaves behind.</summary>
public sealed class BrokerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_refuses_is_told_with_its_reason_and_no_password_is_shown()
    {
        await using RabbitBroker broker = await RabbitBroker.StartAsync();
        string at = $"127.0.0.1:{broker.Port.ToString(CultureInfo.InvariantCulture)}";
        await Refused(2, "does not know the user guest", $"amqp://guest@{at}", "rahasia123");
        await Refused(2, "does not know the user guest", $"amqp://guest:rahasia123@{at}", null);
        await Refused(2, "virtual host tidak-ada", $"amqp://guest:guest@{at}/tidak-ada", null);
        await Refused(2, "does not speak TLS", $"amqps://{at}", null);
        await Refused(2, "is no broker", "rabbit://guest:rahasia123@somewhere", null);
        await broker.KillAsync();
        await Refused(7, "ECONNREFUSED", $"amqp://guest:rahasia123@{at}", null);

        static async Task Refused(int exitCode, string why, string uri, string? password)
        {
            Finished ended = await SoketProcess.RunAsync(null, ["serve", "chat", "tcp://127.0.0.1:0", "--backplane", uri, "-v"], new Dictionary<string, string?> { ["SOKET_CHAT_BACKPLANE_PASSWORD"] = password });
            Assert.True(ended.ExitCode == exitCode && ended.Error.Contains(why, StringComparison.Ordinal), $"{uri}: {ended.ExitCode}\n{ended.Error}");
            Assert.DoesNotContain("rahasia123", ended.Error + ended.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_server_that_dies_leaves_its_people_away_a_stream_may_be_deleted_or_lose_its_oldest_and_the_chat_goes_on()
    {
        await using RabbitBroker broker = await RabbitBroker.StartAsync();
        await using var chat = new Servers(broker, 2, "--backplane-keep", "512KiB");
        await chat.BeginAsync();
        await using var ani = new Talker("ani", chat.Endpoints(0));
        await ani.EnteredAsync();

        // A plain program does not come back by itself.
        using (TcpClient plain = await ConnectAsync(chat.Endpoints(1)[0]))
        {
            await plain.GetStream().WriteAsync("/nick budi\nhalo\n"u8.ToArray(), Token);
            await ani.HeardAsync(1);
            await chat.KnowsAsync(0, "budi");
            await chat.KillAsync(1);
            await chat.NoticeAwayAsync(0);
        }

        // The lobby's stream is deleted under the server.
        await DeleteAsync(broker, "soket.chat.room.lobby");
        await chat.NoticeAsync(0, "backplane-resumed");
        await ani.SayAsync("sesudah dihapus");
        await chat.ToldByAsync(0, ani.AcknowledgedAsync());
        await ani.HeardAsync(2);

        // More is said in a room than the broker keeps: who was there before is told of the gap.
        await ani.SayAsync("/join arsip");
        await ani.InAsync("arsip");
        string first = new('a', 1900);
        for (int i = 0; i < 700; i++)
            await ani.SayAsync($"{i} {first}");
        await ani.AcknowledgedAsync();
        await chat.BeginAsync(1);
        using TcpClient late = await ConnectAsync(chat.Endpoints(1)[0]);
        string epoch = await EpochAsync(late);
        await late.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"{{\"type\":\"hello\",\"nick\":\"citra\",\"session\":\"rahasia\",\"epoch\":\"{epoch}\",\"rooms\":{{\"arsip\":1048576}}}}\n"), Token);
        using var lines = new StreamReader(late.GetStream(), Encoding.UTF8);
        Assert.NotNull(await LineAsync(lines, "\"type\":\"gap\",\"room\":\"arsip\""));
        Assert.NotNull(await LineAsync(lines, "\"text\":\"699 aaa"));
        Assert.Empty(ani.Surprises);
    }

    [Fact]
    public async Task Of_three_brokers_one_dies_and_the_chat_goes_on_at_the_others()
    {
        RabbitBroker[] brokers = await RabbitBroker.StartAsync(3);
        try
        {
            await using var chat = new Servers(brokers[..2]);
            await chat.BeginAsync();
            await using var ani = new Talker("ani", [chat.Endpoints(0)[0]]);
            await using var budi = new Talker("budi", [chat.Endpoints(1)[0]]);
            await Task.WhenAll(ani.EnteredAsync(), budi.EnteredAsync());
            await ani.SayAsync("sebelum");
            await Task.WhenAll(ani.HeardAsync(1), budi.HeardAsync(1));

            // With it goes what the lobby's stream has there, its leader perhaps, and one server's way to the broker.
            await brokers[0].KillAsync();
            await ani.PausedAsync(1);
            await budi.SayAsync("tanpa yang mati");
            await budi.AcknowledgedAsync();
            await budi.HeardAsync(2);

            // What is said meanwhile at the server that has lost its broker is said when that comes back.
            await ani.SayAsync("ditahan");
            await brokers[0].BeginAsync();
            await ani.AcknowledgedAsync();
            await Task.WhenAll(ani.HeardAsync(3), budi.HeardAsync(3));
            Assert.Equal(["sebelum", "tanpa yang mati", "ditahan"], budi.Heard.Select(message => message.Text));
            Assert.Equal(budi.Heard, ani.Heard);
            Assert.Empty(ani.Surprises.Concat(budi.Surprises));
        }
        finally
        {
            foreach (RabbitBroker broker in brokers.Reverse())
                await broker.DisposeAsync();
        }
    }

    private static async Task<TcpClient> ConnectAsync(SocketUri server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port, Token);
        return client;
    }

    private static async Task<string> EpochAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync("{\"type\":\"hello\",\"session\":\"\"}\n"u8.ToArray(), Token);
        using var lines = new StreamReader(client.GetStream(), Encoding.UTF8, leaveOpen: true, bufferSize: 1);
        using JsonDocument welcome = JsonDocument.Parse(await LineAsync(lines, "\"type\":\"welcome\""));
        return welcome.RootElement.GetProperty("epoch").GetString()!;
    }

    private static async Task<string> LineAsync(StreamReader lines, string wanted)
    {
        while (await lines.ReadLineAsync(Token).AsTask().WaitAsync(SoketProcess.Patience, Token) is { } line)
        {
            if (line.Contains(wanted, StringComparison.Ordinal))
                return line;
        }

        throw new InvalidOperationException($"It ended without {wanted}");
    }

    private static async Task DeleteAsync(RabbitBroker broker, string queue)
    {
        await using IConnection connection = await new ConnectionFactory { HostName = "127.0.0.1", Port = broker.Port }.CreateConnectionAsync(Token);
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: Token);
        await channel.QueueDeleteAsync(queue, cancellationToken: Token);
    }
}
