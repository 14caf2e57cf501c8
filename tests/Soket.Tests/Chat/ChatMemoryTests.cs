using System.Net.Sockets;
using Soket.Chat;
using Soket.Endpoints;
using Soket.Hosting;
using Xunit;
using static Soket.Tests.Chat.ChatPlace;

namespace Soket.Tests.Chat;

/// <summary>The memory measured is the whole process's, so nothing else runs meanwhile.</summary>
[CollectionDefinition("memory", DisableParallelization = true)]
public sealed class Memory;

/// <summary>What a hostile or slow person can make a chat hold.</summary>
[Collection("memory")]
public sealed class ChatMemoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_who_reads_nothing_keeps_nobody_waiting_and_is_put_out()
    {
        using var hall = new ChatHall(new() { Limits = new() { PerSecond = 0, Stalled = TimeSpan.FromMilliseconds(300) } });
        await using SocketServer server = await ServeAsync(hall, "tcp://127.0.0.1:0");
        using Socket slow = await ConnectAsync(server);
        slow.ReceiveBufferSize = 4096;
        await slow.SendAsync("/nick lambat\n"u8.ToArray(), Token);
        await using ChatPerson quick = await ChatPerson.EnterAsync(server, "cepat");
        string line = new('x', 1500);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        int said = 0;
        while (hall.MemberCount == 2)
        {
            Assert.True(said < 20_000, "the slow one is still there after 30 MB");
            for (int i = 0; i < 50; i++, said++)
                await quick.Chat.SayAsync(line, Token);
            await quick.SaidAsync();
        }

        // 500 lines of it are kept, and not more for one who does not read.
        quick.Forget();
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 32 * 1024 * 1024, $"{grown} bytes more");
    }

    [Fact]
    public async Task An_endless_line_ends_the_conversation_and_takes_no_memory()
    {
        using var hall = new ChatHall(new());
        await using SocketServer server = await ServeAsync(hall, "tcp://127.0.0.1:0");
        using Socket stranger = await ConnectAsync(server);
        byte[] block = new byte[64 * 1024];
        Array.Fill(block, (byte)'x');
        long before = GC.GetTotalMemory(forceFullCollection: true);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        // The server closes lingering: for a moment what still comes is thrown away, so that its last word can be read. Then there is nobody to take it.
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
                await stranger.SendAsync(block, patience.Token);
        });
        Assert.Equal(0, hall.MemberCount);
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 8 * 1024 * 1024, $"{grown} bytes more");
    }

    [Fact]
    public async Task A_client_holds_little_of_what_a_server_says_without_end()
    {
        const int Much = 32 * 1024 * 1024;
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var client = new ChatClient(SocketUri.Parse($"tcp://{listener.LocalEndpoint}"), new ChatClientOptions { Manner = ChatManner.Plain });
        Task talking = client.RunAsync(Token);
        using Socket server = await listener.AcceptSocketAsync(Token).AsTask().WaitAsync(Patience, Token);
        Task saying = Task.Run(async () =>
        {
            byte[] block = new byte[1024 * 1024];
            for (int said = 0; said < Much; said += block.Length)
                await server.SendAsync(block, Token);
            server.Shutdown(SocketShutdown.Send);
        }, Token);
        long heard = 0;
        await foreach (ChatNews news in client.News.ReadAllAsync(Token))
        {
            Assert.InRange(client.News.Count, 0, 64);
            if (news is ChatHeard { Bytes.Length: var length })
            {
                Assert.InRange(length, 1, 16 * 1024);
                heard += length;
            }
        }

        Assert.Equal(Much, heard);
        await Task.WhenAll(saying, talking).WaitAsync(Patience, Token);
    }
}
