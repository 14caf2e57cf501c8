using System.Net.Sockets;
using System.Text;

namespace Soket.Cli.Commands.Serve;

/// <summary>Tells a service manager that waits for it how a server stands, sd_notify(3); says nothing where none waits.</summary>
internal sealed class ServiceManagerNotices : IDisposable
{
    private readonly Action<string> _failed;
    private readonly UnixDomainSocketEndPoint? _manager;
    private Socket? _socket;

    /// <summary>Looks whether a service manager waits, and takes the variable that says so out of the environment.</summary>
    /// <param name="failed">Told when it cannot be reached.</param>
    public ServiceManagerNotices(Action<string> failed)
    {
        _failed = failed;
        string? address = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", null);
        // Other kinds (vsock) are for virtual machines.
        if (address is ['/', ..] && Encoding.UTF8.GetByteCount(address) < 108)
            _manager = new UnixDomainSocketEndPoint(address);
        else if (address is ['@', ..])
            _manager = new UnixDomainSocketEndPoint("\0" + address[1..]);
    }

    public void Tell(string state)
    {
        if (_manager is null)
            return;
        try
        {
            _socket ??= new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            _socket.SendTo(Encoding.UTF8.GetBytes(state), _manager);
        }
        catch (SocketException e)
        {
            _failed(e.Message);
        }
    }

    public void Dispose() => _socket?.Dispose();
}
