using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Soket.Perf.Idle;

/// <summary>Opens the connections, lets them lie, and then has each one answered.</summary>
internal static class Client
{
    private const int AtOnce = 128;

    public static async Task<Figures> MeasureAsync(int connections)
    {
        using Process server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["server"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        int port = int.Parse((await server.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        var address = new IPEndPoint(IPAddress.Loopback, port);

        // A first connection brings the code; what it costs is no connection's.
        using (Socket first = await ConnectAsync(address))
            await AnswerAsync(first, 0);
        await CountAsync(server, 0);
        Reading before = await AskAsync(server, "measure");

        var sockets = new Socket[connections];
        long started = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, connections, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) => sockets[i] = await ConnectAsync(address));
        await CountAsync(server, connections);
        TimeSpan opening = Stopwatch.GetElapsedTime(started);
        Reading open = await AskAsync(server, "measure");

        started = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, connections, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) => await AnswerAsync(sockets[i], i));
        TimeSpan answering = Stopwatch.GetElapsedTime(started);
        Reading answered = await AskAsync(server, "measure");
        if (answered.Connections != connections)
            throw new InvalidOperationException($"{answered.Connections} of {connections} connections are left.");

        foreach (Socket socket in sockets)
            socket.Dispose();
        server.StandardInput.Close();
        await server.WaitForExitAsync();
        return new Figures(connections, before, open, answered, opening.TotalMilliseconds, answering.TotalMilliseconds);
    }

    private static async Task<Socket> ConnectAsync(EndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address);
        return socket;
    }

    // Each message is another one, so that an answer to somebody else is seen.
    private static async Task AnswerAsync(Socket socket, int number)
    {
        byte[] message = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"connection {number:D8}"));
        await socket.SendAsync(message);
        byte[] reply = new byte[message.Length];
        for (int received = 0; received < reply.Length;)
        {
            int now = await socket.ReceiveAsync(reply.AsMemory(received));
            if (now == 0)
                throw new InvalidOperationException($"Connection {number} was closed.");
            received += now;
        }

        if (!reply.AsSpan().SequenceEqual(message))
            throw new InvalidOperationException($"Connection {number} was answered {Encoding.ASCII.GetString(reply)}.");
    }

    // connect(2) ends before accept(2) begins.
    private static async Task CountAsync(Process server, int connections)
    {
        while ((await AskAsync(server, "count")).Connections != connections)
        {
        }
    }

    private static async Task<Reading> AskAsync(Process server, string question)
    {
        await server.StandardInput.WriteLineAsync(question);
        await server.StandardInput.FlushAsync();
        return JsonSerializer.Deserialize((await server.StandardOutput.ReadLineAsync())!, FiguresContext.Default.Reading)!;
    }
}
