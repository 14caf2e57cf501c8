using System.Globalization;
using System.Net.Sockets;
using Soket.Endpoints;

namespace Soket.Hosting;

/// <summary>A bound socket that a service manager has handed to this process, sd_listen_fds(3).</summary>
/// <param name="Endpoint">Where it is bound. Its scheme is the socket's kind; a TCP socket named <c>tls</c>, <c>ws</c> or <c>wss</c> is to speak that.</param>
/// <param name="Socket">The socket.</param>
/// <param name="Name">Its name, <c>FileDescriptorName=</c> in systemd's units; empty when it has none.</param>
public sealed record HandedSocket(SocketUri Endpoint, Socket Socket, string Name)
{
    private const int First = 3; // SD_LISTEN_FDS_START
    private const int Most = 1000;

    /// <summary>
    /// Takes the sockets over, and the variables <c>LISTEN_PID</c>, <c>LISTEN_FDS</c> and <c>LISTEN_FDNAMES</c> out of this process's environment, so that no
    /// program it starts takes them for its own.
    /// </summary>
    /// <exception cref="HandedSocketException">None was handed over, or something else than a bound socket.</exception>
    public static IReadOnlyList<HandedSocket> TakeAll()
    {
        string? count = Environment.GetEnvironmentVariable("LISTEN_FDS");
        string? process = Environment.GetEnvironmentVariable("LISTEN_PID");
        string[] names = (Environment.GetEnvironmentVariable("LISTEN_FDNAMES") ?? "").Split(':');
        foreach (string variable in (ReadOnlySpan<string>)["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID"])
            Environment.SetEnvironmentVariable(variable, null);

        if (count is null || OperatingSystem.IsWindows())
            throw new HandedSocketException("none", 0, "");
        if (!int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int owner) || owner != Environment.ProcessId)
            throw new HandedSocketException("other-process", 0, process ?? "");
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int sockets) || sockets is < 1 or > Most)
            throw new HandedSocketException("count", 0, count);
        return [.. Enumerable.Range(First, sockets).Select(descriptor => Take(descriptor, names.ElementAtOrDefault(descriptor - First) ?? ""))];
    }

    private static HandedSocket Take(int descriptor, string name)
    {
        Socket socket;
        try
        {
            socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        }
        catch (SocketException e)
        {
            throw new HandedSocketException("not-a-socket", descriptor, e.Message, e);
        }

        if (socket.SocketType == SocketType.Unknown)
            throw new HandedSocketException("not-a-socket", descriptor, ""); // getsockopt(2) said ENOTSOCK, and .NET took it all the same

        bool datagram = socket.SocketType == SocketType.Dgram;
        if (socket.LocalEndPoint is not { } local || socket.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 or AddressFamily.Unix) || (!datagram && socket.SocketType != SocketType.Stream))
            throw new HandedSocketException("kind", descriptor, $"{socket.AddressFamily}, {socket.SocketType}");
        if (!datagram && socket.Connected)
            throw new HandedSocketException("connected", descriptor, "");
        SocketScheme scheme = (socket.AddressFamily == AddressFamily.Unix, datagram, name) switch
        {
            (true, true, _) => SocketScheme.UnixDatagram,
            (true, false, _) => SocketScheme.Unix,
            (false, true, _) => SocketScheme.Udp,
            (false, false, "tls") => SocketScheme.Tls,
            (false, false, "ws") => SocketScheme.Ws,
            (false, false, "wss") => SocketScheme.Wss,
            _ => SocketScheme.Tcp,
        };
        return new HandedSocket(SocketUri.FromEndPoint(scheme, local), socket, name);
    }
}
