using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Chat;
using Soket.Hosting;
using Xunit;

namespace Soket.Tests.Chat;

/// <summary>A chat on a real socket, and plain connections to it.</summary>
internal static class ChatPlace
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<SocketServer> ServeAsync(ChatHall hall, params string[] endpoints)
    {
        var builder = new SocketServerBuilder();
        foreach (string endpoint in endpoints)
            builder.Listen(endpoint, ChatService.Create(hall));
        return builder.StartAsync(Token);
    }

    public static async Task<Socket> ConnectAsync(SocketServer server, int which = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Endpoints[which].Actual.Port), Token);
        return socket;
    }

    public static async Task<string> ReadUntilAsync(Socket socket, string? wanted)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[16 * 1024];
        while (wanted is null || !text.ToString().Contains(wanted, StringComparison.Ordinal))
        {
            int read = await socket.ReceiveAsync(buffer, Token).AsTask().WaitAsync(Patience, Token);
            if (read == 0)
                return wanted is null ? text.ToString() : throw new InvalidOperationException($"It ended without '{wanted}':\n{text}");
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            if (wanted is null && text.Length > 64 * 1024)
                text.Clear();
        }

        return text.ToString();
    }
}
