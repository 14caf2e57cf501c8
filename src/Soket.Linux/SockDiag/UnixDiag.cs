using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Soket.SocketTable;

namespace Soket.Linux.SockDiag;

/// <summary>The kernel's unix_diag: Unix sockets (sock_diag(7), linux/unix_diag.h). Pure.</summary>
internal static class UnixDiag
{
    private const int RequestLength = 24; // struct unix_diag_req
    private const int MessageLength = 16; // struct unix_diag_msg
    private const int LongestPath = 107;  // .NET takes no path that fills sun_path to its last byte
    private const uint Name = 0x1;
    private const uint Peer = 0x4;
    private const uint Queues = 0x10;
    private const uint Memory = 0x20;
    private const uint User = 0x40;

    public static byte[] Request(bool memory)
    {
        var request = new byte[RequestLength];
        request[0] = 1; // AF_UNIX
        MemoryMarshal.Write(request.AsSpan(4), uint.MaxValue); // every state
        MemoryMarshal.Write(request.AsSpan(12), Name | Peer | Queues | User | (memory ? Memory : 0));
        return request;
    }

    public static bool TryParse(ReadOnlySpan<byte> message, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SocketEntry? entry)
    {
        entry = null;
        if (message.Length < MessageLength)
            return false;
        string protocol = message[1] switch { 1 => "unix", 2 => "unixgram", _ => "unixseq" };
        SocketTableState state = message[2] switch
        {
            1 => SocketTableState.Established,
            10 => SocketTableState.Listen,
            _ => SocketTableState.Unconnected,
        };
        string? path = null;
        long? peer = null, receive = null, send = null;
        int? user = null;
        SocketMemory? memory = null;
        ReadOnlySpan<byte> attributes = message[MessageLength..];
        while (NetlinkMessages.TryNextAttribute(ref attributes, out int type, out ReadOnlySpan<byte> value))
        {
            switch (type)
            {
                case 0 when value.Length > 0: // UNIX_DIAG_NAME: an abstract one begins with NUL
                    path = value[0] == 0 ? "\0" + Encoding.UTF8.GetString(value[1..]) : Encoding.UTF8.GetString(value.TrimEnd((byte)0));
                    break;
                case 2 when value.Length >= 4: // UNIX_DIAG_PEER
                    peer = BitConverter.ToUInt32(value);
                    break;
                case 4 when value.Length >= 8: // UNIX_DIAG_RQLEN
                    (receive, send) = (BitConverter.ToUInt32(value), BitConverter.ToUInt32(value[4..]));
                    break;
                case 5 when value.Length >= 36: // UNIX_DIAG_MEMINFO
                    ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(value);
                    memory = new(words[0], words[1], Math.Max(words[2], words[5]), words[3], words[8]);
                    break;
                case 7 when value.Length >= 4: // UNIX_DIAG_UID
                    user = (int)BitConverter.ToUInt32(value);
                    break;
            }
        }

        entry = new SocketEntry
        {
            Protocol = protocol,
            State = state,
            Local = path is { Length: > 0 } && Encoding.UTF8.GetByteCount(path) <= LongestPath ? new UnixDomainSocketEndPoint(path) : null,
            ReceiveQueue = receive,
            SendQueue = send,
            UserId = user,
            Inode = BitConverter.ToUInt32(message[4..]),
            Cookie = BitConverter.ToUInt64(message[8..]),
            PeerInode = peer,
            Memory = memory,
        };
        return true;
    }
}
