using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Soket.SocketTable;

namespace Soket.Linux.SockDiag;

/// <summary>The kernel's inet_diag: TCP, UDP and raw sockets (sock_diag(7), linux/inet_diag.h). Pure.</summary>
internal static class InetDiag
{
    public const byte IPv4 = 2;  // AF_INET
    public const byte IPv6 = 10; // AF_INET6

    private const int RequestLength = 56; // struct inet_diag_req_v2
    private const int MessageLength = 72; // struct inet_diag_msg

    // INET_DIAG_*: attributes, asked for by the bit before their number.
    private const int InfoAttribute = 2;
    private const int CongestionAttribute = 4;
    private const int MemoryAttribute = 7;

    /// <summary>A request for every socket of one family and protocol in the given states.</summary>
    public static byte[] Request(byte family, byte protocol, uint states, bool info, bool memory)
    {
        var request = new byte[RequestLength];
        request[0] = family;
        request[1] = protocol;
        request[2] = (byte)((info ? (1 << (InfoAttribute - 1)) | (1 << (CongestionAttribute - 1)) : 0) | (memory ? 1 << (MemoryAttribute - 1) : 0));
        MemoryMarshal.Write(request.AsSpan(4), states);
        return request;
    }

    /// <summary>The request that names one socket by addresses and cookie.</summary>
    public static byte[] Request(byte protocol, IPEndPoint local, IPEndPoint? remote, ulong cookie)
    {
        bool four = local.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        var request = new byte[RequestLength];
        request[0] = four ? IPv4 : IPv6;
        request[1] = protocol;
        MemoryMarshal.Write(request.AsSpan(4), uint.MaxValue); // every state
        Span<byte> id = request.AsSpan(8); // struct inet_diag_sockid
        BinaryPrimitives.WriteUInt16BigEndian(id, (ushort)local.Port);
        BinaryPrimitives.WriteUInt16BigEndian(id[2..], (ushort)(remote?.Port ?? 0));
        local.Address.TryWriteBytes(id[4..], out _);
        remote?.Address.TryWriteBytes(id[20..], out _);
        MemoryMarshal.Write(id[40..], cookie);
        return request;
    }

    /// <summary>Reads one message of the answer.</summary>
    /// <param name="message">The message.</param>
    /// <param name="protocol"><c>tcp</c>, <c>udp</c> or <c>raw</c>.</param>
    /// <param name="entry">The socket.</param>
    public static bool TryParse(ReadOnlySpan<byte> message, string protocol, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SocketEntry? entry)
    {
        entry = null;
        if (message.Length < MessageLength || message[0] is not (IPv4 or IPv6))
            return false;
        ReadOnlySpan<byte> id = message.Slice(4, 48); // struct inet_diag_sockid
        bool four = message[0] == IPv4;
        var local = new IPEndPoint(Address(id[4..], four), BinaryPrimitives.ReadUInt16BigEndian(id));
        var remote = new IPEndPoint(Address(id[20..], four), BinaryPrimitives.ReadUInt16BigEndian(id[2..]));
        uint link = BitConverter.ToUInt32(id[36..]);
        if (!four && link != 0 && local.Address.IsIPv6LinkLocal)
            local.Address.ScopeId = link;
        if (!four && link != 0 && remote.Address.IsIPv6LinkLocal)
            remote.Address.ScopeId = link;
        ReadOnlySpan<byte> rest = message[52..];
        uint expires = BitConverter.ToUInt32(rest);
        SocketTableState state = StateOf(message[1], protocol);

        TcpInfo? info = null;
        string? congestion = null;
        SocketMemory? memory = null;
        ReadOnlySpan<byte> attributes = message[MessageLength..];
        while (NetlinkMessages.TryNextAttribute(ref attributes, out int type, out ReadOnlySpan<byte> value))
        {
            switch (type)
            {
                case InfoAttribute when protocol == "tcp" && state != SocketTableState.Listen:
                    info = TcpInfoLayout.TryRead(value, out TcpInfo? read) ? read : null;
                    break;
                case CongestionAttribute:
                    congestion = Encoding.ASCII.GetString(value.TrimEnd((byte)0));
                    break;
                case MemoryAttribute when value.Length >= 36:
                    // SK_MEMINFO_*: rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog, drops
                    ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(value);
                    memory = new(words[0], words[1], Math.Max(words[2], words[5]), words[3], words[8]);
                    break;
            }
        }

        entry = new SocketEntry
        {
            Protocol = protocol,
            State = state,
            Local = local,
            Remote = HasPeer(state, remote) ? remote : null,
            ReceiveQueue = BitConverter.ToUInt32(rest[4..]),
            SendQueue = BitConverter.ToUInt32(rest[8..]),
            UserId = (int)BitConverter.ToUInt32(rest[12..]),
            Inode = BitConverter.ToUInt32(rest[16..]),
            Cookie = BitConverter.ToUInt64(id[40..]),
            Interface = link == 0 ? null : link.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Timer = TimerOf(message[2], message[3], expires),
            Info = info,
            Congestion = congestion,
            Memory = memory,
        };
        return true;
    }

    /// <summary>The kernel's number of a state (include/net/tcp_states.h), which are TCP's for every protocol.</summary>
    public static SocketTableState StateOf(int number, string protocol) => number switch
    {
        7 when protocol != "tcp" => SocketTableState.Unconnected,
        12 => SocketTableState.SynReceived, // TCP_NEW_SYN_RECV
        13 => SocketTableState.Closed,      // TCP_BOUND_INACTIVE, Linux 6.8: bound, and neither listening nor connected
        > 0 and < 12 => (SocketTableState)number,
        _ => SocketTableState.Unknown,
    };

    // A raw socket's "port" is its protocol's number; a peer it has only when connected.
    private static bool HasPeer(SocketTableState state, IPEndPoint remote) =>
        state is not (SocketTableState.Listen or SocketTableState.Unconnected) && (remote.Port != 0 || !remote.Address.Equals(IPAddress.Any) && !remote.Address.Equals(IPAddress.IPv6Any));

    private static IPAddress Address(ReadOnlySpan<byte> bytes, bool four) => four ? new(BitConverter.ToUInt32(bytes)) : new(bytes[..16]);

    private static SocketTimer? TimerOf(byte kind, byte tries, uint milliseconds) => kind switch
    {
        1 => new("retransmit", TimeSpan.FromMilliseconds(milliseconds), tries),
        2 => new("keep-alive", TimeSpan.FromMilliseconds(milliseconds), tries),
        3 => new("time-wait", TimeSpan.FromMilliseconds(milliseconds), tries),
        4 => new("zero-window", TimeSpan.FromMilliseconds(milliseconds), tries),
        _ => null,
    };
}
