using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Endpoints;
using Soket.Hosting;
using Xunit;

namespace Soket.Tests.Hosting;

/// <summary>A client on nothing but .NET's socket, so that what it sees is what the server did.</summary>
internal sealed class Peer : IDisposable
{
    /// <summary>How long a test waits for what must come. Generous: it is reached only by a failure.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Peer(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    public static EndPoint Address(SocketUri endpoint) =>
        endpoint.IsUnix ? new UnixDomainSocketEndPoint(endpoint.Path) : new IPEndPoint(IPAddress.Parse(endpoint.Host), endpoint.Port);

    public static Task<Peer> ConnectAsync(SocketServer server, int index = 0, IPAddress? from = null) => ConnectAsync(Address(server.Endpoints[index].Actual), from);

    public static Task<Peer> ConnectAsync(EndPoint address, IPAddress? from = null) =>
        Task.Factory.StartNew(() => Connect(address, from), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(Patience);

    // Blocking: .NET's asynchronous connect reports a reset that came at once as its own failure, and a test wants to see it where it happens. On a
    // thread of its own: many that wait for room in the backlog must not keep the pool's threads from the server that makes it.
    private static Peer Connect(EndPoint address, IPAddress? from)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, address is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
        if (from is not null)
            socket.Bind(new IPEndPoint(from, 0));
        socket.Connect(address);
        return new Peer(socket);
    }

    public static Socket Datagrams(SocketUri endpoint)
    {
        var socket = new Socket(Address(endpoint).AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(Address(endpoint));
        return socket;
    }

    public async Task SendAsync(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int sent = 0; sent < bytes.Length;)
            sent += await Socket.SendAsync(bytes.AsMemory(sent), SocketFlags.None).AsTask().WaitAsync(Patience);
    }

    public async Task<string> ReceiveAsync(int length)
    {
        byte[] bytes = new byte[length];
        int received = 0;
        while (received < length)
        {
            int now = await Socket.ReceiveAsync(bytes.AsMemory(received), SocketFlags.None).AsTask().WaitAsync(Patience);
            if (now == 0)
                break;
            received += now;
        }

        return Encoding.UTF8.GetString(bytes, 0, received);
    }

    /// <summary>Everything up to the server's FIN.</summary>
    public async Task<byte[]> ReceiveToEndAsync()
    {
        using var all = new MemoryStream();
        byte[] bytes = new byte[16 * 1024];
        while (await Socket.ReceiveAsync(bytes, SocketFlags.None).WaitAsync(Patience) is > 0 and int now)
            all.Write(bytes, 0, now);
        return all.ToArray();
    }

    public async Task<bool> IsAnsweredAsync(string message = "halo")
    {
        try
        {
            await SendAsync(message);
            return await ReceiveAsync(message.Length) == message;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public async Task AssertAnsweredAsync(string message = "halo")
    {
        await SendAsync(message);
        Assert.Equal(message, await ReceiveAsync(message.Length));
    }

    public async Task AssertEndsAsync() => Assert.Equal(0, await Socket.ReceiveAsync(new byte[1], SocketFlags.None).WaitAsync(Patience));

    public async Task AssertResetAsync()
    {
        var e = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await Socket.ReceiveAsync(new byte[4096], SocketFlags.None).WaitAsync(Patience) > 0)
            {
            }

            Assert.Fail("The server closed in order, where a reset was expected.");
        });
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    public void HalfClose() => Socket.Shutdown(SocketShutdown.Send);

    public void Reset() => Socket.Close(0);

    public void Dispose() => Socket.Dispose();
}
