using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.Framing;
using Soket.Services;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Services;

public sealed class MessageStreamTests
{
    [Fact]
    public async Task A_client_that_sends_no_newline_and_waits_is_answered()
    {
        Served served = Served.By("echo");
        await served.Output.WriteAsync("Halo dari client"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("Halo dari client", await served.ReadExactlyAsync(16));
        Assert.Equal("", await served.AskAsync(""));
    }

    [Theory]
    [InlineData("line", "a\nbb\r\n\nlast", "a\nbb\n\nlast\n")]
    [InlineData("line:crlf", "a\nb\r\n", "a\r\nb\r\n")]
    [InlineData("length:2", "\0\u0001a\0\0\0\u0002bc", "\0\u0001a\0\0\0\u0002bc")]
    [InlineData(@"delimiter:\0", "a\0b\0tail", "a\0b\0")]
    [InlineData("fixed:2", "abcde", "abcd")]
    public async Task Messages_are_answered_in_their_framing(string framing, string sent, string received)
    {
        var meter = new CountingMeter();
        Assert.Equal(received, await Served.By("echo", framing, meter: meter).AskAsync(sent));

        // What a framing adds is no part of a message: an echo counts as many bytes back as it took.
        Assert.True(meter.Seen.Messages > 0);
        Assert.Equal(meter.Seen.Received, meter.Seen.Sent);
    }

    [Fact]
    public async Task A_slow_sender_gets_the_same_answers()
    {
        Served served = Served.By("echo", "line");
        Task<byte[]> answers = served.ReadToEndAsync();
        foreach (byte b in "Halo\r\nDunia\n"u8.ToArray())
            await served.Output.WriteAsync(new[] { b }, TestContext.Current.CancellationToken);
        await served.Output.CompleteAsync();
        Assert.Equal("Halo\nDunia\n", Encoding.UTF8.GetString(await answers));
    }

    [Fact]
    public async Task A_message_over_the_limit_is_told_and_ends_the_connection()
    {
        Served served = Served.By("echo", "line", limit: 10);
        await served.Output.WriteAsync("fits\n01234567890"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("fits\n", Encoding.UTF8.GetString(await served.ReadToEndAsync()));
        SocketEvent told = await served.Events.SeeAsync(e => e.Failure is not null);
        Assert.Equal((SocketCall.Message, "SOKET_MESSAGE_TOO_LARGE", "10"), (told.Call, told.Failure!.Error.Name, told.Failure.Context.Facts["limit"]));
        await served.Done.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_reply_the_framing_cannot_carry_is_told_and_ends_the_connection()
    {
        Served served = Served.By("process", "fixed:4");
        Assert.Equal("", await served.AskAsync("ipin"));
        Assert.Equal("SOKET_REPLY_NOT_FRAMEABLE", Assert.Single(served.Events.Where(e => e.Failure is not null)).Failure!.Error.Name);
    }

    [Fact]
    public async Task A_stream_that_ends_inside_a_message_is_noted()
    {
        Served served = Served.By("echo", "length:2");
        Assert.Equal("", await served.AskAsync("\0\u0005abc"));
        Assert.Equal("3", Assert.Single(served.Events.Where(e => e.Reason == "message-incomplete")).Value);
    }

    [Theory]
    [InlineData("echo", "chunk", true)]
    [InlineData("discard", "chunk", true)]
    [InlineData("process", "chunk", false)]
    [InlineData("echo", "line", false)]
    public async Task Tls_on_a_plain_stream_is_told_once_and_text_is_not_waited_for(string service, string framing, bool served)
    {
        byte[] hello = [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00];
        Served on = Served.By(service, framing);
        await on.Output.WriteAsync(hello, TestContext.Current.CancellationToken);
        if (served)
        {
            if (service == "echo")
                await on.ReadExactlyAsync(hello.Length);
            byte[] answer = await on.AskAsync(hello);
            Assert.Equal(service == "echo" ? hello : [], answer);
        }
        else
        {
            Assert.Empty(await on.ReadToEndAsync());
            await on.Done.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        }

        Assert.Equal("TLS_TO_PLAIN", Assert.Single(on.Events.Where(e => e.Failure is not null)).Failure!.Error.Name);
    }

    [Theory]
    [InlineData("chunk")]
    [InlineData("length:4")]
    public async Task Ten_megabytes_are_echoed_to_a_peer_that_reads_late(string framing)
    {
        var bytes = new byte[10_000_000];
        new Random(1).NextBytes(bytes);
        byte[] sent = framing == "chunk" ? bytes : Frame(bytes);
        byte[] received = await Served.By("echo", framing, limit: 65_536).AskAsync(sent);
        Assert.Equal(sent, received);

        static byte[] Frame(byte[] bytes)
        {
            var output = new ArrayBufferWriter<byte>();
            foreach (byte[] chunk in bytes.Chunk(60_000))
                new LengthFraming().Write(new(chunk), output);
            return output.WrittenSpan.ToArray();
        }
    }

    [Fact]
    public async Task Replies_do_not_pile_up_for_a_peer_that_does_not_read()
    {
        // Each byte asked makes 1,000 to send: a megabyte in one batch stops at the first flush that has to wait.
        var meter = new CountingMeter();
        var served = new Served(new MessageStreamHandler(new ReplyService(ReplyTemplate.Parse(new string('x', 1000)), TimeProvider.System), new FixedFraming1000(), meter));
        await served.Output.WriteAsync(new byte[1000], TestContext.Current.CancellationToken);
        await served.ReadExactlyAsync(1000);
        Assert.InRange(meter.Seen.Sent, 64 * 1024, 200_000);
        Assert.Equal(999_000, (await served.AskAsync(ReadOnlyMemory<byte>.Empty)).Length);
    }

    [Fact]
    public async Task A_reader_that_is_told_to_end_ends_in_order()
    {
        Served served = Served.By("echo");
        served.EndInput("drain");
        Assert.Empty(await served.ReadToEndAsync());
        await served.Done.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_real_connection_is_served_and_a_reset_is_thrown()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using IConnectionListener listener = await new ManagedTransport().BindAsync(new IPEndPoint(IPAddress.Loopback, 0), token);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.EndPoint, token);
        await using ConnectionContext connection = (await listener.AcceptAsync(token))!;
        Task serving = new MessageStreamHandler(new EchoService(), new ChunkFraming()).OnConnectedAsync(connection);
        await client.SendAsync("Halo"u8.ToArray(), token);
        var room = new byte[4];
        Assert.Equal(4, await client.ReceiveAsync(room, token));
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        await Assert.ThrowsAsync<ConnectionResetException>(() => serving.WaitAsync(TimeSpan.FromSeconds(20), token));
    }

    [Fact]
    public async Task Chargen_on_a_real_connection_ends_when_the_peer_closes_unread()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using IConnectionListener listener = await new ManagedTransport().BindAsync(new IPEndPoint(IPAddress.Loopback, 0), token);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.EndPoint, token);
        await using ConnectionContext connection = (await listener.AcceptAsync(token))!;
        Task serving = new ChargenService().OnConnectedAsync(connection);
        await client.ReceiveAsync(new byte[100], token);
        client.Shutdown(SocketShutdown.Send);
        await serving.WaitAsync(TimeSpan.FromSeconds(20), token);
    }

