using System.Net;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.Linux.Native;
using Soket.Linux.SockDiag;
using Soket.SocketTable;

namespace Soket.Linux;

/// <summary>Ends sockets by sock_diag(7)'s SOCK_DESTROY (Linux 4.5 and newer), and processes by kill(2). Safe for any thread.</summary>
/// <param name="networkNamespace">The namespace whose sockets are meant, as <see cref="LinuxSocketTable"/> takes it; null for this process's own.</param>
[SupportedOSPlatform("linux")]
public sealed class LinuxSocketEnder(string? networkNamespace = null) : ISocketEnder
{
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const int NoSuchProcess = 3; // ESRCH

    /// <inheritdoc/>
    public bool Close(SocketEntry socket)
    {
        if (socket.Protocol is not ("tcp" or "udp") || socket.Local is not IPEndPoint local || socket.Cookie == 0)
            throw new ArgumentException("Only a TCP or UDP socket with its cookie can be closed.", nameof(socket));
        byte[] request = InetDiag.Request(socket.Protocol == "tcp" ? Tcp : Udp, local, socket.Remote as IPEndPoint, socket.Cookie);
        return networkNamespace is null ? Close(request) : NetworkNamespace.Inside(networkNamespace, () => Close(request));
    }

    /// <inheritdoc/>
    public bool Signal(int processId, int signal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processId, 2); // 0, 1 and -1 are everybody, or the system's own
        if (LibC.Signal(processId, signal) == 0)
            return true;
        int error = Marshal.GetLastPInvokeError();
        if (error == NoSuchProcess)
            return false;
        throw new SocketFailure(SocketCall.None, new SystemError(Errno.Name(error) ?? "EUNKNOWN", error, new System.ComponentModel.Win32Exception(error).Message), new FailureContext { Transport = "signal", Endpoint = processId.ToString(System.Globalization.CultureInfo.InvariantCulture) });
    }

    private static bool Close(byte[] request)
    {
        using var netlink = new NetlinkDump();
        return netlink.Close(request);
    }
}
