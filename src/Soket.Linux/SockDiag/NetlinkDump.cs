using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.Linux.Native;

namespace Soket.Linux.SockDiag;

/// <summary>One message of a dump, without its netlink header.</summary>
internal delegate void NetlinkMessage(ReadOnlySpan<byte> message);

/// <summary>Asks the kernel's sock_diag(7) for its tables, and to close what stands in them. One thread at a time.</summary>
[SupportedOSPlatform("linux")]
internal sealed class NetlinkDump : IDisposable
{
    private const ushort ByFamily = 20;           // SOCK_DIAG_BY_FAMILY
    private const ushort Destroy = 21;            // SOCK_DESTROY
    private const ushort RequestAcknowledged = 0x1 | 0x4; // NLM_F_REQUEST | NLM_F_ACK
    private const ushort RequestDump = 0x1 | 0x300; // NLM_F_REQUEST | NLM_F_DUMP
    private const ushort Error = 2;               // NLMSG_ERROR
    private const ushort Done = 3;                // NLMSG_DONE
    private const int Interrupted = 4;            // EINTR
    private const int NoSuchFile = 2;             // ENOENT: the kernel has no module for this table

    private readonly SafeSocketHandle _socket;
    private readonly byte[] _buffer = new byte[64 * 1024]; // the kernel fills up to 32 KiB a message
    private uint _sequence;

    public NetlinkDump()
    {
        int descriptor = LibC.OpenSocket(LibC.NetlinkFamily, LibC.RawCloseOnExec, LibC.SocketDiagnosis);
        if (descriptor < 0)
            throw Failure(SocketCall.Socket, Marshal.GetLastPInvokeError());
        _socket = new SafeSocketHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Runs one dump to its end.</summary>
    /// <returns>Whether the kernel has this table.</returns>
    public bool Run(ReadOnlySpan<byte> request, NetlinkMessage each) => Ask(ByFamily, RequestDump, request, each);

    /// <summary>Has the kernel close a socket.</summary>
    /// <returns>Whether there was such a socket.</returns>
    public bool Close(ReadOnlySpan<byte> request) => Ask(Destroy, RequestAcknowledged, request, static _ => { });

    private bool Ask(ushort type, ushort flags, ReadOnlySpan<byte> request, NetlinkMessage each)
    {
        Span<byte> message = stackalloc byte[NetlinkMessages.HeaderLength + request.Length];
        MemoryMarshal.Write(message, (uint)message.Length);
        MemoryMarshal.Write(message[4..], type);
        MemoryMarshal.Write(message[6..], flags);
        MemoryMarshal.Write(message[8..], ++_sequence);
        MemoryMarshal.Write(message[12..], 0u);
        request.CopyTo(message[NetlinkMessages.HeaderLength..]);
        if (LibC.Send(_socket, message, (nuint)message.Length, 0) < 0)
            throw Failure(SocketCall.Send, Marshal.GetLastPInvokeError());

        while (true)
        {
            nint received = LibC.Receive(_socket, _buffer, (nuint)_buffer.Length, 0);
            if (received < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error == Interrupted)
                    continue;
                throw Failure(SocketCall.Receive, error);
            }

            ReadOnlySpan<byte> rest = _buffer.AsSpan(0, (int)received);
            while (NetlinkMessages.TryNext(ref rest, out ushort kind, out uint sequence, out ReadOnlySpan<byte> body))
            {
                if (sequence != _sequence)
                    continue;
                switch (kind)
                {
                    case Done:
                        return true;
                    case Error when body.Length >= 4:
                        switch (-BitConverter.ToInt32(body))
                        {
                            case 0: // an acknowledgement
                                return true;
                            case NoSuchFile:
                                return false;
                            case var error:
                                throw Failure(type == Destroy ? SocketCall.Close : SocketCall.Receive, error);
                        }

                    case ByFamily:
                        each(body);
                        break;
                }
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private static SocketFailure Failure(SocketCall call, int error) =>
        new(call, new SystemError(Errno.Name(error) ?? "EUNKNOWN", error, new System.ComponentModel.Win32Exception(error).Message), new FailureContext { Transport = "netlink", Endpoint = "sock_diag" });
}
