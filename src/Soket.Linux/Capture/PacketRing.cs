using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Explain;
using Soket.Linux.Native;

namespace Soket.Linux.Capture;

/// <summary>A frame as it lies in the ring; good until the next one is taken.</summary>
internal readonly ref struct RingFrame
{
    /// <summary>Its link header and what follows; what follows alone where the socket is a cooked one.</summary>
    public required ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>struct virtio_net_hdr; empty where the socket does not ask for it.</summary>
    public required ReadOnlySpan<byte> Offload { get; init; }

    /// <summary>struct sockaddr_ll.</summary>
    public required ReadOnlySpan<byte> Address { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public required long Nanoseconds { get; init; }

    /// <summary>How long it was, before a filter kept less of it.</summary>
    public required int Length { get; init; }

    /// <summary>TP_STATUS_... of linux/if_packet.h.</summary>
    public required uint Status { get; init; }

    /// <summary>The VLAN tag's control information and its EtherType.</summary>
    public required (ushort Control, ushort Type) Vlan { get; init; }
}

/// <summary>
/// The memory that the kernel shares with a packet socket (TPACKET_V3, Documentation/networking/packet_mmap): blocks that it fills with frames and hands
/// over, full or after a while, and gets back. Not for two threads at once.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class PacketRing : IDisposable
{
    /// <summary>How long a block that is not full stays with the kernel: what a person does not notice.</summary>
    public const int RetireMilliseconds = 10;

    /// <summary>struct virtio_net_hdr.</summary>
    public const int OffloadLength = 10;

    private const int Version3 = 2;                // TPACKET_V3
    private const int BlockSize = 256 * 1024;
    private const int FrameSize = 2048;            // for the kernel's arithmetic: frames of version 3 are as long as they need to be
    private const int Blocks = 32;                 // 8 MiB
    private const int FewestBlocks = 4;
    private const uint User = 1;                   // TP_STATUS_USER
    private const int AddressAt = 48;              // TPACKET_ALIGN(sizeof(struct tpacket3_hdr))
    private const int AddressLength = 20;

    private readonly bool _offload;
    private readonly int _blocks;
    private byte* _memory;
    private int _block;
    private uint _left;                            // frames of this block that were not taken
    private bool _taken;                           // whether this block is ours now
    private byte* _frame;

    /// <summary>Makes the ring of a socket that is not bound yet.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="offload">Whether a virtio_net_hdr stands before each frame.</param>
    public PacketRing(PacketSocket socket, bool offload)
    {
        _offload = offload;
        socket.Set(LibC.PacketLevel, LibC.PacketVersion, Bytes(Version3));
        // The memory is the kernel's and must lie in whole blocks: where it is scarce, less will do.
        for (_blocks = Blocks; ; _blocks /= 2)
        {
            int[] request = [BlockSize, _blocks, FrameSize, BlockSize / FrameSize * _blocks, RetireMilliseconds, 0, 0]; // struct tpacket_req3
            if (socket.TrySet(LibC.PacketLevel, LibC.ReceiveRing, MemoryMarshal.AsBytes(request.AsSpan()), out int error))
                break;
            if (_blocks == FewestBlocks || Errno.Name(error) != "ENOMEM")
                throw socket.Failure(SocketCall.SetOption, error);
        }

        nint memory = LibC.Map(0, Length, LibC.ReadWrite, LibC.Shared, socket.Handle, 0);
        if (memory == -1)
            throw socket.Failure(SocketCall.SetOption, Marshal.GetLastPInvokeError());
        _memory = (byte*)memory;
    }

    private nuint Length => (nuint)BlockSize * (nuint)_blocks;

    /// <summary>Takes the next frame; what was taken before is the kernel's again.</summary>
    public bool TryTake(out RingFrame frame)
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        frame = default;
        while (_left == 0)
        {
            // struct tpacket_block_desc: status at 8, the number of frames at 12, the first at 16.
            byte* block = _memory + ((nuint)_block * BlockSize);
            if (_taken)
            {
                Volatile.Write(ref *(uint*)(block + 8), 0);
                _taken = false;
                _block = (_block + 1) % _blocks;
                block = _memory + ((nuint)_block * BlockSize);
            }

            if ((Volatile.Read(ref *(uint*)(block + 8)) & User) == 0)
                return false;
            _taken = true;
            _left = *(uint*)(block + 12);
            _frame = block + *(uint*)(block + 16);
        }

        frame = Read(_frame);
        _left--;
        _frame += *(uint*)_frame;
        return true;
    }

    public void Dispose()
    {
        if (_memory is null)
            return;
        _ = LibC.Unmap((nint)_memory, Length); // fails for no address that was mapped
        _memory = null;
    }

    // struct tpacket3_hdr.
    private RingFrame Read(byte* frame)
    {
        byte* bytes = frame + *(ushort*)(frame + 24);
        return new()
        {
            Bytes = new(bytes, (int)*(uint*)(frame + 12)),
            Offload = _offload ? new(bytes - OffloadLength, OffloadLength) : default,
            Address = new(frame + AddressAt, AddressLength),
            Nanoseconds = (*(uint*)(frame + 4) * 1_000_000_000L) + *(uint*)(frame + 8),
            Length = (int)*(uint*)(frame + 16),
            Status = *(uint*)(frame + 20),
            Vlan = ((ushort)*(uint*)(frame + 32), *(ushort*)(frame + 36)),
        };
    }

    private static ReadOnlySpan<byte> Bytes(int value) => BitConverter.GetBytes(value);
}
