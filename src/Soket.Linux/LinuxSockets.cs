using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.Linux.Native;
using Soket.Options;

namespace Soket.Linux;

/// <summary>bind(2) and setsockopt(2) as Linux has them: nothing is set on the side, and errors keep their numbers.</summary>
[SupportedOSPlatform("linux")]
public sealed class LinuxSockets : INativeSockets
{
    /// <inheritdoc/>
    public Socket Bind(Socket socket, EndPoint endpoint)
    {
        SocketAddress address = endpoint.Serialize();
        if (LibC.Bind(socket.SafeHandle, address.Buffer.Span[..address.Size], (uint)address.Size) != 0)
            throw new SocketFailure(SocketCall.Bind, LastError(), new FailureContext { Local = endpoint });

        // .NET listens only on a socket that it knows to be bound, and it asks the system when it is given a handle: so the handle changes hands. The
        // first object must not close it when it is collected.
#pragma warning disable CA1816 // Not a disposal: the handle has a new owner.
        GC.SuppressFinalize(socket);
#pragma warning restore CA1816
        return new Socket(socket.SafeHandle);
    }

    /// <inheritdoc/>
    public Socket Adopt(Socket socket)
    {
        if (LibC.Control(socket.SafeHandle, LibC.SetDescriptorFlags, LibC.CloseOnExec) < 0)
            throw new SocketFailure(SocketCall.None, LastError());
        if (socket.AddressFamily != AddressFamily.Unix || socket.SocketType != SocketType.Stream)
            return socket;

        // .NET makes room for the address of a peer by the address that was bound, and dies in its own thread when a peer is bound to a longer one. What
        // was bound elsewhere cannot be bound again by a long name; but it can take the descriptor of a socket that was.
        var roomy = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        roomy.Bind(new UnixDomainSocketEndPoint(("\0soket-" + Guid.NewGuid().ToString("N")).PadRight(LongestName, '-')));
        roomy.Listen(1);
        if (LibC.Duplicate(socket.SafeHandle, roomy.SafeHandle, LibC.CloseOnExecFlag) < 0)
            throw new SocketFailure(SocketCall.None, LastError());
        socket.Dispose();
        return roomy;
    }

    private const int LongestName = 108; // sun_path, unix(7)

    /// <inheritdoc/>
    public SystemError? SetOption(Socket socket, RawOption option, ReadOnlySpan<byte> value) =>
        LibC.SetSocketOption(socket.SafeHandle, option.Level, option.Name, value, (uint)value.Length) == 0 ? null : LastError();

    private static SystemError LastError()
    {
        int number = Marshal.GetLastPInvokeError();
        string name = Errno.Name(number) ?? $"errno {number}";
        return new SystemError(name, number, Errno.Text(name) ?? Marshal.GetPInvokeErrorMessage(number));
    }
}