    [Fact]
    public async Task Kestrel_hosts_the_services_unchanged()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new DaytimeService(TimeProvider.System));
        builder.Services.AddSingleton(new MessageStreamHandler(new EchoService(), new ChunkFraming()));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<MessageStreamHandler>());
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<DaytimeService>());
        });
        await using WebApplication application = builder.Build();
        await application.StartAsync(token);
        int[] ports = [.. application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address).Port)];
        Assert.Equal("Halo", await AskAsync(ports[0], "Halo", token));
        Assert.True(new DaytimeService(TimeProvider.System).IsOwnReply(new(Encoding.ASCII.GetBytes(await AskAsync(ports[1], "", token)))));
        await application.StopAsync(token);
    }

    private static async Task<string> AskAsync(int port, string text, CancellationToken token)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, token);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), token);
        client.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(token).WaitAsync(TimeSpan.FromSeconds(20), token);
    }

    // A byte asks; its answer is a thousand.
    private sealed class FixedFraming1000() : Framing(1)
    {
        private readonly FixedFraming _one = new(1);
        private readonly FixedFraming _thousand = new(1000);

        public override string Name => "test";

        public override FramingResult TryRead(ref ReadOnlySequence<byte> buffer, bool ended, out ReadOnlySequence<byte> message) => _one.TryRead(ref buffer, ended, out message);

        public override void Write(in ReadOnlySequence<byte> message, IBufferWriter<byte> output) => _thousand.Write(message, output);
    }
}
