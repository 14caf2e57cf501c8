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
    public SystemError? SetOption(Socket socket, RawOption option, ReadOnlySpan<byte> value) =>
        LibC.SetSocketOption(socket.SafeHandle, option.Level, option.Name, value, (uint)value.Length) == 0 ? null : LastError();

    private static SystemError LastError()
    {
        int number = Marshal.GetLastPInvokeError();
        string name = Errno.Name(number) ?? $"errno {number}";
        return new SystemError(name, number, Errno.Text(name) ?? Marshal.GetPInvokeErrorMessage(number));
    }
}
